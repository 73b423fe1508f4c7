"""`vmarch check`: a job's prediction beside what it takes in the environment itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.options import formats, out
from experiments.commands.printing import print_answer
from vmarch.answers.check import check

__all__ = ["command"]


@click.command("check")
@click.argument("job", type=click.Path(path_type=Path))
@click.argument("words", nargs=-1, metavar="[-- COMMAND...]")
@click.option("--on", type=click.Path(path_type=Path), required=True, help="Folder that `vmarch measure` wrote.")
@click.option(
    "--environment",
    "-e",
    "environments",
    multiple=True,
    required=True,
    metavar="NAME[=COMMAND]",
    help="One that the box measured, as `vmarch measure` takes it.",
)
@click.option("--runs", type=int, default=5, show_default=True, help="Rounds of a run in each, after one to warm up.")
@click.option("--cpu", type=int, default=None, help="The only processor to use. [default: that of the profile]")
@click.option("--save", type=click.Path(path_type=Path), help="Folder for a case that `vmarch validate` reads.")
@formats
@out
def command(
    job: Path, words: tuple[str, ...], on: Path, save: Path | None, form: str, out: Path | None, **options: Any
) -> None:
    """Predicts a job, runs it natively and in environments by turns, and sets prediction beside measurement.

    COMMAND is the one that `vmarch profile` ran, if it is left out. Each round is kept in JOB/check-runs.csv.
    """
    found = check(words, job, on, **options)
    if save:
        found.save_case(save, on)
    if out:
        found.save(out)
    print_answer(found, form)
