"""How many guests of a kind fit on a host before a limit breaks: tenants per host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from architectures import Architecture
from simcore.errors import CapabilityError, InputError, StuckError
from vmarch.answers.answer import Answer
from vmarch.answers.compare import store_of
from vmarch.asking import Architectures, architecture_of, drawing, jobs_of, level_of, plan_of, several
from vmarch.comparison import Cell, overloaded, stored
from vmarch.figures.plots import Line, Panel, line_plot, mark_lines
from vmarch.filling import fill
from vmarch.fitting import Bound, Capacity, Found, Verdict, search
from vmarch.loading import busiest
from vmarch.output import Row
from vmarch.placing import taken_with
from vmarch.progress import progress_bar
from vmarch.runs import Plan, check_length
from vmarch.store import Store, fingerprint
from vmarch.tables import Table
from vmarch.tenancy import Tenancy, tenancy_of
from vmarch.workers import Workers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Capacities", "capacity", "fit"]

MOST = 10_000
TIMES = 8  # as many replications where the first cannot tell


@dataclass(frozen=True, repr=False)
class Capacities(Answer):
    """How many guests fit, for each architecture asked for.

    Attributes:
        found: by the architecture's name.
        refused: why architectures were left out.
    """

    found: Mapping[str, Capacity]
    bound: Bound
    counted: str
    plan: Plan
    level: float
    refused: Sequence[str]
    settings: Mapping[str, object]

    @cached_property
    def rows(self) -> Sequence[Row]:
        """One row for each architecture and number of guests that was tried."""
        return [row for name, one in self.found.items() for row in self._rows(name, one)]

    def _rows(self, name: str, one: Capacity) -> Iterator[Row]:
        for each in one.tried:
            yield {
                "architecture": name,
                "guest": self.counted,
                "guests": each.guests,
                "limit": str(self.bound),
                **{end: getattr(each.estimate, end, None) for end in ("value", "low", "high")},
                "holds": each.verdict.good,
                "sure": each.verdict.sure,
                "status": each.state,
                "memory": each.memory,
                "replications": len(each.cell.runs.results),
                "capacity": one.guests,
                "capacity_low": one.low,
                "capacity_high": one.high,
                "level": self.level,
                "seed": self.plan.seed,
            }

    @property
    def table(self) -> Table:
        """Tenants per host."""
        columns = ("architecture", f"{self.counted} that fit", "between", self.bound.metric, "busiest", "busy", "tried")
        return Table(
            f"Guests per host: {self.bound}",
            columns,
            [self._line(*one) for one in self.found.items()],
            notes=self.refused,
        )

    def _line(self, name: str, one: Capacity) -> Sequence[str]:
        last = next((each for each in reversed(one.tried) if each.guests <= max(one.guests, 1)), one.tried[0])
        part, share = _first_full(one, last)
        between = f"{one.low} .. {'more' if one.high is None else one.high}"
        value = self.bound.said(last.estimate.value) if last.estimate else last.state
        tried = ", ".join(str(each.guests) for each in one.tried)
        fit = f"at least {one.guests}" if one.high is None and one.guests == one.tried[-1].guests else str(one.guests)
        return [name, fit, between, value, part, "" if share is None else f"{100 * share:.0f} %", tried]

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "capacity", **self.settings}

    @property
    def name(self) -> str:
        """What its files are called."""
        return "capacity"

    @property
    def finding(self) -> str:
        """How many fit."""
        return "; ".join(f"{one.guests} x {self.counted} under {name}" for name, one in self.found.items())

    def _draw(self, axes: Axes) -> None:
        mark_lines(axes, [self._panel()])

    def draw(self, path: Path) -> None:
        """Writes what was limited over the number of guests, with the limit."""
        caption = f"{self.settings['scenario']}; seed {self.plan.seed}, {self.plan.replications} replications or more. "
        line_plot(
            path,
            self._panel(),
            title=self.finding,
            caption=caption + f"Bars are {100 * self.level:g} % confidence intervals.",
        )

    def _panel(self) -> Panel:
        lines = []
        for name, one in self.found.items():
            there = [(each.guests, each.estimate) for each in one.tried if each.estimate]
            lines.append(Line.of(name, [guests for guests, _ in there], [found for _, found in there]))
        tried = sorted({each.guests for one in self.found.values() for each in one.tried})
        lines.append(Line("limit", [tried[0], tried[-1]], *[[self.bound.value] * 2 for _ in range(3)]))
        unit = "/s" if self.bound.is_rate else "s"
        return Panel(lines, f"guests ({self.counted})", f"{self.bound.metric} ({unit})", x_log=True, y_log=True)


def _first_full(one: Capacity, last: Found) -> tuple[str, float | None]:
    """What is full first, and how full it is with as many guests as fit: memory, or the busiest part."""
    if one.broken and one.broken.full:
        return "memory", last.memory
    if not last.estimate:
        return "", None
    part, share = busiest(last.cell)
    return part, share.value


def capacity(
    scenario: str | Path | Tenancy,
    limit: str,
    *,
    of: str | None = None,
    architectures: Architectures = (),
    most: int = 1000,
    seed: int = 1,
    replications: int = 5,
    level: float = 0.95,
    operations: int | None = None,
    warmup: int | None = None,
    engine: str = "auto",
    deterministic: bool = False,
    jobs: int | None = None,
    out: str | Path | None = None,
) -> Capacities:
    """How many guests of a kind fit on a host before a limit breaks.

    Args:
        scenario: the path of a scenario file, or what `load_scenario` made of one.
        limit: what must hold, such as "web.p99 <= 5 ms": of a kind of guests, `response` (the mean), `p50`, `p95` or
            `p99` at most, or `throughput` of one guest at least.
        of: the kind that is counted; that of the limit unless stated.
        architectures: for all guests in place of their own, one after the other; their own by default.
        most: how many to try at most.
        replications: at first; up to eight times as many where they cannot tell.
        seed, level, operations, warmup, engine, deterministic, jobs, out: as for `vmarch.tenants`.

    Raises:
        InputError: a bad file or limit, or a value out of range.
        CapabilityError: every architecture is refused; the first reason.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    bound = Bound.parse(limit)
    if not 1 <= most <= MOST:
        raise InputError("--most", most, f"1 to {MOST}")
    drawing(engine)
    plan = plan_of(
        seed=seed,
        replications=replications,
        operations=operations,
        warmup=warmup,
        engine=engine,
        deterministic=deterministic,
    )
    level_of(level)
    tenancy = tenancy_of(scenario)
    counted = of or bound.guest
    store = store_of(out)
    found: dict[str, Capacity] = {}
    refused: list[str] = []
    with Workers(jobs_of(jobs)) as workers:
        for name, one in _variants(tenancy, [architecture_of(each) for each in several(architectures)]):
            if isinstance(one, CapabilityError):
                refused.append(str(one))
                continue
            found[name] = fit(one, bound, plan, of=of, most=most, level=level, store=store, workers=workers)
    store.sort()
    if not found:
        raise CapabilityError(refused[0])
    settings = {
        "scenario": tenancy.title,
        "host": tenancy.host.name,
        "guests": repr(tenancy),
        "limit": str(bound),
        "of": counted,
        "architectures": list(found),
        "most": most,
        "seed": seed,
        "operations": operations,
        "warmup": warmup,
        "engine": engine,
        "deterministic": deterministic,
        "replications": replications,
        "level": level,
    }
    return Capacities(found, bound, counted, plan, level, refused, settings)


