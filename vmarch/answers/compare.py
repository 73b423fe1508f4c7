"""Slowdowns against the bare machine: every workload under every architecture, paired, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from simcore.errors import CapabilityError, unknown
from vmarch.answers.answer import Answer
from vmarch.answers.rank import Ranking
from vmarch.asking import (
    Architectures,
    Options,
    Workloads,
    host_of,
    jobs_of,
    level_of,
    plan_of,
    precision_of,
    scenarios,
)
from vmarch.comparison import Cell, Precision
from vmarch.comparison import compare as compared
from vmarch.output import Row, prepare
from vmarch.progress import progress_bar
from vmarch.runs import Plan
from vmarch.store import Store
from vmarch.tables import Table, authority_table, comparison_rows, detail_table, slowdown_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Comparison", "cells_of", "compare", "store_of"]

REMEMBERED = Store()  # of this process: a cell that was interrupted in a notebook goes on from there
MOST_REMEMBERED = 100_000  # replications


@dataclass(frozen=True, repr=False)
class Comparison(Answer):
    """Cells in the order asked, each beside its bare machine.

    Attributes:
        cells: also by `found[workload, architecture]`.
        level: confidence level of all intervals.
        precision: the width that was asked for, if one was.
        settings: what was asked.
        ranges: whether slowdowns are also shown over the ranges of the costs.
    """

    cells: Sequence[Cell]
    plan: Plan
    level: float
    precision: Precision | None
    settings: Mapping[str, object]
    ranges: bool = True

    def __getitem__(self, pair: tuple[str, str]) -> Cell:
        """The cell of a workload under an architecture, both by name.

        Raises:
            InputError: it was not asked for.
        """
        found = {(cell.workload, cell.architecture): cell for cell in self.cells}
        if pair not in found:
            raise unknown("cell", " under ".join(pair), [" under ".join(one) for one in found])
        return found[pair]

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    @cached_property
    def rows(self) -> Sequence[Row]:
        """One row for each cell and metric; a refused cell has one, with the reason."""
        host, guests = self.settings["host"], self.settings["guests"]
        return comparison_rows(self.cells, str(host), int(str(guests)), self.plan.seed, self.level, ranges=self.ranges)

    @property
    def ranking(self) -> Ranking:
        """Architectures ranked for each workload; those that cannot be told apart are in one group."""
        return Ranking(self.cells, self.level, self.settings)

    @property
    def table(self) -> Table:
        """The slowdowns of response times."""
        found = slowdown_table(self.cells, self.level, ranges=self.ranges)
        if note := self._against:
            found = replace(found, notes=(*found.notes, note))
        short = len(self.imprecise)
        if not short or self.precision is None:
            return found
        note = f"{short} slowdowns stopped at the cap of {self.precision.cap} replications, short of the precision."
        return replace(found, notes=(*found.notes, note))

    @property
    def _against(self) -> str:
        """Which bare machine the slowdowns are against, where that is a question."""
        vcpus, own = self.settings.get("vcpus"), self.settings.get("against") == "own"
        guests = int(str(self.settings["guests"]))
        if own:
            has = f"Each guest has {vcpus} processors" if vcpus else f"The {guests} guests share the host"
            return f"{has}; each slowdown is against a bare machine of its own, with all cores for one guest."
        return f"Each guest has {vcpus} processors, and so it has on the bare machine." if vcpus else ""

    @property
    def authority(self) -> Table:
        """What the slowdowns rest on."""
        return authority_table(self.cells)

    @property
    def details(self) -> Table:
        """Throughput and its bound, and what the intervals rest on."""
        return detail_table(self.cells, self.level)

    @property
    def tables(self) -> Sequence[Table]:
        """The slowdowns, and what they rest on."""
        return (self.table, self.authority)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "compare", **self.settings}

    @property
    def imprecise(self) -> Sequence[Cell]:
        """Cells that stopped at the cap of replications, short of the precision asked for."""
        if self.precision is None or self.plan.deterministic:
            return ()
        width = self.precision.relative_half_width
        return [c for c in self.cells if c.scenario and c.slowdown(level=self.level).relative_half_width > width]

    @property
    def name(self) -> str:
        """What its files are called."""
        return "compare"

    manifest_name = "manifest.json"

    @property
    def finding(self) -> str:
        """How many cells, and from where to where their slowdowns go."""
        there = [cell for cell in self.cells if cell.state == "ok"]
        ratios = sorted(cell.slowdown(level=self.level).ratio for cell in there)
        spread = f"slowdown {ratios[0]:.3g} to {ratios[-1]:.3g}" if ratios else "none could be run"
        return f"{len(self.cells)} cells, {spread}, seed {self.plan.seed}"

    @property
    def has_figure(self) -> bool:
        """Whether any cell has a slowdown."""
        return any(cell.state == "ok" for cell in self.cells)

    def _draw(self, axes: Axes) -> None:
        from vmarch.figures.intervals import mark_intervals

        groups: dict[str, dict[str, tuple[float, float, float]]] = {}
        for cell in self.cells:
            if cell.state == "ok":
                found = cell.slowdown(level=self.level)
                groups.setdefault(cell.workload, {})[cell.architecture] = (found.ratio, found.low, found.high)
        mark_intervals(axes, groups, "slowdown of the response time against the bare machine")


def compare(
    workloads: Workloads = (),
    architectures: Architectures = (),
    *,
    seed: int = 1,
    replications: int = 5,
    precision: float | str | None = None,
    level: float = 0.95,
    operations: int | None = None,
    warmup: int | None = None,
    engine: str = "auto",
    deterministic: bool = False,
    jobs: int | None = None,
    out: str | Path | None = None,
    ranges: bool = True,
    **options: Unpack[Options],
) -> Comparison:
    """Slowdowns against the bare machine, on common random numbers.

    Args:
        workloads, architectures: names, paths of files or objects, one or several; all of the catalogue by default.
        seed: master seed of all random streams.
        replications: independent runs of each scenario.
        precision: add runs until every slowdown is within this share, such as 0.01 or "1%".
        level: confidence level of all intervals.
        operations: measured in each run; the workload's own number by default.
        warmup: operations left out first; found out by default.
        engine: what runs the model.
        deterministic: every draw is its mean.
        jobs: processes; the processors at hand by default. The result does not depend on it.
        out: a folder in which finished replications are kept and found again; this process remembers its own.
        ranges: also say how far each slowdown may be when the costs are drawn over their ranges.
        options: of the scenarios: host, guests, vcpus, costs, guest_os, guest_isa, modifiable,
            and the bare machine that slowdowns are against: against="own" for a machine of its own for each guest.

    Raises:
        InputError: an unknown name, a bad file, or a value out of range.
        CapabilityError: every combination asked for is refused; the first reason.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    run = {"seed": seed, "operations": operations, "warmup": warmup, "engine": engine, "deterministic": deterministic}
    plan = plan_of(
        seed=seed,
        replications=replications,
        operations=operations,
        warmup=warmup,
        engine=engine,
        deterministic=deterministic,
    )
    width = precision_of(precision, level_of(level))
    cells = cells_of(workloads, architectures, plan, width, jobs=jobs, out=out, **options)
    told = {name: value for name, value in options.items() if name != "host"}
    settings = {
        "workloads": list(dict.fromkeys(cell.workload for cell in cells)),
        "architectures": list(dict.fromkeys(cell.architecture for cell in cells)),
        "host": host_of(options.get("host", "server")).name,
        "guests": 1,
        **told,
        **run,
        "replications": replications,
        "precision": precision,
        "level": level,
    }
    return Comparison(cells, plan, level, width, settings, ranges)


