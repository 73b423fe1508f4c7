"""`vmarch reproduce`: the main job."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.commands.experiment import perform_all
from experiments.options import jobs_of
from experiments.study import study_names
from simcore.hosts import load_host

__all__ = ["command"]


@click.command("reproduce")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True, help="Folder for results."
)
@click.option("--host", default=None, help="A host preset, or a TOML file. [default: each experiment's]")
@click.option("--full", is_flag=True, help="Every point, ten times the operations and more replications.")
@click.option("--jobs", type=int, default=None, help="Processes. [default: the processors at hand]")
def command(out: Path, host: str | None, full: bool, jobs: int | None) -> None:
    """The main job: every experiment with its figures; prints the slowdown table and two paths."""
    given: dict[str, object] = {} if host is None else {"host": load_host(host) and host}
    names = study_names()
    perform_all(names, out, jobs_of(jobs), quick=not full, given=dict.fromkeys(names, given))
