"""All that judging claims leaves in a folder: the table, the evidence, the page and the figures."""

from __future__ import annotations

from pathlib import Path

from experiments.claims.bench import Setting
from experiments.claims.judge import Judged, gathered, host_of, judge
from experiments.claims.page import caption, evidence_rows, page, rows
from vmarch.figures.frame import PAGE, Size, at_size
from vmarch.output import csv_text, manifest, write
from vmarch.progress import progress_bar
from vmarch.workers import Workers

__all__ = ["REPLICATIONS", "judge_all"]

REPLICATIONS = {True: 4, False: 10}  # in the quick setting, and in full


def judge_all(
    folder: Path,
    names: list[str],
    eras: tuple[str, ...],
    setting: Setting,
    workers: Workers,
    size: Size = PAGE,
) -> list[Judged]:
    """Judges claims, and writes the table, the evidence and the page into a folder; the figures follow, by the workers.

    Args:
        size: of the figures.

    Raises:
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    store = gathered(folder / "replications.jsonl")

    def draw(one: Judged) -> None:
        if one.verdict.plot is not None:
            plot = one.verdict.plot
            where = folder / f"{one.claim}-{one.era}"
            named = {"title": plot.title, "caption": caption(one, setting), **plot.options}
            workers.later(at_size, size, plot.shape, where, *plot.data, **named)

    with progress_bar("claims") as progress:
        found = judge(names, eras, setting, store=store, workers=workers, progress=progress, finished=draw)
    write(folder / "claims.csv", csv_text(rows(found)))
    write(folder / "evidence.csv", csv_text(evidence_rows(found)))
    hosts = {name: {era: host_of(name, era) for era in eras} for name in names}
    asked = {"command": "claims", "quick": setting.quick, "seed": setting.seed, "replications": setting.replications}
    write(folder / "manifest.json", manifest({**asked, "level": setting.level, "hosts": hosts}))
    write(folder / "claims.md", page(found, setting))
    return found
