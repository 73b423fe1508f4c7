"""A program: what one operation goes through, visit by visit, in ticks.

A visit goes to a domain's processors, to a station or to nothing, and lasts the sum of its rows. A row is one layer's
share of a visit, linear in the variables of the operation.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simcore.errors import InputError
from simcore.path import Layer

__all__ = [
    "Call",
    "Kind",
    "Lock",
    "Program",
    "Row",
    "Serial",
    "Step",
    "Tail",
    "Threads",
    "Visit",
    "visits_of",
]


class Kind(enum.IntEnum):
    """What a visit goes to."""

    CPU = 0  # `where` is a domain
    STATION = 1  # `where` is a station
    DELAY = 2  # nothing


class Lock(enum.IntEnum):
    """What a visit holds besides a processor."""

    NONE = 0
    ADDRESS_SPACE = 1  # the page tables of its task
    VM = 2  # those of its domain
    SHARED = 3  # what the threads of its back end share


class Serial(enum.IntEnum):
    """What a visit does with its guest's turn, which one request has at a time."""

    NO = 0
    HOLDS = 1  # waits for the turn, unless the visit before has it, and keeps it
    ENDS = 2  # the same, and gives it back


@dataclass(frozen=True)
class Row:
    """One layer's share of a visit.

    Attributes:
        ticks: for each variable of the operation, ticks for each unit of it.
        idle: paid only if the visit finds its domain idle.
        asleep: of an idle row: paid only if the virtual processor that takes the visit does not poll.
    """

    layer: Layer
    ticks: tuple[tuple[str, float], ...]
    idle: bool = False
    asleep: bool = False

    def __post_init__(self) -> None:
        if self.asleep and not self.idle:
            raise InputError("row.asleep", self.asleep, "false for a row that is always paid")


@dataclass(frozen=True)
class Visit:
    """A visit to one resource.

    Attributes:
        index: its place in the program, tails included.
        where: domain or station, as `kind` says.
        first, last: its rows are `program.rows[first:last]`.
        serial: the guest's turn, for requests that are served one after the other.
        thread: which threads of its class do the work, a visit at a time each; -1 for whatever processor there is.
        client: whether it is the caller's own work, in its address space, in an operation that is called.
        spin: which locks of its class it takes one of once it has a processor, and holds while it lasts; -1 for none.
    """

    index: int
    kind: Kind
    where: int
    first: int
    last: int
    lock: Lock = Lock.NONE
    serial: Serial = Serial.NO
    thread: int = -1
    client: bool = False
    spin: int = -1


@dataclass(frozen=True)
class Threads:
    """Threads that share out the visits of a class, each serving one at a time, first come first served.

    A visit goes to the thread that its task's number says or, where operations arrive by themselves, the operation's:
    so do the flows of a connection go to one queue. In turn, both are added.

    Attributes:
        first: the first of them among the model's.
        count: how many there are, one after the other.
        in_turn: whether a task's operations go to one after the other.
    """

    first: int
    count: int = 1
    in_turn: bool = False

    def __post_init__(self) -> None:
        if self.first < 0 or self.count < 1:
            raise InputError("threads", (self.first, self.count), "a first of 0 or more, and at least one")


@dataclass(frozen=True)
class Tail:
    """Visits that go on in the background, holding a slot of a ring from before the first until after the last."""

    ring: int
    visits: tuple[Visit, ...]


@dataclass(frozen=True)
class Call:
    """An operation of another class, called and waited for.

    Attributes:
        to: which of those that the class calls.
    """

    to: int


Step = Visit | Tail | Call


def visits_of(step: Step) -> tuple[Visit, ...]:
    """The visits of a step."""
    return step.visits if isinstance(step, Tail) else (step,) if isinstance(step, Visit) else ()


@dataclass(frozen=True)
class Program:
    """A path, ready to run."""

    steps: tuple[Step, ...]
    rows: tuple[Row, ...]

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """All visits, in order of their index."""
        visits: list[Visit] = []
        for step in self.steps:
            if isinstance(step, Tail):
                visits += step.visits
            elif isinstance(step, Visit):
                visits.append(step)
        return tuple(visits)

    @cached_property
    def spans(self) -> NDArray[np.int64]:
        """For each visit its first row and the one after its last, shape (visits, 2)."""
        return np.array([(visit.first, visit.last) for visit in self.visits], dtype=np.int64).reshape(-1, 2)

    @cached_property
    def foreground(self) -> NDArray[np.int64]:
        """1 for each row that the operation itself always pays: not idle, and not in the background."""
        behind = [self.of(step) for step in self.steps if isinstance(step, Tail)]
        return self.busy - sum(behind, start=np.zeros_like(self.busy))

    def of(self, tail: Tail) -> NDArray[np.int64]:
        """1 for each row that a background tail always pays."""
        return self._tails[tail.visits[0].index] if tail.visits else np.zeros_like(self.busy)

    @cached_property
    def _tails(self) -> dict[int, NDArray[np.int64]]:
        """For the first visit of each tail, 1 for each row that the tail always pays."""
        result: dict[int, NDArray[np.int64]] = {}
        for step in self.steps:
            if isinstance(step, Tail) and step.visits:
                first, last = step.visits[0].first, step.visits[-1].last
                mask = np.zeros_like(self.busy)
                mask[first:last] = self.busy[first:last]
                result[step.visits[0].index] = mask
        return result

    @cached_property
    def asleep(self) -> NDArray[np.int64]:
        """1 for each row that is paid only by who finds its domain asleep."""
        return np.array([row.asleep for row in self.rows], dtype=np.int64)

    @cached_property
    def busy(self) -> NDArray[np.int64]:
        """1 for each row that is always paid, 0 for each idle one."""
        return np.array([not row.idle for row in self.rows], dtype=np.int64)
