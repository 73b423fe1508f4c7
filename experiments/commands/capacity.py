"""`vmarch capacity`: how many guests fit on a host before a limit breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import vmarch
from experiments.commands.options import completed, formats, out, timing
from experiments.commands.printing import print_answer
from vmarch.answers.capacity import capacity

__all__ = ["command"]


@click.command("capacity")
@click.argument("scenario", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--limit", required=True, metavar="LIMIT", help="What must hold, such as 'web.p99 <= 5 ms'.")
@click.option("--of", default=None, metavar="NAME", help="The guests that are counted. [default: those of the limit]")
@click.option(
    "--architecture",
    "-a",
    "architectures",
    multiple=True,
    help="For all guests, in place of the file's.",
    shell_complete=completed(vmarch.architectures),
)
@click.option("--most", type=int, default=1000, show_default=True, help="Guests to try at most.")
@timing
@formats
@out
def command(scenario: Path, limit: str, form: str, out: Path | None, **options: Any) -> None:
    """How many guests of a scenario file fit before a limit breaks, by search with confidence."""
    found = capacity(scenario, limit=limit, out=out, **options)
    if out:
        found.save(out)
    print_answer(found, form)
