"""Replications: a scenario run several times, each long enough after its warm-up.

Replication k depends on the scenario, the seed and k only. A run first cuts a tenth of its operations; if MSER-5 finds
that the start lasted longer, the run is made again with that cut. What never settles is reported, not averaged away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from simcore.checks import check
from simcore.engines import ANALYTIC, AUTO, chosen, engine
from simcore.engines.analytic import answer
from simcore.errors import InputError
from simcore.results import Result, summarize
from simcore.statistics import settled
from simcore.statistics.intervals import batched
from simcore.totals import Series, Settings
from simcore.units import format_seconds, seconds
from vmarch.scenario import Scenario

__all__ = ["Plan", "Replications", "check_length", "engine_of", "operations_of", "replicate", "simulate"]

WARM_UP_SHARE = 0.1
BATCHES = 32  # kept of each run
MOST_TICKS = 2**61  # of work in a run: a quarter of what a counter holds, for draws far above their mean


@dataclass(frozen=True)
class Plan:
    """How a scenario is run.

    Attributes:
        operations: measured in each replication, in all guests together; None for the workload's own number.
        warmup: operations left out first; None to find out.
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

    def metric(self, name: str) -> list[float]:
        """One number for each replication."""
        return [result.metrics()[name] for result in self.results]


def operations_of(scenario: Scenario, plan: Plan) -> int:
    """Operations measured in each replication, in all guests together."""
    return plan.operations or scenario.workload.operations * scenario.guests


def check_length(scenario: Scenario, plan: Plan) -> None:
    """Refuses a run that takes no simulated time, or more than can be counted.

    Raises:
        InputError: as above.
    """
    each = 0.0
    for tasks in scenario.model.classes:
        mean = tasks.means
        work = sum(ticks * mean[variable] for row in tasks.program.rows for variable, ticks in row.ticks)
        each = max(each, work)
        if not work and not tasks.think_ticks and not tasks.interarrival_ticks:
            raise InputError("an operation", "0 s", f"some time: {_name(scenario)} costs nothing at all")
        for field, mean_ticks, varies in (
            ("tasks.think", tasks.think_ticks, tasks.think),
            ("tasks.rate", tasks.interarrival_ticks, tasks.interarrival),
        ):
            _check_times(field, mean_ticks, 1.0 if plan.deterministic else varies.most, scenario, plan)
        for demand, varies in tasks.operation.varied.items():
            _check_times(f"varied.{demand}", work, 1.0 if plan.deterministic else varies.most, scenario, plan)
    if each * (operations_of(scenario, plan) + (plan.warmup or 0)) > MOST_TICKS:
        most = format_seconds(seconds(MOST_TICKS))
        raise InputError("an operation", format_seconds(seconds(each)), f"at most {most} in a run of {_name(scenario)}")


def _check_times(field: str, mean_ticks: float, most: float, scenario: Scenario, plan: Plan) -> None:
    """Refuses times whose sum over a run, or whose longest draw, a counter may not hold."""
    whole = mean_ticks * max(most, operations_of(scenario, plan) + (plan.warmup or 0))
    if whole > MOST_TICKS:
        allowed = f"at most {format_seconds(seconds(MOST_TICKS))} in a run, the longest draws included"
        raise InputError(f"{scenario.workload.name}: {field}", format_seconds(seconds(mean_ticks)), allowed)


def _name(scenario: Scenario) -> str:
    return f"{scenario.workload.name} under {scenario.architecture.name}"


def replicate(scenario: Scenario, plan: Plan, replication: int) -> tuple[Result, str]:
    """One replication, and why it did not settle (empty if it did).

    Raises:
        StuckError, CheckError: the run could not proceed, or broke a law.
        CapabilityError: the analytic engine has no answer for this model.
    """
    model = scenario.model
    if plan.engine == ANALYTIC:
        return answer(model, _name(scenario)), ""
    tasks = sum(tasks.count for tasks in model.classes)
    operations = operations_of(scenario, plan)
    warmup = max(round(operations * WARM_UP_SHARE), tasks) if plan.warmup is None else plan.warmup
    run = engine(plan.engine)

    def settings(warmup: int) -> Settings:
        return Settings(
            seed=plan.seed,
            replication=replication,
            operations=operations,
            warmup=warmup,
            deterministic=plan.deterministic,
        )

    window = run(model, settings(warmup))
    found = settled(window.series.means) if len(window.series.means) >= 2 else None
    if found and plan.warmup is None and found.settled and found.cut * window.series.group > warmup:
        warmup = found.cut * window.series.group
        window = run(model, settings(warmup))
    check(model, window)
    reason = found.reason if found and not found.settled and "too short to judge" not in found.reason else ""
    return replace(summarize(model, window), batches_s=_batches(window.series, warmup, operations)), reason


def _batches(series: Series, warmup: int, operations: int) -> tuple[float, ...]:
    """Mean responses in seconds of equal parts of the measured operations; none if these are too few."""
    measured = series.means[-(-warmup // series.group) : (warmup + operations) // series.group]
    size = len(measured) // BATCHES
    return tuple(seconds(float(mean)) for mean in batched(measured, size)[-BATCHES:]) if size else ()


def engine_of(scenario: Scenario, plan: Plan) -> str:
    """The engine that runs a scenario: what the plan says or, for `auto`, what that takes."""
    if plan.engine != AUTO:
        return plan.engine
    return chosen(scenario.model, Settings(operations=operations_of(scenario, plan), warmup=plan.warmup or 0))


def simulate(scenario: Scenario, plan: Plan, replications: Iterable[int] | None = None) -> Replications:
    """Replications of a scenario; by default as many as the plan says."""
    numbers = range(plan.replications) if replications is None else replications
    done = [replicate(scenario, plan, number) for number in numbers]
    return Replications(
        tuple(result for result, _ in done),
        tuple(f"replication {n}: {reason}" for n, (_, reason) in zip(numbers, done, strict=True) if reason),
    )
