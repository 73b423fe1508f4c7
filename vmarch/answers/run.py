"""Runs: what each operation took, where its time went, and what theory says of the same model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simcore.engines import ANALYTIC
from simcore.engines.analytic import answer, bounds, qualifies
from simcore.errors import CapabilityError
from simcore.results import Result
from simcore.statistics import mean_interval
from simcore.summing import added
from simcore.units import format_seconds
from vmarch.answers.answer import Answer
from vmarch.answers.compare import compare
from vmarch.asking import Architectures, Workloads
from vmarch.comparison import Cell
from vmarch.output import Row
from vmarch.runs import Plan
from vmarch.scenario import Scenario
from vmarch.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Runs", "run"]

GROUPS = {
    "service_s": "served, by layer",
    "waiting_s": "waiting, by resource",
    "background_s": "in the background, by layer",
    "cycles": "processor cycles, by layer",
    "utilisation": "utilisation",
    "queue": "mean number present",
    "polling": "mean number polling",
    "spinning": "mean number spinning",
}


@dataclass(frozen=True, repr=False)
class Runs(Answer):
    """Cells in the order asked, with all that was measured of each.

    Attributes:
        refused: why combinations were left out that the analytic engine has no answer for.
    """

    cells: Sequence[Cell]
    plan: Plan
    level: float
    refused: Sequence[str]
    settings: Mapping[str, object]

    @cached_property
    def rows(self) -> Sequence[Row]:
        """One row for each metric, layer, resource and utilisation of each cell."""
        return [row for cell in self.cells for row in _rows(cell, self.level, self.plan.seed)]

    @property
    def tables(self) -> Sequence[Table]:
        """One table for each cell."""
        return [self._table(cell) for cell in self.cells]

    def _table(self, cell: Cell) -> Table:
        lines = [
            _in_words(row)
            for row in self.rows
            if (row["workload"], row["architecture"]) == (cell.workload, cell.architecture)
        ]
        how = _how(cell, self.level, analytic=self.plan.engine == ANALYTIC)
        title = f"{cell.workload} under {cell.architecture}, {how}"
        return Table(title, ("", "metric", "mean", f"{100 * self.level:g} % interval"), lines, left=2)

    @property
    def table(self) -> Table:
        """All cells in one table."""
        lines = [[cell.workload, cell.architecture, *row] for cell in self.cells for row in self._table(cell).rows]
        columns = ("workload", "architecture", "", "metric", "mean", f"{100 * self.level:g} % interval")
        return Table("Runs", columns, lines, left=4)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {**self.settings, "command": "run"}

    @property
    def name(self) -> str:
        """What its files are called."""
        return "run"

    manifest_name = "manifest.json"

    @property
    def finding(self) -> str:
        """How many cells were run, and how."""
        return f"{len(self.cells)} cells, {len(self.cells[0].runs.results)} replications, seed {self.plan.seed}"

    def _draw(self, axes: Axes) -> None:
        from vmarch.figures.plots import stack

        bars = {_called(cell): _spent(cell) for cell in self.cells}
        stack(axes, bars, "time of one operation (us)", 1e6)


def run(workloads: Workloads, architectures: Architectures, **options: Any) -> Runs:
    """Runs workloads under architectures.

    Args:
        workloads, architectures: names, paths of files or objects, one or several.
        options: those of `compare`.

    Raises:
        InputError: an unknown name, a bad file, or a value out of range.
        CapabilityError: a combination is refused.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    found = compare(workloads, architectures, **options)
    for cell in found.cells:
        if cell.refused and found.plan.engine != ANALYTIC:
            raise CapabilityError(cell.refused)
    refused = [cell.refused for cell in found.cells if cell.refused]
    cells = [cell for cell in found.cells if cell.scenario]
    return Runs(cells, found.plan, found.level, refused, found.asked)


def _called(cell: Cell) -> str:
    """A bar's name, which says where waiting is left out, and why."""
    name = f"{cell.workload}, {cell.architecture}"
    return name if cell.lasts("waiting_s") else f"{name} ({cell.state}: served only)"


