"""Comparisons: every workload under every architecture, against the bare machine, on common random numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from architectures import load_architecture
from simcore.engines import ANALYTIC
from simcore.engines.analytic import answer, bounds, refusal
from simcore.errors import CapabilityError, InputError, UnsettledError
from simcore.statistics import (
    Estimate,
    RatioEstimate,
    batch_means,
    mean_interval,
    paired_ratio,
    ratio_of,
    replications_needed,
)
from vmarch.explanation import layers
from vmarch.filling import fill
from vmarch.left_out import widened
from vmarch.overhead import Overhead, overhead, reach
from vmarch.runs import Plan, Replications, check_length
from vmarch.scenario import Scenario
from vmarch.store import Store, fingerprint
from vmarch.workers import Workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cell", "Precision", "alone", "compare", "overloaded", "stored"]

INVERSE = frozenset({"throughput_per_s"})  # more is better: the slowdown is native over value
GROWING = ("response", "waiting", "queue")  # what goes on growing while a host is overloaded


@dataclass(frozen=True)
class Precision:
    """Run until every slowdown's interval is this narrow.

    Attributes:
        relative_half_width: 0.01 for 1 %.
        level: confidence level of the intervals.
        cap: replications after which to stop anyway.
    """

    relative_half_width: float
    level: float = 0.95
    cap: int = 200

    def __post_init__(self) -> None:
        if not 0.0 < self.relative_half_width < 1.0:
            raise InputError("--precision", self.relative_half_width, "above 0 and below 1 (100 %)")


@dataclass(frozen=True, repr=False)
class Cell:
    """One workload under one architecture.

    Attributes:
        scenario: None where the combination is refused; then `refused` says why.
        runs, native: replications of it and of the bare machine, pair by pair.
        exact: there is nothing to estimate: every draw was its mean, or the answer is analytic.
        bare: the bare machine that it is compared with.
    """

    workload: str
    architecture: str
    scenario: Scenario | None
    runs: Replications = field(default_factory=lambda: Replications(()))
    native: Replications = field(default_factory=lambda: Replications(()))
    refused: str = ""
    exact: bool = False
    bare: Scenario | None = None

    def __repr__(self) -> str:
        """One line: of what, and the slowdown or why there is none."""
        if self.scenario is None or not self.runs.results:
            found = self.refused or "not run"
        else:
            found = f"slowdown {self.slowdown().ratio:.3g}" if self.state == "ok" else self.state
        return f"<Cell {self.workload} under {self.architecture}: {found}>"

    def estimate(self, metric: str, level: float = 0.95) -> Estimate:
        """A metric with its interval: over the replications or, of the response in a single one, by batch means."""
        return _estimate(self.runs, metric, level, exact=self.exact)

    def interval(self, metric: str, level: float = 0.95) -> str:
        """How that interval was made: replications, batch means, exact, or none."""
        if self.exact or len(self.runs.results) > 1:
            return "exact" if self.exact else "replications"
        return "batch means" if math.isfinite(self.estimate(metric, level).half_width) else "none"

    @cached_property
    def state(self) -> str:
        """`ok`, or why there is no mean to be had.

        `refused`: the combination cannot exist. `overloaded`: more arrives than can be served, here or on the bare
        machine, so that the response grows for as long as one looks. `unsettled`: half of the replications or more
        found no steady state.
        """
        if self.scenario is None:
            return "refused"
        if any(overloaded(one) for one in (self.scenario, self.bare) if one is not None):
            return "overloaded"
        lost = any(2 * len(runs.unsettled) >= len(runs.results) for runs in (self.runs, self.native) if runs.unsettled)
        return "unsettled" if lost else "ok"

    def lasts(self, metric: str) -> bool:
        """Whether a metric has a mean: without a steady state, responses, waits and queues have none."""
        return self.state == "ok" or not metric.startswith(GROWING)

    @cached_property
    def overhead(self) -> Overhead:
        """What lies beyond the bare machine for one operation, and on what authority.

        Raises:
            CapabilityError: the combination is refused.
        """
        return overhead(*self._pair)

    @cached_property
    def reach(self) -> tuple[float, float]:
        """The ends of the middle 90 % of slowdowns when all costs are drawn over their ranges, as factors.

        Raises:
            CapabilityError: the combination is refused.
        """
        return reach(*self._pair)

    @cached_property
    def likely(self) -> tuple[float, float]:
        """The same, widened by what the model leaves out, as validation tells (`vmarch.left_out`).

        Raises:
            CapabilityError: the combination is refused.
        """
        return widened(self.reach, self.slowdown().ratio, *self._pair)

    @property
    def _pair(self) -> tuple[Scenario, Scenario]:
        if self.scenario is None:
            raise CapabilityError(self.refused)
        return self.scenario, self.bare or self.scenario.bare(load_architecture("native"))

    @property
    def layers(self) -> pd.Series[float]:
        """Seconds of one operation by layer, when nothing else runs and every draw is its mean.

        Raises:
            CapabilityError: the combination is refused.
        """
        import pandas as pd

        if self.scenario is None:
            raise CapabilityError(self.refused)
        return pd.Series(layers(self.scenario), name="seconds")

    def slowdown(self, metric: str = "response_s", level: float = 0.95) -> RatioEstimate:
        """How many times worse than on the bare machine; above 1 is worse for every metric."""
        ours, native = self.runs.metric(metric), self.native.metric(metric)
        if metric in INVERSE and self.scenario is not None and self.bare is not None:  # of as many guests
            machines = self.scenario.guests / self.bare.guests
            native = [value * machines for value in native]
        top, bottom = (native, ours) if metric in INVERSE else (ours, native)
        if not any(top) or not any(bottom):  # such as cycles of an operation that only waits
            ratio = math.inf if any(top) else 0.0 if any(bottom) else 1.0
            return RatioEstimate(ratio, ratio, ratio, len(top), level, "log", None)
        if len(ours) == 1 and not self.exact and self.runs != self.native:
            mine, bare = (_estimate(runs, metric, level) for runs in (self.runs, self.native))
            return ratio_of(bare, mine) if metric in INVERSE else ratio_of(mine, bare)
        found = paired_ratio(top, bottom, level)
        return replace(found, low=found.ratio, high=found.ratio) if self.exact or top == bottom else found


def overloaded(scenario: Scenario) -> bool:
    """Whether more arrives than the busiest resource can serve."""
    tasks = scenario.workload.tasks
    offered = tasks.rate_per_s * scenario.guests
    return tasks.arrivals == "open" and offered > bounds(scenario.model, arrivals=False).throughput_per_s


def _estimate(runs: Replications, metric: str, level: float, *, exact: bool = False) -> Estimate:
    samples = runs.metric(metric)
    found = mean_interval(samples, level)
    half = found.half_width
    if exact:
        half = 0.0
    elif len(samples) == 1 and metric == "response_s" and runs.results[0].batches_s:
        batches = runs.results[0].batches_s
        with suppress(UnsettledError):  # the run is too short for its memory: no interval
            half = batch_means(batches, level, len(batches) // 2).half_width
    return Estimate(found.value, found.value - half, found.value + half, found.n, level)


def compare(
    scenarios: Sequence[tuple[str, str, Scenario | CapabilityError]],
    plan: Plan,
    *,
    precision: Precision | None = None,
    store: Store | None = None,
    jobs: int | Workers = 1,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Cell]:
    """Runs every scenario and its bare machine.

    Args:
        scenarios: (workload, architecture, scenario or why it is refused), in the order wanted.
        store: where finished replications are found and kept.
        jobs: how many processes, or the processes themselves; the result does not depend on it.
        progress: called with replications done and known to be needed.

    Raises:
        InputError: a run would take no time, or too much to count.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    if plan.engine == ANALYTIC:
        return [_answered(*asked) for asked in scenarios]
    store = Store() if store is None else store
    counts: dict[str, int] = {}
    known: dict[str, Scenario] = {}
    pairs: list[tuple[str, str] | None] = []
    native = load_architecture("native")
    bare: Scenario | None = None  # neighbours often have the same, and then its model is made once
    for _, _, scenario in scenarios:
        if isinstance(scenario, CapabilityError):
            pairs.append(None)
            continue
        keys = []
        other = scenario.bare(native)
        bare = bare if bare == other else other
        for one in (scenario, bare):
            check_length(one, plan)
            key = fingerprint(one, plan)
            known.setdefault(key, one)
            counts[key] = plan.replications
            keys.append(key)
        pairs.append((keys[0], keys[1]))

    with nullcontext(jobs) if isinstance(jobs, Workers) else Workers(jobs) as workers:
        while True:
            fill(known, counts, plan, store, workers, progress)
            cells = [
                _cell(workload, architecture, scenario, pair, known, counts, store, plan)
                for (workload, architecture, scenario), pair in zip(scenarios, pairs, strict=True)
            ]
            if precision is None or not _more(cells, pairs, counts, precision):
                break
    store.sort()
    return cells


