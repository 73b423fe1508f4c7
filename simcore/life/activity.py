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
        sizes: of one whose processors change in number: the domain that stands for each number, that at first before
            the others; which of them has its processors now is the first of `domains`.
    """

    name: str
    tasks: int
    domains: tuple[int, ...]
    places: tuple[tuple[str, int], ...] = ()
    quota: tuple[int, int] = (0, 1)
    sizes: tuple[int, ...] = ()

    def pause(self) -> tuple[Command, ...]:
        """Its virtual processors get no core."""
        return tuple(Command(Do.PAUSE, domain) for domain in self.sizes or self.domains[:1])

    def resume(self) -> tuple[Command, ...]:
        """It goes on."""
        return tuple(Command(Do.RESUME, domain) for domain in self.sizes or self.domains[:1])

    def begin(self) -> tuple[Command, ...]:
        """Its tasks begin, which have waited for this."""
        return (Command(Do.BEGIN, self.tasks),)

    def move(self, host: str) -> tuple[Command, ...]:
        """It will run on another host, and its visits go there; it is paused."""
        like = dict(self.places)[host]
        placed = (Command(Do.PLACE, domain, like) for domain in self.domains)
        return (*placed, *self.visits(host))

    def visits(self, host: str) -> tuple[Command, ...]:
        """From the next that begins, its visits go to this host, and to the domain that has its processors now.

        Its programs are in order of hosts, and for each of them in order of sizes.
        """
        place = [name for name, _ in self.places].index(host)
        if self.sizes:
            place = place * len(self.sizes) + self.sizes.index(self.domains[0])
        return (Command(Do.MOVE, self.tasks, place),)

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
