"""`vmarch load`: a host under growing load, and where it is full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.options import (
    OneOf,
    architecture_option,
    formats,
    out,
    scenario_options,
    timing,
    workload_option,
)
from experiments.commands.printing import print_answer
from experiments.commands.reporting import report_engine, report_unsettled
from vmarch.answers.load import under_load
from vmarch.loading import OVER

__all__ = ["command"]


@click.command("load")
@workload_option(required=True)
@architecture_option(several=True, required=True)
@click.option("--over", type=OneOf(OVER), default="guests", show_default=True, help="What grows.")
@click.option("--to", type=float, default=None, help="Where it ends. [default: 64, or what can be served and a tenth]")
@click.option("--clients", type=int, default=None, help="Tasks of each guest. [default: the workload's]")
@click.option("--think", default=None, help="Mean pause of a client, exponential. [default: the workload's]")
@click.option("--rate", type=float, default=None, help="Arrivals per second and guest, in place of clients.")
@click.option("--cores", type=int, default=None, help="Of the host. [default: its own]")
@click.option("--back-end-vcpus", type=int, default=None, help="Of the domain that holds the drivers (Domain 0).")
@scenario_options
@timing
@formats
@out
def command(workload: str, architectures: tuple[str, ...], form: str, out: Path | None, **options: Any) -> None:
    """A host under growing load: throughput, response, what is busy, and the knee."""
    found = under_load(workload, architectures, out=out, **options)
    if out:
        found.save(out)
    cells = [cell for curve in found.curves.values() for cell in curve.cells]
    report_engine(cells, found.plan)
    report_unsettled(cells)
    print_answer(found, form)
