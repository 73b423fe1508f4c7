"""What a sensitivity study found, as rows, in words and as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simcore.costs import Kind
from simcore.path import flat
from simcore.units import format_seconds, seconds
from vmarch.figures import tornado as bars
from vmarch.output import Row
from vmarch.scenario import Scenario
from vmarch.sensitivity.study import Effect, Index, Question, Screened
from vmarch.tables import amount

__all__ = ["Answer"]

COLUMNS = {
    "tornado": ("at low", "at high", "factor"),
    "morris": ("mean effect", "+-", "spread"),
    "sobol": ("alone", "+-", "in all", "+-"),
}
HEADS = {"tornado": "One cost at a time", "morris": "Morris screening", "sobol": "Shares of the variance"}


@dataclass(frozen=True)
class Answer:
    """What a method found of a question.

    Attributes:
        nominal: the result with every cost nominal.
        band: where 90 % of results lie with all costs drawn at once; None where that was not worked out.
        found: what matters most first.
        size: trajectories or points of the sequence.
    """

    question: Question
    method: str
    nominal: float
    band: tuple[float, float] | None
    found: Sequence[Effect | Screened | Index]
    size: int

    @property
    def rows(self) -> list[Row]:
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

    def draw(self, path: Path) -> None:
        """The chart of the method, as PNG and SVG."""
        scenario, question = self.question.scenario, self.question
        scale, unit = (1.0, "") if question.metric == "slowdown" else _unit_about(self.nominal)
        label = f"response ({unit})" if unit else "slowdown against the bare machine"
        where = f"{scenario.workload.title} under {scenario.architecture.title} on {scenario.host.title}."
        how = "Simulated, each point with the same random numbers." if question.plan else "By hand: nothing else runs."
        finding = self.finding.removesuffix(" over its range")
        title = f"{scenario.workload.name} under {scenario.architecture.name}: {finding}"
        if self.method == "tornado":
            effects = [item for item in self.found if isinstance(item, Effect)]
            made = [bars.Bar(e.cost, e.low / scale, e.high / scale, *self._ends(e.cost)) for e in effects]
            band = (self.band[0] / scale, self.band[1] / scale) if self.band else None
            grey = " Grey: where 90 % lie with all costs drawn at once." if band else ""
            caption = f"{where} {how} One cost at its low (blue) or high (orange) end, the others nominal.{grey}"
            bars.tornado(path, made, self.nominal / scale, title=title, caption=caption, label=label, band=band)
            return
        if self.method == "morris":
            rows = [item for item in self.found if isinstance(item, Screened)]
            series = {
                "mean effect (mu*)": ([r.mean / scale for r in rows], [r.half_width / scale for r in rows]),
                "spread of effects (sigma)": ([r.spread / scale for r in rows], [0.0] * len(rows)),
            }
            made_of = f"{self.size} trajectories; an effect is the change from end to end of the cost's range"
            label = f"change of the {label}"
        else:
            shares = [item for item in self.found if isinstance(item, Index)]
            series = {
                "alone (first order)": ([r.first for r in shares], [r.first_half_width for r in shares]),
                "with interactions (total)": ([r.total for r in shares], [r.total_half_width for r in shares]),
            }
            made_of = f"{self.size} x (costs + 2) points of a scrambled Sobol sequence"
            label = f"share of the variance of the {question.metric}"
        caption = f"{where} {how} {made_of}. 95 % intervals by bootstrap."
        bars.ranked(path, [item.cost for item in self.found], series, title=title, caption=caption, label=label)


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