def fit(
    tenancy: Tenancy,
    bound: Bound,
    plan: Plan,
    *,
    store: Store,
    workers: Workers,
    of: str | None = None,
    most: int = 1000,
    level: float = 0.95,
) -> Capacity:
    """How many guests of a kind fit on a host before a bound breaks.

    Args:
        of: the kind that is counted; that of the bound unless stated.
        most: how many to try at most.

    Raises:
        InputError: a kind that is not there, or a run out of range.
    """
    watched, counted = tenancy.numbered(bound.guest), of or bound.guest
    tenancy.numbered(counted)
    return search(_Looks(tenancy, watched, counted, bound, plan, level, store, workers).look, most)


def _variants(tenancy: Tenancy, under: Sequence[Architecture]) -> Iterator[tuple[str, Tenancy | CapabilityError]]:
    """The host with its own architectures, or with each of some in their place."""
    if not under:
        yield " and ".join(dict.fromkeys(group.architecture.name for group in tenancy.groups)), tenancy
    for one in under:
        try:
            groups = tuple(replace(group, architecture=one) for group in tenancy.groups)
            yield one.name, Tenancy(groups, tenancy.title)
        except CapabilityError as refusal:
            yield one.name, refusal


@dataclass(frozen=True)
class _Looks:
    """Runs of a host with different numbers of guests."""

    tenancy: Tenancy
    watched: int
    counted: str
    bound: Bound
    plan: Plan
    level: float
    store: Store
    workers: Workers

    def _memory(self, guests: int) -> float | None:
        """The share of the host's memory that so many ask for, with what is beside them."""
        found = taken_with(self.tenancy.groups, self.tenancy.numbered(self.counted), guests)
        return found.share if found.asked else None

    def look(self, guests: int) -> Found:
        """Runs a number of guests: more replications until the bound surely holds or breaks, or there are enough."""
        memory = self._memory(guests)
        try:
            one = self.tenancy.with_count(self.counted, guests)
        except CapabilityError as refusal:  # of all that a number of guests can be refused for: they do not fit
            named = self.tenancy.groups[self.watched]
            full = Cell(named.workload.name, named.architecture.name, None, refused=str(refusal))
            return Found(guests, full, None, Verdict(False, sure=True), memory, full=True)
        group = one.groups[self.watched]
        check_length(one, self.plan)
        key, many = fingerprint(one, self.plan), self.plan.replications
        there = Cell(group.workload.name, group.architecture.name, group)
        lost = Found(guests, there, None, Verdict(False, sure=True), memory)
        if any(overloaded(each) for each in one.groups):
            return lost
        while True:
            try:
                with progress_bar(f"{guests} guests") as bar:
                    fill({key: one}, {key: many}, self.plan, self.store, self.workers, bar)
            except StuckError:  # together they ask for more than there is
                return lost
            runs = stored(self.store, key, many).of(self.watched, group.called)
            cell = Cell(group.workload.name, group.architecture.name, group, runs, exact=self.plan.deterministic)
            estimate = self.bound.measure(cell, self.level)
            verdict = self.bound.verdict(estimate)
            if verdict.sure or many >= TIMES * self.plan.replications:
                return Found(guests, cell, estimate, verdict, memory)
            many *= 2
