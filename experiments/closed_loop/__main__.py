"""`python -m experiments.closed_loop --out DIR`: the study of docs/closed-loop.md, on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from experiments.closed_loop.page import RESULTS, write_page
from experiments.closed_loop.study import keep, study
from simcore.errors import VmarchError


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder; what is in it is not done again.")
@click.option("--program", "names", multiple=True, help="One of programs.toml. [default: all]")
@click.option("--quick", is_flag=True, help="Few and short repetitions of micro-benchmarks.")
@click.option("--cpu", type=int, default=1, show_default=True, help="The processor that everything uses.")
@click.option("--rounds", type=int, default=3, show_default=True, help="Runs of a program in each environment.")
@click.option("--keep", "kept", is_flag=True, help="Also make it the study of docs/closed-loop.md.")
def main(out: Path, names: tuple[str, ...], quick: bool, cpu: int, rounds: int, kept: bool) -> None:
    """Predicts programs in the environments of this machine before they run there, then runs them."""
    study(out.resolve(), names, quick=quick, cpu=cpu, rounds=rounds)
    if kept:
        keep(out.resolve(), RESULTS)
        write_page()


if __name__ == "__main__":
    try:
        main()
    except VmarchError as error:
        sys.stderr.write(f"closed_loop: {error}\n")
        sys.exit(2)
