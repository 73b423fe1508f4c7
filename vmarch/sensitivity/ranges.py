"""How far the ranges of costs reach: samples of costs, and the time of an operation for each of them.

Time on an unloaded machine is linear in the demands and multilinear in the costs: a sum of charges. So thousands of
draws of all costs take one pass over the charges, without a simulation. Validation, `vmarch infer` and
`vmarch sensitivity` share this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simcore.costs import CostBook, Resolved
from simcore.demands import Demand
from simcore.path import Background, Stage, StageKind, costs_of, flat
from simcore.streams import stream
from simcore.units import TICKS_PER_S
from vmarch.scenario import Scenario
from workloads import Workload

__all__ = [
    "Floats",
    "Sample",
    "Values",
    "at_quantiles",
    "bare",
    "decisive",
    "ends",
    "leaves_behind",
    "needed",
    "seconds_at",
    "seconds_of",
    "stages_of",
    "used",
]

Floats = NDArray[np.float64]


class Values(Protocol):
    """Values of costs in ticks (or plain numbers for ratios) by name, as many of each as there are draws."""

    def __getitem__(self, name: str, /) -> Floats: ...


def at_quantiles(cost: Resolved, quantiles: Floats) -> Floats:
    """A cost at quantiles (0 to 1) of its range: equally likely on a logarithmic scale from low to high.

    A range that begins at 0 begins at a thousandth of the value; a cost of value 0 is equally likely up to its high.
    """
    if cost.low >= cost.high:
        return np.full(quantiles.shape, cost.value)
    if not cost.value:
        return np.asarray(cost.high * quantiles)
    low = max(cost.low, cost.value * 1e-3)
    high = max(cost.high, low * 1.000001)
    return np.asarray(low * (high / low) ** quantiles)


@dataclass(frozen=True)
class Sample:
    """Values of every cost: column 0 the nominal one, then `size` draws, at the same quantiles in every book."""

    book: CostBook
    size: int
    seed: int = 1
    draws: dict[str, Floats] = field(default_factory=dict)

    def __getitem__(self, name: str, /) -> Floats:
        if name not in self.draws:
            cost = self.book[name]
            draw = np.full(self.size + 1, cost.value)
            if cost.low < cost.high:
                draw[1:] = at_quantiles(cost, stream(self.seed, 0, "cost", name).random(self.size))
            self.draws[name] = draw
        return self.draws[name]


def bare(scenario: Scenario, demands: Mapping[str, float]) -> Scenario:
    """The scenario with an operation of these demands alone, without input and output."""
    named = {Demand(name): amount for name, amount in demands.items()}
    return replace(scenario, workload=scenario.workload.model_copy(update={"demands": named, "io": (), "varied": {}}))


def leaves_behind(workload: Workload) -> bool:
    """Whether part of an operation goes on in the background."""
    return any(not io.sync for io in workload.operation.io)


def stages_of(scenario: Scenario) -> list[Stage]:
    """What an operation itself waits for, without what goes on in the background."""
    return [item for item in scenario.path if not isinstance(item, Background)]


def _steady(scenario: Scenario) -> list[Stage]:
    """What an operation always has done, the background included."""
    return [stage for stage in flat(scenario.path) if not stage.when_idle]


def used(scenario: Scenario) -> tuple[str, ...]:
    """The costs and ratios that the time of an operation depends on, sorted."""
    return costs_of(stages_of(scenario))


def _seconds(scenario: Scenario, stages: list[Stage], values: Values) -> Floats | float:
    mean = scenario.model.classes[0].means
    total: Floats | float = 0.0
    for charge in (charge for stage in stages for charge in stage.charges):
        amount = charge.count * mean[charge.variable] * values[charge.cost]
        for factor in charge.factors:
            amount = amount * values[factor]
        total = total + amount
    return total / TICKS_PER_S


def seconds_of(scenario: Scenario, values: Values) -> Floats | float:
    """Seconds of an operation that has the machine to itself, every draw of the workload at its mean.

    Returns:
        One for each draw of the costs; 0.0 for an operation without a charge.
    """
    return _seconds(scenario, stages_of(scenario), values)


def seconds_at(scenario: Scenario, values: Values) -> dict[StageKind, Floats | float]:
    """The same at each kind of resource, with the background and without what is paid only when idle."""
    kinds: dict[StageKind, list[Stage]] = {StageKind.CPU: []}
    for stage in _steady(scenario):
        kinds.setdefault(StageKind.CPU if stage.kind is StageKind.MMU else stage.kind, []).append(stage)
    return {kind: _seconds(scenario, stages, values) for kind, stages in kinds.items()}


def needed(scenario: Scenario, values: Values) -> Floats | float:
    """Seconds that an operation needs: where it leaves work behind, at the busiest of processors and devices."""
    if not leaves_behind(scenario.workload):
        return seconds_of(scenario, values)
    found = seconds_at(scenario, values)
    return np.max(np.broadcast_arrays(*(one for kind, one in found.items() if kind is not StageKind.DELAY)), axis=0)  # type: ignore[no-any-return]


def ends(scenario: Scenario) -> dict[str, tuple[float, float]]:
    """Seconds that an operation needs with one cost at its low and at its high end, all others nominal, by name."""
    book = scenario.book
    names = costs_of(_steady(scenario)) if leaves_behind(scenario.workload) else used(scenario)
    found: dict[str, tuple[float, float]] = {}
    for name in names:
        cost = book[name]
        if cost.low < cost.high:
            values = {other: np.full(2, book[other].value) for other in names}
            values[name] = at_quantiles(cost, np.array([0.0, 1.0]))
            low, high = np.broadcast_to(needed(scenario, values), 2)
            found[name] = float(low), float(high)
    return found


def decisive(spans: Mapping[str, tuple[float, float]]) -> tuple[str, float]:
    """The name of the widest span, and how many times its low end the high end is; ("", 1.0) if there is none."""
    factors = {name: high / low if low else 1.0 for name, (low, high) in spans.items()}
    worst = max(factors, key=lambda name: factors[name], default="")
    return worst, factors.get(worst, 1.0)
