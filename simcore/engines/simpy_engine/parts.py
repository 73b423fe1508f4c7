"""What tasks go through, and the sums of what they met there.

What a walk was to do is known when it is drawn: its rows, and which of its visits are made. These are added up for many
ended walks at once, because NumPy takes hardly longer for a hundred rows than for one. What a walk met, its waits and
whatever it paid for besides, is added when it ends.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from operator import add
from typing import NamedTuple

import numpy as np

from simcore.draws import BLOCK, Draws
from simcore.engines.simpy_engine.cores import Job
from simcore.model import Program, Tail, Visit
from simcore.totals import ClassTotals, Ints

__all__ = ["Met", "Part", "Work", "works"]


class Work(NamedTuple):
    """What one operation asks for, in ticks: of each visit, of each visit if idle.

    Attributes:
        counts: of each row its ticks, then of each visit whether it is made.
    """

    visits: list[int]
    idle: list[int]
    counts: Ints
    number: int


def works(draws: Draws) -> Iterator[Work]:
    """The operations of a task."""
    numbers = itertools.count()
    while True:
        block = draws.block()
        counts = np.hstack((block.rows, block.visits + block.idle > 0))
        # `numbers` last: where the others end, none is lost
        yield from map(Work, block.visits.tolist(), block.idle.tolist(), counts, numbers)


class Met:
    """What one walk met.

    Attributes:
        waits: ticks, for each visit of the program.
        idle: visits that paid their idle rows.
        switched: visits whose jobs paid for switches.
    """

    __slots__ = ("idle", "switched", "waits")

    def __init__(self, visits: int) -> None:
        self.waits = [0] * visits
        self.idle: list[int] = []
        self.switched: list[tuple[int, Job]] = []


class _Sums:
    """Sums over walks, added up for many at once.

    Args:
        own: 1 for each of the counts that is of these walks.
    """

    def __init__(self, totals: ClassTotals, own: Ints) -> None:
        self._totals, self._own = totals, own
        self._left: list[Ints] = []

    def add(self, counts: Ints) -> None:
        """Adds those of one walk, sooner or later."""
        self._left.append(counts)
        if len(self._left) == BLOCK:
            self.settle()

    def settle(self) -> None:
        """Brings the totals up to now."""
        if self._left:
            counts, totals = np.sum(self._left, axis=0) * self._own, self._totals
            self._left.clear()
            rows = len(totals.rows)
            totals.rows += counts[:rows]
            totals.visits = list(map(add, totals.visits, counts[rows:].tolist()))


class Part:
    """What one walk goes through: the operation's own steps, or a tail's.

    Attributes:
        steps: visits, and parts to leave to the background.
        ring: whose slot a tail holds.
        visits: how many the program has, tails included.
    """

    def __init__(self, program: Program, totals: ClassTotals, tail: Tail | None = None) -> None:
        self._totals = totals
        self.steps: list[Visit | Part] = [
            Part(program, totals, step) if isinstance(step, Tail) else step
            for step in (program.steps if tail is None else tail.visits)
        ]
        self.ring = -1 if tail is None else tail.ring
        self.visits = len(program.visits)
        visits = [step for step in self.steps if isinstance(step, Visit)]
        rows, made = len(program.rows), np.zeros(self.visits, dtype=np.int64)
        made[[visit.index for visit in visits]] = 1
        always = program.foreground if tail is None else program.of(tail)
        self._always = _Sums(totals, np.concatenate((always, made)))
        self._idle: dict[int, _Sums] = {}  # idle rows, by visit
        for visit in visits:
            idle = np.zeros(rows + self.visits, dtype=np.int64)
            idle[visit.first : visit.last] = 1 - program.busy[visit.first : visit.last]
            if idle.any():
                self._idle[visit.index] = _Sums(totals, idle)

    def add(self, work: Work, met: Met) -> None:
        """A walk has ended."""
        totals = self._totals
        totals.waits = list(map(add, totals.waits, met.waits))
        self._always.add(work.counts)
        for index in met.idle:
            totals.idle[index] += 1
            self._idle[index].add(work.counts)
        for index, job in met.switched:
            totals.task_switches[index] += job.task_switches
            totals.domain_switches[index] += job.domain_switches

    def settle(self) -> None:
        """Brings the totals up to now, with those of its tails."""
        for sums in (self._always, *self._idle.values()):
            sums.settle()
        for step in self.steps:
            if isinstance(step, Part):
                step.settle()
