"""Which cost decides: a result as a function of the costs, each anywhere in its range.

A point is a quantile (0 to 1) for each cost that has a range, NaN for its nominal value. The result there is worked out
by hand (exact where nothing waits and nothing goes on in the background) or simulated, every point with the same random
numbers. Three methods look at it: one cost at a time from end to end (a tornado), Morris's screening by trajectories
(Technometrics 33, 1991; mu* by Campolongo et al. 2007), and Sobol's shares of the variance (Saltelli et al. 2010).
Morris and Sobol are SALib's: it samples and estimates apart, so that simulations can run in between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from architectures import load_architecture, switch_stages
from simcore.costs import CostBook, Kind, Resolved
from simcore.path import costs_of
from simcore.streams import stream
from simcore.units import TICKS_PER_S
from vmarch.provenance import costs_used
from vmarch.runs import Plan, simulate
from vmarch.scenario import Scenario
from vmarch.sensitivity.ranges import Floats, Sample, at_quantiles, leaves_behind, seconds_of, stages_of, used
from vmarch.workers import Workers

__all__ = ["METHODS", "Effect", "Index", "Question", "Screened", "loaded", "morris", "sobol", "tornado"]

METHODS = ("tornado", "morris", "sobol")
LEVELS = 4  # of Morris's grid: the usual number
RESAMPLES = 200
LEVEL = 0.95


@dataclass(frozen=True)
class Effect:
    """A cost's reach: the result with it at its low and at its high end, all others nominal."""

    cost: str
    low: float
    high: float


@dataclass(frozen=True)
class Screened:
    """Morris: the effect of moving a cost from one end of its range to the other, over random places of the others.

    Attributes:
        mean: of the effects' sizes (mu*), plus or minus `half_width` at 95 %.
        spread: standard deviation of the effects (sigma): 0 where the cost acts in proportion, whatever the others are.
    """

    cost: str
    mean: float
    half_width: float
    spread: float


@dataclass(frozen=True)
class Index:
    """Sobol: the share of the result's variance that a cost brings alone, and with all its interactions; 95 %."""

    cost: str
    first: float
    first_half_width: float
    total: float
    total_half_width: float


@dataclass(frozen=True)
class Question:
    """A result of a scenario, to be looked at over the ranges of its costs.

    Attributes:
        metric: `slowdown` against the bare machine with the same costs, or `response` in seconds.
        plan: how to simulate each point; None to work it out by hand.
        workers: the processes that simulate; the result does not depend on how many.
        progress: called with points done and all points, where simulated.
    """

    scenario: Scenario
    metric: str = "slowdown"
    plan: Plan | None = None
    workers: Workers = field(default_factory=Workers)
    progress: Callable[[int, int], None] = lambda *_: None

    @cached_property
    def native(self) -> Scenario | None:
        """The bare machine, where it counts."""
        return self.scenario.bare(load_architecture("native")) if self.metric == "slowdown" else None

    @cached_property
    def costs(self) -> dict[str, Resolved]:
        """Every cost with a range that the result may depend on, sorted by name."""
        found: dict[str, Resolved] = {}
        for one in (self.native, self.scenario):
            if one is not None:
                found |= {name: one.book[name] for name in self._names(one) if one.book[name].low < one.book[name].high}
        return dict(sorted(found.items()))

    def _names(self, one: Scenario) -> tuple[str, ...]:
        if self.plan is None:
            return used(one)
        switching = costs_of(switch_stages(one.architecture))
        return tuple(
            sorted({*costs_used(one), *switching, *(("domain_switch",) if "domain_switch" in one.book else ())})
        )

    def at(self, points: Floats) -> Floats:
        """The result at each point; shape (points, costs) gives (points,)."""
        result = self._each(self.scenario, points)
        return result / self._each(self.native, points) if self.native is not None else result

    @property
    def is_there(self) -> bool:
        """Whether the task waits for anything by itself, here and on the bare machine."""
        return all(bool(stages_of(one)) for one in (self.scenario, self.native) if one is not None)

    @property
    def nominal(self) -> float:
        """The result at nominal costs."""
        return float(self.at(np.full((1, len(self.costs)), np.nan))[0])

    def interval(self, size: int = 400, level: float = 0.9) -> tuple[float, float]:
        """Where the middle `level` of results lies when all costs are drawn over their ranges; by hand only."""
        draws = [seconds_of(one, Sample(one.book, size)) for one in (self.scenario, self.native) if one is not None]
        values = np.broadcast_to(draws[0] / draws[1] if len(draws) > 1 else draws[0], size + 1)[1:]
        low, high = np.quantile(values, [0.5 - level / 2.0, 0.5 + level / 2.0])
        return float(low), float(high)

    def _each(self, one: Scenario, points: Floats) -> Floats:
        names = self._names(one)
        values = {name: np.full(len(points), one.book[name].value) for name in names}
        for column, name in enumerate(self.costs):
            if name in values:
                moved = at_quantiles(one.book[name], points[:, column])
                values[name] = np.where(np.isnan(points[:, column]), values[name], moved)
        if self.plan is None:
            return np.zeros(len(points)) + seconds_of(one, values)
        return self._simulated(one, values, len(points))

    def _simulated(self, one: Scenario, values: dict[str, Floats], points: int) -> Floats:
        """Mean response at each point. All costs of the path are stated, so that none is carried over by another."""
        assert self.plan is not None
        texts = {name: [_text(one.book, name, value) for value in column.tolist()] for name, column in values.items()}
        keys = [tuple(sorted((name, column[k]) for name, column in texts.items())) for k in range(points)]
        fresh = list(dict.fromkeys(keys))
        asked = [replace(one, overrides={**one.overrides, **dict(key)}) for key in fresh]
        found: dict[tuple[tuple[str, str], ...], float] = {}
        run = self.workers.executor.map if self.workers.executor and len(fresh) > 1 else map
        for key, response in zip(fresh, run(_response, asked, [self.plan] * len(asked)), strict=True):
            found[key] = response
            self.progress(len(found), len(fresh))
        return np.array([found[key] for key in keys])


