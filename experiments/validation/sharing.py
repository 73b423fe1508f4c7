"""A system of a case as a host in use: its guests with their limits, those beside them, and what is read there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from experiments.validation.case import Beside, System
from experiments.validation.quantity import PERCENTILES
from simcore.engines import engine
from simcore.statistics import quantiles
from simcore.totals import Settings
from simcore.units import seconds
from vmarch.runs import Plan, Replications, Runnable, operations_of, simulate
from vmarch.scenario import Scenario
from vmarch.tenancy import Tenancy
from workloads import Workload

__all__ = ["InUse", "in_use"]

OWN = "guests"
WARM_UP = 10  # a part of the operations


@dataclass(frozen=True)
class InUse:
    """A host in use.

    Attributes:
        what: one kind of guests, or several.
        counted: the groups whose operations are the row's.
        plan: how long to look.
    """

    what: Runnable
    counted: tuple[int, ...]
    plan: Plan

    def read(self, quantity: str) -> float:
        """A quantity of the row's operations, by simulation: seconds, a rate, cycles, or a share of 1."""
        if quantity in PERCENTILES:
            return self._percentile_s(PERCENTILES[quantity])
        runs = simulate(self.what, self.plan)
        if quantity == "busy":
            return float(np.mean([one.utilisation["cores"] for one in runs.results]))
        if quantity == "used":
            return float(np.mean([sum(one.shares[n].used for n in self.counted) for one in runs.results]))
        if quantity == "throughput_per_s":
            return sum(self._mean(runs, n, quantity) for n in self.counted)
        return self._mean(runs, 0, quantity)

    def _mean(self, runs: Replications, group: int, metric: str) -> float:
        return float(np.mean(runs.of(group, "").metric(metric)))

    def _percentile_s(self, probability: float) -> float:
        """A percentile of the response time of the first group's operations, all replications together."""
        model, measured = self.what.model, operations_of(self.what, self.plan)
        warmup = tuple(many // WARM_UP for many in measured)
        counts = sum(
            engine(self.plan.engine)(
                model, Settings(seed=self.plan.seed, replication=k, operations=measured, warmup=warmup)
            ).measured.histograms[0]
            for k in range(self.plan.replications)
        )
        return seconds(float(quantiles(counts, [probability])[0]))


def in_use(system: System, one: Scenario, solved: Callable[[str], Workload], plan: Plan) -> InUse:
    """A system's guests, and those beside them.

    Args:
        one: the system's own guests.
        solved: a workload of the case by name, its unknowns at their nominal amounts.
    """
    if not system.beside:
        return InUse(one, (0,), plan)
    groups = [one]  # called as alone, so that it draws the same
    counted = [0]
    for number, beside in enumerate(system.beside):
        if not beside.workload:
            counted.append(len(groups))
        groups.append(_beside(one, beside, f"{OWN}-{number + 2}", solved))
    return InUse(Tenancy(tuple(groups), system.name), tuple(counted), plan)


def _beside(one: Scenario, beside: Beside, name: str, solved: Callable[[str], Workload]) -> Scenario:
    """Guests beside: of the row's workload, and then of its operations, or of another, which nobody waits for."""
    same = not beside.workload
    return replace(
        one,
        workload=one.workload if same else solved(beside.workload),
        guests=beside.guests,
        vcpus=beside.vcpus,
        limits=beside.limits,
        name=name,
        operations=one.operations if same else 0,
    )
