"""`vmarch run`: workloads under architectures, or the guests of a scenario file, and where their time goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.options import (
    architecture_option,
    beside_a_file,
    check_named,
    formats,
    out,
    running,
    scenario_file,
    scenario_options,
    workload_option,
)
from experiments.commands.printing import print_answer
from experiments.commands.reporting import report_engine, report_unsettled
from vmarch.answers.run import run
from vmarch.answers.tenants import tenants

__all__ = ["command"]


@click.command("run")
@scenario_file
@workload_option(several=True)
@architecture_option(several=True)
@scenario_options
@running
@formats
@out
@click.pass_context
def command(
    ctx: click.Context,
    /,
    scenario: Path | None,
    workloads: tuple[str, ...],
    architectures: tuple[str, ...],
    form: str,
    out: Path | None,
    **options: Any,
) -> None:
    """Run workloads under architectures, or the guests of a scenario file; where their time goes."""
    if scenario is not None:
        _share(ctx, scenario, form, out)
        return
    check_named(workloads, architectures)
    found = run(workloads, architectures, out=out, **options)
    if out:
        found.save(out)
    report_engine(found.cells, found.plan)
    report_unsettled(found.cells)
    for reason in found.refused:
        click.echo(reason, err=True)
    print_answer(found, form)


def _share(ctx: click.Context, scenario: Path, form: str, out: Path | None) -> None:
    """The guests of a scenario file."""
    found = tenants(scenario, out=out, **beside_a_file(ctx, TIMING))
    if out:
        found.save(out)
    report_unsettled(found.cells)
    print_answer(found, form)


TIMING = ("seed", "replications", "level", "operations", "warmup", "engine", "deterministic", "jobs")
