"""Cores: tasks on virtual processors, virtual processors on cores.

    task ──queue of its domain──> virtual processor ──ready queues of the host──> core

A virtual processor takes tasks from its domain's queue and, while it has one, wants a core. Cores serve virtual
processors round robin, a turn of one quantum (times the domain's weight) each while others wait; those that were woken
by I/O come first, and may take a core from one that was not. Inside a domain, tasks take turns of one quantum on its
virtual processors while others wait. A core that goes on with another domain pays the domain switch, a virtual
processor that goes on with another task the domain's task switch. A task that goes on in its domain keeps its
processor; one that comes back takes the virtual processor it last ran on if that is idle, and a virtual processor a
core that last ran its domain; else the one that has been idle longest.

While nobody waits there are no turns to end, so a visit costs one event; a turn that must end falls on a multiple of
the quantum since it began. A slice that was cut short leaves a stale event behind, which is ignored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

import simpy

from simcore.engines.simpy_engine.events import Clock, Completion
from simcore.model import Model
from simcore.totals import DomainTotals

__all__ = ["Cores", "Job"]

T = TypeVar("T")


class Job(Completion):
    """One visit of a task to its domain's processors.

    Attributes:
        task, space: who asks, and the address space it needs; known by identity.
        task_switches, domain_switches: how many it had to pay for.
    """

    def __init__(self, env: Clock, task: object, space: object, ticks: int) -> None:
        super().__init__(env)
        self.task, self.space, self.left, self.arrived = task, space, ticks, env.now
        self.asked = ticks
        self.task_switches = self.domain_switches = 0


class _Slice(simpy.Event):
    """The end of a stretch of running; stale if its core has gone on to another by then."""

    def __init__(self, env: Clock, core: _Core) -> None:
        super().__init__(env)
        self.core = core
        self._ok, self._value = True, None


class _Domain:
    def __init__(self, vcpus: int, switch_ticks: int, turn_ticks: int, totals: DomainTotals) -> None:
        self.switch_ticks, self.turn_ticks, self.totals = switch_ticks, turn_ticks, totals
        self.vcpus = [_Vcpu(self) for _ in range(vcpus)]
        self.idle = deque(self.vcpus)
        self.queue: deque[Job] = deque()
        self.present = 0
        self.running = 0
        self.last = 0
        self.stopped = False


class _Vcpu:
    def __init__(self, domain: _Domain) -> None:
        self.domain = domain
        self.job: Job | None = None
        self.task: object = None  # the last it ran
        self.space: object = None  # the last it was in
        self.fresh = False  # its job begins a turn
        self.woken = False
        self.turn_began = self.task_began = 0


class _Core:
    def __init__(self) -> None:
        self.vcpu: _Vcpu | None = None
        self.slice: _Slice | None = None
        self.began = 0
        self.domain: _Domain | None = None  # the last it ran


class Cores:
    """All cores of a host and the domains they serve.

    Raises:
        InputError: turns that must end are too short for the switches they begin with: no work would be done for ever.
    """

    def __init__(self, env: Clock, model: Model, totals: list[DomainTotals]) -> None:
        self._env = env
        self._quantum, self._switch_ticks, self._preempt = model.quantum_ticks, model.domain_switch_ticks, model.preempt
        self._domains = [
            _Domain(d.vcpus, d.switch_ticks, model.turn_ticks[n], totals[n]) for n, d in enumerate(model.domains)
        ]
        self._futile = model.futile
        self._cores = [_Core() for _ in range(model.cores)]
        self._idle = deque(self._cores)
        self._woken: deque[_Vcpu] = deque()
        self._ready: deque[_Vcpu] = deque()
        self._between: _Vcpu | None = None  # has just finished a job whose task is deciding what to do next

    def has_idle(self, domain: int) -> bool:
        """Whether a virtual processor of the domain has nothing to do."""
        return bool(self._domains[domain].idle)

    def serve(self, task: object, space: object, domain: int, ticks: int, *, woken: bool) -> Job:
        """A visit of `ticks`; it ends when the event happens.

        Args:
            task: who keeps its processor if it goes on.
            space: its address space; a change of it is a task switch.
            woken: whether the task comes from somewhere else than this domain's processors.
        """
        home = self._domains[domain]
        self._settle(home)
        job = Job(self._env, task, space, ticks)
        home.present += 1
        home.totals.arrivals += 1
        between = self._between
        if between is not None and between.domain is home and between.job is None and between.task is task:
            between.job = job
        elif home.idle and not home.stopped:
            vcpu = _taken(home.idle, lambda idle: idle.space is space)
            vcpu.job, vcpu.fresh, vcpu.woken = job, True, woken
            self._want_core(vcpu)
        else:
            home.queue.append(job)
            if len(home.queue) == 1:
                self._take_turns()
                self._recut(home)
        return job

    def stop(self, domain: int) -> None:
        """The domain stops for good: what it holds goes no further."""
        home = self._domains[domain]
        self._settle(home)
        home.stopped = True
        self._woken = deque(vcpu for vcpu in self._woken if vcpu.domain is not home)
        self._ready = deque(vcpu for vcpu in self._ready if vcpu.domain is not home)
        home.idle.clear()
        for core in self._cores:
            if core.vcpu is not None and core.vcpu.domain is home:
                self._halt(core)
                self._next(core)

    def _take_turns(self) -> None:
        """Somebody must wait from now on, so turns end."""
        if self._futile is not None:
            raise self._futile

    def settle(self) -> None:
        """Brings the time integrals of all domains up to now."""
        for home in self._domains:
            self._settle(home)

    def _settle(self, home: _Domain) -> None:
        now = self._env.now
        if now != home.last:
            home.totals.busy += home.running * (now - home.last)
            home.totals.population += home.present * (now - home.last)
            home.last = now

    def _want_core(self, vcpu: _Vcpu) -> None:
        if self._idle:
            self._dispatch(_taken(self._idle, lambda core: core.domain is vcpu.domain), vcpu)
            return
        if vcpu.woken and self._preempt:
            for core in self._cores:
                running = core.vcpu
                if running is not None and core.slice is not None and not self._is_woken(running):
                    self._halt(core)
                    running.domain.totals.preemptions += 1
                    running.woken = False  # its woken turn was over, and does not begin anew
                    self._ready.appendleft(running)
                    self._dispatch(core, vcpu)
                    return
        first = not self._woken and not self._ready
        (self._woken if vcpu.woken else self._ready).append(vcpu)
        if first:
            self._take_turns()
            self._recut(None)

    def _is_woken(self, vcpu: _Vcpu) -> bool:
        return vcpu.woken and self._env.now - vcpu.turn_began < vcpu.domain.turn_ticks

    def _dispatch(self, core: _Core, vcpu: _Vcpu) -> None:
        """Gives the core to a virtual processor that has a job."""
        home, job = vcpu.domain, vcpu.job
        assert job is not None
        core.vcpu = vcpu
        vcpu.turn_began = self._env.now
        if core.domain is not home:
            if core.domain is not None and self._switch_ticks:
                job.left += self._switch_ticks
                job.domain_switches += 1
                home.totals.domain_switches += 1
            core.domain = home
        self._begin_job(vcpu)
        self._run(core)

    def _begin_job(self, vcpu: _Vcpu) -> None:
        job = vcpu.job
        assert job is not None
        if vcpu.fresh:
            vcpu.fresh = False
            vcpu.task, vcpu.task_began = job.task, self._env.now
            if vcpu.space is not job.space:
                if vcpu.space is not None and vcpu.domain.switch_ticks:
                    job.left += vcpu.domain.switch_ticks
                    job.task_switches += 1
                    vcpu.domain.totals.task_switches += 1
                vcpu.space = job.space

    def _run(self, core: _Core) -> None:
        """Starts a slice: to the end of the job, or of a turn that somebody waits for."""
        vcpu = core.vcpu
        assert vcpu is not None and vcpu.job is not None  # noqa: PT018
        self._settle(vcpu.domain)
        vcpu.domain.running += 1
        core.began = self._env.now
        self._cut(core)

    def _cut(self, core: _Core) -> None:
        vcpu, now = core.vcpu, self._env.now
        assert vcpu is not None and vcpu.job is not None  # noqa: PT018
        end = core.began + vcpu.job.left
        if vcpu.domain.queue:
            end = min(end, _boundary(vcpu.task_began, self._quantum, now))
        if self._woken or self._ready:
            end = min(end, _boundary(vcpu.turn_began, vcpu.domain.turn_ticks, now))
        core.slice = _Slice(self._env, core)
        core.slice.callbacks.append(self._slice_over)
        self._env.schedule(core.slice, delay=end - now)

    def _recut(self, home: _Domain | None) -> None:
        """Somebody waits now who did not before: turns end again (in one domain, or in all)."""
        now = self._env.now
        for core in self._cores:
            vcpu = core.vcpu
            if vcpu is None or core.slice is None or vcpu.job is None or home not in (None, vcpu.domain):
                continue
            if home is None:
                boundary = _boundary(vcpu.turn_began, vcpu.domain.turn_ticks, now)
            else:
                boundary = _boundary(vcpu.task_began, self._quantum, now)
            if boundary < core.began + vcpu.job.left:
                self._cut(core)

    def _halt(self, core: _Core) -> None:
        """Takes the core from its virtual processor in the middle of a slice."""
        vcpu = core.vcpu
        assert vcpu is not None
        self._end_slice(core)
        core.vcpu = None

    def _end_slice(self, core: _Core) -> None:
        vcpu = core.vcpu
        assert vcpu is not None and vcpu.job is not None  # noqa: PT018
        self._settle(vcpu.domain)
        vcpu.domain.running -= 1
        vcpu.job.left -= self._env.now - core.began
        core.slice = None

    def _slice_over(self, event: simpy.Event) -> None:
        assert isinstance(event, _Slice)
        core = event.core
        if core.slice is not event:
            return
        self._end_slice(core)
        vcpu = core.vcpu
        assert vcpu is not None and vcpu.job is not None  # noqa: PT018
        following: Job | None = vcpu.job
        if vcpu.job.left == 0:
            following = self._finish(vcpu)
            if vcpu.domain.stopped:
                return
        now = self._env.now
        home = vcpu.domain
        if following is None and home.queue:
            following, vcpu.fresh = home.queue.popleft(), True
        elif (
            following is not None
            and home.queue
            and (now - vcpu.task_began) % self._quantum == 0 < now - vcpu.task_began
        ):
            home.queue.append(following)
            following, vcpu.fresh = home.queue.popleft(), True
        vcpu.job = following
        if vcpu.job is None:
            home.idle.append(vcpu)
            core.vcpu = None
            self._next(core)
            return
        over = (now - vcpu.turn_began) % home.turn_ticks == 0 < now - vcpu.turn_began
        if (over and (self._woken or self._ready)) or (self._woken and self._preempt and not self._is_woken(vcpu)):
            vcpu.woken = False
            if over:
                self._ready.append(vcpu)
            else:
                home.totals.preemptions += 1
                self._ready.appendleft(vcpu)
            core.vcpu = None
            self._next(core)
            return
        self._begin_job(vcpu)
        self._run(core)

    def _finish(self, vcpu: _Vcpu) -> Job | None:
        """The job is done; its task decides on the spot, and may keep the processor: returns its next job there."""
        job, home = vcpu.job, vcpu.domain
        assert job is not None
        totals = home.totals
        totals.completions += 1
        totals.service += job.asked + job.task_switches * home.switch_ticks + job.domain_switches * self._switch_ticks
        totals.sojourn += self._env.now - job.arrived
        home.present -= 1
        vcpu.job = None
        outer, self._between = self._between, vcpu
        job.at_once()
        self._between = outer
        return vcpu.job

    def _next(self, core: _Core) -> None:
        if self._woken:
            self._dispatch(core, self._woken.popleft())
        elif self._ready:
            self._dispatch(core, self._ready.popleft())
        else:
            self._idle.append(core)


def _boundary(began: int, length: int, now: int) -> int:
    """The first multiple of `length` after `began` that lies after now."""
    return began + ((now - began) // length + 1) * length


def _taken(idle: deque[T], knows: Callable[[T], bool]) -> T:
    """Takes the latest to fall idle that knows the visitor, else the one that has been idle longest."""
    for place in range(len(idle) - 1, -1, -1):
        if knows(idle[place]):
            found = idle[place]
            del idle[place]
            return found
    return idle.popleft()