def store_of(out: str | Path | None) -> Store:
    """Where replications are kept: in a folder, or in this process, which forgets all when they become too many.

    Raises:
        InputError: the folder cannot be used.
    """
    if out is not None:
        return Store(prepare(Path(out)) / "replications.jsonl")
    if REMEMBERED.size > MOST_REMEMBERED:
        REMEMBERED.clear()
    return REMEMBERED


def cells_of(
    workloads: Workloads,
    architectures: Architectures,
    plan: Plan,
    precision: Precision | None,
    *,
    jobs: int | None = None,
    out: str | Path | None = None,
    **options: Unpack[Options],
) -> list[Cell]:
    """The cells of every workload under every architecture, run by a plan.

    Raises:
        InputError, CapabilityError, StuckError, CheckError: as for `compare`.
    """
    processes = jobs_of(jobs)
    asked = scenarios(workloads, architectures, **options)
    refusals = [refusal for _, _, refusal in asked if isinstance(refusal, CapabilityError)]
    if len(refusals) == len(asked):
        raise refusals[0]
    store = store_of(out)
    with progress_bar("replications") as progress:
        cells = compared(asked, plan, precision=precision, store=store, jobs=processes, progress=progress)
    refused = [cell.refused for cell in cells if cell.refused]
    if len(refused) == len(cells):
        raise CapabilityError(refused[0])
    return cells
