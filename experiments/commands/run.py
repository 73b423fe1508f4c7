"""`vmarch run`: workloads under architectures, or the guests of a scenario file, and where their time goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from experiments.commands.options import (
    architecture_option,
    beside_a_file,
    check_named,
    formats,
    happening,
    out,
    running,
    scenario_file,
    scenario_options,
    workload_option,
)
from experiments.commands.printing import print_answer
from experiments.commands.reporting import report_engine, report_unsettled
from simcore.errors import InputError
from vmarch.answers.run import run

__all__ = ["command"]


@click.command("run")
@scenario_file
@workload_option(several=True)
@architecture_option(several=True)
@scenario_options
@running
@happening
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
    """Run workloads under architectures, or the guests of a scenario file; where their time goes, or what happens."""
    at, after = options.pop("at"), options.pop("after")
    if scenario is not None:
        from vmarch.activities.cluster import happens  # nothing of it is needed without a file

        if at or happens(scenario):
            _live(ctx, scenario, form, out, at, after)
        else:
            _share(ctx, scenario, form, out)
        return
    if at:
        raise InputError("--at", at[0][1], "beside a scenario file, whose guests it is about")
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
    from vmarch.answers.tenants import tenants

    found = tenants(scenario, out=out, **beside_a_file(ctx, TIMING))
    if out:
        found.save(out)
    report_unsettled(found.cells)
    print_answer(found, form)


def _live(
    ctx: click.Context, scenario: Path, form: str, out: Path | None, at: Sequence[tuple[str, str]], after: str | None
) -> None:
    """What happens to the guests of a scenario file."""
    from vmarch.answers.live import live

    told = beside_a_file(ctx, ("at", "after", *LIVING))
    how = {name: told[name] for name in LIVING}
    found = live(scenario, at=at, after=after, **how)
    if out:
        found.save(out)
    print_answer(found, form)


LIVING = ("seed", "replications", "level", "engine", "deterministic")
TIMING = ("seed", "replications", "level", "operations", "warmup", "engine", "deterministic", "jobs")
