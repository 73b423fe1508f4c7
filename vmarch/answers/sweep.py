"""A study over any factors: every cell but those that are finished already, and what came out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcore.errors import CapabilityError, InputError, VmarchError
from vmarch.answers.answer import Answer
from vmarch.asking import jobs_of
from vmarch.figures.plots import mark_lines
from vmarch.output import Row
from vmarch.progress import progress_bar
from vmarch.sweep.cells import Cell, Configuration, resolve, rules
from vmarch.sweep.dispatch import dispatch
from vmarch.sweep.executors import Cluster, Processes, Runner
from vmarch.sweep.parts import Parts, parts_of
from vmarch.sweep.plot import draw, panels
from vmarch.sweep.result import Pivot, about, pivot, write_results
from vmarch.sweep.rows import RETRIED, How, Job, failed
from vmarch.sweep.rows import Row as Stored
from vmarch.sweep.spec import Sweep, load_sweep
from vmarch.tables import Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from matplotlib.axes import Axes

__all__ = ["Swept", "sweep_study"]


@dataclass(frozen=True, repr=False)
class Swept(Answer):
    """What is there of a study.

    Attributes:
        folder: where it is kept: results.parquet, results.csv and, for a simple study, slowdown.png.
        whole: a row for each cell in the study's order; None while cells are missing.
        statuses: of each cell that the study has, by its key; empty for one that is missing.
        cells: how many the study has; equal ones have one key.
    """

    study: Sweep
    folder: Path
    whole: pa.Table | None
    statuses: Mapping[str, str]
    cells: int

    @property
    def missing(self) -> int:
        """How many cells are still to be run."""
        return Counter(self.statuses.values())[""]

    @cached_property
    def rows(self) -> Sequence[Row]:
        """One row for each cell; none while cells are missing."""
        return [] if self.whole is None else self.whole.to_pylist()

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A data frame with the columns of results.parquet."""
        import pandas as pd

        return pd.DataFrame() if self.whole is None else self.whole.to_pandas()

    @property
    def _pivot(self) -> Pivot:
        return Pivot((), (), ()) if self.whole is None else pivot(self.study, self.whole)

    @property
    def table(self) -> Table:
        """Slowdowns of response times: geometric means over all factors but two."""
        found = self._pivot
        notes = (f"Geometric means over {', '.join(found.over)}.",) if found.over else ()
        return Table("Slowdown (response time)", found.columns, found.rows, notes=notes)

    @property
    def errors(self) -> Sequence[str]:
        """Why cells were refused or failed, each reason once."""
        return list(dict.fromkeys(str(row["error"]) for row in self.rows if row["error"]))

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        configuration: dict[str, object] = about(self.study)["configuration"]
        return configuration

    @property
    def name(self) -> str:
        """What its files are called."""
        return "results"

    @property
    def finding(self) -> str:
        """How many cells are there, by status."""
        if self.missing:
            there = len(self.statuses) - self.missing
            return f"{there} of {len(self.statuses)} cells are in {self.folder}"
        counts = Counter(str(row["status"]) for row in self.rows)
        return f"{self.cells} cells: " + ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))

    @property
    def figure(self) -> Path | None:
        """Where the figure is; a study has one where a number is varied and at most two factors beside it."""
        path = self.folder / "slowdown.png"
        return path if self.has_figure and path.exists() else None

    @property
    def has_figure(self) -> bool:
        """Whether a number is varied, and at most two factors beside it."""
        return self.whole is not None and bool(panels(self.study, self.whole))

    def _draw(self, axes: Axes) -> None:
        assert self.whole is not None
        mark_lines(axes, panels(self.study, self.whole))


