"""What lies beyond the bare machine: on what authority, by which cost, of which years, and how far it may be.

The charges of an operation that has the machine to itself are set beside those of the bare machine, cost by cost,
background included. What a cost takes more here than there is overhead; what it takes less is saved, and is no part of
the shares. Where one cost is charged on several authorities, its overhead is shared out by what each takes more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simcore.costs import Status
from simcore.summing import added
from vmarch.provenance import Line, lines
from vmarch.scenario import Scenario
from vmarch.sensitivity.ranges import Floats, Sample, needed

__all__ = ["DRAWS", "Overhead", "overhead", "reach"]

DRAWS = 400
LEVEL = 0.9
LEAST = 1e-9  # of the operation's time: what is less is the rounding of sums
SHOWN = 5e-4  # of the operation's time: with less beyond it, a slowdown is 1.000, and there is nothing to share out
OUTER = 0.1  # of the overhead at each end of the years that are left out of its era


@dataclass(frozen=True)
class Overhead:
    """What an operation takes beyond the bare machine.

    Attributes:
        seconds: the sum of what costs take more than there.
        saved: the sum of what they take less.
        shares: of `seconds`, by authority; they add up to 1, or are all 0 where nothing lies beyond that a slowdown
            of three decimals would show.
        heaviest: the cost that weighs most, and `weight`, its share; "" and 0.0 where nothing lies beyond.
        years: of the machines on which the costs were measured, from the first to the last that matter (a tenth at
            each end is left out): the era of the software whose steps they are. None where all is assumed or depends on
            no machine.
    """

    seconds: float
    saved: float
    shares: Mapping[Status, float]
    heaviest: str = ""
    weight: float = 0.0
    years: tuple[int, int] | None = None

    @property
    def era(self) -> str:
        """The years in words: 2001, 2003-2014, or nothing."""
        if self.years is None:
            return ""
        first, last = self.years
        return str(first) if first == last else f"{first}-{last}"


def overhead(scenario: Scenario, bare: Scenario) -> Overhead:
    """What lies beyond the bare machine."""
    ours_all = lines(scenario)
    here, there = _by_cost(ours_all), _by_cost(lines(bare))
    more: dict[str, float] = {}
    shares = dict.fromkeys(Status, 0.0)
    whole, saved = added(added(one.values()) for one in here.values()), 0.0
    for name in (*here, *(name for name in there if name not in here)):
        ours, theirs = here.get(name, {}), there.get(name, {})
        difference = added(ours.values()) - added(theirs.values())
        if abs(difference) <= LEAST * whole:
            continue
        if difference < 0.0:
            saved -= difference
            continue
        more[name] = difference
        excess = {status: max(0.0, ours[status] - theirs.get(status, 0.0)) for status in ours}
        for status, part in excess.items():
            shares[status] += difference * part / added(excess.values())
    total = added(more.values())
    if total < SHOWN * whole:
        return Overhead(total, saved, dict.fromkeys(Status, 0.0))
    heaviest = max(more, key=lambda name: more[name])
    return Overhead(
        total,
        saved,
        {status: part / total for status, part in shares.items()},
        max((line for line in ours_all if line.cost == heaviest), key=lambda line: line.seconds).price,
        more[heaviest] / total,
        _era(scenario, more),
    )


def _by_cost(found: list[Line]) -> dict[str, dict[Status, float]]:
    result: dict[str, dict[Status, float]] = {}
    for line in found:
        parts = result.setdefault(line.cost, {})
        parts[line.status] = parts.get(line.status, 0.0) + line.seconds
    return result


def _era(scenario: Scenario, more: Mapping[str, float]) -> tuple[int, int] | None:
    """The years of those costs that were measured on a machine, a tenth of their weight at each end left out."""
    dated = sorted((year, more[name]) for name in more if (year := scenario.book[name].year) is not None)
    if not dated:
        return None
    edges = np.cumsum([weight for _, weight in dated])
    first, last = (int(np.searchsorted(edges, share * edges[-1] * (1.0 - LEAST))) for share in (OUTER, 1.0 - OUTER))
    return dated[first][0], dated[last][0]


def reach(scenario: Scenario, bare: Scenario, size: int = DRAWS) -> tuple[float, float]:
    """How far the slowdown may be, as factors of the one at nominal costs: the ends of the middle 90 %.

    All costs are drawn over their ranges, those of the bare machine the same for both. The slowdown of each draw is
    worked out for one operation that has the machine to itself, or by the busiest resource where work goes on behind
    it.
    """
    draws: list[Floats] = [
        np.broadcast_to(np.asarray(needed(one, Sample(one.book, size))), size + 1) for one in (scenario, bare)
    ]
    if not np.all(draws[1] > 0.0) or draws[0][0] <= 0.0:
        return 1.0, 1.0
    ratios = draws[0] / draws[1]
    low, high = np.quantile(ratios[1:] / ratios[0], [0.5 - LEVEL / 2.0, 0.5 + LEVEL / 2.0])
    return float(low), float(high)
