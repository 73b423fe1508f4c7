"""How often the ranges hold the measured value: by the costs alone, and with what the model leaves out.

The costs' ranges know nothing of a mechanism that the model lacks, of a count that is off, or of a cost that carries
badly to another machine. How much that is, other cases tell: how far outside of its range each of their measurements
lies, by the part that takes most of its time and by the family of its architecture. A range is widened by the factors
that would have held `LEVEL` of them, each part of the time by its own; the case that is judged takes no part, and each
other case has the same weight, however many rows it has, as the rows of a case share their causes.

This is conformalized quantile regression (Romano, Patterson & Candes, NeurIPS 2019) with cases as the groups of a
two-layer model (Dunn, Wasserman & Ramdas, JASA 2022). It promises `LEVEL` for a row of a new case if cases are alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.validation.predict import Prediction
from vmarch.left_out import ALL, OPERATIONS, TAKEN, LeftOut

__all__ = ["FEWEST_CASES", "FEWEST_OF_A_PART", "LEVEL", "Coverage", "coverage", "left_out", "outside", "widened"]

LEVEL = 0.9
FEWEST_CASES = 5  # fewer say nothing of a ninth decile
FEWEST_OF_A_PART = 3  # the largest of these, or nearly


@dataclass(frozen=True)
class Coverage:
    """How many of some rows lie within their ranges.

    Attributes:
        rows: how many have a value to judge.
        by_costs: of these, within the range of the costs alone.
        with_left_out: within the range widened by what the model left out in other cases.
    """

    rows: int
    by_costs: int
    with_left_out: int


def _judged(found: Sequence[Prediction]) -> list[Prediction]:
    """Predicted rows that count, but for those of memory: what widens the ranges of times says nothing of sizes."""
    return [row for row in found if row.kind == "predicted" and row.counted and row.mechanism != "memory"]


def outside(row: Prediction) -> float:
    """How far the measured value lies outside of the range: a natural logarithm, below 0 inside of it."""
    if row.low <= 0.0:
        return float(np.log(row.measured / row.high))
    return max(float(np.log(row.low / row.measured)), float(np.log(row.measured / row.high)))


def left_out(found: Sequence[Prediction], case: str = "") -> LeftOut:
    """What the model leaves out, as all cases but one tell: by family of architectures and part of the time.

    A row tells of the part that takes most of its time. A family's part needs rows of `FEWEST_OF_A_PART` cases; the
    part under any architecture as many, and everything `FEWEST_CASES`; operations of a guest's life, and the memory
    that it takes, tell of themselves.
    """
    groups: dict[tuple[str, str], dict[str, list[float]]] = {}
    for row in _judged(found):
        if row.case != case:
            part = max(row.spent, key=lambda name: row.spent[name], default=ALL)
            for key in {(row.family, part), (ALL, part), (ALL, part if part in (OPERATIONS, TAKEN) else ALL)}:
                groups.setdefault(key, {}).setdefault(row.case, []).append(outside(row))
    return LeftOut(
        {
            key: _factor(cases)
            for key, cases in sorted(groups.items())
            if len(cases) >= (FEWEST_CASES if key == (ALL, ALL) else FEWEST_OF_A_PART)
        }
    )


def _factor(cases: Mapping[str, Sequence[float]]) -> float:
    """The `LEVEL` quantile of how far rows lie outside, each case of one weight; 0.0 where it is inside."""
    values = np.concatenate([np.array(rows) for rows in cases.values()])
    weights = np.concatenate([np.full(len(rows), 1.0 / len(rows)) for rows in cases.values()])
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    return max(0.0, float(values[order][np.searchsorted(share, LEVEL - 1e-12)]))


def widened(found: Sequence[Prediction]) -> list[Prediction]:
    """The same rows, the range of each predicted one widened by what the model left out in the other cases."""
    told = {case: left_out(found, case) for case in {row.case for row in found}}

    def wide(row: Prediction) -> Prediction:
        factor = told[row.case].factor(row.family, row.spent)
        return replace(row, low=row.low / factor, high=row.high * factor)

    return [wide(row) if row.kind == "predicted" else row for row in found]


def coverage(found: Sequence[Prediction], wide: Sequence[Prediction]) -> Coverage:
    """Counts the rows within their ranges.

    Args:
        found: the rows to judge.
        wide: the same rows in the same order, from `widened` over all cases.
    """
    narrow = [outside(row) <= 0.0 for row in _judged(found)]
    return Coverage(len(narrow), sum(narrow), sum(outside(row) <= 0.0 for row in _judged(wide)))
