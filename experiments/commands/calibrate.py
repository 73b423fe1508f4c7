"""`vmarch calibrate`: a host and architectures from a table of micro-benchmarks."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.commands.printing import table
from vmarch.calibration import calibrate
from vmarch.output import manifest, prepare, write

__all__ = ["command"]


@click.command("calibrate")
@click.argument("micro", metavar="MICRO.csv", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the TOML files.")
@click.option(
    "--environment", default=None, help="The only one to take of several; the name of the one in the simple form."
)
@click.option("--name", default="calibrated-host", show_default=True, help="What to call the host.")
@click.option(
    "--host", "base", default="server", show_default=True, help="A preset or TOML file: what the table does not say."
)
@click.option("--clock", default=None, help="The host's clock, such as '2.4 GHz'. [default: as --host]")
@click.option("--year", type=int, default=None, help="The host's year. [default: as --host]")
@click.option("--cores", type=int, default=None, help="The host's cores. [default: as --host]")
def command(
    micro: Path,
    out: Path,
    environment: str | None,
    name: str,
    base: str,
    clock: str | None,
    year: int | None,
    cores: int | None,
) -> None:
    """A host and one architecture for each environment, from a table of micro-benchmarks.

    The files are used as they are: vmarch run --host DIR/HOST.toml --architecture DIR/ENVIRONMENT.toml.
    """
    made = calibrate(micro, environment=environment, name=name, base=base, clock=clock, year=year, cores=cores)
    host, architectures, files = made.host, made.architectures, made.files()  # refused before anything is written
    folder = prepare(out)
    for file, text in files.items():
        write(folder / file, text)
    options = {"environment": environment, "name": name, "host": base, "clock": clock, "year": year, "cores": cores}
    write(folder / "manifest.json", manifest({"command": "calibrate", "table": micro.name, **options}))
    rows = []
    for kind, called, costs in (
        ("host", host.name, host.cost),
        *(("architecture", one.name, one.cost) for one in architectures.values()),
    ):
        assumed = sum(entry.assumed for entry in costs)
        rows.append([str(folder / f"{called}.toml"), kind, str(len(costs) - assumed), str(assumed)])
    table("", rows, ("file", "describes", "costs measured", "assumed"), left=2)
