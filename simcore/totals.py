"""Running sums: what an engine counts, and nothing longer than the model.

All counts are integers, so sums are exact and two snapshots can be subtracted: a measuring window is the difference of
two. Memory does not grow with the number of operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from simcore.model import Model, Program
from simcore.statistics.histogram import BUCKETS

__all__ = ["ClassTotals", "DomainTotals", "Ints", "Series", "Settings", "StationTotals", "Totals", "Window"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a model is run.

    Attributes:
        operations: measured ones of each group, after the warm-up ones; the run drains when every group has its own.
            One number for all groups, or one for each; 0 to wait for none of it.
        warmup: those left out first: the window begins when every group has its own.
        horizon_ticks: instead, stop at this time, without draining; None where operations count.
        deterministic: every draw is its mean.
    """

    seed: int = 1
    replication: int = 0
    operations: int | tuple[int, ...] = 1000
    warmup: int | tuple[int, ...] = 0
    horizon_ticks: int | None = None
    deterministic: bool = False

    def of(self, groups: int) -> list[tuple[int, int]]:
        """For each group, the operations of its warm-up and those measured."""
        both = ((one,) * groups if isinstance(one, int) else one for one in (self.warmup, self.operations))
        return list(zip(*both, strict=True))


class _Sums:
    """Counts that can be copied and subtracted, field by field."""

    def copy(self) -> Self:
        """A snapshot."""
        return type(self)(**{name: _copied(value) for name, value in vars(self).items()})

    def since(self, earlier: Self) -> Self:
        """What was counted after the earlier snapshot."""
        then = vars(earlier)
        return type(self)(**{name: _minus(value, then[name]) for name, value in vars(self).items()})


def _copied(value: object) -> object:
    return value.copy() if isinstance(value, (np.ndarray, list)) else value


def _minus(now: Any, then: Any) -> Any:
    return [a - b for a, b in zip(now, then, strict=True)] if isinstance(now, list) else now - then


@dataclass
class ClassTotals(_Sums):
    """One class of tasks.

    Attributes:
        started, completed: operations.
        response: ticks from start to end, summed over completed operations.
        think: ticks of pauses before operations that have started.
        ring_wait: ticks waited for a slot of a ring; call_wait: ticks that operations it called took.
        tails_started, tails_completed: background parts.
        visits, waits: for each visit of the program, how many and ticks of waiting; without processors' switch costs.
        idle: for each visit, how often it found its domain idle, and so paid its idle rows.
        polled: of those, how often it found it polling, and so paid no rows that are paid only asleep.
        task_switches, domain_switches: for each visit, changes of task and of domain that it paid for.
        rows: ticks of each row of the program; an idle row counts where it was paid.
    """

    started: int
    completed: int
    response: int
    think: int
    ring_wait: int
    call_wait: int
    tails_started: int
    tails_completed: int
    visits: list[int]
    waits: list[int]
    idle: list[int]
    task_switches: list[int]
    domain_switches: list[int]
    polled: list[int]
    rows: Ints

    @classmethod
    def empty(cls, program: Program) -> ClassTotals:
        """Nothing counted."""
        zeros = [0] * len(program.visits)
        return cls(
            started=0,
            completed=0,
            response=0,
            think=0,
            ring_wait=0,
            call_wait=0,
            tails_started=0,
            tails_completed=0,
            visits=zeros.copy(),
            waits=zeros.copy(),
            idle=zeros.copy(),
            task_switches=zeros.copy(),
            domain_switches=zeros.copy(),
            polled=zeros.copy(),
            rows=np.zeros(len(program.rows), dtype=np.int64),
        )


@dataclass
class StationTotals(_Sums):
    """One station.

    Attributes:
        arrivals, completions: visits.
        service: ticks asked for by completed visits.
        sojourn: ticks from arrival to completion, summed over completed visits.
        busy: integral of busy servers over time.
        population: integral of visits present over time.
    """

    arrivals: int = 0
    completions: int = 0
    service: int = 0
    sojourn: int = 0
    busy: int = 0
    population: int = 0


