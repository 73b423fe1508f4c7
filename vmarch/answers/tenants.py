"""A host that guests of several kinds share: what each gets, and what the others cost it.

Every kind is run beside the others, and one guest of it with the host to itself. Replication k of both draws the same
operations, so that the ratio of the two, the interference, is one of pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from simcore.statistics import Estimate, mean_interval
from simcore.summing import added
from simcore.units import format_seconds
from vmarch.answers.answer import Answer
from vmarch.answers.compare import store_of
from vmarch.asking import drawing, jobs_of, level_of, plan_of
from vmarch.calling import connected
from vmarch.comparison import Cell, stored
from vmarch.figures.intervals import mark_intervals
from vmarch.filling import fill
from vmarch.output import Row
from vmarch.placing import memory_note
from vmarch.progress import progress_bar
from vmarch.runs import Plan, Replications, check_length
from vmarch.store import Store, fingerprint
from vmarch.tables import Table
from vmarch.tenancy import Tenancy, tenancy_of
from vmarch.workers import Workers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Tenants", "cells_of", "tenants", "tenants_of", "together"]

GROUPS = {
    "service_s": "served, by layer",
    "waiting_s": "waiting, by resource",
    "background_s": "in the background, by layer",
    "cycles": "processor cycles, by layer",
}
POLLS = "polling"
TIMES = (GROUPS["service_s"], GROUPS["waiting_s"])
LEAST = 0.001  # of the response: what is less is not shown
RATIOS = ("response_s", "response_p99_s")


@dataclass(frozen=True, repr=False)
class Tenants(Answer):
    """What each kind of guests got, beside one of them alone.

    Attributes:
        cells: one for each kind, in the order of the file: its part of the runs, and one guest alone as what it is
            compared with.
    """

    tenancy: Tenancy
    cells: Sequence[Cell]
    plan: Plan
    level: float
    settings: Mapping[str, object]

    @cached_property
    def rows(self) -> Sequence[Row]:
        """One row for each kind of guests and metric, layer or resource; ratios are of here over alone."""
        return [row for n, cell in enumerate(self.cells) for row in self._rows(n, cell)]

    def _rows(self, number: int, cell: Cell) -> Iterator[Row]:
        group = self.tenancy.groups[number]
        head = {
            "guest": group.called,
            "count": group.guests,
            "workload": cell.workload,
            "architecture": cell.architecture,
        }
        tail = {"level": self.level, "seed": self.plan.seed, "status": cell.state}

        def row(part: str, metric: str, found: Estimate | None, **more: object) -> Row:
            ends = {key: getattr(found, key, None) for key in ("value", "low", "high")}
            ratio = more.get("ratio")
            ratios = {f"interference{end}": getattr(ratio, key, None) for end, key in ENDS}
            return {**head, "group": part, "metric": metric, **ends, "alone": more.get("alone"), **ratios, **tail}

        for name in cell.runs.results[0].metrics():
            there = cell.lasts(name)
            alone = cell.native.metric(name)
            yield row(
                "each operation",
                name,
                cell.estimate(name, self.level) if there else None,
                alone=added(alone) / len(alone) if there else None,
                ratio=cell.slowdown(name, self.level) if there and name in RATIOS else None,
            )
        for name in (*HELD, *MORE):
            yield row("processors of all its guests", name, self.held(cell, name))
        for field, part in GROUPS.items():
            parts = [getattr(result, field) for result in cell.runs.results]
            for name in dict.fromkeys(name for one in parts for name in one):
                found = self._mean([one.get(name, 0.0) for one in parts])
                yield row(part, name, found if cell.lasts(field) else None)

    def held(self, cell: Cell, name: str) -> Estimate:
        """Mean number of processors that a kind's guests used, or wanted and did not have."""
        return self._mean([getattr(result.shares[0], name) for result in cell.runs.results])

    def _mean(self, samples: Sequence[float]) -> Estimate:
        return mean_interval(samples, self.level)

    @property
    def table(self) -> Table:
        """A line for each kind of guests."""
        after = COLUMNS.index(HELD[-1]) + 1
        columns = (*COLUMNS[:after], *self._more, *COLUMNS[after:])
        lines = [self._line(n, cell) for n, cell in enumerate(self.cells)]
        return Table(self._title, columns, lines, left=2, notes=[self._memory] if self._memory else [])

    @property
    def _more(self) -> tuple[str, ...]:
        """What some guests did that others never do."""
        return tuple(name for name in MORE if any(self.held(cell, name).value for cell in self.cells))

    @property
    def _memory(self) -> str:
        """What the guests ask for of the host's memory; empty where none says."""
        return memory_note(self.tenancy.groups)

    @property
    def _title(self) -> str:
        one = self.tenancy
        many = len(self.cells[0].runs.results)
        return f"{one.title}: {one.host.name} of {one.host.cores} cores, {many} replications"

    def _line(self, number: int, cell: Cell) -> Sequence[str]:
        group = self.tenancy.groups[number]
        rate = cell.estimate("throughput_per_s", self.level)
        held = tuple(f"{self.held(cell, name).value:.3g}" for name in (*HELD, *self._more))
        line = [f"{group.guests} x {group.called}", cell.architecture, f"{rate.value:.4g}"]
        if not cell.lasts("response_s"):
            return [*line, cell.state, "", "", *held, "", ""]
        mean, slow = (cell.estimate(name, self.level) for name in RATIOS)
        ratio = cell.slowdown("response_s", self.level)
        spread = f"{format_seconds(mean.low)} .. {format_seconds(mean.high)}"
        more = (*held, f"{ratio.ratio:.3g}", f"{ratio.low:.3g} .. {ratio.high:.3g}")
        return [*line, format_seconds(mean.value), spread, format_seconds(slow.value), *more]

    @property
    def parts(self) -> Table:
        """Where the time of an operation of each kind goes."""
        whole = {row["guest"]: float(str(row["value"] or 1.0)) for row in self.rows if row["metric"] == "response_s"}
        lines = [
            [str(row["guest"]), str(row["group"]), str(row["metric"]).replace("_", " "), format_seconds(value)]
            for row in self.rows
            if row["group"] in TIMES and (value := float(str(row["value"] or 0.0))) >= LEAST * whole[row["guest"]]
        ]
        return Table("Where an operation's time goes", ("guest", "", "", "mean"), lines, left=3)

    @property
    def tables(self) -> Sequence[Table]:
        """What each kind got, and where its time went."""
        return (self.table, self.parts)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "run", **self.settings}

    @property
    def name(self) -> str:
        """What its files are called."""
        return "tenants"

    @property
    def finding(self) -> str:
        """Who suffers most from the others."""
        there = [cell for cell in self.cells if cell.state == "ok"]
        ratios = {c.scenario.called: c.slowdown("response_s").ratio for c in there if c.scenario is not None}
        if not ratios:
            return "no kind of guests settled"
        name = max(ratios, key=lambda one: ratios[one])
        return f"{name} takes {ratios[name]:.3g} times as long as with the host to itself, seed {self.plan.seed}"

    def _draw(self, axes: Axes) -> None:
        groups: dict[str, dict[str, tuple[float, float, float]]] = {}
        for cell in self.cells:
            if cell.state == "ok" and cell.scenario is not None:
                for name in RATIOS:
                    found = cell.slowdown(name, self.level)
                    ends = (found.ratio, found.low, found.high)
                    groups.setdefault(cell.scenario.called, {})[SAID[name]] = ends
        mark_intervals(axes, groups, "time beside the others over time alone")


