"""A job that `record.sh` recorded on a machine without Python."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from simcore.errors import InputError
from simcore.reading import read_file
from vmarch.jobs.imports import events_of_perf, traced_of
from vmarch.jobs.tracing import Traced
from vmarch.measuring.running import BLOCK, Ran

__all__ = ["RECORDER", "Recorded", "recorded"]

RECORDER = Path(__file__).parent / "record.sh"
LARGEST = 2**20
LEAST_S = 0.005  # what GNU time rounds to: half of a hundredth


@dataclass(frozen=True)
class Recorded:
    """What was recorded.

    Attributes:
        words: the job; clock_hz: of the machine, where its kernel says.
    """

    words: tuple[str, ...]
    runs: tuple[Ran, ...]
    calls: Traced
    perf: dict[str, float]
    clock_hz: float | None


def recorded(folder: Path) -> Recorded:
    """Reads a folder that `record.sh` wrote.

    Raises:
        InputError: a file that is missing or wrong.
    """
    if not (folder / "words").is_file():
        raise InputError(
            "--from-record", str(folder), "a folder that record.sh wrote (`vmarch profile --record` prints it)"
        )
    lines = read_file(folder / "runs", "--from-record", "text file", LARGEST).decode("ascii", "replace").splitlines()
    runs = tuple(_run(line) for line in lines if line.strip())
    if not runs:
        raise InputError("--from-record", str(folder / "runs"), "the times of at least one run")
    words = tuple(
        read_file(folder / "words", "--from-record", "text file", LARGEST).decode("utf-8", "replace").split("\n")
    )
    clock = folder / "clock"
    mhz = re.search(r": *([\d.]+)", clock.read_text("ascii", "replace")) if clock.is_file() else None
    perf = events_of_perf(folder / "perf") if (folder / "perf").is_file() else {}
    hertz = float(mhz[1]) * 1e6 if mhz else None
    return Recorded(words[:-1], runs, traced_of(folder / "calls"), perf, hertz)


def _run(line: str) -> Ran:
    try:
        wall, user, system, minor, major, waits, blocks = (float(word) for word in line.split())
    except ValueError:
        allowed = "seven numbers: wall, user, system, minor and major faults, waits, blocks read"
        raise InputError("--from-record, runs", line[:80], allowed) from None
    counts = (round(minor), round(major), round(waits), round(blocks) * BLOCK)
    return Ran(0, max(wall, LEAST_S), user, system, *counts, "", "")
