"""`vmarch costs`: every cost of an architecture on a host, with its source."""

from __future__ import annotations

import click

from experiments.commands.options import formats
from experiments.commands.printing import print_answer
from vmarch.answers.costs import costs

__all__ = ["command"]


@click.command("costs")
@click.argument("architecture")
@click.option("--host", default="server", show_default=True, help="A host preset, or a TOML file.")
@formats
def command(architecture: str, host: str, form: str) -> None:
    """The costs of an architecture, with their sources."""
    found = costs(architecture, host)
    print_answer(found, form)
