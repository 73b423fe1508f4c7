"""The explorer in a real browser: each view is drawn, a slider moves what it should, and nothing complains."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

import vmarch
from experiments.claims import Setting
from experiments.claims.judge import judge
from experiments.claims.view import CLAIMS
from vmarch.exploring.app import application, listening, serve
from vmarch.exploring.views import VIEWS
from vmarch.walking import walked

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")
NARROW = [
    "time?at=xen-pv%7CVMM",
    "load?w=tcp-rr&a=native&a=xen-pv&to=4&runs=2",
    "path?w=tcp-rr&clients=4&at=5",
    "claims",
]


@pytest.fixture(scope="module")
def base() -> str:
    at = listening("127.0.0.1", None)
    app = application({**VIEWS, "claims": CLAIMS})
    threading.Thread(target=serve, args=(app, at), daemon=True).start()
    return f"http://127.0.0.1:{at.getsockname()[1]}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page; what its console complains of fails the test."""
    found = browser.new_page(viewport={"width": 1300, "height": 900})
    complaints: list[str] = []
    found.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    found.on("pageerror", lambda error: complaints.append(str(error)))
    yield found
    found.close()
    assert complaints == []


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("body[data-ready]")


def test_a_slider_moves_the_bars(page: Page, base: str, tmp_path: Path) -> None:
    opened(page, f"{base}/time?w=tcp-rr&a=native&a=xen-pv")
    label = page.locator("[data-bar=xen-pv]")
    before = label.text_content()
    page.locator("#costs-back_end_wake").fill("20000")
    page.wait_for_function("before => document.querySelector('[data-bar=xen-pv]').textContent !== before", arg=before)
    asked = page.evaluate("V.data.state.costs.back_end_wake")
    found = vmarch.explain("tcp-rr", "xen-pv", costs={"back_end_wake": asked})
    assert page.evaluate("V.data.bars[1].seconds") == pytest.approx(found.seconds)
    assert f"cost.back_end_wake={asked}".replace(" ", "+") in page.url
    opened(page, page.url)  # the address is all there is to it
    assert page.evaluate("V.data.bars[1].seconds") == pytest.approx(found.seconds)
    assert page.screenshot(path=tmp_path / "time.png", full_page=True)


def test_a_layer_opens_by_keyboard(page: Page, base: str) -> None:
    opened(page, f"{base}/time?w=tcp-rr&a=native&a=xen-pv")
    page.locator("[role=button][data-at='xen-pv|VMM']").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".closer table")
    assert "hypercall" in str(page.locator(".closer").text_content())
    assert page.url.endswith("at=xen-pv%7CVMM")
    page.locator(".closer a").click()  # and on to the path
    page.wait_for_selector("body[data-view=path][data-ready]")
    assert page.evaluate("V.data.architecture.name") == "xen-pv"


def test_the_host_fills_as_the_load_grows(page: Page, base: str, tmp_path: Path) -> None:
    opened(page, f"{base}/load?w=tcp-rr&a=native&a=xen-pv&to=8&runs=4&cores=2")
    page.wait_for_function("() => V.data.complete")
    found = vmarch.under_load(
        "tcp-rr", "xen-pv", to=8, clients=2, think="1 ms", cores=2, operations=2000, replications=4, jobs=1
    )
    before = found.curves["xen-pv"].metric("response_p99_s")
    seen = [point["response_p99_s"] for point in page.evaluate("V.data.curves[1].points")]
    assert seen == [pytest.approx([one.value, one.low, one.high]) for one in before]
    page.locator("#dial-clients").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => V.data.address.includes('clients=3') && V.data.complete")
    assert "clients=3" in page.url
    page.locator("#look").fill("0")
    assert "At 1 guest" in str(page.locator(".closer").text_content())
    assert page.evaluate("V.data.curves[1].points[0].response_s[0]") == pytest.approx(
        vmarch.under_load(
            "tcp-rr", "xen-pv", to=8, clients=3, think="1 ms", cores=2, operations=2000, replications=4, jobs=1
        )
        .curves["xen-pv"]
        .metric("response_s")[0]
        .value
    )
    page.locator("input[value=rate]").check()
    page.wait_for_function("() => V.data.over === 'rate' && V.data.complete")
    assert page.screenshot(path=tmp_path / "load.png", full_page=True)


