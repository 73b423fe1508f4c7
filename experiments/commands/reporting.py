"""What commands say on standard error of the runs that they made."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from simcore.engines import AUTO
from simcore.engines.compiled.kept import folder
from vmarch.comparison import Cell
from vmarch.runs import Plan, engine_of

__all__ = ["report_engine", "report_unsettled"]


def report_engine(cells: Sequence[Cell], plan: Plan) -> None:
    """Says on a terminal which engine ran: the result is the same."""
    names = {engine_of(cell.scenario, plan) for cell in cells if cell.scenario is not None}
    if plan.engine == AUTO and sys.stderr.isatty():
        click.echo(f"engine: {', '.join(sorted(names))}", err=True)
        if "compiled" in names and folder() is None:
            click.echo("It is compiled anew each time: no folder for caches is yours alone to write", err=True)


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