def _spent(cell: Cell) -> dict[str, float]:
    """Seconds of one operation by layer, and waiting where it has a mean: means over the replications."""
    results = cell.runs.results
    layers = dict.fromkeys(name for result in results for name in result.service_s)
    served = {name: added(one.service_s.get(name, 0.0) for one in results) / len(results) for name in layers}
    if not cell.lasts("waiting_s"):
        return served
    return served | {"waiting": added(added(one.waiting_s.values()) for one in results) / len(results)}


def _how(cell: Cell, level: float, *, analytic: bool) -> str:
    """What the figures and their intervals rest on."""
    if cell.exact:
        return "exact, by mean value analysis" if analytic else "every draw at its mean"
    count = len(cell.runs.results)
    if count > 1:
        return f"{count} replications"
    one = cell.interval("response_s", level)
    return "one run" + (", interval by batch means" if one == "batch means" else ", too short for an interval")


def _rows(cell: Cell, level: float, seed: int) -> list[Row]:
    """One row for each metric, layer, resource and utilisation, with its interval.

    Beside them stands what theory says of the same model: the bound on the throughput and, where there is one, the
    exact solution. Where there is no steady state (see `Cell.state`), responses, waits and queues are left empty.
    """
    head = {"workload": cell.workload, "architecture": cell.architecture}
    rows: list[Row] = []

    def put(group: str, name: str, samples: list[float], lasts: bool = True) -> None:
        if not lasts:
            add(group, name, None, None, None, "none")
            return
        found = mean_interval(samples, level)
        low, high = (found.value, found.value) if cell.exact else (found.low, found.high)
        how = "exact" if cell.exact else "replications" if len(samples) > 1 else "none"
        add(group, name, found.value, low, high, how)

    def add(group: str, name: str, value: float | None, low: float | None, high: float | None, interval: str) -> None:
        limits = {"value": value, "low": low, "high": high}
        how = {"seed": seed, "interval": interval, "status": cell.state}
        rows.append({**head, "group": group, "metric": name, **limits, **how})

    results = cell.runs.results
    for name in results[0].metrics():
        if not cell.lasts(name):
            add("each operation", name, None, None, None, "none")
            continue
        found = cell.estimate(name, level)
        add("each operation", name, found.value, found.low, found.high, cell.interval(name, level))
    put("each operation", "notifications", [result.notifications for result in results])
    put("each operation", "switches", [result.switches for result in results])
    if cell.scenario is not None:
        for name, value in _theory(cell.scenario).items():
            add("theory", name, value, value, value, "exact")
    for group, title in GROUPS.items():
        for name in dict.fromkeys(name for result in results for name in _part(result, group)):
            put(title, name, [_part(result, group).get(name, 0.0) for result in results], cell.lasts(group))
    return rows


def _theory(scenario: Scenario) -> dict[str, float]:
    """The bound on the throughput, and the exact means where the model has a product form."""
    found = {"throughput_bound_per_s": bounds(scenario.model).throughput_per_s}
    if not qualifies(scenario.model):
        exact = answer(scenario.model)
        found |= {"throughput_exact_per_s": exact.throughput_per_s, "response_exact_s": exact.response_s}
    return found


def _part(result: Result, group: str) -> dict[str, float]:
    part: dict[str, float] = getattr(result, group)
    return part


def _in_words(row: Row) -> list[str]:
    """A row for a reader: units that suit, and in place of a mean that there is not, why."""
    group, metric = str(row["group"]), str(row["metric"])
    name = metric
    words: Callable[[float], str] = _number
    if metric.endswith("_per_s"):
        name, words = metric.removesuffix("_per_s"), _rate
    elif metric.endswith("_s") or group in TIMES:
        name, words = metric.removesuffix("_s"), format_seconds
    elif group == GROUPS["utilisation"]:
        words = _percent
    if row["value"] is None:
        return [group, name.replace("_", " "), str(row["status"]), ""]
    value, low, high = (words(float(str(row[key]))) for key in ("value", "low", "high"))
    return [group, name.replace("_", " "), value, f"{low} .. {high}"]


TIMES = {GROUPS[part] for part in ("service_s", "waiting_s", "background_s")}


def _rate(value: float) -> str:
    return f"{_number(value)} /s"


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
