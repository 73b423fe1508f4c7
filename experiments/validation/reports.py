"""What people reported who do this job: direction and rough size, as cases of their own beside those of validation.

A report is a case as any other, in the folder `reports`, whose targets may be ranges. Hardware is often not stated, so
that a prediction agrees where it is within a factor of what was reported. No row of a report has a part in the errors
of validation, nor in what comparisons are widened by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from experiments.validation.case import load_case
from experiments.validation.predict import Prediction, predict

__all__ = ["AGREES", "COLUMNS", "Report", "in_order", "report_paths", "reports"]

FOLDER = Path(__file__).parent / "reports"
AGREES = 1.3  # a prediction within this factor of the report, or of the nearer end of its range, agrees


COLUMNS = ("row", "reported", "predicted", "unit", "off by", "agrees", "cause, or decisive cost")


@dataclass(frozen=True)
class Report:
    """A row of a report.

    Attributes:
        row: predicted; its `measured` is the report's value, or the first end of its range.
        upto: the other end; the same where there is no range.
    """

    row: Prediction
    upto: float

    @property
    def off(self) -> float:
        """The factor to the nearer end of the range; 1 within it."""
        low, high = sorted((self.row.measured, self.upto))
        return max(1.0, low / self.row.predicted, self.row.predicted / high)

    @property
    def agrees(self) -> bool:
        """Whether the prediction is within a factor of what was reported."""
        return self.off <= AGREES

    @property
    def cells(self) -> Sequence[str]:
        """What is shown of it, in the order of COLUMNS."""
        row = self.row
        return (
            f"{row.benchmark}, {row.system}",
            f"{row.measured:.4g}" + (f" to {self.upto:.4g}" if self.upto != row.measured else ""),
            f"{row.predicted:.3g}",
            row.unit,
            f"{self.off:.2f}",
            "yes" if self.agrees else "no",
            row.cause or row.decisive,
        )


def report_paths() -> tuple[Path, ...]:
    """The reports that come with the project, sorted by name."""
    return tuple(sorted(FOLDER.glob("*.toml")))


def reports(paths: Sequence[Path] | None = None) -> list[Report]:
    """Every row of every report, predicted.

    Raises:
        InputError, CapabilityError: one cannot be read, or run.
    """
    found = []
    for path in report_paths() if paths is None else paths:
        case = load_case(path)
        upto = {item.key: item.upto or item.value for item in case.target}
        rows = [row for row in predict(case) if row.kind == "predicted"]
        found += [Report(row, upto[row.table, row.benchmark, row.system, row.metric]) for row in rows]
    return found


def in_order(found: Sequence[Report]) -> tuple[int, int]:
    """How many pairs of systems of one report come out in its order, and how many there are."""
    pairs = [
        (one.row, other.row)
        for one, other in combinations(found, 2)
        if (one.row.case, one.row.benchmark, one.row.unit) == (other.row.case, other.row.benchmark, other.row.unit)
        and one.row.measured != other.row.measured
    ]
    right = [(one.measured < other.measured) == (one.predicted < other.predicted) for one, other in pairs]
    return sum(right), len(pairs)
