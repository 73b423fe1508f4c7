"""The study: its page is what its results say, predictions were hashed before; a small one runs from end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.closed_loop.page import RESULTS, error, page, read_results
from experiments.closed_loop.study import keep, programs, study
from simcore.errors import InputError
from vmarch.measuring.environments import ENVIRONMENTS

ROOT = Path(__file__).resolve().parents[3]
SMALL = ("sha256", "python", "processes")


def test_the_page_is_what_the_results_say() -> None:
    facts = json.loads((RESULTS / "machine.json").read_text("utf-8"))["facts"]
    assert (ROOT / "docs" / "closed-loop.md").read_text("utf-8") == page(read_results(), facts)


def test_there_are_as_many_programs_and_environments_as_asked() -> None:
    rows = [row for row in read_results() if row["status"] == "ok"]
    assert len({row["job"] for row in rows}) >= 12
    assert len({row["environment"] for row in rows}) >= 5
    assert all(error(row) >= 0.0 for row in rows)


def test_a_prediction_that_was_changed_afterwards_is_refused(tmp_path: Path) -> None:
    for path in RESULTS.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    text = (tmp_path / "predictions.csv").read_text("utf-8")
    (tmp_path / "predictions.csv").write_text(text.replace("measured", "measured "), "utf-8")
    with pytest.raises(InputError, match="hashed before"):
        read_results(tmp_path)


def test_an_unknown_program(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--program"):
        study(tmp_path, ["none"], quick=True, cpu=0, rounds=1)


@pytest.mark.slow
def test_a_small_study_from_end_to_end(tmp_path: Path) -> None:
    names = [name for name in ("unshare", "runsc", "uml") if not ENVIRONMENTS[name].trouble(tmp_path)]
    if not names:
        pytest.skip("none of unshare, runsc and uml works here")
    before = _mounts()
    cpu = max(os.sched_getaffinity(0))
    try:
        study(tmp_path, SMALL, quick=True, cpu=cpu, rounds=1, environments=names)
    except InputError as problem:
        if problem.field in ("strace", "CC"):
            pytest.skip(str(problem))
        raise
    keep(tmp_path, tmp_path / "kept")
    rows = read_results(tmp_path / "kept")
    assert {(row["job"], row["environment"]) for row in rows} == {(job, name) for job in SMALL for name in names}
    assert all(row["status"] == "ok" for row in rows), [row["status"] for row in rows]
    assert "By environment" in page(rows, {"processor": "any"})
    assert _mounts() == before
    assert not subprocess.run(["pgrep", "-f", str(tmp_path)], check=False, capture_output=True).stdout


def _mounts() -> list[str]:
    return [line.split()[1] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]


def test_its_command_says_what_is_wrong(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "experiments.closed_loop", "--out", str(tmp_path), "--program", "none"]
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert done.stderr.startswith("closed_loop: --program")


def test_programs_have_names_and_titles() -> None:
    assert len({one.title for one in programs()}) == len(programs())
