"""What the cores schedule: domains with their virtual processors, and the queue of those that want a core.

Cores that a domain may run on are a pool; without pinning there is one, of all. Who waits is counted by pool, so that a
core knows at once whether somebody waits who may run there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from typing import Any, Protocol, TypeVar

from simcore.engines.simpy_engine.stations import Waits
from simcore.model import Domain
from simcore.polling import next_window
from simcore.spinning import PLAIN
from simcore.totals import DomainTotals

__all__ = [
    "Core",
    "Home",
    "Job",
    "Pool",
    "Quota",
    "Ready",
    "Runs",
    "Vcpu",
    "found_at",
    "taken",
]


SPINS, EXITS = 1, 2  # phases of a visit that waits for a lock


class Runs(Waits, Protocol):
    """A task, in its address space."""

    space: object


class Job:
    """One visit of a task to its domain's processors.

    Attributes:
        task: who asks.
        who: who keeps its processor if it goes on, and needs its address space; both are known by identity.
        left: ticks still to run, of `asked` and those of switches; `rest` of them are to be run with the lock.
        task_switches, domain_switches: how many it had to pay for.
        switching: ticks of these.
        thread: who does it, where that is not the task itself.
        lock: what it takes by spinning; see simcore.engines.simpy_engine.spinning for the rest.
    """

    task_switches = domain_switches = switching = 0
    thread: object = None
    lock: Any = None
    phase: Any = 0
    burns = rest = 0
    given = False
    vcpu: Vcpu | None = None

    def __init__(self, task: Runs, ticks: int, arrived: int) -> None:
        self.task = self.who = task
        self.arrived = arrived
        self.asked = self.left = ticks


class Pool:
    """Cores that some domains may run on.

    Attributes:
        waiting: how many of those domains' virtual processors wait for a core.
    """

    def __init__(self, cores: Iterable[Core]) -> None:
        self.cores = frozenset(cores)
        self.waiting = 0
        for core in self.cores:
            core.pools.append(self)


class Core:
    """A core.

    Attributes:
        polls: whether the virtual processor on it has no task, and polls.
        burns: whether it spins, or does what that entails.
    """

    polls = False
    burns = False

    def __init__(self) -> None:
        self.pools: list[Pool] = []
        self.vcpu: Vcpu | None = None
        self.slice: object = None  # the end of a stretch of running; others are stale
        self.began = 0
        self.last: object = None  # the domain it last ran


class Quota:
    """What a domain may use of the cores in a period; periods begin at multiples of it.

    What was used too much, less than a tick for each virtual processor, is missing in the next.

    Attributes:
        left: ticks; it is up to date when the number of running virtual processors changes, and when a period begins.
        due: the event at which it is used up or renewed; others are stale.
        over: whether it is used up, and all of them are held.
    """

    def __init__(self, ticks: int, period: int) -> None:
        self.ticks, self.period, self.left = ticks, period, ticks
        self.since = 0
        self.due: object = None
        self.over = False

    def settle(self, running: int, now: int) -> None:
        """Brings what is left up to now; so many have been running."""
        self.left -= running * (now - self.since)
        if periods := now // self.period - self.since // self.period:
            self.left = min(self.left + periods * self.ticks, self.ticks)
        self.since = now

    def lasts(self, running: int, now: int) -> int:
        """Ticks until it is used up or renewed, whichever is first."""
        renewed = self.period - now % self.period
        return renewed if self.over else min(-(-max(self.left, 0) // running), renewed)


class Home:
    """A domain, with the sums over changes of how many are present, are running, wait and are held.

    Attributes:
        paused: whether its virtual processors get no core until it is resumed.
        held: those that have a job and may have no core: it is paused, or its quota is used up.
    """

    def __init__(self, domain: Domain, turn_ticks: int, pool: Pool, totals: DomainTotals) -> None:
        self.switch_ticks, self.entry_ticks = domain.switch_ticks, domain.entry_ticks
        self.turn_ticks, self.pool, self.totals = turn_ticks, pool, totals
        self.quota = Quota(domain.quota_ticks, domain.period_ticks) if domain.quota_ticks else None
        self.polling, self.spinning = domain.polling, domain.spinning or PLAIN
        self.vcpus = [Vcpu(self) for _ in range(domain.vcpus)]
        self.idle = deque(self.vcpus)
        self.queue: deque[Job] = deque()
        self.paused = False
        self.held: deque[Vcpu] = deque()
        self.present = self.running = self.ready = self.throttled = self.pollers = self.spinners = 0
        self.present_sum = self.running_sum = self.ready_sum = self.throttled_sum = self.polling_sum = (
            self.spinning_sum
        ) = 0
        self.completions = self.service = self.sojourn = 0

    @property
    def barred(self) -> bool:
        """Whether its virtual processors may have no core now."""
        return self.paused or (self.quota is not None and self.quota.over)

    def settle(self, now: int) -> None:
        """Brings its totals up to now."""
        totals = self.totals
        totals.arrivals, totals.completions = self.completions + self.present, self.completions
        totals.service, totals.sojourn = self.service, self.sojourn
        totals.polling = self.polling_sum + self.pollers * now
        totals.spinning = self.spinning_sum + self.spinners * now
        totals.busy = self.running_sum + self.running * now - totals.polling - totals.spinning
        totals.population = self.present_sum + self.present * now
        totals.ready = self.ready_sum + self.ready * now
        totals.throttled = self.throttled_sum + self.throttled * now


class Vcpu:
    """A virtual processor.

    Attributes:
        core: on which it polls.
        window: how long it polls, at most; see simcore.polling.
        idle_since: since when it has had no task; -1 while it has one.
        until: when it stops polling.
        overdue: whether a task's turn ended while it held a lock or waited for one.
    """

    def __init__(self, home: Home) -> None:
        self.domain = home
        self.job: Job | None = None
        self.task: object = None  # the last it ran
        self.last: object = None  # the address space it was last in
        self.fresh = False  # its job begins a turn
        self.woken = False
        self.turn_began = self.task_began = 0
        self.core: Core | None = None
        self.window = home.polling.first_ticks if home.polling else 0
        self.idle_since, self.until = -1, 0
        self.overdue = False

    def starts(self, now: int) -> None:
        """It is on a core again, with a task: its window may change.

        Args:
            now: the time.
        """
        how = self.domain.polling
        if how is None or self.idle_since < 0:
            return
        since = max(self.idle_since, self.until) if how.asleep_only else self.idle_since
        self.window = next_window(self.window, now - since, how.most_ticks, how.start_ticks, how.grow, how.shrink)
        self.idle_since = -1


class Ready:
    """Virtual processors that want a core: woken ones, and others."""

    def __init__(self) -> None:
        self._woken: deque[Vcpu] = deque()
        self._others: deque[Vcpu] = deque()

    def waits(self, core: Core) -> bool:
        """Whether somebody waits who may run on this core."""
        for pool in core.pools:  # noqa: SIM110 -- a generator would take half of a visit's time here
            if pool.waiting:
                return True
        return False

    def woken(self, core: Core) -> bool:
        """The same, and was woken."""
        return any(core in vcpu.domain.pool.cores for vcpu in self._woken)

    def join(self, vcpu: Vcpu, now: int, *, first: bool = False) -> bool:
        """One begins to wait; returns whether it is the only one of its pool."""
        home = vcpu.domain
        home.ready += 1
        home.ready_sum -= now
        home.pool.waiting += 1
        queue = self._woken if vcpu.woken else self._others
        if first:
            queue.appendleft(vcpu)
        else:
            queue.append(vcpu)
        return home.pool.waiting == 1

    def take(self, core: Core, now: int) -> Vcpu | None:
        """Takes who comes next on this core, if anybody does: woken ones first."""
        for queue in (self._woken, self._others):
            for vcpu in queue:
                if core in vcpu.domain.pool.cores:
                    queue.remove(vcpu)
                    self._left(vcpu, now)
                    return vcpu
        return None

    def take_working(self, core: Core, home: Home, now: int) -> Vcpu | None:
        """Takes the first of a domain that waits for this core and does not spin, if there is one."""
        for queue in (self._woken, self._others):
            for vcpu in queue:
                spins = vcpu.job is not None and vcpu.job.lock is not None and vcpu.job.phase in (SPINS, EXITS)
                if vcpu.domain is home and not spins and core in home.pool.cores:
                    queue.remove(vcpu)
                    self._left(vcpu, now)
                    return vcpu
        return None

    def leave(self, home: Home, now: int) -> list[Vcpu]:
        """Takes all of a domain."""
        found = [vcpu for queue in (self._woken, self._others) for vcpu in queue if vcpu.domain is home]
        for queue in (self._woken, self._others):
            kept = [vcpu for vcpu in queue if vcpu.domain is not home]
            queue.clear()
            queue.extend(kept)
        for vcpu in found:
            self._left(vcpu, now)
        return found

    @staticmethod
    def _left(vcpu: Vcpu, now: int) -> None:
        vcpu.domain.ready -= 1
        vcpu.domain.ready_sum += now
        vcpu.domain.pool.waiting -= 1


T = TypeVar("T", Vcpu, Core)


def taken(idle: deque[T], visitor: object, fit: Collection[T] | None = None) -> T | None:
    """Takes the latest to fall idle that served the visitor last, else the one that has been idle longest.

    Args:
        fit: those that will do; all, if none are said.
    """
    place = found_at(idle, visitor, fit)
    if place is None:
        return None
    found = idle[place]
    del idle[place]
    return found


def found_at(idle: deque[T], visitor: object, fit: Collection[T] | None = None) -> int | None:
    """The place of who would be taken."""
    place = None
    for n in range(len(idle) - 1, -1, -1):
        if fit is None or idle[n] in fit:
            place = n
            if idle[n].last is visitor:
                break
    return place
