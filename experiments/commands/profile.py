"""`vmarch profile`: what a real job asks for, counted on this machine or elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from experiments.commands.options import formats
from experiments.commands.printing import print_table, show
from simcore.errors import InputError
from vmarch.answers.profile import profile
from vmarch.jobs.recorded import RECORDER

__all__ = ["command"]

FILE = click.Path(path_type=Path)


@click.command("profile")
@click.argument("words", nargs=-1, metavar="[-- COMMAND...]")
@click.option("--out", type=FILE, help="Folder for the job.")
@click.option("--runs", type=int, default=5, show_default=True, help="Runs without counting, after one to warm up.")
@click.option("--cpu", type=int, default=None, help="The only processor to use. [default: any]")
@click.option("--per", default=None, metavar="NAME[=NUMBER]", help="Operations in a run, such as requests=12000.")
@click.option("--count-by", metavar="COMMAND", help="Prints how many operations there have been; before and after.")
@click.option("--name", default=None, help="Of the workload. [default: the folder's]")
@click.option("--pid", type=int, help="A process that runs, with its children, in place of a command.")
@click.option("--seconds", type=float, default=10.0, show_default=True, help="How long, with --pid: without and with.")
@click.option("--from-strace", type=FILE, help="Calls counted elsewhere: strace -c, or -yy.")
@click.option("--from-perf", type=FILE, help="Counters that perf stat -j wrote.")
@click.option("--from-fio", type=FILE, help="Requests to the disk: fio --output-format=json.")
@click.option("--from-iostat", type=FILE, help="Requests a second: iostat -o JSON -dxk, or sadf -j -- -d.")
@click.option("--from-record", type=FILE, help="Folder that the script of --record wrote.")
@click.option("--on", type=FILE, help="Folder that `vmarch measure` wrote: shows where the native time goes.")
@click.option("--record", is_flag=True, help="Print a shell script that records a job where there is no Python.")
@formats
def command(words: tuple[str, ...], out: Path | None, record: bool, form: str, **options: Any) -> None:
    """What a job asks for: runs it without and with counting, and writes a workload and how sure it is.

    The folder is for `vmarch predict`; its workload.toml is also for compare, explain and the others.
    """
    if record:
        sys.stdout.write(RECORDER.read_text("utf-8"))
        return
    if out is None:
        raise InputError("--out", "nothing", "a folder for the job")
    found = profile(words, out, **options)
    if form == "table":
        print_table(found.table)
    else:
        show(found.rows, form)