@dataclass
class DomainTotals(StationTotals):
    """One domain: a station whose servers are its virtual processors.

    `service` includes the switches that its visits paid for, and `busy` counts only time on a core.

    Attributes:
        ready: integral of virtual processors that have a task and no core, though they may.
        throttled: the same of those that may have none, because their domain's quota is used up.
        polling: integral of virtual processors that poll on a core; it is no part of `busy`.
        spinning: the same of those that wait for a lock on a core, with what that entails.
    """

    task_switches: int = 0
    domain_switches: int = 0
    preemptions: int = 0
    ready: int = 0
    throttled: int = 0
    polling: int = 0
    spinning: int = 0

    @property
    def held(self) -> int:
        """Integral of virtual processors that have a core, whether they work, poll or spin."""
        return self.busy + self.polling + self.spinning


@dataclass
class Totals:
    """Everything counted up to a moment.

    Attributes:
        now: the moment, in ticks.
        events: engine events processed.
        histograms: response times in ticks, in the buckets of simcore.statistics.histogram, a row for each group.
    """

    now: int
    events: int
    histograms: Ints
    classes: list[ClassTotals]
    stations: list[StationTotals]
    domains: list[DomainTotals]

    @classmethod
    def empty(cls, model: Model) -> Totals:
        """Nothing counted, at time 0."""
        return cls(
            0,
            0,
            np.zeros((model.groups, BUCKETS), dtype=np.int64),
            [ClassTotals.empty(tasks.program) for tasks in model.classes],
            [StationTotals() for _ in model.stations],
            [DomainTotals() for _ in model.domains],
        )

    def copy(self) -> Totals:
        """A snapshot."""
        return Totals(
            self.now,
            self.events,
            self.histograms.copy(),
            [c.copy() for c in self.classes],
            [s.copy() for s in self.stations],
            [d.copy() for d in self.domains],
        )

    def since(self, earlier: Totals) -> Totals:
        """What was counted after an earlier snapshot; `now` becomes the time between."""
        return Totals(
            self.now - earlier.now,
            self.events - earlier.events,
            self.histograms - earlier.histograms,
            _each(self.classes, earlier.classes),
            _each(self.stations, earlier.stations),
            _each(self.domains, earlier.domains),
        )


S = TypeVar("S", bound=_Sums)


def _each(now: Sequence[S], then: Sequence[S]) -> list[S]:
    return [a.since(b) for a, b in zip(now, then, strict=True)]


class Series:
    """Successive response times as means of groups, at most LONGEST of them: when full, neighbours are merged.

    For the detection of the warm-up, without keeping a history.
    """

    LONGEST = 1024

    def __init__(self) -> None:
        self.group = 1  # observations in each finished group
        self._sums: list[int] = []
        self._sum = self._count = 0

    @classmethod
    def of(cls, sums: list[int], group: int, rest: int, count: int) -> Series:
        """A series whose finished groups have these sums; `count` observations of the next add up to `rest`."""
        series = cls()
        series._sums, series.group, series._sum, series._count = sums, group, rest, count
        return series

    def extend(self, values: Iterable[int]) -> None:
        """Appends observations."""
        sum_, count = self._sum, self._count
        for value in values:
            sum_ += value
            count += 1
            if count == self.group:
                self._sums.append(sum_)
                sum_ = count = 0
                if len(self._sums) == self.LONGEST:
                    pairs = zip(self._sums[::2], self._sums[1::2], strict=True)
                    self._sums = [a + b for a, b in pairs]
                    self.group *= 2
        self._sum, self._count = sum_, count

    @property
    def means(self) -> NDArray[np.float64]:
        """The mean of each finished group, in order."""
        return np.asarray(self._sums, dtype=np.float64) / self.group


@dataclass(frozen=True)
class Window:
    """What an engine returns.

    Attributes:
        measured: the counts of the measuring window.
        whole: the counts of the whole run, drained unless a horizon or a fault ended it.
        series: of each group, the response times of the whole run in order of completion.
        drained: whether every operation that started has ended.
        marks: the counts up to moments that the director of a model's life has chosen.
        told: what that director says of the run.
    """

    measured: Totals
    whole: Totals
    series: tuple[Series, ...]
    drained: bool
    marks: tuple[Totals, ...] = ()
    told: Any = None
