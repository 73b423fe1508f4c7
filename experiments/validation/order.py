"""Whether the systems of each benchmark come out in the order in which they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from scipy import stats

from experiments.validation.predict import Prediction

__all__ = ["Order", "orders"]

ALIKE = 1.1  # systems that were measured closer than this have no order


@dataclass(frozen=True)
class Order:
    """One benchmark of a case over its systems.

    Attributes:
        spearman: rank correlation of predicted and measured.
        inverted: pairs of systems that come out the other way round, of those measured apart by more than `alike`.
        pairs: how many such pairs there are.
    """

    case: str
    benchmark: str
    systems: int
    spearman: float
    inverted: tuple[str, ...]
    pairs: int


def orders(found: Sequence[Prediction], alike: float = ALIKE) -> list[Order]:
    """Each benchmark that was predicted for three systems or more in the same unit.

    Args:
        alike: systems that were measured within this factor have no order.
    """
    groups: dict[tuple[str, str, str], list[Prediction]] = {}
    for item in found:
        if item.kind == "predicted":
            groups.setdefault((item.case, item.benchmark, item.unit), []).append(item)
    return [
        _order(case, benchmark, rows, alike)
        for (case, benchmark, _), rows in groups.items()
        if len({row.system for row in rows}) == len(rows) > 2
    ]


def _order(case: str, benchmark: str, rows: Sequence[Prediction], alike: float) -> Order:
    measured, predicted = [row.measured for row in rows], [row.predicted for row in rows]
    told_apart = len(set(measured)) > 1 and len(set(predicted)) > 1
    rank = stats.spearmanr(measured, predicted).statistic if told_apart else 0.0
    inverted, pairs = [], 0
    for one, other in combinations(sorted(rows, key=lambda row: row.measured), 2):
        if other.measured > alike * one.measured:
            pairs += 1
            if other.predicted <= one.predicted:
                inverted.append(f"{one.system} and {other.system}")
    return Order(case, benchmark, len(rows), float(rank), tuple(inverted), pairs)
