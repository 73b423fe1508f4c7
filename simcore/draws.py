"""The operations of a task: how long each of its visits lasts.

Each draw is a function of its name and the number of its operation (`simcore.streams`): only variables that a row uses
are drawn, and blocks may have any size. A row's ticks are added up in a fixed order, element by element, so that they
do not depend on the machine's linear algebra. What lasts at all lasts at least a tick: a visit of no ticks is not made,
so it would not queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simcore.counting import threefry, uniform
from simcore.distributions import Distribution
from simcore.model import TaskClass
from simcore.streams import Words, key, tries_of, word

__all__ = ["BLOCK", "Block", "Draws", "Pauses"]

BLOCK = 128  # operations drawn at a time; how many does not matter to what is drawn

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Successive operations of a task.

    Attributes:
        rows: ticks of each row, shape (operations, rows).
        visits: ticks of each visit without its idle rows, shape (operations, visits).
        idle: ticks of each visit's idle rows, of the same shape.
    """

    rows: Ints
    visits: Ints
    idle: Ints


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
        self.rows, self._busy = tasks.program.rows, tasks.program.busy
        self.spans = tasks.program.spans
        self.means = tasks.means
        self._varied = {} if deterministic else tasks.drawn
        self.key, self._task, self._next = key(seed, replication, tasks.workload, tasks.guest), task, 0
        self.constant = not self._varied
        self.thinks = Pauses(tasks.think_ticks, tasks.think, self, "think", deterministic=deterministic)
        self.arrivals = Pauses(
            tasks.interarrival_ticks, tasks.interarrival, self, "arrival", deterministic=deterministic
        )

    def block(self, size: int = BLOCK) -> Block:
        """The next `size` operations."""
        return self._same if self.constant and size == BLOCK else self._block(size)

    @cached_property
    def _same(self) -> Block:
        return self._block(BLOCK)

    def _block(self, size: int) -> Block:
        values = self.values(size)
        rows = np.zeros((size, len(self.rows)))
        for column, row in enumerate(self.rows):
            for variable, ticks in row.ticks:
                rows[:, column] += ticks * values[variable] if variable in values else ticks * self.means[variable]
        whole = np.maximum(np.rint(rows), rows > 0.0).astype(np.int64)
        busy = whole * self._busy
        return Block(whole, self._summed(busy), self._summed(whole - busy))

    def values(self, size: int) -> dict[str, Floats]:
        """Draws of each variable that varies, shape (size,); what belongs to an item that does not happen is 0."""
        numbers = np.arange(self._next, self._next + size, dtype=np.uint64)
        self._next += size
        gates = {item.gate for item in self._varied.values() if item.gate}
        happens = {gate: (self._uniform(gate, numbers) < self.means[gate]).astype(np.float64) for gate in gates}
        values: dict[str, Floats] = {}
        for variable, item in self._varied.items():
            drawn = self.drawn(item.distribution, variable, numbers)
            values[variable] = drawn * happens[item.gate] if item.gate else drawn
        return values

    def drawn(self, distribution: Distribution, decision: str, numbers: Words) -> Floats:
        """What is decided in some operations."""
        return distribution.draw(self.key, word(decision), numbers, self._task)

    def _uniform(self, decision: str, numbers: Words) -> Floats:
        bits, _ = threefry(self.key, word(decision), numbers, tries_of(self._task))
        return uniform(bits)  # type: ignore[no-any-return]

    def _summed(self, rows: Ints) -> Ints:
        sums = np.zeros((len(rows), rows.shape[1] + 1), dtype=np.int64)
        np.cumsum(rows, axis=1, out=sums[:, 1:])
        first, last = self.spans.T
        return sums[:, last] - sums[:, first]


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
            numbers = np.arange(self._next, self._next + BLOCK, dtype=np.uint64)
            drawn = self._draws.drawn(self._distribution, self._decision, numbers)
            self._left = np.rint(self._mean * drawn).astype(np.int64)[::-1].tolist()
            self._next += BLOCK
        return self._left.pop()
