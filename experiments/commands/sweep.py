"""`vmarch sweep`: a study over any factors, that resumes, extends and merges."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from experiments.commands.printing import table
from simcore.errors import CapabilityError, InputError, VmarchError
from vmarch.asking import jobs_of
from vmarch.progress import progress_bar
from vmarch.sweep.cells import Cell, Configuration, resolve, rules
from vmarch.sweep.dispatch import dispatch
from vmarch.sweep.executors import Cluster, Processes, Runner
from vmarch.sweep.parts import Parts, parts_of
from vmarch.sweep.plot import draw
from vmarch.sweep.result import about, pivot, write_results
from vmarch.sweep.rows import RETRIED, How, Job, Row, failed
from vmarch.sweep.spec import Sweep, load_sweep

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
    "others",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIR",
    help="Takes over what is in another folder of results.",
)
@click.option("--retry-failed", is_flag=True, help="Runs cells again that were refused or failed.")
def command(
    study: Path,
    out: Path | None,
    workers: int | None,
    cluster: str | None,
    shard: str | None,
    others: tuple[Path, ...],
    retry_failed: bool,
) -> None:
    """Run every cell of a study, but those that are finished in OUT.

    Writes results.parquet and results.csv once all cells are there. What is finished is kept at once, in OUT/parts;
    the same command goes on from there, and a study with more levels runs the new cells only.
    """
    sweep = load_sweep(study)
    if workers is not None and not 1 <= workers <= 1024:
        raise InputError("--workers", workers, "1 to 1024")
    if workers is not None and cluster is not None:
        raise InputError("--workers", workers, "no number: with --cluster, the cluster decides")
    mine = _shard(shard)
    cells = resolve(sweep)
    folder = out or Path("results") / sweep.name
    for other in others:
        parts_of(other)
    with ExitStack() as stack:
        remote: Runner | None = None
        if cluster is not None:  # before anything is written
            remote = Cluster(cluster)
            stack.callback(remote.close, now=True)
        parts = stack.enter_context(Parts(folder, about(sweep)))
        for other in others:
            click.echo(f"{parts.merge(other)} cells taken over from {other}", err=True)
        if retry_failed:
            parts.forget(RETRIED)
        _run(sweep, cells[mine], parts, lambda most: remote or Processes(min(most, jobs_of(workers))), folder)
        _report(sweep, folder, cells, parts)


def _run(sweep: Sweep, cells: Sequence[Cell], parts: Parts, start: Callable[[int], Runner], folder: Path) -> None:
    """Runs what is missing; what finishes is kept whatever happens."""
    wanted = {cell.key: cell for cell in cells}
    missing = [cell for cell in wanted.values() if cell.key not in parts.status]
    groups = {bare: number for number, bare in enumerate(dict.fromkeys(cell.bare for cell in missing))}
    missing.sort(key=lambda cell: groups[cell.bare])  # those that share a bare machine come to the same worker
    jobs = [Job(cell.key, cell.what) for cell in missing if isinstance(cell.what, Configuration)]
    done = len(wanted) - len(jobs)
    if len(missing) < len(wanted):
        click.echo(f"{len(wanted) - len(missing)} of {len(wanted)} cells are finished already", err=True)
    parts.add([failed(cell.key, str(cell.what)) for cell in missing if isinstance(cell.what, InputError)])
    parts.flush()
    if not jobs:
        return
    runner = start(len(jobs))
    now = True
    try:
        with progress_bar("cells") as progress:
            progress(done, len(wanted))

            def finished(rows: Sequence[Row]) -> None:
                nonlocal done
                parts.add(rows)
                done += len(rows)
                progress(done, len(wanted))

            dispatch(jobs, How(sweep.plan, sweep.precision, sweep.level, rules()), runner, finished)
        now = False
    except KeyboardInterrupt:
        where = f"{done} of {len(wanted)} cells are kept in {folder}"
        raise click.Abort(f"interrupted; {where}, and the same command goes on from there") from None
    finally:
        parts.flush()
        runner.close(now=now)


def _shard(text: str | None) -> slice:
    """Which cells, by number."""
    if text is None:
        return slice(None)
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip())
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise InputError("--shard", text, "K/N with K from 1 to N, such as 1/4")
    return slice(int(found[1]) - 1, None, int(found[2]))


def _report(sweep: Sweep, folder: Path, cells: Sequence[Cell], parts: Parts) -> None:
    """Writes the results if all cells are there, and says what there is."""
    statuses = {cell.key: parts.status.get(cell.key, "") for cell in cells}
    counts = Counter(statuses.values())
    if counts[""]:
        there = len(statuses) - counts[""]
        click.echo(f"{there} of {len(statuses)} cells are in {folder}; results are written when all of them are there")
        return
    whole = write_results(folder, sweep, cells, parts)
    parts.compact()
    errors = dict.fromkeys(error for error in whole["error"].to_pylist() if error)
    if not set(statuses.values()) & {"ok", "unsettled"}:
        raise (CapabilityError if counts["refused"] else VmarchError)(f"no cell could be run: {next(iter(errors))}")
    found = pivot(sweep, whole)
    table("Slowdown (response time)", found.rows, found.columns)
    if found.over:
        click.echo(f"Geometric means over {', '.join(found.over)}.")
    figure = draw(folder, sweep, whole)
    click.echo(f"{len(cells)} cells: " + ", ".join(f"{number} {status}" for status, number in sorted(counts.items())))
    for error in list(errors)[:MOST_ERRORS]:
        click.echo(error, err=True)
    if len(errors) > MOST_ERRORS:
        click.echo(f"... and {len(errors) - MOST_ERRORS} other reasons, in the column `error`", err=True)
    if figure:
        click.echo(f"The slowdown over what is varied: {figure}")
    click.echo(f"Read them with pandas: pandas.read_parquet({str(folder / 'results.parquet')!r})")
