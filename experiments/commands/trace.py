"""`vmarch trace`: a run on the timeline of Perfetto's viewer, or one request's life in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.options import (
    architecture_option,
    beside_a_file,
    check_named,
    completed,
    formats,
    out_file,
    scenario_file,
    scenario_options,
    workload_option,
)
from experiments.commands.printing import print_answer
from simcore.engines import AUTO
from vmarch.answers.trace import OPERATIONS, trace, trace_tenants
from vmarch.timeline.tracks import GROUPS

__all__ = ["command"]

HOW = ("start", "length", "only", "request", "operations", "seed", "engine", "deterministic")


@click.command("trace")
@scenario_file
@workload_option()
@architecture_option()
@out_file("File for the trace, such as run.pftrace: open it at ui.perfetto.dev.")
@click.option("--request", type=int, default=None, metavar="N", help="Print the life of request N, the first being 0.")
@click.option(
    "--from", "start", default="0 s", show_default=True, metavar="TIME", help="Leave out what happens before."
)
@click.option(
    "--for", "length", default=None, metavar="TIME", help="End the run after so long. [default: --operations]"
)
@click.option(
    "--only",
    multiple=True,
    help=f"Tracks to keep: {', '.join(GROUPS)}. [default: all]",
    shell_complete=completed(lambda: list(GROUPS)),
)
@click.option("--operations", type=int, default=OPERATIONS, show_default=True, help="Requests, in all guests together.")
@scenario_options
@click.option("--seed", type=int, default=1, show_default=True, help="Master seed of all random streams.")
@click.option("--engine", default=AUTO, show_default=True, help="What runs the model.")
@click.option("--deterministic", is_flag=True, help="Every draw is its mean.")
@formats
@click.pass_context
def command(
    ctx: click.Context,
    /,
    scenario: Path | None,
    workload: str | None,
    architecture: str | None,
    form: str,
    out: Path | None,
    **options: Any,
) -> None:
    """What happens in a run, from when to when: a trace for Perfetto's viewer, or one request's life."""
    if scenario is not None:
        found = trace_tenants(scenario, **beside_a_file(ctx, HOW))
    else:
        check_named(workload, architecture)
        found = trace(str(workload), str(architecture), **options)
    if out:
        found.write(out)
    print_answer(found, form)