def _text(book: CostBook, name: str, value: float) -> str:
    """A cost as an override."""
    kind = book[name].kind
    if kind is Kind.RATIO:
        return repr(value)
    byte = "/byte" if kind in (Kind.CYCLES_PER_BYTE, Kind.TIME_PER_BYTE) else ""
    return f"{value * book.clock_hz / TICKS_PER_S!r} cycles{byte}" if kind.in_cycles else f"{value!r} ps{byte}"


def _response(scenario: Scenario, plan: Plan) -> float:
    return float(np.mean(simulate(scenario, plan).metric("response_s")))


def loaded(scenario: Scenario) -> bool:
    """Whether tasks may wait for each other, or work goes on in the background: then the sum by hand is not exact."""
    tasks = scenario.workload.tasks
    return tasks.count > 1 or tasks.arrivals == "open" or scenario.guests > 1 or leaves_behind(scenario.workload)


def tornado(question: Question) -> list[Effect]:
    """One cost at a time, the widest first: as a factor, from the lower to the higher result."""
    n = len(question.costs)
    points = np.full((2 * n, n), np.nan)
    points[np.arange(n), np.arange(n)] = 0.0
    points[np.arange(n, 2 * n), np.arange(n)] = 1.0
    values = question.at(points) if n else np.zeros(0)
    effects = [Effect(name, float(values[k]), float(values[n + k])) for k, name in enumerate(question.costs)]
    return sorted(effects, key=lambda one: -abs(np.log(one.high / one.low)) if one.low > 0.0 < one.high else 0.0)


def morris(question: Question, trajectories: int, seed: int) -> list[Screened]:
    """Screening: each trajectory moves every cost once, by two thirds of its range; the strongest first."""
    from SALib.analyze import morris as analyze  # type: ignore[import-untyped, unused-ignore]
    from SALib.sample import morris as sample  # type: ignore[import-untyped, unused-ignore]

    if not question.costs:
        return []
    problem = _problem(question)
    points = sample.sample(problem, trajectories, num_levels=LEVELS, seed=_seed(seed, "sample"))
    found = analyze.analyze(
        problem,
        points,
        question.at(points),
        num_levels=LEVELS,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        seed=_seed(seed, "resample"),
    )
    columns = (found["mu_star"], found["mu_star_conf"], found["sigma"])
    rows = [Screened(name, *map(float, row)) for name, *row in zip(question.costs, *columns, strict=True)]
    return sorted(rows, key=lambda one: -one.mean)


def sobol(question: Question, size: int, seed: int) -> list[Index]:
    """Shares of the variance from size x (costs + 2) points, the size a power of two; the largest total first."""
    from SALib.analyze import sobol as analyze  # type: ignore[import-untyped, unused-ignore]
    from SALib.sample import sobol as sample  # type: ignore[import-untyped, unused-ignore]

    if not question.costs:
        return []
    problem = _problem(question)
    points = sample.sample(problem, size, calc_second_order=False, seed=_seed(seed, "sample"))
    values = question.at(points)
    if np.ptp(values) == 0.0:
        return [Index(name, 0.0, 0.0, 0.0, 0.0) for name in question.costs]
    found = analyze.analyze(
        problem,
        values,
        calc_second_order=False,
        num_resamples=RESAMPLES,
        conf_level=LEVEL,
        seed=_seed(seed, "resample"),
    )
    columns = (found["S1"], found["S1_conf"], found["ST"], found["ST_conf"])
    rows = [Index(name, *map(float, row)) for name, *row in zip(question.costs, *columns, strict=True)]
    return sorted(rows, key=lambda one: -one.total)


def _problem(question: Question) -> dict[str, object]:
    names = list(question.costs)
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _seed(seed: int, what: str) -> int:
    """A seed for SALib, which takes 0 for none."""
    return int(stream(seed, 0, "sensitivity", what).integers(1, 2**31))
