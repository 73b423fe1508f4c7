"""`vmarch predict`: a job's time in the environments of a measured machine."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.commands.options import formats, out
from experiments.commands.printing import print_table, show
from vmarch.answers.predict import predict

__all__ = ["command"]


@click.command("predict")
@click.argument("job", type=click.Path(path_type=Path))
@click.option("--on", type=click.Path(path_type=Path), required=True, help="Folder that `vmarch measure` wrote.")
@click.option(
    "--architecture", "-a", "architectures", multiple=True, help="One of BOX or the catalogue. [default: BOX's]"
)
@click.option("--catalogue", is_flag=True, help="Also all of the catalogue, their costs carried over to this machine.")
@click.option("--draws", type=int, default=1000, show_default=True, help="Draws of costs, counts and native runs.")
@click.option("--seed", type=int, default=1, show_default=True, help="Master seed of all random streams.")
@formats
@out
def command(
    job: Path,
    on: Path,
    architectures: tuple[str, ...],
    catalogue: bool,
    draws: int,
    seed: int,
    form: str,
    out: Path | None,
) -> None:
    """A job's time in each environment of a machine, what decides it, and what would make it cheaper.

    JOB is a folder of workload.toml, native.csv (wall_s and, where known, user_s,system_s) and counts.csv (the range of
    each count).
    """
    found = predict(job, on, architectures, catalogue=catalogue, draws=draws, seed=seed)
    if out:
        found.save(out)
    if form == "table":
        print_table(found.table)
    else:
        show(found.rows, form)
