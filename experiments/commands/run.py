"""`vmarch run`: workloads under architectures, or the guests of a scenario file, and where their time goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from experiments.commands.options import architecture_option, formats, out, running, scenario_options, workload_option
from experiments.commands.printing import print_answer
from experiments.commands.reporting import report_engine, report_unsettled
from simcore.errors import MISSING, InputError
from vmarch.answers.run import run
from vmarch.answers.tenants import tenants

__all__ = ["command"]


@click.command("run")
@click.argument("scenario", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
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
        _share(ctx, scenario, form, out, options)
        return
    for field, given in (("--workload", workloads), ("--architecture", architectures)):
        if not given:
            raise InputError(field, MISSING, "a name or a TOML file, or a scenario file in place of both")
    found = run(workloads, architectures, out=out, **options)
    if out:
        found.save(out)
    report_engine(found.cells, found.plan)
    report_unsettled(found.cells)
    for reason in found.refused:
        click.echo(reason, err=True)
    print_answer(found, form)


def _share(ctx: click.Context, scenario: Path, form: str, out: Path | None, options: dict[str, Any]) -> None:
    """The guests of a scenario file."""
    for parameter in ctx.command.params:
        stated = parameter.name and ctx.get_parameter_source(parameter.name) is not ParameterSource.DEFAULT
        if stated and parameter.name not in (*TIMING, "scenario", "form", "out"):
            raise InputError(parameter.opts[0], ctx.params[str(parameter.name)], "no such option beside a file")
    found = tenants(scenario, out=out, **{name: options[name] for name in TIMING})
    if out:
        found.save(out)
    report_unsettled(found.cells)
    print_answer(found, form)


TIMING = ("seed", "replications", "level", "operations", "warmup", "engine", "deterministic", "jobs")