def test_a_request_walks_through_the_layers(page: Page, base: str, tmp_path: Path) -> None:
    opened(page, f"{base}/path?w=tcp-rr&a=xen-pv&clients=8")
    found = walked("tcp-rr", "xen-pv", clients=8, follow="slowest")
    own = [step for step in found.steps if not step.tail]
    assert page.evaluate("V.data.response") == pytest.approx(found.response_s)
    first = next(n for n, step in enumerate(own) if step.is_wait)
    page.locator("h1").click()
    for _ in range(first):
        page.keyboard.press("ArrowRight")
    assert f"at={first}" in page.url
    assert str(page.locator(".now").text_content()).startswith(f"waits for {own[first].label}")
    assert page.locator(".token.waits").count() == 1
    clock = f"{(own[first].began_s + own[first].seconds) * 1e6:.2f} us"
    assert str(page.locator("#clock").text_content()).startswith(clock)
    assert page.screenshot(path=tmp_path / "path.png", full_page=True)
    page.locator("#first").click()
    page.locator("#speed").select_option("4")
    page.locator("#play").click()
    page.wait_for_function("n => Number(V.data.state.at) > n", arg=2)
    page.locator("#play").click()
    at = page.evaluate("V.data.state.at")
    assert page.locator("#play").text_content() == "Play"
    opened(page, page.url)
    assert page.evaluate("V.data.state.at") == at
    page.locator(".closer a").first.click()  # to the layer, where the time goes
    page.wait_for_selector(".closer table")


def test_a_claim_is_judged_and_taken_apart(page: Page, base: str, tmp_path: Path) -> None:
    opened(page, f"{base}/claims?claim=para-virt-cost-of-change&era=then")
    (found,) = judge(["para-virt-cost-of-change"], ["then"], Setting(quick=True, replications=4))
    assert found.verdict.figure in str(page.locator(".verdict").text_content())
    assert page.evaluate("V.data.chosen.value") == pytest.approx(found.verdict.value)
    page.locator("[data-claim=host-based-slower]").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => V.data.chosen.name === 'host-based-slower'")
    assert "claim=host-based-slower" in page.url
    page.locator(".eras button", has_text="now").click()
    page.wait_for_function("() => V.data.chosen.era === 'now' && document.querySelector('.chart svg')")
    assert page.screenshot(path=tmp_path / "claims.png", full_page=True)
    page.locator(".apart a").first.click()
    page.wait_for_selector("body[data-view=time][data-ready]")
    assert page.locator("[data-bar]").count() > 1


@pytest.mark.parametrize("address", NARROW)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_scrolls_only_downwards(
    browser: Browser, base: str, scheme: Literal["light", "dark"], address: str
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    opened(page, f"{base}/{address}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


@pytest.mark.parametrize("address", NARROW)
def test_everything_has_a_name_and_can_be_reached(page: Page, base: str, address: str) -> None:
    opened(page, f"{base}/{address}")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, a, [role=button], [role=img]")].filter((one) =>
            !(one.getAttribute("aria-label") || one.textContent.trim() || (one.labels && one.labels.length)))
            .map((one) => one.outerHTML)"""
    )
    assert unnamed == []
    ids = page.evaluate("[...document.querySelectorAll('body [id]:not(pattern)')].map((one) => one.id)")
    assert len(ids) == len(set(ids))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("address", NARROW)
def test_a_picture_is_taken_by_one_click(page: Page, base: str, address: str, tmp_path: Path) -> None:
    opened(page, f"{base}/{address}")
    for kind, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_text(f"Picture ({kind})").click()
        download.value.save_as(tmp_path / "picture")
        assert (tmp_path / "picture").read_bytes().startswith(begins)


def test_paper_is_white(browser: Browser, base: str) -> None:
    page = browser.new_page(color_scheme="dark")
    opened(page, f"{base}/time?w=tcp-rr")
    dark = page.evaluate("V.colour('page')")
    page.pdf()
    page.wait_for_function("dark => V.colour('page') === dark", arg=dark)  # and the screen as it was
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("V.colour('page')") == "#ffffff"
    page.close()


def test_a_wrong_address_leads_back(browser: Browser, base: str) -> None:
    page = browser.new_page()
    page.goto(f"{base}/time?w=tcp-r")
    assert "did you mean 'tcp-rr'" in str(page.locator("[role=alert]").text_content())
    page.locator("main a", has_text="Under load").click()
    page.wait_for_selector("body[data-view=load][data-ready]")
    page.close()


def test_pages_as_files_are_drawn_without_a_server(page: Page, tmp_path: Path) -> None:
    from vmarch.exploring.files import write_files

    write_files(tmp_path, ["tcp-rr"], ["native", "xen-pv"], "server")
    opened(page, (tmp_path / "index.html").as_uri())
    assert page.locator(".chart [role=button]").count() > 4
    page.locator("nav a", has_text="xen-pv").click()
    page.wait_for_selector("body[data-ready]")
    before = page.locator("#clock").text_content()
    page.locator("#step").click()
    assert page.locator("#clock").text_content() != before
