"""Which cost decides a workload's slowdown or response: each moved over its range, by one of three methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from architectures import Architecture
from simcore.costs import Kind
from simcore.errors import InputError, unknown
from simcore.path import flat
from simcore.units import format_seconds, seconds
from vmarch.answers.answer import Answer
from vmarch.asking import Options, jobs_of, scenario_of
from vmarch.figures import tornado as bars
from vmarch.output import Row
from vmarch.progress import progress_bar
from vmarch.runs import Plan, check_length
from vmarch.scenario import Scenario
from vmarch.sensitivity.methods import METHODS, Effect, Index, Question, Screened, loaded, morris, sobol, tornado
from vmarch.tables import Table, amount
from vmarch.workers import Workers
from workloads import Workload

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Sensitivity", "sensitivities"]

SAMPLES = {"tornado": (0, 0), "morris": (50, 10), "sobol": (1024, 64)}  # by hand, simulated
MOST_SAMPLES = 2**20
MOST_POINTS = (2**24, 2**18)  # by hand, simulated: samples times costs
COLUMNS = {
    "tornado": ("at low", "at high", "factor"),
    "morris": ("mean effect", "+-", "spread"),
    "sobol": ("alone", "+-", "in all", "+-"),
}
HEADS = {"tornado": "One cost at a time", "morris": "Morris screening", "sobol": "Shares of the variance"}


@dataclass(frozen=True, repr=False)
class Sensitivity(Answer):
    """What a method found of a question.

    Attributes:
        nominal: the result with every cost nominal.
        band: where 90 % of results lie with all costs drawn at once; None where that was not worked out.
        found: what matters most first.
        size: trajectories or points of the sequence.
        settings: what was asked.
    """

    question: Question
    method: str
    nominal: float
    band: tuple[float, float] | None
    found: Sequence[Effect | Screened | Index]
    size: int
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def rows(self) -> Sequence[Row]:
        """One row for each cost."""
        return [{**self._about(item.cost), **_numbers(item)} for item in self.found]

    def _about(self, name: str) -> Row:
        cost, scenario = self.question.costs[name], self.question.scenario
        ratio = cost.kind is Kind.RATIO
        value, low, high = (x if ratio else seconds(x) for x in (cost.value, cost.low, cost.high))
        return {
            "workload": scenario.workload.name,
            "architecture": scenario.architecture.name,
            "host": scenario.host.name,
            "metric": self.question.metric,
            "nominal": self.nominal,
            "cost": name,
            "layer": self._layers(name),
            "unit": "ratio" if ratio else "s/byte" if "byte" in cost.kind else "s",
            "value": value,
            "low": low,
            "high": high,
            "status": str(cost.status),
        }

    def _layers(self, name: str) -> str:
        """The layers that pay this cost; else whether only the bare machine does, or changes of task and domain."""
        one, native = self.question.scenario, self.question.native
        return _payers(one, name) or ("bare machine" if native and _payers(native, name) else "between operations")

    @property
    def head(self) -> str:
        """What the table is of."""
        scenario = self.question.scenario
        how = "simulated" if self.question.plan else "by hand"
        where = f"{scenario.workload.name} under {scenario.architecture.name} on {scenario.host.name}"
        return f"{HEADS[self.method]}: {self.question.metric} of {where}, {how}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the table."""
        return ("cost", "layer", "range", *COLUMNS[self.method])

    @property
    def lines(self) -> list[list[str]]:
        """Of the table: the rows in words."""
        return [
            [item.cost, self._layers(item.cost), " .. ".join(self._ends(item.cost)), *self._cells(item)]
            for item in self.found
        ]

    def _ends(self, name: str) -> tuple[str, str]:
        cost = self.question.costs[name]
        return amount(cost, cost.low), amount(cost, cost.high)

    def _cells(self, item: Effect | Screened | Index) -> list[str]:
        if isinstance(item, Effect):
            return [self.words(item.low), self.words(item.high), f"{item.high / item.low:.2f}" if item.low else ""]
        if isinstance(item, Screened):
            return [self.words(item.mean), self.words(item.half_width), self.words(item.spread)]
        shares = (item.first, item.first_half_width, item.total, item.total_half_width)
        return [f"{100 * share:.1f} %" for share in shares]

    def words(self, value: float) -> str:
        """A result in words."""
        return f"{value:.3g}" if self.question.metric == "slowdown" else format_seconds(value)

    @property
    def finding(self) -> str:
        """What matters most, in a sentence without its full stop."""
        if not self.found:
            return "no cost of this path has a range: nothing moves it"
        first, metric = self.found[0], self.question.metric
        if isinstance(first, Effect):
            ends = f"from {self.words(first.low)} to {self.words(first.high)}"
            return f"{first.cost} moves the {metric} most, {ends} over its range"
        if isinstance(first, Screened):
            return f"{first.cost} moves the {metric} most, by {self.words(first.mean)} on average"
        return f"{first.cost} brings {100 * first.total:.0f} % of the {metric}'s variance"

    @property
    def table(self) -> Table:
        """The costs in words, and how to read them."""
        notes = [f"{self.finding}."]
        if self.band and self.found:
            low, high, nominal = map(self.words, (*self.band, self.nominal))
            notes.append(
                f"With every cost drawn over its range at once, 90 % lie from {low} to {high}; nominal is {nominal}."
            )
        if not self.question.plan and loaded(self.question.scenario):
            notes.append(
                "By hand nobody waits. Here tasks wait for each other, or work goes on behind them: try --simulate."
            )
        return Table(self.head, self.columns, self.lines, left=3, notes=notes)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "sensitivity", **self.settings}

    @property
    def name(self) -> str:
        """What its files are called."""
        scenario = self.question.scenario
        return f"{self.method}-{scenario.workload.name}-{scenario.architecture.name}".replace(".", "-")

    @property
    def _scale(self) -> tuple[float, str]:
        """What the figure's axis counts in: that much of the metric is 1, and its label."""
        if self.question.metric == "slowdown":
            return 1.0, "slowdown against the bare machine"
        scale, unit = _unit_about(self.nominal)
        return scale, f"response ({unit})"

    def _bars(self) -> list[bars.Bar]:
        """Of a tornado."""
        scale, _ = self._scale
        effects = [item for item in self.found if isinstance(item, Effect)]
        return [bars.Bar(e.cost, e.low / scale, e.high / scale, *self._ends(e.cost)) for e in effects]

    @property
    def _band(self) -> tuple[float, float] | None:
        scale, _ = self._scale
        return (self.band[0] / scale, self.band[1] / scale) if self.band else None

    @property
    def _series(self) -> bars.Series:
        """Of Morris's or Sobol's chart: values and half widths by name."""
        if self.method == "morris":
            scale, _ = self._scale
            rows = [item for item in self.found if isinstance(item, Screened)]
            return {
                "mean effect (mu*)": ([r.mean / scale for r in rows], [r.half_width / scale for r in rows]),
                "spread of effects (sigma)": ([r.spread / scale for r in rows], [0.0] * len(rows)),
            }
        shares = [item for item in self.found if isinstance(item, Index)]
        return {
            "alone (first order)": ([r.first for r in shares], [r.first_half_width for r in shares]),
            "with interactions (total)": ([r.total for r in shares], [r.total_half_width for r in shares]),
        }

    @property
    def _label(self) -> str:
        _, label = self._scale
        if self.method == "tornado":
            return label
        return f"change of the {label}" if self.method == "morris" else "share of the variance of the metric"

    @property
    def has_figure(self) -> bool:
        """Whether any cost has a range."""
        return bool(self.found)

    def _draw(self, axes: Axes) -> None:
        if self.method == "tornado":
            scale, _ = self._scale
            bars.mark_tornado(axes, self._bars(), self.nominal / scale, self._label, self._band)
        else:
            bars.mark_ranked(axes, [item.cost for item in self.found], self._series, self._label)

    def draw(self, path: Path) -> None:
        """Writes the chart of the method as PNG and SVG; nothing where no cost has a range."""
        if not self.found:
            return
        scenario, question = self.question.scenario, self.question
        where = f"{scenario.workload.title} under {scenario.architecture.title} on {scenario.host.title}."
        how = "Simulated, each point with the same random numbers." if question.plan else "By hand: nothing else runs."
        finding = self.finding.removesuffix(" over its range")
        title = f"{scenario.workload.name} under {scenario.architecture.name}: {finding}"
        if self.method == "tornado":
            grey = " Grey: where 90 % lie with all costs drawn at once." if self.band else ""
            caption = f"{where} {how} One cost at its low (blue) or high (orange) end, the others nominal.{grey}"
            scale, _ = self._scale
            about = {"title": title, "caption": caption, "label": self._label}
            bars.tornado(path, self._bars(), self.nominal / scale, **about, band=self._band)
            return
        made_of = (
            f"{self.size} trajectories; an effect is the change from end to end of the cost's range"
            if self.method == "morris"
            else f"{self.size} x (costs + 2) points of a scrambled Sobol sequence"
        )
        caption = f"{where} {how} {made_of}. 95 % intervals by bootstrap."
        names = [item.cost for item in self.found]
        bars.ranked(path, names, self._series, title=title, caption=caption, label=self._label)


