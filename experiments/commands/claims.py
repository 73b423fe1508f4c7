"""`vmarch claims`: which of the textbook's claims hold, then and now, and where they end."""

from __future__ import annotations

from pathlib import Path

import click

from experiments.claims import Setting, claim_names, load_claim
from experiments.claims.judge import ERAS, Judged, gathered, host_of, judge
from experiments.claims.page import caption, evidence_rows, interval_of, page, rows
from experiments.commands.options import OneOf, formats
from experiments.commands.printing import show, table
from simcore.errors import InputError
from vmarch.asking import jobs_of
from vmarch.output import csv_text, manifest, prepare, write
from vmarch.progress import progress_bar
from vmarch.workers import Workers

__all__ = ["REPLICATIONS", "command", "judge_all", "print_claims"]

REPLICATIONS = {True: 4, False: 10}  # in the quick setting, and in full


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
@formats
def command(
    ids: tuple[str, ...],
    host: str,
    quick: bool,
    seed: int,
    replications: int | None,
    jobs: int | None,
    out: Path,
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
        found = judge_all(folder, names, eras, setting, workers)
    _print(found, form, folder)


def judge_all(
    folder: Path, names: list[str], eras: tuple[str, ...], setting: Setting, workers: Workers
) -> list[Judged]:
    """Judges claims, and writes the table, the evidence and the page into a folder; the figures follow, by the workers.

    Raises:
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    store = gathered(folder / "replications.jsonl")

    def draw(one: Judged) -> None:
        if one.verdict.plot is not None:
            plot = one.verdict.plot
            where = folder / f"{one.claim}-{one.era}"
            named = {"title": plot.title, "caption": caption(one, setting), **plot.options}
            workers.later(plot.shape, where, *plot.data, **named)

    with progress_bar("claims") as progress:
        found = judge(names, eras, setting, store=store, workers=workers, progress=progress, finished=draw)
    write(folder / "claims.csv", csv_text(rows(found)))
    write(folder / "evidence.csv", csv_text(evidence_rows(found)))
    hosts = {name: {era: host_of(name, era) for era in eras} for name in names}
    asked = {"command": "claims", "quick": setting.quick, "seed": setting.seed, "replications": setting.replications}
    write(folder / "manifest.json", manifest({**asked, "level": setting.level, "hosts": hosts}))
    write(folder / "claims.md", page(found, setting))
    return found


def _seed(seed: int) -> int:
    if not 0 <= seed < 2**63:
        raise InputError("--seed", seed, f"0 to {2**63 - 1}")
    return seed


def _replications(given: int | None, quick: bool) -> int:
    count = REPLICATIONS[quick] if given is None else given
    if not 2 <= count <= 100_000:
        raise InputError("--replications", count, "2 to 100000: one says nothing of the spread")
    return count


def print_claims(found: list[Judged]) -> None:
    """The verdicts, as a table."""
    lines = [
        [one.claim, one.era, str(one.verdict.standing), one.verdict.figure, interval_of(one), one.verdict.boundary]
        for one in found
    ]
    columns = ("claim", "host", "verdict", "figure", "95 % interval", "where it ends")
    table("The textbook's claims, on a host of its time and on a present-day one", lines, columns, left=6)


def _print(found: list[Judged], form: str, folder: Path) -> None:
    if form != "table":
        show(rows(found), form)
    else:
        print_claims(found)
        click.echo(f"The page, the evidence and the figures: {folder}")
    unsettled = sum(len(one.unsettled) for one in found)
    if unsettled:
        click.echo(
            f"{unsettled} replications found no steady state; --replications and the full setting help", err=True
        )
