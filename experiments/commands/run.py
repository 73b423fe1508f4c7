"""`vmarch run`: workloads under architectures, and where their time goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.options import formats, out, running, scenario_options
from experiments.commands.printing import show, table
from experiments.commands.reporting import report_engine, report_unsettled
from simcore.engines import ANALYTIC
from simcore.engines.analytic import answer, bounds, qualifies
from simcore.errors import CapabilityError
from simcore.results import Result
from simcore.statistics import mean_interval
from vmarch.asking import jobs_of, plan_of, precision_of, scenarios
from vmarch.comparison import Cell, compare
from vmarch.output import Row, csv_text, manifest, prepare, write
from vmarch.progress import progress_bar
from vmarch.scenario import Scenario
from vmarch.store import Store

__all__ = ["command", "result_rows"]

GROUPS = {
    "service_s": "served, by layer",
    "waiting_s": "waiting, by resource",
    "background_s": "in the background, by layer",
    "cycles": "processor cycles, by layer",
    "utilisation": "utilisation",
    "queue": "mean number present",
}


@click.command("run")
@click.option("--workload", "-w", "workloads", multiple=True, required=True, help="A workload, or a TOML file.")
@click.option(
    "--architecture", "-a", "architectures", multiple=True, required=True, help="An architecture, or a TOML file."
)
@scenario_options
@running
@formats
@out
def command(
    workloads: tuple[str, ...], architectures: tuple[str, ...], form: str, out: Path | None, **options: Any
) -> None:
    """Run workloads under architectures; where their time goes."""
    plan, precision = plan_of(options), precision_of(options["precision"], options["level"])
    asked = scenarios(workloads, architectures, options)
    for _, _, refusal in asked:
        if isinstance(refusal, Exception):
            raise refusal
    store = Store(prepare(out) / "replications.jsonl") if out else Store()
    with progress_bar("replications") as progress:
        cells = compare(asked, plan, precision=precision, store=store, jobs=jobs_of(options["jobs"]), progress=progress)
    refused = [cell.refused for cell in cells if cell.refused]
    if len(refused) == len(cells):
        raise CapabilityError(refused[0])
    cells = [cell for cell in cells if cell.scenario]
    rows = [row for cell in cells for row in result_rows(cell, options["level"], plan.seed)]
    if out:
        write(out / "run.csv", csv_text(rows))
        configuration = {"command": "run", "workloads": workloads, "architectures": architectures, **options}
        write(out / "manifest.json", manifest({k: v for k, v in configuration.items() if k != "jobs"}))
    report_engine(cells, plan)
    report_unsettled(cells)
    for reason in refused:
        click.echo(reason, err=True)
    if form != "table":
        show(rows, form)
        return
    for cell in cells:
        mine = [row for row in rows if (row["workload"], row["architecture"]) == (cell.workload, cell.architecture)]
        lines = [
            [str(r["group"]), str(r["metric"]), _number(r["value"]), f"{_number(r['low'])} .. {_number(r['high'])}"]
            for r in mine
        ]
        how = _how(cell, options["level"], analytic=plan.engine == ANALYTIC)
        title = f"{cell.workload} under {cell.architecture}, {how}"
        table(title, lines, ("", "metric", "mean", f"{100 * options['level']:g} % interval"), left=2)


def _how(cell: Cell, level: float, *, analytic: bool) -> str:
    """What the figures and their intervals rest on."""
    if cell.exact:
        return "exact, by mean value analysis" if analytic else "every draw at its mean"
    count = len(cell.runs.results)
    if count > 1:
        return f"{count} replications"
    one = cell.interval("response_s", level)
    return "one run" + (", interval by batch means" if one == "batch means" else ", too short for an interval")


def result_rows(cell: Cell, level: float, seed: int) -> list[Row]:
    """One row for each metric, layer, resource and utilisation, with its interval.

    Beside them stands what theory says of the same model: the bound on the throughput and, where there is one, the
    exact solution.
    """
    head = {"workload": cell.workload, "architecture": cell.architecture}
    rows: list[Row] = []

    def put(group: str, name: str, samples: list[float]) -> None:
        found = mean_interval(samples, level)
        low, high = (found.value, found.value) if cell.exact else (found.low, found.high)
        how = "exact" if cell.exact else "replications" if len(samples) > 1 else "none"
        add(group, name, found.value, low, high, how)

    def add(group: str, name: str, value: float, low: float, high: float, interval: str) -> None:
        limits = {"value": value, "low": low, "high": high}
        rows.append({**head, "group": group, "metric": name, **limits, "seed": seed, "interval": interval})

    results = cell.runs.results
    for name in results[0].metrics():
        found = cell.estimate(name, level)
        add("each operation", name, found.value, found.low, found.high, cell.interval(name, level))
    put("each operation", "notifications", [result.notifications for result in results])
    put("each operation", "switches", [result.switches for result in results])
    if cell.scenario is not None:
        for name, value in _theory(cell.scenario).items():
            add("theory", name, value, value, value, "exact")
    for group, title in GROUPS.items():
        for name in dict.fromkeys(name for result in results for name in _part(result, group)):
            put(title, name, [_part(result, group).get(name, 0.0) for result in results])
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


def _number(value: object) -> str:
    return f"{float(str(value)):.4g}"
