"""`vmarch compare`: slowdowns against the bare machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from experiments.commands.options import formats, out, running, scenario_options
from experiments.commands.printing import print_table, show, table
from simcore.engines import AUTO
from simcore.errors import CapabilityError
from vmarch.asking import jobs_of, plan_of, precision_of, scenarios
from vmarch.comparison import Cell, compare
from vmarch.output import Row, csv_text, manifest, prepare, write
from vmarch.progress import progress_bar
from vmarch.ranking import ranking_rows
from vmarch.runs import Plan, engine_of
from vmarch.store import Store
from vmarch.tables import comparison_rows, slowdown_table

__all__ = ["command", "report_engine", "report_unsettled"]


@click.command("compare")
@click.option("--workload", "-w", "workloads", multiple=True, help="A workload, or a TOML file. [default: all]")
@click.option(
    "--architecture", "-a", "architectures", multiple=True, help="An architecture, or a TOML file. [default: all]"
)
@click.option("--rank", is_flag=True, help="Also rank the architectures, those that cannot be told apart together.")
@click.option("--verbose", is_flag=True, help="More columns: throughput and its bound, and what pairing was worth.")
@scenario_options
@running
@formats
@out
def command(
    workloads: tuple[str, ...],
    architectures: tuple[str, ...],
    rank: bool,
    verbose: bool,
    form: str,
    out: Path | None,
    **options: Any,
) -> None:
    """Slowdowns against the bare machine, with intervals."""
    plan, precision = plan_of(options), precision_of(options["precision"], options["level"])
    asked = scenarios(workloads, architectures, options)
    refusals = [refusal for _, _, refusal in asked if isinstance(refusal, Exception)]
    if len(refusals) == len(asked):
        raise refusals[0]
    store = Store(prepare(out) / "replications.jsonl") if out else Store()
    with progress_bar("replications") as progress:
        cells = compare(asked, plan, precision=precision, store=store, jobs=jobs_of(options["jobs"]), progress=progress)
    refused = [cell.refused for cell in cells if cell.refused]
    if len(refused) == len(cells):
        raise CapabilityError(refused[0])
    rows = comparison_rows(cells, options["host"], options["guests"], plan.seed, options["level"])
    ranks = ranking_rows(cells, options["level"]) if rank else []
    if out:
        write(out / "compare.csv", csv_text(rows))
        if rank:
            write(out / "rank.csv", csv_text(ranks))
        asked_for = {"workloads": workloads, "architectures": architectures}
        write(out / "manifest.json", manifest({"command": "compare", **asked_for, **_settings(options)}))
    if form == "table":
        print_table(slowdown_table(cells, options["level"], verbose=verbose))
        if rank:
            print_ranking(ranks, options["level"])
        short = [
            c
            for c in cells
            if precision
            and c.scenario
            and c.slowdown(level=options["level"]).relative_half_width > precision.relative_half_width
        ]
        if short and precision and not plan.deterministic:
            click.echo(
                f"{len(short)} slowdowns stopped at the cap of {precision.cap} replications, short of the precision."
            )
    else:
        show(ranks if rank else rows, form)
    report_engine(cells, plan)
    report_unsettled(cells)


def report_engine(cells: Sequence[Cell], plan: Plan) -> None:
    """Says on a terminal which engine ran: the result is the same."""
    names = {engine_of(cell.scenario, plan) for cell in cells if cell.scenario is not None}
    if plan.engine == AUTO and sys.stderr.isatty():
        click.echo(f"engine: {', '.join(sorted(names))}", err=True)


def report_unsettled(cells: Sequence[Cell]) -> None:
    """Says on standard error which replications found no steady state."""
    reasons = [
        f"{cell.workload} under {name}, {reason}"
        for cell in cells
        for name, runs in (("native", cell.native), (cell.architecture, cell.runs))
        for reason in runs.unsettled
    ]
    for line in dict.fromkeys(reasons):
        click.echo(line, err=True)


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "jobs"}


def print_ranking(rows: Sequence[Row], level: float) -> None:
    """The groups as a table."""
    lines = []
    for workload, number in dict.fromkeys((str(row["workload"]), row["group"]) for row in rows):
        group = [row for row in rows if (row["workload"], row["group"]) == (workload, number)]
        slowdowns = [float(str(row["slowdown"])) for row in group]
        low, high = f"{min(slowdowns):.4g}", f"{max(slowdowns):.4g}"
        names = ", ".join(str(row["architecture"]) for row in group)
        lines.append([workload, str(number), names, low if low == high else f"{low} .. {high}"])
    table("Ranking, fastest first", lines, ("workload", "group", "architectures", "slowdown"), left=3)
    tests = f"paired t-tests at {100 * level:g} %, corrected for their number by Holm's method"
    click.echo(f"Those in one group cannot be told apart ({tests}).")
