"""`vmarch infer`: the demands of a job from its times on some architectures, and its times on the others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from experiments.commands.options import formats, out, pairs
from experiments.commands.printing import print_table
from simcore.errors import InputError
from vmarch.answers.infer import infer
from vmarch.output import csv_text, json_text

__all__ = ["command"]


def _names(ctx: click.Context, param: click.Parameter, given: str | None) -> list[str] | None:
    """Names separated by commas."""
    del ctx, param
    names = None if given is None else [name.strip() for name in given.split(",")]
    if names is not None and not all(names):
        raise InputError("--predict", given, "names of architectures, separated by commas")
    return names


@click.command("infer")
@click.argument("times", type=click.Path(path_type=Path))
@click.option("--host", default="server", show_default=True, help="A host preset, or a TOML file.")
@click.option(
    "--predict",
    default=None,
    metavar="ARCH,...",
    callback=_names,
    help="Architectures to predict. [default: all others]",
)
@click.option(
    "--demand",
    "demands",
    multiple=True,
    metavar="NAME=AMOUNT",
    callback=pairs("NAME=AMOUNT, such as page_faults=75000", "each demand once"),
    help="A demand that was counted, such as page_faults.",
)
@click.option("--error", default="2%", show_default=True, help="Standard error of a time without low and high.")
@click.option("--draws", type=int, default=4000, show_default=True, help="Draws of costs and mixes.")
@click.option("--seed", type=int, default=1, show_default=True, help="Master seed of all random streams.")
@formats
@out
def command(times: Path, form: str, out: Path | None, **options: Any) -> None:
    """A job's demands from its times on some architectures, and its times on the others.

    TIMES is a CSV file: architecture,value,unit and perhaps low,high, the ends of 90 %.
    """
    found = infer(times, **options)
    if out:
        found.save(out)
    if form == "table":
        for table in found.tables:
            print_table(table)
    else:
        both = {"times": found.rows, "demands": found.demands}
        sys.stdout.write(csv_text(found.rows) if form == "csv" else json_text(both))
    for doubt in found.doubts:
        click.echo(doubt, err=True)
