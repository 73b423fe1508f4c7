"""The generated pages say what the TOML files say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from architectures import architecture_names
from experiments.page import documents as docs
from simcore.costs import native_costs
from simcore.hosts import host_names
from workloads import workload_names


@pytest.mark.parametrize("name", list(docs.PAGES))
def test_page_is_current(name: str) -> None:
    current = (docs.DOCS / name).read_text("utf-8") == docs.page(name)
    assert current, f"docs/{name} is stale: run `python -m experiments.page.documents`"


def test_check_finds_a_stale_page_and_writing_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in docs.PAGES:
        shutil.copy(docs.DOCS / name, tmp_path / name)
    monkeypatch.setattr(docs, "DOCS", tmp_path)
    page = tmp_path / "costs.md"
    written = page.read_text("utf-8")
    page.write_text(written.replace("vm_exit", "vm_entry"), "utf-8")
    assert docs.main(["--check"]) == 1
    assert "docs/costs.md is stale" in capsys.readouterr().err
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0


def test_what_stands_above_the_marker_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "costs.md").write_text(f"by hand\n{docs.MARKER}\nold", "utf-8")
    monkeypatch.setattr(docs, "DOCS", tmp_path)
    assert docs.page("costs.md").startswith(f"by hand\n{docs.MARKER}\n\n")
    assert "old" not in docs.page("costs.md").splitlines()


def test_every_preset_and_every_cost_is_on_its_page() -> None:
    costs, catalogue = docs.page("costs.md"), docs.page("catalogue.md")
    assert all(f"`{entry.name}`" in costs for entry in native_costs())
    names = (*host_names(), *architecture_names(), *workload_names())
    assert all(name in catalogue for name in names)
