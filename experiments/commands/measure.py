"""`vmarch measure`: micro-benchmarks of this machine and of the environments on it."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.commands.printing import print_table
from vmarch.answers.measure import measure

__all__ = ["command"]


@click.command("measure")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the table and the TOML files.")
@click.option(
    "--environment",
    "environments",
    multiple=True,
    metavar="NAME[=COMMAND]",
    help="One to measure, or one of your own: 'guest=ssh guest {}'. [default: all that work here]",
)
@click.option("--quick", is_flag=True, help="Few and short repetitions.")
@click.option("--host", default="server", show_default=True, help="A preset: what micro-benchmarks do not say.")
@click.option("--cpu", type=int, default=None, help="The processor to measure on. [default: the last]")
def command(out: Path, environments: tuple[str, ...], quick: bool, host: str, cpu: int | None) -> None:
    """Micro-benchmarks of this machine and its environments; a host and architectures at once.

    Environments: bwrap, unshare, runc, runsc (gVisor), uml (User-Mode Linux), qemu-user. The files are used as they
    are: vmarch run --host DIR/this-machine.toml --architecture DIR/runc.toml.
    """
    print_table(measure(out, environments, quick=quick, host=host, cpu=cpu).table)