def sensitivities(
    workload: str | Path | Workload,
    architecture: str | Path | Architecture,
    *,
    metric: str = "slowdown",
    method: str = "tornado",
    samples: int | None = None,
    simulate: bool | None = None,
    seed: int = 1,
    replications: int = 1,
    operations: int = 200,
    jobs: int | None = None,
    **options: Unpack[Options],
) -> Sensitivity:
    """Which cost decides: every cost moved over its range, one by one or all at once.

    Args:
        workload, architecture: a name, the path of a file or an object.
        metric: what is moved: `slowdown` against the bare machine, or `response` in seconds.
        method: `tornado` (one cost at a time), `morris` (screening) or `sobol` (shares of the variance).
        samples: trajectories of Morris, or points of Sobol's sequence; 50 and 1024, or 10 and 64 where simulated.
        simulate: run each point rather than add up its charges; by hand where nothing waits.
        seed, replications, operations: of simulated points.
        jobs: processes; the processors at hand by default. The result does not depend on it.
        options: of the scenario: host, guests, vcpus, costs, guest_os, guest_isa, modifiable.

    Raises:
        InputError: an unknown name, a bad file, or a value out of range.
        CapabilityError: the combination is refused.
    """
    for option, value, choices in (("--metric", metric, ("slowdown", "response")), ("--method", method, METHODS)):
        if value not in choices:
            raise unknown(option, value, choices)
    scenario = scenario_of(workload, architecture, **options)
    if metric == "slowdown" and scenario.architecture.name == "native":
        raise InputError("--metric", metric, "response: the bare machine has no slowdown")
    simulated = loaded(scenario) if simulate is None else simulate
    plan = Plan(seed, replications, operations)
    size = SAMPLES[method][simulated] if samples is None else samples
    if samples is not None and not 2 <= samples <= MOST_SAMPLES:
        raise InputError("--samples", samples, f"2 to {MOST_SAMPLES}")
    points = size * (len(scenario.book.names) + 2)
    if points > MOST_POINTS[simulated]:
        allowed = f"at most {MOST_POINTS[simulated] // (len(scenario.book.names) + 2)} for so many costs"
        raise InputError("--samples", size, allowed + (" where each point is simulated" if simulated else ""))
    if method == "sobol" and size & (size - 1):
        raise InputError("--samples", size, "a power of two, such as 1024: Sobol's sequence is balanced only then")
    check_length(scenario, plan)
    if not simulated and metric == "slowdown" and not Question(scenario, metric).is_there:
        raise InputError(
            "--by-hand", scenario.workload.name, "--simulate: all of its operation goes on behind the task"
        )
    with progress_bar("points") as progress, Workers(jobs_of(jobs)) as workers:
        question = Question(scenario, metric, plan if simulated else None, workers, progress)
        nominal = question.nominal
        band = None if simulated else question.interval()
        found: Sequence[Effect | Screened | Index]
        if method == "tornado":
            found = tornado(question)
        else:
            found = (morris if method == "morris" else sobol)(question, size, plan.seed)
    told = {name: value for name, value in options.items() if name != "host"}
    settings = {
        "workload": scenario.workload.name,
        "architecture": scenario.architecture.name,
        "metric": metric,
        "method": method,
        "samples": size,
        "by": "simulation" if simulated else "hand",
        "nominal": nominal,
        "host": scenario.host.name,
        **told,
        "seed": seed,
        "replications": replications,
        "operations": operations,
    }
    return Sensitivity(question, method, nominal, band, found, size, settings)


def _payers(scenario: Scenario, name: str) -> str:
    stages = [stage for stage in flat(scenario.path) if any(name in (c.cost, *c.factors) for c in stage.charges)]
    return ", ".join(dict.fromkeys(str(stage.layer) for stage in stages))


def _numbers(item: Effect | Screened | Index) -> Row:
    if isinstance(item, Effect):
        return {"at_low": item.low, "at_high": item.high, "factor": item.high / item.low if item.low else float("nan")}
    if isinstance(item, Screened):
        return {"mean_effect": item.mean, "mean_effect_half_width": item.half_width, "spread": item.spread}
    return {
        "first_order": item.first,
        "first_order_half_width": item.first_half_width,
        "total": item.total,
        "total_half_width": item.total_half_width,
    }


def _unit_about(value: float) -> tuple[float, str]:
    """A unit of time for axes about this value: seconds in one, and its name."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if value >= scale:
            return scale, unit
    return 1e-9, "ns"
