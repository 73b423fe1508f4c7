"""`vmarch claims`: which of the textbook's claims hold, then and now, and where they end."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.claims import Setting, claim_names, load_claim
from experiments.claims.judge import ERAS, Judged
from experiments.claims.judging import REPLICATIONS, judge_all
from experiments.claims.page import claims_table, rows
from experiments.commands.options import OneOf, formats, slides
from experiments.commands.printing import print_table, show
from simcore.errors import InputError
from vmarch.asking import jobs_of
from vmarch.figures.frame import PAGE, SLIDE
from vmarch.output import prepare
from vmarch.workers import Workers

__all__ = ["command"]


@click.command("claims")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--host", type=OneOf([*ERAS, "both"]), default="both", show_default=True, help="then, now, or both.")
@click.option("--quick", is_flag=True, help="Fewer points, shorter runs, wider intervals.")
@click.option("--seed", type=int, default=1, show_default=True, help="Master seed of all random streams.")
@click.option("--replications", type=int, default=None, help="Of each scenario. [default: 10, or 4 if quick]")
@click.option("--jobs", type=int, default=None, help="Processes. [default: the processors at hand]")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True, help="Folder for results."
)
@slides
@formats
def command(
    ids: tuple[str, ...],
    host: str,
    quick: bool,
    seed: int,
    replications: int | None,
    jobs: int | None,
    out: Path,
    slides: bool,
    form: str,
) -> None:
    """Judge the textbook's claims, all or those named, then and now.

    `vmarch list claims` names them. Writes claims.csv, the evidence, figures and a page into OUT/claims, and reuses
    what had finished there.
    """
    names = [load_claim(name).name for name in dict.fromkeys(ids)] or list(claim_names())
    eras = ERAS if host == "both" else (host,)
    setting = Setting(quick, _seed(seed), _replications(replications, quick))
    folder = prepare(prepare(out) / "claims")
    with Workers(jobs_of(jobs)) as workers:
        found = judge_all(folder, names, eras, setting, workers, SLIDE if slides else PAGE)
    _print(found, form, folder)


def _seed(seed: int) -> int:
    if not 0 <= seed < 2**63:
        raise InputError("--seed", seed, f"0 to {2**63 - 1}")
    return seed


def _replications(given: int | None, quick: bool) -> int:
    count = REPLICATIONS[quick] if given is None else given
    if not 2 <= count <= 100_000:
        raise InputError("--replications", count, "2 to 100000: one says nothing of the spread")
    return count


def _print(found: list[Judged], form: str, folder: Path) -> None:
    if form != "table":
        show(rows(found), form)
    else:
        print_table(claims_table(found))
        click.echo(f"The page, the evidence and the figures: {folder}")
    unsettled = sum(len(one.unsettled) for one in found)
    if unsettled:
        click.echo(
            f"{unsettled} replications found no steady state; --replications and the full setting help", err=True
        )
