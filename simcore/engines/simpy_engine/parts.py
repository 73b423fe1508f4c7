"""What tasks go through, and the sums of what they met there.

What a walk was to do is known when it is drawn: its rows, and which of its visits are made. These are added up for many
ended walks at once, because NumPy takes hardly longer for a hundred rows than for one. What a walk met, its waits and
whatever it paid for besides, is added when it ends.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from operator import add as plus

import numpy as np

from simcore.draws import BLOCK, Draws
from simcore.engines.simpy_engine.cores import Job
from simcore.model import Program, Tail, Visit
from simcore.totals import ClassTotals, Ints

__all__ = ["Part", "Work", "works"]


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
        self._left: list[Ints] = []

    def add(self, counts: Ints) -> None:
        """Adds those of one walk, sooner or later."""
        self._left.append(counts)
        if len(self._left) == BLOCK:
            self.settle()

    def settle(self) -> None:
        """Brings the totals up to now."""
        if self._left:
            counts, totals = np.add.reduce(self._left) * self._own, self._totals
            self._left.clear()
            rows = len(totals.rows)
            totals.rows += counts[:rows]
            totals.visits = list(map(plus, totals.visits, counts[rows:].tolist()))


class Part:
    """What one walk goes through: the operation's own steps, or a tail's.

    Attributes:
        steps: visits, and parts to leave to the background.
        ring: whose slot a tail holds.
        visits: how many the program has, tails included.
    """

    def __init__(self, program: Program, totals: ClassTotals, histogram: Ints, tail: Tail | None = None) -> None:
        self._totals, self._histogram = totals, histogram
        self.steps: list[Visit | Part] = [
            Part(program, totals, histogram, step) if isinstance(step, Tail) else step
            for step in (program.steps if tail is None else tail.visits)
        ]
        self.ring = -1 if tail is None else tail.ring
        self.visits = len(program.visits)
        visits = [step for step in self.steps if isinstance(step, Visit)]
        rows, made = len(program.rows), np.zeros(self.visits, dtype=np.int64)
        made[[visit.index for visit in visits]] = 1
        always = program.foreground if tail is None else program.of(tail)
        self._responses: list[int] = []
        self._waits: list[list[int]] = []
        self._always = _Sums(totals, np.concatenate((always, made)))
        self._idle: dict[tuple[int, bool], _Sums] = {}  # idle rows, by visit and whether they are paid only asleep
        for visit in visits:
            mine = slice(visit.first, visit.last)
            for asleep in (False, True):
                idle = np.zeros(rows + self.visits, dtype=np.int64)
                idle[mine] = program.asleep[mine] if asleep else 1 - program.busy[mine] - program.asleep[mine]
                self._idle[visit.index, asleep] = _Sums(totals, idle)

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
        totals = self._totals
        self._always.add(counts)
        self._waits.append(waits)
        if len(self._waits) == BLOCK:
            self._add_waits()
        for index in idle:
            totals.idle[index] += 1
            self._idle[index, False].add(counts)
            if index in polled:
                totals.polled[index] += 1
            else:
                self._idle[index, True].add(counts)
        for index, job in switched:
            totals.task_switches[index] += job.task_switches
            totals.domain_switches[index] += job.domain_switches

    def respond(self, ticks: int) -> None:
        """An operation is complete."""
        self._responses.append(ticks)
        if len(self._responses) == BLOCK:
            self._count_responses()

    def _add_waits(self) -> None:
        totals = self._totals
        totals.waits = [sum(waits) for waits in zip(totals.waits, *self._waits, strict=True)]
        self._waits.clear()

    def _count_responses(self) -> None:
        if self._responses:
            self._totals.respond(self._responses, self._histogram)
            self._responses.clear()

    def settle(self) -> None:
        """Brings the totals up to now, with those of its tails."""
        self._count_responses()
        self._add_waits()
        for sums in (self._always, *self._idle.values()):
            sums.settle()
        for step in self.steps:
            if isinstance(step, Part):
                step.settle()
