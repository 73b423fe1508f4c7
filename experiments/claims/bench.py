"""What a claim works with: a host, a setting, and ways to run, to compare and to work out a path by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from architectures import Architecture, load_architecture
from experiments.claims.rounding import ROUNDING
from simcore.costs import Kind
from simcore.errors import CapabilityError
from simcore.hosts import Host
from simcore.results import Result
from simcore.statistics import Estimate, RatioEstimate, mean_interval, paired_ratio
from simcore.units import TICKS_PER_S
from vmarch.provenance import costs_used, lines
from vmarch.runs import Plan, Replications, replicate
from vmarch.scenario import Scenario
from vmarch.store import Store, fingerprint
from workloads import Workload, load_workload

__all__ = [
    "Bench",
    "Setting",
    "constant",
    "ends",
    "path_s",
    "path_slowdown",
    "ratio_over_ranges",
    "same",
    "share",
    "variant",
]

NATIVE = "native"


@dataclass(frozen=True)
class Setting:
    """How much is run: the quick setting is for a first look, the full one for print."""

    quick: bool = False
    seed: int = 1
    replications: int = 10
    level: float = 0.95

    def operations(self, workload: Workload, guests: int) -> int:
        """Measured in each run: enough that every task of every guest has several."""
        usual = (100 if self.quick else 600) if workload.kind == "micro" else (50 if self.quick else 400)
        return max(usual, (4 if self.quick else 20) * workload.tasks.count * guests)


@dataclass
class Bench:
    """A host, then or now.

    Attributes:
        era: `then` or `now`.
        unsettled: replications that found no steady state.
        asked: workloads and architectures by name, in the order in which they were first taken on this host.
    """

    host: Host
    era: str
    setting: Setting
    store: Store = field(default_factory=Store)
    unsettled: list[str] = field(default_factory=list)
    asked: dict[tuple[str, str], None] = field(default_factory=dict)

    @property
    def quick(self) -> bool:
        """Whether sweeps take fewer points."""
        return self.setting.quick

    def pick(self, quick: Any, full: Any) -> Any:
        """One of two ranges, by the setting."""
        return quick if self.quick else full

    def refusal(self, architecture: str | Architecture, host: Host | None = None, **guest: Any) -> str:
        """Why an architecture refuses a guest here (guest_os, guest_isa, modifiable); empty if it does not."""
        machine = host or self.host
        asked = {"guest_os": machine.os, "guest_isa": "", "modifiable": True, **guest}
        try:
            _named(architecture).check(machine, **asked)
        except CapabilityError as refusal:
            return str(refusal)
        return ""

    def runs_here(self, *names: str) -> list[str]:
        """Those of some architectures that run on this host."""
        return [name for name in names if not self.refusal(name)]

    def scenario(self, workload: str | Workload, architecture: str | Architecture = NATIVE, **options: Any) -> Scenario:
        """A scenario on this host; options are Scenario's.

        Raises:
            CapabilityError: the architecture refuses.
        """
        what = load_workload(workload) if isinstance(workload, str) else workload
        under, on = _named(architecture), options.pop("host", self.host)
        if on is self.host:
            self.asked[what.name, under.name] = None
        return Scenario(what, under, on, **options)

    def runs(self, scenario: Scenario, operations: int | None = None) -> Replications:
        """Its replications, those that are stored and those that are missing."""
        count = operations or self.setting.operations(scenario.workload, scenario.guests)
        plan = Plan(self.setting.seed, self.setting.replications, count)
        key = fingerprint(scenario, plan)
        alike = constant(scenario)
        found: list[tuple[Result, str]] = []
        for k in range(plan.replications):
            stored = self.store.get(key, k)
            if stored is None:
                stored = found[0] if alike and found else replicate(scenario, plan, k)
                self.store.put(key, k, *stored)
            found.append(stored)
            if stored[1]:
                self.unsettled.append(f"{scenario.workload.name} under {scenario.architecture.name}, {k}: {stored[1]}")
        return Replications(tuple(result for result, _ in found))

    def ratio(
        self, ours: Scenario, theirs: Scenario, metric: str = "response_s", comparisons: int = 1
    ) -> RatioEstimate:
        """Ours over theirs on common random numbers; `comparisons` widens the interval so that all hold together."""
        level = 1.0 - (1.0 - self.setting.level) / comparisons
        most = max(self.setting.operations(one.workload, one.guests) for one in (ours, theirs))
        top, bottom = (self.runs(one, most).metric(metric) for one in (ours, theirs))
        return paired_ratio(top, bottom, level)

    def slowdown(
        self,
        workload: str | Workload,
        architecture: str | Architecture,
        metric: str = "response_s",
        comparisons: int = 1,
        **options: Any,
    ) -> RatioEstimate:
        """A metric over that on the bare machine."""
        ours = self.scenario(workload, architecture, **options)
        return self.ratio(ours, ours.bare(load_architecture(NATIVE)), metric, comparisons)

    def estimate(self, scenario: Scenario, metric: Any, operations: int | None = None) -> Estimate:
        """The mean over replications of a metric by name, or of a function of a result."""
        results = self.runs(scenario, operations).results
        read = metric if callable(metric) else lambda result: result.metrics()[metric]
        return mean_interval([float(read(result)) for result in results], self.setting.level)

    def extra(
        self, workload: str | Workload, architecture: str | Architecture, each: float, metric: str = "response_s"
    ) -> Estimate:
        """How much more than on the bare machine an operation takes, divided by `each`, paired."""
        ours = self.scenario(workload, architecture)
        pairs = zip(
            self.runs(ours).metric(metric), self.runs(ours.bare(load_architecture(NATIVE))).metric(metric), strict=True
        )
        return mean_interval([(a - b) / each for a, b in pairs], self.setting.level)


def same(found: RatioEstimate, truth: float = 1.0) -> bool:
    """Whether an interval covers a value, but for the rounding to whole ticks."""
    return found.low * (1.0 - ROUNDING) <= truth <= found.high * (1.0 + ROUNDING)


def path_s(scenario: Scenario) -> float:
    """Seconds of one operation that has the machine to itself, every draw at its mean; no simulation."""
    return sum(line.seconds for line in lines(scenario) if not line.background)


def path_slowdown(scenario: Scenario) -> float:
    """The same over that on the bare machine."""
    return path_s(scenario) / path_s(scenario.bare(load_architecture(NATIVE)))


def ends(scenario: Scenario, *costs: str) -> list[Mapping[str, float | str]]:
    """Overrides that set some costs to their value, to the low and to the high end of their ranges."""
    book = scenario.book

    def text(cost: str, end: str) -> float | str:
        amount: float = getattr(book[cost], end)
        if book[cost].kind is Kind.RATIO:
            return amount
        each = "s/byte" if book[cost].kind in (Kind.CYCLES_PER_BYTE, Kind.TIME_PER_BYTE) else "s"
        return f"{amount / TICKS_PER_S:.15g} {each}"

    return [{cost: text(cost, end) for cost in costs} for end in ("value", "low", "high")]


def ratio_over_ranges(ours: Scenario, theirs: Scenario) -> tuple[float, float]:
    """The ratio of two paths, least and most, as all costs that are not common to both range from low to high."""

    def apart(one: Scenario, other: Scenario) -> list[str]:
        common = set(costs_used(other))
        return [c for c in costs_used(one) if c not in common or one.book[c].value != other.book[c].value]

    def at(one: Scenario, other: Scenario) -> list[float]:
        found = [path_s(replace(one, overrides={**one.overrides, **end})) for end in ends(one, *apart(one, other))]
        return found[1:]

    (low, high), (least, most) = at(ours, theirs), at(theirs, ours)
    return low / most, high / least


def variant(name: str, of: str, **changes: Any) -> Architecture:
    """An architecture of the catalogue with some of its parts exchanged."""
    data = {**load_architecture(of).model_dump(), "name": name, **changes}
    return Architecture.model_validate(data)


def share(found: Result, part: str) -> float:
    """Utilisation of a resource or domain."""
    return found.utilisation.get(part, math.nan)


def constant(scenario: Scenario) -> bool:
    """Whether nothing is drawn, so that all replications are the same run."""
    for tasks in scenario.model.classes:
        used = {variable for row in tasks.program.rows for variable, ticks in row.ticks if ticks}
        pauses = not tasks.is_open and (tasks.think.is_constant or not tasks.think_ticks)
        if used & set(tasks.varied) or not pauses:
            return False
    return True


def _named(architecture: str | Architecture) -> Architecture:
    return load_architecture(architecture) if isinstance(architecture, str) else architecture
