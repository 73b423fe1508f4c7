"""`vmarch compare`: slowdowns against the bare machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.options import (
    OneOf,
    architecture_option,
    formats,
    out,
    running,
    scenario_options,
    workload_option,
)
from experiments.commands.printing import print_table, show
from experiments.commands.reporting import report_engine, report_unsettled
from vmarch.answers.compare import compare

__all__ = ["command"]


@click.command("compare")
@workload_option(several=True, otherwise="[default: all]")
@architecture_option(several=True, otherwise="[default: all]")
@click.option("--rank", is_flag=True, help="Also rank the architectures, those that cannot be told apart together.")
@click.option("--verbose", is_flag=True, help="More columns: throughput and its bound, and what pairing was worth.")
@click.option("--ranges/--no-ranges", default=True, help="Also each slowdown over the ranges of the costs.")
@click.option(
    "--against",
    type=OneOf(["equal", "own"]),
    default="equal",
    show_default=True,
    help="Bare machine: as many processors as the guests, or one of its own for each.",
)
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
    found = compare(workloads, architectures, out=out, **options)
    if out:
        found.save(out)
        if rank:
            found.ranking.to_csv(out / "rank.csv")
    if form == "table":
        more = ([found.details] if verbose else []) + ([found.ranking.table] if rank else [])
        for table in (*found.tables, *more):
            print_table(table)
    else:
        show(found.ranking.rows if rank else found.rows, form)
    report_engine(found.cells, found.plan)
    report_unsettled(found.cells)
