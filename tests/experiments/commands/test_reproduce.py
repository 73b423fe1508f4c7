"""The whole command, reduced: every file that is named exists, and a second time nothing is run again."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from experiments.commands.performing import perform_all
from experiments.experiment import experiment_names

Vmarch = Callable[..., Result]


@pytest.fixture
def reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two claims, and two replications of a hundred operations in every experiment."""

    def few(*names: Any, given: dict[str, dict[str, object]], **options: Any) -> None:
        small = {"operations": 100, "replications": 2}
        perform_all(*names, given={name: {**settings, **small} for name, settings in given.items()}, **options)

    monkeypatch.setattr("experiments.commands.reproduce.perform_all", few)
    two = ("containers-never-modify-host", "dom0-is-shared")
    monkeypatch.setattr("experiments.commands.reproduce.claim_names", lambda: two)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.usefixtures("reduced")
def test_reproduce(vmarch: Vmarch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = vmarch("reproduce", "--out", tmp_path, "--jobs", 2).stdout
    found = files(tmp_path)
    assert {"claims/claims.csv", "claims/dom0-is-shared-now.png", "claims/claims.md"} <= set(found)
    assert "dom0-is-shared" in printed
    assert not any(name.endswith(".new") for name in found)
    for name in experiment_names():
        assert {f"{name}/{file}" for file in (f"{name}.csv", "manifest.json", "reading.txt")} <= set(found)
        figures = json.loads(found[f"{name}/manifest.json"])["configuration"]["figures"]
        assert figures
        for figure in figures:
            assert {f"{name}/{figure['file']}.png", f"{name}/{figure['file']}.svg"} <= set(found)
            assert figure["title"]
            assert figure["caption"]
        assert found[f"{name}/reading.txt"].decode().strip() in printed
        assert found[f"{name}/{name}.csv"].count(b"\n") > 1
    for page in (file for file in found if file.endswith((".html", ".md"))):
        links = re.findall(r'(?:href|src)="([^"#:]+)"', found[page].decode())
        assert [link for link in links if not (tmp_path / page).parent.joinpath(link).exists()] == []

    def again(*_: object) -> None:
        pytest.fail("a replication that is stored was run again")

    monkeypatch.setattr(sys.modules["vmarch.filling"], "replicate", again)
    assert vmarch("reproduce", "--out", tmp_path, "--jobs", 1).stdout == printed
    assert files(tmp_path) == found
