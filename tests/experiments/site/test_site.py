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
OTHERS = ("index", "explorer/index", "notebooks/choice", "notebooks/lecture", "notebooks/research", "search")


def test_the_site(tmp_path: Path) -> None:
    with Workers(1) as workers:
        perform(load_experiment("path_breakdown"), tmp_path / "results", workers, quick=True)
    assert build(tmp_path, tmp_path / "results") == 0
    site = tmp_path / "html"
    every_page_is_there(site)
    nothing_is_loaded_from_elsewhere(site)
    notebooks_show_what_they_print(site)
    tables_sort(site)


def every_page_is_there(site: Path) -> None:
    pages = [*OTHERS, *(page for _, below in SECTIONS.values() for page in below)]
    pages += [f"architectures/{name}" for name in architecture_names()]
    assert [page for page in pages if not (site / f"{page}.html").is_file()] == []
    documents = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"README"}
    assert documents <= {path.stem for path in site.glob("*.html")}


def nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loads = re.compile(r"<(?:script|img|iframe|link)\b[^>]*(?:src|href)=\"(https?:)?//", re.IGNORECASE)
    assert [path.name for path in site.rglob("*.html") if loads.search(path.read_text("utf-8"))] == []


def notebooks_show_what_they_print(site: Path) -> None:
    text = (site / "notebooks" / "choice.html").read_text("utf-8")
    assert "<img" in text
    assert "<table" in text


def tables_sort(site: Path) -> None:
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
        head, years = table.locator("th").nth(1), table.locator("tbody tr td:nth-child(2)")  # of a host
        head.locator("button").press("Enter")
        assert head.get_attribute("aria-sort") == "ascending"
        found = years.all_inner_texts()
        assert found == sorted(found, key=int)
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        assert years.all_inner_texts() == sorted(found, key=int, reverse=True)
        assert errors == []
        chromium.close()
