"""What tasks go through, and the sums of what they met there.

What a walk was to do is known when it is drawn: its rows, and which of its visits are made. These are added up for many
ended walks at once, because NumPy takes hardly longer for a hundred rows than for one. What a walk met, its waits and
whatever it paid for besides, is added when it ends.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from operator import add as plus
from typing import Generic, TypeVar

import numpy as np

from simcore.draws import BLOCK, Draws
from simcore.engines.simpy_engine.cores import Job
from simcore.model import Call, Kind, Lock, Locks, Serial, Tail, TaskClass, Visit
from simcore.statistics.histogram import buckets_of
from simcore.totals import ClassTotals, Ints, Series

__all__ = ["Part", "Responses", "Work", "works"]


# What one operation asks for: the ticks of each visit, those besides if it is idle, and those of them that a polling
# processor saves; of each row its ticks, followed by whether each visit is made; and which operation of its task it is.
Work = tuple[list[int], list[int], list[int], Ints, int]


def works(draws: Draws) -> Iterator[Work]:
    """The operations of a task."""
    numbers = itertools.count()
    while True:
        block = draws.block()
        counts = np.hstack((block.rows, block.visits + block.idle > 0))
        idle, asleep = (
            one.tolist() if one.any() else itertools.repeat([0] * one.shape[1]) for one in (block.idle, block.asleep)
        )
        # `numbers` last: where the others end, none is lost
        yield from zip(block.visits.tolist(), idle, asleep, counts, numbers, strict=False)


class _Sums:
    """Sums over walks, added up for many at once.

    Args:
        own: 1 for each of the counts that is of these walks.
    """

    def __init__(self, totals: ClassTotals, own: Ints) -> None:
        self._totals, self._own = totals, own
        self.left: list[Ints] = []  # of walks that have ended

    def settle(self) -> None:
        """Brings the totals up to now."""
        if self.left:
            counts, totals = np.add.reduce(self.left) * self._own, self._totals
            self.left.clear()
            rows = len(totals.rows)
            totals.rows += counts[:rows]
            totals.visits = list(map(plus, totals.visits, counts[rows:].tolist()))


class Responses:
    """Response times of the operations of a group, counted for many at once."""

    def __init__(self, histogram: Ints, series: Series) -> None:
        self._histogram, self._series = histogram, series
        self._left: list[int] = []

    def add(self, ticks: int) -> None:
        """An operation is complete."""
        self._left.append(ticks)
        if len(self._left) == BLOCK:
            self.settle()

    def settle(self) -> None:
        """Counts all up to now."""
        if self._left:
            np.add.at(self._histogram, buckets_of(self._left), 1)
            self._series.extend(self._left)
            self._left.clear()


Task = TypeVar("Task")
# The threads that a visit names, see TaskClass.share, the lock they share, and whether it is the caller's own work.
Held = tuple[tuple[int, int, int, int], int, bool]
Step = tuple[Kind | None, int, int, Serial, "Lock | Held | Locks", "Part[Task] | None"]


def _held(tasks: TaskClass, visit: Visit) -> Lock | Held | Locks:
    """What a visit to processors holds besides one, or is besides a visit of its own task."""
    if visit.spin >= 0:
        return tasks.locks[visit.spin]
    if visit.thread < 0 and not visit.client and visit.lock is not Lock.SHARED:
        return visit.lock
    threads = tasks.share(visit.thread) if visit.thread >= 0 else (-1, 1, 0, 0)
    return threads, tasks.shared if visit.lock is Lock.SHARED else -1, visit.client


class Part(Generic[Task]):
    """What one walk goes through: the operation's own steps, or a tail's.

    Attributes:
        steps: of each visit its kind, where, index, serial and what it holds; of a part to leave to the background
            where its ring is, and itself; of a call whom it calls.
        visits: how many the program has, tails included.
        totals, group: of the class of tasks.
        ended: tasks that have come to their end, to be used again.
    """

    def __init__(self, tasks: TaskClass, totals: ClassTotals, tail: Tail | None = None) -> None:
        program = tasks.program
        self.totals, self.group = totals, tasks.group
        self.steps: list[Step[Task]] = [
            (None, step.ring, -1, Serial.NO, Lock.NONE, Part(tasks, totals, step))
            if isinstance(step, Tail)
            else (None, step.to, -1, Serial.NO, Lock.NONE, None)
            if isinstance(step, Call)
            else (step.kind, step.where, step.index, step.serial, _held(tasks, step), None)
            for step in (program.steps if tail is None else tail.visits)
        ]
        self.ring = -1 if tail is None else tail.ring
        self.ended: list[Task] = []
        self.visits = len(program.visits)
        visits = [step for step in (program.steps if tail is None else tail.visits) if isinstance(step, Visit)]
        rows, made = len(program.rows), np.zeros(self.visits, dtype=np.int64)
        made[[visit.index for visit in visits]] = 1
        always = program.foreground if tail is None else program.of(tail)
        self._waits: list[list[int]] = []
        own = _Sums(totals, np.concatenate((always, made)))
        self._sums, self._counts = [own], own.left
        self._idle: dict[tuple[int, bool], _Sums] = {}  # idle rows, by visit and whether they are paid only asleep
        for visit in visits:
            mine = slice(visit.first, visit.last)
            for asleep, flags in ((False, 1 - program.busy - program.asleep), (True, program.asleep)):
                idle = np.zeros(rows + self.visits, dtype=np.int64)
                idle[mine] = flags[mine]
                if idle.any():
                    self._idle[visit.index, asleep] = _Sums(totals, idle)
        self._sums += self._idle.values()

    def become(self, steps: Sequence[Visit | Tail]) -> None:
        """Goes where another program of the same shape goes; who is on the way too, from the next visit on."""
        for n, other in enumerate(steps):
            if isinstance(other, Visit):
                self.steps[n] = (other.kind, other.where, other.index, other.serial, self.steps[n][4], None)
            elif (tail := self.steps[n][-1]) is not None:
                tail.become(other.visits)

    def add(
        self,
        counts: Ints,
        waits: list[int],
        idle: list[int],
        polled: Collection[int],
        switched: list[tuple[int, Job]],
    ) -> None:
        """A walk has ended.

        Args:
            waits: ticks, of each visit of the program.
            idle: visits that paid their idle rows.
            polled: of these, the ones that found their domain polling.
            switched: visits whose jobs paid for switches.
        """
        totals = self.totals
        self._counts.append(counts)
        self._waits.append(waits)
        if len(self._waits) == BLOCK:
            self._settle()
        for index in idle:
            totals.idle[index] += 1
            paid = [(index, False)] if index in polled else [(index, False), (index, True)]
            for which in paid:
                if which in self._idle:
                    self._idle[which].left.append(counts)
            totals.polled[index] += index in polled
        for index, job in switched:
            totals.task_switches[index] += job.task_switches
            totals.domain_switches[index] += job.domain_switches

    def _settle(self) -> None:
        totals = self.totals
        totals.waits = [sum(waits) for waits in zip(totals.waits, *self._waits, strict=True)]
        self._waits.clear()
        for sums in self._sums:
            sums.settle()

    def settle(self) -> None:
        """Brings the totals up to now, with those of its tails."""
        self._settle()
        for *_, tail in self.steps:
            if tail is not None:
                tail.settle()
