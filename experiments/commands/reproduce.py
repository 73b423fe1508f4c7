"""`vmarch reproduce`: the main job."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.claims import Setting, claim_names
from experiments.claims.judge import ERAS
from experiments.claims.judging import REPLICATIONS, judge_all
from experiments.claims.page import claims_table
from experiments.commands.options import slides
from experiments.commands.performing import check_all, perform_all, print_page
from experiments.commands.printing import print_table
from experiments.experiment import experiment_names
from simcore.hosts import load_host
from vmarch.asking import jobs_of
from vmarch.figures.frame import PAGE, SLIDE
from vmarch.output import prepare
from vmarch.workers import Workers

__all__ = ["command"]


@click.command("reproduce")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True, help="Folder for results."
)
@click.option("--host", default=None, help="Of the experiments: a preset, or a TOML file. [default: each one's]")
@click.option("--full", is_flag=True, help="Every point, ten times the operations and more replications.")
@slides
@click.option("--jobs", type=int, default=None, help="Processes. [default: the processors at hand]")
def command(out: Path, host: str | None, full: bool, slides: bool, jobs: int | None) -> None:
    """The main job: the textbook's claims, and every experiment with its figures.

    Prints the claims, the slowdown table and two paths, and writes all into OUT, with a page of it, OUT/index.html.
    """
    names = experiment_names()
    given: dict[str, dict[str, object]] = {
        name: {} if host is None else {"host": load_host(host) and host} for name in names
    }
    check_all(names, quick=not full, given=given)
    processes = jobs_of(jobs)
    folder = prepare(prepare(out) / "claims")
    with Workers(processes) as workers:
        setting = Setting(not full, 1, REPLICATIONS[not full])
        size = SLIDE if slides else PAGE
        print_table(claims_table(judge_all(folder, list(claim_names()), ERAS, setting, workers, size)))
        perform_all(names, out, workers, quick=not full, given=given, size=size)
    print_page(out)
