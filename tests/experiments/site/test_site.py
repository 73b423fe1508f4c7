"""The site builds without a warning, without a network and without a broken link; its tables sort in a browser."""

import re
import shutil
from pathlib import Path

import pytest

from architectures import architecture_names
from experiments.experiment import load_experiment, perform
from experiments.site.__main__ import build
from experiments.site.stage import ROOT, SECTIONS
from vmarch.workers import Workers

pytestmark = pytest.mark.slow
OTHERS = ("index", "notebooks/choice", "notebooks/lecture", "notebooks/research", "search")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with Workers(2) as workers:
        perform(load_experiment("path_breakdown"), folder / "results", workers, quick=True)
    assert build(folder, folder / "results") == 0
    return folder / "html"


def test_every_page_is_there(site: Path) -> None:
    pages = [*OTHERS, *(page for _, below in SECTIONS.values() for page in below)]
    pages += [f"architectures/{name}" for name in architecture_names()]
    assert [page for page in pages if not (site / f"{page}.html").is_file()] == []
    documents = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"README"}
    assert documents <= {path.stem for path in site.glob("*.html")}


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loads = re.compile(r"<(?:script|img|iframe|link)\b[^>]*(?:src|href)=\"(https?:)?//", re.IGNORECASE)
    assert [path.name for path in site.rglob("*.html") if loads.search(path.read_text("utf-8"))] == []


def test_notebooks_are_shown_with_what_they_print(site: Path) -> None:
    text = (site / "notebooks" / "choice.html").read_text("utf-8")
    assert "<img" in text
    assert "<table" in text


def test_tables_sort(site: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("no Chromium")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page()
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto((site / "catalogue.html").as_uri())
        table = page.locator("article table").first
        head = table.locator("th").nth(1)  # the year of a host
        head.locator("button").press("Enter")
        years = table.locator("tbody tr td:nth-child(2)").all_inner_texts()
        assert head.get_attribute("aria-sort") == "ascending"
        assert years == sorted(years, key=int)
        head.locator("button").click()
        assert (
            table.locator("tbody tr td:nth-child(2)").all_inner_texts() == years[::-1]
            or head.get_attribute("aria-sort") == "descending"
        )
        assert errors == []
        chromium.close()
