"""The operations of a task: how long each of its visits lasts.

Draws come in blocks, of any size, from one stream for each (workload, decision, task), and only for variables that a
row uses: skipping one shifts no other. A row's ticks are added up in a fixed order, element by element, so that they do
not depend on the machine's linear algebra. What lasts at all lasts at least a tick: a visit of no ticks is not made, so
it would not queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simcore.distributions import Distribution
from simcore.model import TaskClass
from simcore.streams import stream

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
    """

    def __init__(self, tasks: TaskClass, task: int, seed: int, replication: int, *, deterministic: bool) -> None:
        self.rows, self._busy = tasks.program.rows, tasks.program.busy
        self.spans = tasks.program.spans
        self.means = tasks.means
        name = (tasks.workload, tasks.guest, task)
        self._varied = {} if deterministic else tasks.drawn
        drawn = {*self._varied, *(item.gate for item in self._varied.values() if item.gate)}
        self._streams = {variable: stream(seed, replication, *name, variable) for variable in sorted(drawn)}
        self.constant = not self._varied
        self.thinks = Pauses(tasks.think_ticks, tasks.think, deterministic, (seed, replication, *name, "think"))
        self.arrivals = Pauses(
            tasks.interarrival_ticks, tasks.interarrival, deterministic, (seed, replication, *name, "arrival")
        )

    @property
    def variables(self) -> tuple[str, ...]:
        """What is drawn, in the order of `values`."""
        return tuple(self._varied)

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
        gates = {item.gate for item in self._varied.values() if item.gate}
        happens = {gate: (self._streams[gate].random(size) < self.means[gate]).astype(np.float64) for gate in gates}
        values: dict[str, Floats] = {}
        for variable, item in self._varied.items():
            drawn = item.distribution.draw(self._streams[variable], size)
            values[variable] = drawn * happens[item.gate] if item.gate else drawn
        return values

    def _summed(self, rows: Ints) -> Ints:
        sums = np.zeros((len(rows), rows.shape[1] + 1), dtype=np.int64)
        np.cumsum(rows, axis=1, out=sums[:, 1:])
        first, last = self.spans.T
        return sums[:, last] - sums[:, first]


class Pauses:
    """Pauses of one kind, in ticks."""

    def __init__(
        self, mean_ticks: int, distribution: Distribution, deterministic: bool, name: tuple[int | str, ...]
    ) -> None:
        self._mean, self._distribution = mean_ticks, distribution
        varies = mean_ticks > 0 and not deterministic and not distribution.is_constant
        self._stream = stream(int(name[0]), int(name[1]), *name[2:]) if varies else None
        self._drawn: list[int] = []

    @property
    def constant(self) -> bool:
        """Whether all are the same."""
        return self._stream is None

    def next(self) -> int:
        """One."""
        if self._stream is None:
            return self._mean
        if not self._drawn:
            self._drawn = self.take(BLOCK)[::-1].tolist()
        return self._drawn.pop()

    def take(self, size: int) -> Ints:
        """The next ones, shape (size,)."""
        if self._stream is None:
            return np.full(size, self._mean, dtype=np.int64)
        return np.rint(self._mean * self._distribution.draw(self._stream, size)).astype(np.int64)
