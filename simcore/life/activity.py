"""An activity: phases one after the other, each with work that others on the host feel, and with effects on a guest.

What comes next may depend on what happened: a pre-copy round is as long as what was written in the round before. So an
activity is a generator: it gives a phase, is given its outcome, and gives the next.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from simcore.life.rules import Command, Do

__all__ = ["Activity", "End", "Guest", "Outcome", "Phase", "Phases", "Script"]


@dataclass(frozen=True)
class Guest:
    """A guest that something happens to, in the numbers of its model.

    Attributes:
        name: such as "web.0".
        tasks: its class.
        domains: its own: the first has its virtual processors, others go where it goes.
        places: by host, a domain whose cores it would run on there.
        quota: its own limit: ticks in a period of so many; 0 for none.
    """

    name: str
    tasks: int
    domains: tuple[int, ...]
    places: tuple[tuple[str, int], ...] = ()
    quota: tuple[int, int] = (0, 1)

    def pause(self) -> tuple[Command, ...]:
        """Its virtual processors get no core."""
        return (Command(Do.PAUSE, self.domains[0]),)

    def resume(self) -> tuple[Command, ...]:
        """It goes on."""
        return (Command(Do.RESUME, self.domains[0]),)

    def begin(self) -> tuple[Command, ...]:
        """Its tasks begin, which have waited for this."""
        return (Command(Do.BEGIN, self.tasks),)

    def move(self, host: str) -> tuple[Command, ...]:
        """It will run on another host, and its visits go there; it is paused."""
        hosts = [name for name, _ in self.places]
        like = dict(self.places)[host]
        placed = (Command(Do.PLACE, domain, like) for domain in self.domains)
        return (*placed, Command(Do.MOVE, self.tasks, hosts.index(host)))

    def cap(self, ticks: int, period: int) -> tuple[Command, ...]:
        """It has so much of the cores in a period; 0 for all."""
        return (Command(Do.CAP, self.domains[0], ticks, period),)

    def uncap(self) -> tuple[Command, ...]:
        """It has its own limit again."""
        return self.cap(*self.quota)

    def owe(self, pages: int) -> tuple[Command, ...]:
        """So many of its pages must be fetched before its tasks go on."""
        return (Command(Do.OWE, self.tasks, pages),)


@dataclass(frozen=True)
class Phase:
    """A part of an activity.

    Attributes:
        of, units, pace_ticks: the class that does its work, how many units, and the least time from one to the next.
        wait_ticks: how long it lasts at least.
        moved_bytes: what it carries over the network.
        begins, ends: effects.
        aside: more work that it does not wait for: class, units and pace.
        running: on which host the guest runs meanwhile; empty if it does not.
    """

    name: str
    of: int = -1
    units: int = 0
    pace_ticks: int = 0
    wait_ticks: int = 0
    moved_bytes: float = 0.0
    begins: tuple[Command, ...] = ()
    ends: tuple[Command, ...] = ()
    aside: tuple[tuple[int, int, int], ...] = ()
    running: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a phase.

    Attributes:
        seconds: how long it took.
        failed: what broke; empty if nothing did.
        share: what the guest had of the processor time that it had before the activity, at most 1.
    """

    seconds: float
    failed: str = ""
    share: float = 1.0


@dataclass(frozen=True)
class End:
    """How an activity ended.

    Attributes:
        running: the host on which the guest runs now; empty if it runs nowhere.
        whole: hosts with a whole copy of it, running or not.
        reason: why it is so, where it is not what was asked for.
    """

    running: str
    whole: tuple[str, ...] = ()
    reason: str = ""


Phases = Generator[Phase, Outcome, End]


class Activity(Protocol):
    """Something that happens to a guest.

    Attributes:
        at_ticks: when.
        clock: a directed class that only measures time.
        source, target: the hosts it concerns; the same where it is one.
    """

    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def at_ticks(self) -> int: ...  # noqa: D102
    @property
    def clock(self) -> int: ...  # noqa: D102
    @property
    def guest(self) -> Guest: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def target(self) -> str: ...  # noqa: D102
    def phases(self) -> Phases: ...  # noqa: D102


@dataclass(frozen=True)
class Script:
    """An activity whose phases are known beforehand.

    Attributes:
        steps: the phases.
        runs: whether the guest runs when it is over.
    """

    title: str
    at_ticks: int
    clock: int
    guest: Guest
    source: str
    steps: tuple[Phase, ...]
    runs: bool = True

    @property
    def target(self) -> str:
        """The host where it happens."""
        return self.source

    def phases(self) -> Phases:
        """One after the other; what breaks ends it."""
        for step in self.steps:
            outcome = yield step
            if outcome.failed:
                return End("", (), f"{outcome.failed} was lost")
        return End(self.source if self.runs else "", (self.source,))
