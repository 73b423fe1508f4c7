"""`vmarch run`: workloads under architectures, and where their time goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import vmarch
from experiments.commands.options import completed, formats, out, running, scenario_options
from experiments.commands.printing import print_answer
from experiments.commands.reporting import report_engine, report_unsettled
from vmarch.answers.run import run

__all__ = ["command"]


@click.command("run")
@click.option(
    "--workload",
    "-w",
    "workloads",
    multiple=True,
    required=True,
    help="A workload, or a TOML file.",
    shell_complete=completed(vmarch.workloads),
)
@click.option(
    "--architecture",
    "-a",
    "architectures",
    multiple=True,
    required=True,
    help="An architecture, or a TOML file.",
    shell_complete=completed(vmarch.architectures),
)
@scenario_options
@running
@formats
@out
def command(
    workloads: tuple[str, ...], architectures: tuple[str, ...], form: str, out: Path | None, **options: Any
) -> None:
    """Run workloads under architectures; where their time goes."""
    found = run(workloads, architectures, out=out, **options)
    if out:
        found.save(out)
    report_engine(found.cells, found.plan)
    report_unsettled(found.cells)
    for reason in found.refused:
        click.echo(reason, err=True)
    print_answer(found, form)
