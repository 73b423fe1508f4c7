"""The page of promises names tests that are there, and limits that hold."""

from __future__ import annotations

import re
from pathlib import Path

from simcore.demands import MOST_IO
from simcore.schema import LARGEST_FILE, LONGEST_TITLE
from vmarch.answers.infer import MOST
from vmarch.answers.sensitivities import MOST_POINTS
from vmarch.runs import MOST_TICKS
from vmarch.scenario import MOST_GUESTS, MOST_TASKS, MOST_VCPUS
from vmarch.sweep.spec import MOST_CELLS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")


def test_every_promise_names_what_holds_it() -> None:
    promises = [line for line in PAGE.splitlines() if line.startswith("| ") and "held by" not in line]
    promises = promises[: promises.index("| what | limit |")]
    assert len(promises) > 15
    for line in promises:
        named = re.findall(r"`((?:tests|vmarch)/[\w/]+\.py)`", line)
        assert named, line
        assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_limits_are_those_of_the_code() -> None:
    assert f"{LARGEST_FILE // 2**20} MiB;" in PAGE
    assert f"{LONGEST_TITLE} characters" in PAGE
    for limit in (MOST_GUESTS, MOST_VCPUS, MOST_TASKS, MOST_CELLS, MOST, *MOST_POINTS):
        assert f"{limit:,}" in PAGE, limit
    assert f"| {MOST_IO} |" in PAGE
    assert f"{int(MOST_TICKS / 1e12 / 86400)} days" in PAGE
