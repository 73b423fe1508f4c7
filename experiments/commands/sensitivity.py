"""`vmarch sensitivity`: which cost decides a workload's slowdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.options import OneOf, architecture_option, formats, out, scenario_options, workload_option
from experiments.commands.printing import print_answer
from vmarch.answers.sensitivities import sensitivities
from vmarch.sensitivity.methods import METHODS

__all__ = ["command"]


@click.command("sensitivity")
@workload_option(required=True)
@architecture_option(required=True)
@click.option(
    "--metric", type=OneOf(["slowdown", "response"]), default="slowdown", show_default=True, help="What is moved."
)
@click.option("--method", type=OneOf(list(METHODS)), default="tornado", show_default=True, help="How to look.")
@click.option(
    "--samples",
    type=int,
    default=None,
    help="Trajectories of Morris, or points of Sobol's sequence. [default: 50, 1024; simulated 10, 64]",
)
@click.option(
    "--simulate/--by-hand",
    default=None,
    help="Run each point, or add up its charges. [default: by hand where nothing waits]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Master seed of all random streams.")
@click.option("--replications", type=int, default=1, show_default=True, help="Simulated runs of each point.")
@click.option("--operations", type=int, default=200, show_default=True, help="Measured in each simulated run.")
@click.option("--jobs", type=int, default=None, help="Processes. [default: the processors at hand]")
@scenario_options
@formats
@out
def command(workload: str, architecture: str, form: str, out: Path | None, **options: Any) -> None:
    """Which cost decides: every cost moved over its range, one by one or all at once."""
    found = sensitivities(workload, architecture, **options)
    if out:
        found.save(out)
    print_answer(found, form)
