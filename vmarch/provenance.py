"""What a path costs when nothing else runs, stage by stage, and on what authority.

The sum that one would write on a slide: each stage's charges at their means, with the cost behind each and whether that
cost was measured on this host, carried over from another, or assumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simcore.costs import CostBook, Status
from simcore.lowering import unit_ticks
from simcore.model import means_of
from simcore.path import Background, Charge, Stage, costs_of, flat
from simcore.units import seconds
from vmarch.scenario import Scenario

__all__ = ["Line", "by_status", "costs_used", "lines"]

ORDER = (Status.MEASURED, Status.CARRIED, Status.ASSUMED)


@dataclass(frozen=True)
class Line:
    """One charge of one stage, at its mean.

    Attributes:
        factors: ratios that multiply the cost; they are in `count`.
        domain: the role of the domain whose processor is used; empty for devices and delays.
        when_idle: paid only when the domain is idle; it is, where nothing else runs.
        background: the operation does not wait for it.
    """

    label: str
    kind: str
    layer: str
    domain: str
    cost: str
    count: float
    seconds: float
    status: Status
    source: str
    when_idle: bool
    background: bool
    factors: tuple[str, ...] = ()

    @property
    def price(self) -> str:
        """The cost with the ratios that it is multiplied by."""
        return " x ".join((self.cost, *self.factors))


def lines(scenario: Scenario, book: CostBook | None = None) -> list[Line]:
    """The charges of one operation, in order; equal ones of the same stage label are added up.

    Args:
        book: its costs, where they are known already.
    """
    merged: dict[tuple[object, ...], Line] = {}
    for line in _all(scenario, scenario.book if book is None else book):
        key = (line.label, line.kind, line.layer, line.domain, line.cost, line.when_idle, line.background)
        old = merged.get(key)
        if old is None:
            merged[key] = line
        else:
            merged[key] = Line(
                *key[:5],
                old.count + line.count,
                old.seconds + line.seconds,
                line.status,
                line.source,
                line.when_idle,
                line.background,
                old.factors,
            )
    return list(merged.values())


def _all(scenario: Scenario, book: CostBook) -> Iterator[Line]:
    mean = means_of(scenario.operation)
    for item in scenario.path:
        behind = isinstance(item, Background)
        for stage in item.stages if isinstance(item, Background) else (item,):
            for charge in stage.charges:
                times = mean[charge.variable]
                spent = unit_ticks(book, charge) * times
                if spent:
                    yield _line(book, stage, charge, times, spent, behind)


def _line(book: CostBook, stage: Stage, charge: Charge, times: float, spent: float, behind: bool) -> Line:
    count = charge.count * times
    for factor in charge.factors:
        count *= book[factor].value
    return Line(
        label=stage.label,
        kind=stage.kind,
        layer=stage.layer,
        domain=stage.role or "",
        cost=charge.cost,
        count=count,
        seconds=seconds(spent),
        status=max((book[name].status for name in (charge.cost, *charge.factors)), key=ORDER.index),
        source=book[charge.cost].source,
        when_idle=stage.when_idle,
        background=behind,
        factors=charge.factors,
    )


def by_status(scenario: Scenario) -> dict[Status, float]:
    """Seconds of one operation, background included, that rest on costs of each status."""
    result = dict.fromkeys(ORDER, 0.0)
    for line in lines(scenario):
        result[line.status] += line.seconds
    return result


def costs_used(scenario: Scenario) -> tuple[str, ...]:
    """The names of all costs and ratios on the path, sorted."""
    return costs_of(flat(scenario.path))