ENDS = (("", "ratio"), ("_low", "low"), ("_high", "high"))
SAID = {"response_s": "mean response", "response_p99_s": "99th percentile"}
HELD = ("used", "steal", "throttled")
MORE = (POLLS, "spinning")  # columns that are there where somebody does so
COLUMNS = (
    "guests",
    "architecture",
    "operations/s",
    "response",
    "interval",
    "99th percentile",
    "processors",
    "steal",
    "throttled",
    "over alone",
    "interval",
)


def tenants(
    scenario: str | Path | Tenancy,
    *,
    seed: int = 1,
    replications: int = 5,
    level: float = 0.95,
    operations: int | None = None,
    warmup: int | None = None,
    engine: str = "auto",
    deterministic: bool = False,
    jobs: int | None = None,
    out: str | Path | None = None,
) -> Tenants:
    """What each kind of guests on a shared host gets, and what the others cost it.

    Args:
        scenario: the path of a scenario file, or what `load_scenario` made of one.
        seed, replications, level, engine, deterministic, jobs, out: as for `vmarch.compare`.
        operations: of each kind that a run measures; the file's numbers by default.
        warmup: operations of each kind that are left out first; found out by default.

    Raises:
        InputError: a bad file, or a value out of range.
        CapabilityError: an architecture cannot carry its guest, or cannot share a host with another.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    how = {"seed": seed, "operations": operations, "warmup": warmup, "engine": engine, "deterministic": deterministic}
    plan = plan_of(
        seed=seed,
        replications=replications,
        operations=operations,
        warmup=warmup,
        engine=engine,
        deterministic=deterministic,
    )
    level_of(level)
    store = store_of(out)
    tenancy = tenancy_of(scenario)
    found = tenants_of([tenancy], plan, store=store, jobs=jobs_of(jobs))[0]
    settings = {"scenario": tenancy.title, "host": tenancy.host.name, "guests": repr(tenancy), **how}
    return Tenants(tenancy, found, plan, level, {**settings, "replications": replications, "level": level})


def tenants_of(tenancies: Sequence[Tenancy], plan: Plan, *, store: Store, jobs: int | Workers = 1) -> list[list[Cell]]:
    """For each tenancy a cell for each kind of guests, beside one of them alone.

    Raises:
        InputError: the analytic engine, or a run that takes no time or too much to count.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    asked = [[one, *(one.alone(name) for name in one.names)] for one in tenancies]
    flat = iter(together([one for each in asked for one in each], plan, store=store, jobs=jobs))
    return [
        cells_of(one, [next(flat) for _ in each], exact=plan.deterministic)
        for one, each in zip(tenancies, asked, strict=True)
    ]


