"""Replications: a scenario run several times, each long enough after its warm-up.

Replication k depends on the scenario, the seed and k only. A run first cuts a tenth of its operations; if MSER-5 finds
that the start lasted longer, the run is made again with that cut. What never settles is reported, not averaged away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from simcore.checks import check
from simcore.engines import ANALYTIC, AUTO, chosen, engine
from simcore.engines.analytic import answer
from simcore.errors import InputError
from simcore.model import Model
from simcore.results import Result, summarize
from simcore.statistics import settled
from simcore.statistics.intervals import batched
from simcore.summing import added
from simcore.totals import Series, Settings, Window
from simcore.units import format_seconds, seconds
from vmarch.scenario import Scenario

__all__ = [
    "Plan",
    "Replications",
    "Runnable",
    "check_length",
    "engine_of",
    "operations_of",
    "replicate",
    "simulate",
]

WARM_UP_SHARE = 0.1
BATCHES = 32  # kept of each run
MOST_TICKS = 2**61  # of work in a run: a quarter of what a counter holds, for draws far above their mean


@dataclass(frozen=True)
class Plan:
    """How a scenario is run.

    Attributes:
        operations: measured in each replication, of all guests of a group; None for the workloads' own numbers.
        warmup: operations of each group left out first; None to find out.
    """

    seed: int = 1
    replications: int = 5
    operations: int | None = None
    warmup: int | None = None
    engine: str = AUTO
    deterministic: bool = False

    def __post_init__(self) -> None:
        for field, value, low, high in (
            ("--seed", self.seed, 0, 2**63 - 1),
            ("--replications", self.replications, 1, 100_000),
            ("--operations", self.operations, 1, 10**9),
            ("--warmup", self.warmup, 0, 10**9),
        ):
            if value is not None and not low <= value <= high:
                raise InputError(field, value, f"{low} to {high}")


@dataclass(frozen=True)
class Replications:
    """The results of replications 0, 1, ..., in order.

    Attributes:
        unsettled: reasons, for replications that found no steady state.
    """

    results: tuple[Result, ...]
    unsettled: tuple[str, ...] = ()

    def of(self, group: int, name: str) -> Replications:
        """The same runs as one group of guests sees them, by its place and its name."""
        mine = tuple(reason for reason in self.unsettled if f" {name}: " in reason)
        return Replications(tuple(result.of(group) for result in self.results), mine)

    def metric(self, name: str) -> list[float]:
        """One number for each replication."""
        return [result.metrics()[name] for result in self.results]


class Runnable(Protocol):
    """What can be run: a scenario, or a host that several share."""

    @property
    def model(self) -> Model:
        """What engines run."""

    @property
    def groups(self) -> tuple[Scenario, ...]:
        """Guests that are alike, in the order of the model's groups."""

    @property
    def title(self) -> str:
        """What is run, in words."""


def operations_of(scenario: Runnable, plan: Plan) -> tuple[int, ...]:
    """Operations measured in each replication, of all guests of each group; none of a group that is not waited for."""
    return tuple(group.measured and (plan.operations or group.measured) for group in scenario.groups)


def check_length(scenario: Runnable, plan: Plan) -> None:
    """Refuses a run that takes no simulated time, or more than can be counted.

    Raises:
        InputError: as above.
    """
    each = 0.0
    operations = sum(operations_of(scenario, plan)) + (plan.warmup or 0)
    for tasks in scenario.model.classes:
        mean = tasks.means
        work = added(ticks * mean[variable] for row in tasks.program.rows for variable, ticks in row.ticks)
        each = max(each, work)
        if not work and not tasks.think_ticks and not tasks.interarrival_ticks:
            raise InputError("an operation", "0 s", f"some time: {scenario.title} costs nothing at all")
        for field, mean_ticks, varies in (
            ("tasks.think", tasks.think_ticks, tasks.think),
            ("tasks.rate", tasks.interarrival_ticks, tasks.interarrival),
        ):
            _check_times(
                f"{tasks.workload}: {field}", mean_ticks, 1.0 if plan.deterministic else varies.most, operations
            )
        for demand, varies in tasks.operation.varied.items():
            most = 1.0 if plan.deterministic else varies.most
            _check_times(f"{tasks.workload}: varied.{demand}", work, most, operations)
    if each * operations > MOST_TICKS:
        allowed = f"at most {format_seconds(seconds(MOST_TICKS))} in a run of {scenario.title}"
        raise InputError("an operation", format_seconds(seconds(each)), allowed)


