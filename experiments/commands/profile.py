"""`vmarch profile`: what a real job asks for, counted on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.options import formats
from experiments.commands.printing import print_table, show
from vmarch.answers.profile import profile

__all__ = ["command"]


@click.command("profile")
@click.argument("words", nargs=-1, metavar="-- COMMAND...")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the job.")
@click.option("--runs", type=int, default=5, show_default=True, help="Runs without counting, after one to warm up.")
@click.option("--cpu", type=int, default=None, help="The only processor to use. [default: any]")
@click.option("--per", default=None, metavar="NAME=NUMBER", help="Operations in a run, such as requests=12000.")
@click.option("--name", default=None, help="Of the workload. [default: the folder's]")
@click.option("--from-strace", type=click.Path(path_type=Path), help="Calls counted elsewhere: strace -c, or -yy.")
@click.option("--from-perf", type=click.Path(path_type=Path), help="Counters that perf stat -j wrote.")
@formats
def command(words: tuple[str, ...], out: Path, form: str, **options: Any) -> None:
    """What a job asks for: runs it without and with counting, and writes a workload and how sure it is.

    The folder is for `vmarch predict`; its workload.toml is also for compare, explain and the others.
    """
    found = profile(words, out, **options)
    if form == "table":
        print_table(found.table)
    else:
        show(found.rows, form)
