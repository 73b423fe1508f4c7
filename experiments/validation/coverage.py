"""How often the ranges hold the measured value: by the costs alone, and with what the model leaves out.

The costs' ranges know nothing of a mechanism that the model lacks, of a count that is off, or of a cost that carries
badly to another machine. How much that is, other cases tell: how far outside of its range each of their measurements
lies. A range is widened by the factor that would have held `LEVEL` of them; the case that is judged takes no part, and
each other case has the same weight, however many rows it has, as the rows of a case share their causes.

This is conformalized quantile regression (Romano, Patterson & Candes, NeurIPS 2019) with cases as the groups of a
two-layer model (Dunn, Wasserman & Ramdas, JASA 2022). It promises `LEVEL` for a row of a new case if cases are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.validation.predict import Prediction

__all__ = ["FEWEST_CASES", "LEVEL", "Coverage", "coverage", "left_out", "outside", "widened"]

LEVEL = 0.9
FEWEST_CASES = 5  # fewer say nothing of a ninth decile


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


def left_out(found: Sequence[Prediction], case: str) -> float:
    """What the model leaves out, as the other cases tell: the logarithm of the factor that widens a range.

    Returns:
        The `LEVEL` quantile of `outside` over the rows of the other cases, each case of one weight; 0.0 where it is
        below 0, or where fewer than `FEWEST_CASES` others have rows.
    """
    others: dict[str, list[float]] = {}
    for row in _judged(found):
        if row.case != case:
            others.setdefault(row.case, []).append(outside(row))
    if len(others) < FEWEST_CASES:
        return 0.0
    values = np.concatenate([np.array(rows) for rows in others.values()])
    weights = np.concatenate([np.full(len(rows), 1.0 / len(rows)) for rows in others.values()])
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    return max(0.0, float(values[order][np.searchsorted(share, LEVEL - 1e-12)]))


def widened(found: Sequence[Prediction]) -> list[Prediction]:
    """The same rows, the range of each predicted one widened by what the model left out in the other cases."""
    factors = {case: float(np.exp(left_out(found, case))) for case in {row.case for row in found}}
    return [
        replace(row, low=row.low / factors[row.case], high=row.high * factors[row.case])
        if row.kind == "predicted"
        else row
        for row in found
    ]


def coverage(found: Sequence[Prediction], wide: Sequence[Prediction]) -> Coverage:
    """Counts the rows within their ranges.

    Args:
        found: the rows to judge.
        wide: the same rows in the same order, from `widened` over all cases.
    """
    narrow = [outside(row) <= 0.0 for row in _judged(found)]
    return Coverage(len(narrow), sum(narrow), sum(outside(row) <= 0.0 for row in _judged(wide)))
