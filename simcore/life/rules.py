"""What an engine knows of activities: tasks that run as many operations as they are told, and what it can be told.

An activity's work is done by tasks like all others: their visits take processors, disks and links from the guests. Such
a class is *directed*: it is idle until it is told to run so many operations, and when the last has ended, the director
is asked what comes next. The director is the same object in both engines and decides at whole ticks, so an engine needs
to know only the commands below.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

__all__ = ["AT_FIRST", "Command", "Directing", "Director", "Do", "Life", "Paging"]

AT_FIRST = -1  # instead of a class: the director is asked before anything happens


class Do(enum.IntEnum):
    """What an engine can be told; `of` is a domain or a class."""

    START = 0  # class: run so many operations, after so many ticks, beginning one every so many ticks at the most
    CANCEL = 1  # class: begin no more operations
    BEGIN = 2  # class: its tasks begin, which have waited for this
    PAUSE = 3  # domain: its virtual processors get no core
    RESUME = 4  # domain: they may have cores again
    PLACE = 5  # domain: it may run on the cores of another domain
    MOVE = 6  # class: its visits go where this one of its programs says, from the next that begins
    CAP = 7  # domain: a quota of so many ticks in a period of so many; 0 for none
    OWE = 8  # class: this many pages must be fetched when its tasks come to their own processors
    STOP = 9  # domain: for good
    MARK = 10  # keep the totals
    FINISH = 11  # no operation begins any more, and the measuring window ends


class Command(NamedTuple):
    """One thing that an engine is told, in numbers."""

    do: Do
    of: int = 0
    a: int = 0
    b: int = 0
    c: int = 0


class Director(Protocol):
    """Decides what happens next, for one run."""

    def asked(self, of: int, now: int, seen: Callable[[], Any]) -> Sequence[Command]:
        """What to do, because the directed class `of` has done what it was told (or AT_FIRST).

        Args:
            now: in ticks.
            seen: gives all totals up to now, as simcore.totals has them.
        """

    @property
    def told(self) -> Any:
        """What happened, when all is over."""


class Directing(Protocol):
    """What makes a director: part of a model, so without a state."""

    def director(self) -> Director:
        """A new one, for a run."""


@dataclass(frozen=True)
class Paging:
    """How a page comes that is not there: what a task waits for before it runs.

    Attributes:
        tasks: the class of those who wait.
        delay_ticks: of each page: the fault, and the way there and back.
        station, service_ticks: what sends the page, and how long that takes.
    """

    tasks: int
    delay_ticks: int
    station: int
    service_ticks: int


@dataclass(frozen=True)
class Life:
    """What a model has of activities.

    Attributes:
        directed: classes that run what they are told.
        later: classes whose tasks begin when they are told.
        elsewhere: for each class that may move, its programs (see simcore.model), which differ in where they go; the
            first is its own.
        paging: of guests whose pages may be elsewhere.
        directing: makes the director.
    """

    directing: Directing
    directed: tuple[int, ...] = ()
    later: tuple[int, ...] = ()
    elsewhere: tuple[tuple[int, tuple[Any, ...]], ...] = ()
    paging: tuple[Paging, ...] = ()