def alone(
    scenarios: Sequence[tuple[str, str, Scenario | CapabilityError]],
    plan: Plan,
    *,
    store: Store | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Cell]:
    """Runs every scenario without its bare machine: the cells have no slowdown.

    Args:
        store, jobs, progress: as for `compare`.

    Raises:
        InputError, StuckError, CheckError: as for `compare`.
    """
    store = Store() if store is None else store
    keys = ["" if isinstance(one, CapabilityError) else fingerprint(one, plan) for _, _, one in scenarios]
    known = {key: one for key, (_, _, one) in zip(keys, scenarios, strict=True) if isinstance(one, Scenario)}
    for one in known.values():
        check_length(one, plan)
    with Workers(jobs) as workers:
        fill(known, dict.fromkeys(known, plan.replications), plan, store, workers, progress)
    store.sort()
    return [
        Cell(workload, architecture, None, refused=str(one))
        if isinstance(one, CapabilityError)
        else Cell(workload, architecture, one, stored(store, key, plan.replications), exact=plan.deterministic)
        for key, (workload, architecture, one) in zip(keys, scenarios, strict=True)
    ]


def _answered(workload: str, architecture: str, scenario: Scenario | CapabilityError) -> Cell:
    """A cell by the analytic engine."""
    if isinstance(scenario, CapabilityError):
        return Cell(workload, architecture, None, refused=str(scenario))
    models = {architecture: scenario.model, "native": scenario.bare(load_architecture("native")).model}
    for name, model in models.items():
        refused = refusal(model, f"{workload} under {name}")
        if refused is not None:
            return Cell(workload, architecture, None, refused=str(refused))
    ours, native = (Replications((answer(models[name]),)) for name in (architecture, "native"))
    return Cell(workload, architecture, scenario, ours, native, exact=True)


