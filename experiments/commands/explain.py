"""`vmarch explain`: the sum that one would write on a slide, for one operation that has the machine to itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import vmarch
from experiments.commands.options import completed, formats, out, scenario_options
from experiments.commands.printing import print_answer
from vmarch.answers.explain import explain

__all__ = ["command"]


@click.command("explain")
@click.argument("workload", shell_complete=completed(vmarch.workloads))
@click.argument("architecture", shell_complete=completed(vmarch.architectures))
@scenario_options
@formats
@out
def command(workload: str, architecture: str, form: str, out: Path | None, **options: Any) -> None:
    """Where each microsecond of one operation goes, when nothing else runs and every draw is its mean."""
    found = explain(workload, architecture, **options)
    if out:
        found.save(out)
    print_answer(found, form)
