"""What keeps a domain from the cores: it is paused, or its quota is used up; meanwhile its processors are held."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import Any

from simcore.engines.simpy_engine.events import Clock
from simcore.engines.simpy_engine.scheduled import Core, Home, Quota, Ready, Vcpu

__all__ = ["Holding"]


class _Due:
    """The end of a quota, or of its period; stale if it is due at another time by then."""

    __slots__ = ("home",)

    def __init__(self, home: Home) -> None:
        self.home = home


class Holding(ABC):
    """The part of the cores that holds virtual processors and admits them again."""

    _env: Clock
    _cores: list[Core]
    _domains: list[Home]
    _ready: Ready

    @abstractmethod
    def _want_core(self, vcpu: Vcpu) -> None: ...

    @abstractmethod
    def _halt(self, core: Core) -> None: ...

    @abstractmethod
    def _sleep(self, core: Core) -> None: ...

    @abstractmethod
    def _next(self, core: Core) -> None: ...

    def pause(self, domain: int) -> None:
        """The domain's virtual processors get no core until it is resumed."""
        home = self._domains[domain]
        if not home.paused:
            home.paused = True
            self._bar(home)

    def resume(self, domain: int) -> None:
        """They may have cores again."""
        home = self._domains[domain]
        if home.paused:
            home.paused = False
            if not home.barred:
                self._admit(home)

    def place(self, domain: int, other: int) -> None:
        """A paused domain will run where another does."""
        self._domains[domain].pool = self._domains[other].pool

    def cap(self, domain: int, ticks: int, period: int) -> None:
        """The domain has another quota from now on; 0 for none."""
        home, now = self._domains[domain], self._env.now
        over = home.quota is not None and home.quota.over
        home.quota = Quota(ticks, period) if ticks else None
        if home.quota is not None:
            home.quota.since = now
        if over and not home.paused:
            self._admit(home)
        self._watch(home)

    def _hold(self, vcpu: Vcpu) -> None:
        """It may have no core until its domain is resumed, or has a quota again."""
        home = vcpu.domain
        vcpu.woken = False
        home.held.append(vcpu)
        home.throttled += 1
        home.throttled_sum -= self._env.now

    def _watch(self, home: Home) -> None:
        """Another number of the domain's virtual processors runs: its quota is used up at another time."""
        quota = home.quota
        if quota is None:
            return
        quota.due = None
        if home.running or quota.over:
            quota.due = _Due(home)
            self._env.after(quota.lasts(home.running, self._env.now), self._quota_due, quota.due)

    def _quota_due(self, due: Any) -> None:
        home, now = due.home, self._env.now
        quota = home.quota
        if quota is None or quota.due is not due:
            return
        quota.settle(home.running, now)
        if quota.over:
            quota.over = False
            if not home.paused:
                self._admit(home)
        elif quota.left > 0:
            self._watch(home)
        else:
            quota.over = True
            self._bar(home)
            self._watch(home)

    def _bar(self, home: Home) -> None:
        """Holds all of the domain's virtual processors that have a job."""
        for vcpu in self._ready.leave(home, self._env.now):
            self._hold(vcpu)
        for core in self._cores:
            running = core.vcpu
            if running is not None and running.domain is home:
                if core.polls:
                    self._sleep(core)
                else:
                    self._halt(core)
                    self._hold(running)
                self._next(core)

    def _admit(self, home: Home) -> None:
        """Those that were held want a core again, in that order."""
        held, home.held = home.held, deque()
        home.throttled_sum += home.throttled * self._env.now
        home.throttled = 0
        for vcpu in held:
            self._want_core(vcpu)
