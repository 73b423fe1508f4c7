"""Virtual processors that poll: see simcore.polling, and the module of cores for what becomes of the others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque

from simcore.engines.simpy_engine.events import Clock
from simcore.engines.simpy_engine.scheduled import Core, Home, Job, Ready, Vcpu, found_at, taken
from simcore.polling import FOREVER

__all__ = ["Polling", "Slice", "boundary", "is_over"]


class Slice:
    """The end of a stretch of running; stale if its core has gone on to another by then."""

    __slots__ = ("core",)

    def __init__(self, core: Core) -> None:
        self.core = core


class Polling(ABC):
    """The part of the cores that lets virtual processors poll."""

    _env: Clock
    _cores: list[Core]
    _domains: list[Home]
    _idle: deque[Core]
    _ready: Ready
    _preempt: bool
    _some_yield: bool

    @abstractmethod
    def _is_woken(self, vcpu: Vcpu) -> bool: ...

    @abstractmethod
    def _run(self, core: Core, vcpu: Vcpu, job: Job) -> None: ...

    @abstractmethod
    def _vacate(self, core: Core, home: Home) -> None: ...

    @abstractmethod
    def _next(self, core: Core) -> None: ...

    @abstractmethod
    def _slice_over(self, slice_: Slice) -> None: ...

    def polls(self, domain: int, space: object) -> bool:
        """Whether the idle virtual processor that would take a visit from this address space polls."""
        home = self._domains[domain]
        place = None if home.polling is None else found_at(home.idle, space)
        return place is not None and home.idle[place].core is not None

    def _free(self, home: Home) -> Core | None:
        """An idle core that a domain may run on, or one where somebody polls who yields."""
        idle = taken(self._idle, home, home.pool.cores)
        if idle is not None or not self._some_yield:
            return idle
        for core in self._cores:
            if core.polls and core in home.pool.cores and core.vcpu is not None and core.vcpu.domain.polling.yields:  # type: ignore[union-attr]
                self._sleep(core)
                return core
        return None

    def _polls_on(self, core: Core, vcpu: Vcpu) -> bool:
        """Whether a virtual processor that has just fallen idle keeps its core, polling."""
        how, now = vcpu.domain.polling, self._env.now
        if how is None:
            return False
        vcpu.idle_since = vcpu.until = now
        if not vcpu.window or (self._ready.waits(core) and (how.yields or self._should_go(core, vcpu))):
            return False
        self._polling_begins(core, vcpu)
        return True

    def _polling_begins(self, core: Core, vcpu: Vcpu) -> None:
        now = self._env.now
        core.polls, vcpu.core, vcpu.until = True, core, now + vcpu.window
        vcpu.domain.pollers += 1
        vcpu.domain.polling_sum -= now
        self._cut_polling(core, vcpu)

    def _should_go(self, core: Core, vcpu: Vcpu) -> bool:
        """Whether one that polls gives way to those who wait for its core."""
        if is_over(vcpu.turn_began, vcpu.domain.turn_ticks, self._env.now):
            return True
        return self._preempt and not self._is_woken(vcpu) and self._ready.woken(core)

    def _cut_polling(self, core: Core, vcpu: Vcpu) -> None:
        """Schedules the end of polling, or of a turn of it that somebody waits for."""
        end, now = vcpu.until, self._env.now
        if self._ready.waits(core):
            end = min(end, boundary(vcpu.turn_began, vcpu.domain.turn_ticks, now))
        core.slice = None
        if end < FOREVER:
            core.slice = Slice(core)
            self._env.after(end - now, self._slice_over, core.slice)

    def _polling_over(self, core: Core) -> None:
        vcpu = core.vcpu
        assert vcpu is not None
        if self._env.now < vcpu.until and not (self._ready.waits(core) and self._should_go(core, vcpu)):
            self._cut_polling(core, vcpu)
            return
        self._sleep(core)
        self._next(core)

    def _polling_ends(self, core: Core, vcpu: Vcpu) -> None:
        now = self._env.now
        vcpu.core, vcpu.until, core.polls, core.slice = None, min(vcpu.until, now), False, None
        vcpu.domain.pollers -= 1
        vcpu.domain.polling_sum += now

    def _sleep(self, core: Core) -> None:
        """A virtual processor that polls does so no longer, and leaves its core."""
        vcpu = core.vcpu
        assert vcpu is not None
        self._polling_ends(core, vcpu)
        self._vacate(core, vcpu.domain)

    def _go_on(self, core: Core, vcpu: Vcpu, job: Job) -> None:
        """A virtual processor that polls has found a job."""
        self._polling_ends(core, vcpu)
        vcpu.idle_since = -1
        self._run(core, vcpu, job)


def boundary(began: int, length: int, now: int) -> int:
    """The first multiple of `length` after `began` that lies after now."""
    return began + ((now - began) // length + 1) * length


def is_over(began: int, length: int, now: int) -> bool:
    """Whether a turn that has lasted a multiple of `length` ends now."""
    return now > began and (now - began) % length == 0
