"""How well a cost carries from one machine to another: in cycles, or as a time.

Sources that measured one event on several machines tell. For each event and each pair of its machines, the error of a
rule is |ln| of what the one measured over what the rule makes of the other's figure.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

__all__ = ["Carrying", "carrying"]

TABLE = Path(__file__).parent / "carried.csv"
PER = {"ns": 1.0, "us": 1000.0}


@dataclass(frozen=True)
class Carrying:
    """One event on several machines.

    Attributes:
        machines: how many.
        first, last: years of the oldest and the youngest processor.
        in_cycles, in_time: mean |ln| error of a pair if cycles are kept, and if the time is.
    """

    event: str
    machines: int
    first: int
    last: int
    in_cycles: float
    in_time: float

    @property
    def better(self) -> str:
        """The rule of the smaller error; neither where they are within a tenth."""
        if abs(self.in_cycles - self.in_time) <= 0.1 * max(self.in_cycles, self.in_time):
            return "either"
        return "cycles" if self.in_cycles < self.in_time else "time"


def carrying(path: Path = TABLE) -> list[Carrying]:
    """Each event of the table, in its order."""
    events: dict[str, list[tuple[int, float, float]]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            clock, value = float(row["clock_ghz"]), float(row["value"])
            nanoseconds = value / clock if row["unit"] == "cycles" else value * PER[row["unit"]]
            events.setdefault(row["event"], []).append((int(row["year"]), nanoseconds * clock, nanoseconds))
    return [_carrying(event, rows) for event, rows in events.items()]


def _carrying(event: str, rows: list[tuple[int, float, float]]) -> Carrying:
    years = [row[0] for row in rows]
    errors = [
        float(np.mean([abs(np.log(one[kind] / other[kind])) for one, other in combinations(rows, 2)]))
        for kind in (1, 2)
    ]
    return Carrying(event, len(rows), min(years), max(years), *errors)