def together(tenancies: Sequence[Tenancy], plan: Plan, *, store: Store, jobs: int | Workers = 1) -> list[Replications]:
    """The replications of each tenancy; those that are alike are run once.

    Raises:
        InputError: the analytic engine, or a run that takes no time or too much to count.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    drawing(plan.engine)
    keys = [fingerprint(one, plan) for one in tenancies]
    known = dict(zip(keys, tenancies, strict=True))
    for one in known.values():
        check_length(one, plan)
    with (
        nullcontext(jobs) if isinstance(jobs, Workers) else Workers(jobs) as workers,
        progress_bar("replications") as bar,
    ):
        fill(known, dict.fromkeys(known, plan.replications), plan, store, workers, bar)
    store.sort()
    return [stored(store, key, plan.replications) for key in keys]


def cells_of(tenancy: Tenancy, runs: Sequence[Replications], *, exact: bool) -> list[Cell]:
    """A cell for each kind of guests, from the runs of all together and of one of each kind alone."""
    found = []
    for n, (group, alone) in enumerate(zip(tenancy.groups, runs[1:], strict=True)):
        own = connected(tenancy.groups, n)
        native = alone.of(own.index(n), group.called) if len(own) > 1 else alone
        runs_of = runs[0].of(n, group.called)
        found.append(Cell(group.workload.name, group.architecture.name, group, runs_of, native, exact=exact))
    return found
