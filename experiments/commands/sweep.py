"""`vmarch sweep`: a study over any factors, that resumes, extends and merges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.printing import print_table
from vmarch.answers.sweep import sweep_study

__all__ = ["command"]

MOST_ERRORS = 5  # that are printed


@click.command("sweep")
@click.argument("study", type=click.Path(path_type=Path), metavar="STUDY.toml")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="For results. [default: results/STUDY]")
@click.option("--workers", type=int, default=None, help="Processes. [default: the processors at hand]")
@click.option("--cluster", default=None, metavar="ADDRESS", help="A Dask scheduler, whose workers run the cells.")
@click.option("--shard", default=None, metavar="K/N", help="Only every Nth cell from the Kth on, to share a study.")
@click.option(
    "--merge",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIR",
    help="Takes over what is in another folder of results.",
)
@click.option("--retry-failed", is_flag=True, help="Runs cells again that were refused or failed.")
def command(study: Path, **options: Any) -> None:
    """Run every cell of a study, but those that are finished in OUT.

    Writes results.parquet and results.csv once all cells are there. What is finished is kept at once, in OUT/parts;
    the same command goes on from there, and a study with more levels runs the new cells only.
    """
    found = sweep_study(study, **options, tell=lambda line: click.echo(line, err=True))
    if found.missing:
        click.echo(f"{found.finding}; results are written when all of them are there")
        return
    print_table(found.table)
    click.echo(found.finding)
    for error in found.errors[:MOST_ERRORS]:
        click.echo(error, err=True)
    if len(found.errors) > MOST_ERRORS:
        click.echo(f"... and {len(found.errors) - MOST_ERRORS} other reasons, in the column `error`", err=True)
    if found.figure:
        click.echo(f"The slowdown over what is varied: {found.figure}")
    click.echo(f"Read them with pandas: pandas.read_parquet({str(found.folder / 'results.parquet')!r})")
