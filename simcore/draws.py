"""The operations of a task: how long each of its visits lasts.

Each draw is a function of its name and the number of its operation (`simcore.streams`): only variables that a row uses
are drawn, and blocks may have any size. A row's ticks are added up in a fixed order, element by element, so that they
do not depend on the machine's linear algebra. What lasts at all lasts at least a tick: a visit of no ticks is not made,
so it would not queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simcore.counting import uniform
from simcore.distributions import Distribution
from simcore.model import TaskClass
from simcore.streams import Bits, Words, key

__all__ = ["BLOCK", "Block", "Draws", "Pauses"]

BLOCK = 128  # operations drawn at a time, at least; how many does not matter to what is drawn
MOST = 1 << 12  # ticks of rows in a larger block, which there is when as many operations were drawn already

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Successive operations of a task.

    Attributes:
        rows: ticks of each row, shape (operations, rows).
        visits: ticks of each visit without its idle rows, shape (operations, visits).
        idle: ticks of each visit's idle rows, of the same shape.
        asleep: of these, ticks of rows that are paid only asleep.
    """

    rows: Ints
    visits: Ints
    idle: Ints
    asleep: Ints


class Draws:
    """Draws the operations of one task, block after block, and its pauses.

    Args:
        task: the task's number in its class.
        deterministic: every draw is its mean.

    Attributes:
        rows, spans: of its program.
        means: of every variable.
        constant: whether every operation is the same.
        thinks, arrivals: pauses between operations, times between arrivals.
        key: the first word of the key of all its draws.
    """

    def __init__(self, tasks: TaskClass, task: int, seed: int, replication: int, *, deterministic: bool) -> None:
        self.rows, self._busy, self._asleep = tasks.program.rows, tasks.program.busy, tasks.program.asleep
        self.spans = tasks.program.spans
        self.means = tasks.means
        self._varied = {} if deterministic else tasks.drawn
        self.key, self._task, self._next = key(seed, replication, tasks.workload, tasks.guest), task, 0
        self.constant = not self._varied
        self._gates = list(dict.fromkeys(item.gate for item in self._varied.values() if item.gate))
        self._alike: dict[Distribution, list[str]] = {}
        for variable, item in self._varied.items():
            self._alike.setdefault(item.distribution, []).append(variable)
        self.thinks = Pauses(tasks.think_ticks, tasks.think, self, "think", deterministic=deterministic)
        self.arrivals = Pauses(
            tasks.interarrival_ticks, tasks.interarrival, self, "arrival", deterministic=deterministic
        )

    def block(self, size: int = 0) -> Block:
        """The next `size` operations, or as many as were drawn already, within bounds."""
        if self.constant and not size:
            return self._same
        return self._block(size or _ahead(self._next, len(self.rows)))

    @cached_property
    def _same(self) -> Block:
        return self._block(BLOCK)

    def _block(self, size: int) -> Block:
        values = self.values(size)
        rows = np.zeros((len(self.rows), size))
        for own, row in zip(rows, self.rows, strict=True):
            for variable, ticks in row.ticks:
                own += ticks * values[variable] if variable in values else ticks * self.means[variable]
        whole = np.maximum(np.rint(rows.T), rows.T > 0.0).astype(np.int64, order="C")
        busy = whole * self._busy
        return Block(whole, self._summed(busy), self._summed(whole - busy), self._summed(whole * self._asleep))

    def values(self, size: int) -> dict[str, Floats]:
        """Draws of each variable that varies, shape (size,); what belongs to an item that does not happen is 0."""
        numbers = np.arange(self._next, self._next + size, dtype=np.uint64)
        self._next += size
        values: dict[str, Floats] = {}
        for distribution, variables in self._alike.items():  # NumPy takes hardly longer for several at once
            drawn = self.drawn(distribution, variables, numbers)
            values.update(zip(variables, drawn, strict=True))
        if self._gates:
            unit = uniform(Bits(self.key, self._gates, numbers, self._task)(0)[0])
            chances = np.array([[self.means[gate]] for gate in self._gates])
            happens = dict(zip(self._gates, (unit < chances).astype(np.float64), strict=True))
            for variable, item in self._varied.items():
                if item.gate:
                    values[variable] = values[variable] * happens[item.gate]
        return values

    def drawn(self, distribution: Distribution, decisions: Sequence[str], numbers: Words) -> Floats:
        """What is decided in some operations, shape (decisions, operations)."""
        return distribution.draw(Bits(self.key, decisions, numbers, self._task))

    def _summed(self, rows: Ints) -> Ints:
        sums = np.zeros((len(rows), rows.shape[1] + 1), dtype=np.int64)
        np.cumsum(rows, axis=1, out=sums[:, 1:])
        first, last = self.spans.T
        return sums[:, last] - sums[:, first]


def _ahead(drawn: int, rows: int = 1) -> int:
    """How many operations of so many rows to draw, after others."""
    return max(min(drawn, MOST // max(rows, 1)), BLOCK)


class Pauses:
    """Pauses of one kind, in ticks."""

    def __init__(
        self, mean_ticks: int, distribution: Distribution, draws: Draws, decision: str, *, deterministic: bool
    ) -> None:
        self._mean, self._distribution, self._draws, self._decision = mean_ticks, distribution, draws, decision
        self._varies = mean_ticks > 0 and not deterministic and not distribution.is_constant
        self._left: list[int] = []
        self._next = 0

    def next(self) -> int:
        """One."""
        if not self._varies:
            return self._mean
        if not self._left:
            size = _ahead(self._next)
            numbers = np.arange(self._next, self._next + size, dtype=np.uint64)
            (drawn,) = self._draws.drawn(self._distribution, (self._decision,), numbers)
            self._left = np.rint(self._mean * drawn).astype(np.int64)[::-1].tolist()
            self._next += size
        return self._left.pop()