def _cell(
    workload: str,
    architecture: str,
    scenario: Scenario | CapabilityError,
    pair: tuple[str, str] | None,
    known: dict[str, Scenario],
    counts: dict[str, int],
    store: Store,
    plan: Plan,
) -> Cell:
    if isinstance(scenario, CapabilityError) or pair is None:
        return Cell(workload, architecture, None, refused=str(scenario))
    count = min(counts[key] for key in pair)
    runs, native = (stored(store, key, count) for key in pair)
    return Cell(workload, architecture, scenario, runs, native, exact=plan.deterministic, bare=known[pair[1]])


def stored(store: Store, key: str, count: int) -> Replications:
    """The first replications of a key, as far as they are there."""
    found = [(k, store.get(key, k)) for k in range(count)]
    results = tuple(item[0] for _, item in found if item is not None)
    reasons = tuple(f"replication {k}: {item[1]}" for k, item in found if item is not None and item[1])
    return Replications(results, reasons)


def _more(cells: list[Cell], pairs: list[tuple[str, str] | None], counts: dict[str, int], precision: Precision) -> bool:
    """Raises the counts of cells that are not precise enough yet; whether there were any."""
    raised = False
    for cell, pair in zip(cells, pairs, strict=True):
        if pair is None or cell.exact:
            continue
        have = len(cell.runs.results)
        width = cell.slowdown(level=precision.level).relative_half_width
        if width <= precision.relative_half_width or have >= precision.cap:
            continue
        guess = 2 * have
        if have >= 3 and math.isfinite(width):
            ratios = [
                a / b for a, b in zip(cell.runs.metric("response_s"), cell.native.metric("response_s"), strict=True)
            ]
            guess = replications_needed(ratios, precision.relative_half_width, precision.level)
        for key in pair:
            counts[key] = max(counts[key], min(max(have + 1, min(guess, 2 * have)), precision.cap))
        raised = True
    return raised
