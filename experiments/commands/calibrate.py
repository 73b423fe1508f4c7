"""`vmarch calibrate`: a host and architectures from a table of micro-benchmarks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from experiments.commands.printing import print_table
from vmarch.answers.calibrate import calibrate

__all__ = ["command"]


@click.command("calibrate")
@click.argument("micro", metavar="MICRO.csv", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the TOML files.")
@click.option(
    "--environment", default=None, help="The only one to take of several; the name of the one in the simple form."
)
@click.option("--name", default="calibrated-host", show_default=True, help="What to call the host.")
@click.option("--host", default="server", show_default=True, help="A preset or TOML file: what the table does not say.")
@click.option("--clock", default=None, help="The host's clock, such as '2.4 GHz'. [default: as --host]")
@click.option("--year", type=int, default=None, help="The host's year. [default: as --host]")
@click.option("--cores", type=int, default=None, help="The host's cores. [default: as --host]")
def command(micro: Path, out: Path, **options: Any) -> None:
    """A host and one architecture for each environment, from a table of micro-benchmarks.

    The files are used as they are: vmarch run --host DIR/HOST.toml --architecture DIR/ENVIRONMENT.toml.
    """
    found = calibrate(micro, **options)
    found.save(out)
    lines = [[str(out / file), *others] for file, *others in found.table.rows]
    print_table(replace(found.table, rows=lines))