def sweep_study(
    study: str | Path | Sweep,
    *,
    out: str | Path | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    shard: str | None = None,
    merge: Sequence[str | Path] = (),
    retry_failed: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Swept:
    """Runs every cell of a study, but those that are finished in `out`.

    Writes results.parquet, results.csv and the figure once all cells are there. What is finished is kept at once; the
    same call goes on from there, and a study with more levels runs the new cells only.

    Args:
        study: the path of a TOML file, or what was read from one.
        out: the folder for results; results/STUDY by default.
        workers: processes; the processors at hand by default. The result does not depend on it.
        cluster: the address of a Dask scheduler, whose workers run the cells.
        shard: "K/N" for every Nth cell from the Kth on, to share a study between machines.
        merge: folders of results whose cells are taken over.
        retry_failed: runs cells again that were refused or failed.
        tell: called with a line on what is found finished.

    Raises:
        InputError: a bad file, or a value out of range.
        CapabilityError: every cell is refused; the first reason.
        VmarchError: no cell could be run; the first reason.
    """
    sweep = study if isinstance(study, Sweep) else load_sweep(Path(study))
    if workers is not None and not 1 <= workers <= 1024:
        raise InputError("--workers", workers, "1 to 1024")
    if workers is not None and cluster is not None:
        raise InputError("--workers", workers, "no number: with --cluster, the cluster decides")
    mine = _shard(shard)
    cells = resolve(sweep)
    folder = Path(out) if out else Path("results") / sweep.name
    for other in merge:
        parts_of(Path(other))
    with ExitStack() as stack:
        remote: Runner | None = None
        if cluster is not None:  # before anything is written
            remote = Cluster(cluster)
            stack.callback(remote.close, now=True)
        parts = stack.enter_context(Parts(folder, about(sweep)))
        for other in merge:
            tell(f"{parts.merge(Path(other))} cells taken over from {other}")
        if retry_failed:
            parts.forget(RETRIED)
        try:
            _run(sweep, cells[mine], parts, lambda most: remote or Processes(min(most, jobs_of(workers))), tell)
            return _swept(sweep, folder, cells, parts)
        except KeyboardInterrupt:  # at any moment: while cells run, while processes end, while results are written
            wanted = {cell.key for cell in cells[mine]}
            where = f"{len(wanted & parts.status.keys())} of {len(wanted)} cells are kept in {folder}"
            raise KeyboardInterrupt(f"interrupted; {where}, and the same command goes on from there") from None


def _run(
    sweep: Sweep, cells: Sequence[Cell], parts: Parts, start: Callable[[int], Runner], tell: Callable[[str], None]
) -> None:
    """Runs what is missing; what finishes is kept whatever happens."""
    wanted = {cell.key: cell for cell in cells}
    missing = [cell for cell in wanted.values() if cell.key not in parts.status]
    groups = {bare: number for number, bare in enumerate(dict.fromkeys(cell.bare for cell in missing))}
    missing.sort(key=lambda cell: groups[cell.bare])  # those that share a bare machine come to the same worker
    jobs = [Job(cell.key, cell.what) for cell in missing if isinstance(cell.what, Configuration)]
    done = len(wanted) - len(jobs)
    if len(missing) < len(wanted):
        tell(f"{len(wanted) - len(missing)} of {len(wanted)} cells are finished already")
    parts.add([failed(cell.key, str(cell.what)) for cell in missing if isinstance(cell.what, InputError)])
    parts.flush()
    if not jobs:
        return
    runner = start(len(jobs))
    now = True
    try:
        with progress_bar("cells") as progress:
            progress(done, len(wanted))

            def finished(rows: Sequence[Stored]) -> None:
                nonlocal done
                parts.add(rows)
                done += len(rows)
                progress(done, len(wanted))

            dispatch(jobs, How(sweep.plan, sweep.precision, sweep.level, rules()), runner, finished)
        now = False
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


def _swept(sweep: Sweep, folder: Path, cells: Sequence[Cell], parts: Parts) -> Swept:
    """Writes the results if all cells are there."""
    statuses = {cell.key: parts.status.get(cell.key, "") for cell in cells}
    if "" in statuses.values():
        return Swept(sweep, folder, None, statuses, len(cells))
    whole: Any = write_results(folder, sweep, cells, parts)
    parts.compact()
    if not set(statuses.values()) & {"ok", "unsettled", "overloaded"}:
        reason = next(error for error in whole["error"].to_pylist() if error)
        refused = "refused" in statuses.values()
        raise (CapabilityError if refused else VmarchError)(f"no cell could be run: {reason}")
    draw(folder, sweep, whole)
    return Swept(sweep, folder, whole, statuses, len(cells))
