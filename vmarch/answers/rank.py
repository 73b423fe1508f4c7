"""Architectures ranked for each workload, those that the runs cannot tell apart together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from vmarch.answers.answer import Answer
from vmarch.comparison import Cell
from vmarch.output import Row
from vmarch.ranking import ranking_rows
from vmarch.tables import Table

__all__ = ["Ranking"]


@dataclass(frozen=True, repr=False)
class Ranking(Answer):
    """Groups of architectures for each workload, fastest first; of the cells of a comparison."""

    cells: Sequence[Cell]
    level: float
    settings: Mapping[str, object]

    @cached_property
    def rows(self) -> Sequence[Row]:
        """One row for each workload, group and member."""
        return ranking_rows(self.cells, self.level)

    @property
    def table(self) -> Table:
        """The groups in words."""
        lines = []
        for workload, number in dict.fromkeys((str(row["workload"]), row["group"]) for row in self.rows):
            group = [row for row in self.rows if (row["workload"], row["group"]) == (workload, number)]
            slowdowns = [float(str(row["slowdown"])) for row in group]
            low, high = f"{min(slowdowns):.4g}", f"{max(slowdowns):.4g}"
            names = ", ".join(str(row["architecture"]) for row in group)
            lines.append([workload, str(number), names, low if low == high else f"{low} .. {high}"])
        tests = f"paired t-tests at {100 * self.level:g} %, corrected for their number by Holm's method"
        note = f"Those in one group cannot be told apart ({tests})."
        columns = ("workload", "group", "architectures", "slowdown")
        return Table("Ranking, fastest first", columns, lines, left=3, notes=(note,))

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {**self.settings, "command": "compare --rank"}

    @property
    def name(self) -> str:
        """What its files are called."""
        return "rank"

    @property
    def finding(self) -> str:
        """How many groups there are."""
        groups = {(row["workload"], row["group"]) for row in self.rows}
        return f"{len(groups)} groups of architectures that cannot be told apart"