def _check_times(field: str, mean_ticks: float, most: float, operations: int) -> None:
    """Refuses times whose sum over a run, or whose longest draw, a counter may not hold."""
    if mean_ticks * max(most, operations) > MOST_TICKS:
        allowed = f"at most {format_seconds(seconds(MOST_TICKS))} in a run, the longest draws included"
        raise InputError(field, format_seconds(seconds(mean_ticks)), allowed)


def replicate(scenario: Runnable, plan: Plan, replication: int) -> tuple[Result, str]:
    """One replication, and why it did not settle (empty if it did).

    Raises:
        StuckError, CheckError: the run could not proceed, or broke a law.
        CapabilityError: the analytic engine has no answer for this model.
    """
    model = scenario.model
    if plan.engine == ANALYTIC:
        return answer(model, scenario.title), ""
    operations = operations_of(scenario, plan)
    tasks = [sum(one.count for one in model.classes if one.group == n) for n in range(model.groups)]
    warmup = [_warmup(*each, plan) for each in zip(operations, tasks, strict=True)]
    run = engine(plan.engine)

    def window_of(warmup: list[int]) -> Window:
        return run(
            model,
            Settings(
                seed=plan.seed,
                replication=replication,
                operations=operations,
                warmup=tuple(warmup),
                deterministic=plan.deterministic,
            ),
        )

    window = window_of(warmup)
    found = [
        settled(series.means) if many and len(series.means) >= 2 else None
        for series, many in zip(window.series, operations, strict=True)
    ]
    if plan.warmup is None:
        wanted = [
            max(had, one.cut * series.group) if one and one.settled else had
            for had, one, series in zip(warmup, found, window.series, strict=True)
        ]
        if wanted != warmup:
            warmup = wanted
            window = window_of(warmup)
    check(model, window)
    reasons = [
        f"{group.name}: {one.reason}" if group.name else one.reason
        for group, one in zip(scenario.groups, found, strict=True)
        if one and not one.settled and "too short to judge" not in one.reason
    ]
    return _batched(summarize(model, window), window, warmup, operations), "; ".join(reasons)


def _warmup(operations: int, tasks: int, plan: Plan) -> int:
    """Operations of a group that are left out: none where none are waited for."""
    if not operations:
        return 0
    return max(round(operations * WARM_UP_SHARE), tasks) if plan.warmup is None else plan.warmup


def _batched(result: Result, window: Window, warmup: Sequence[int], operations: Sequence[int]) -> Result:
    """The result with means of batches of each group, and of the whole where there is one group."""
    parts = zip(result.shares, window.series, warmup, operations, strict=True)
    shares = tuple(replace(share, batches_s=_batches(series, cut, many)) for share, series, cut, many in parts)
    return replace(result, shares=shares, batches_s=shares[0].batches_s if len(shares) == 1 else ())


def _batches(series: Series, warmup: int, operations: int) -> tuple[float, ...]:
    """Mean responses in seconds of equal parts of the measured operations; none if these are too few."""
    measured = series.means[-(-warmup // series.group) : (warmup + operations) // series.group]
    size = len(measured) // BATCHES
    return tuple(seconds(float(mean)) for mean in batched(measured, size)[-BATCHES:]) if size else ()


def engine_of(scenario: Runnable, plan: Plan) -> str:
    """The engine that runs a scenario: what the plan says or, for `auto`, what that takes."""
    if plan.engine != AUTO:
        return plan.engine
    return chosen(scenario.model, Settings(operations=operations_of(scenario, plan), warmup=plan.warmup or 0))


def simulate(scenario: Runnable, plan: Plan, replications: Iterable[int] | None = None) -> Replications:
    """Replications of a scenario; by default as many as the plan says."""
    numbers = range(plan.replications) if replications is None else replications
    done = [replicate(scenario, plan, number) for number in numbers]
    return Replications(
        tuple(result for result, _ in done),
        tuple(f"replication {n}: {reason}" for n, (_, reason) in zip(numbers, done, strict=True) if reason),
    )
