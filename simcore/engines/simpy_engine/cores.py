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
from typing import Any, TypeVar

import simpy
from simpy.events import NORMAL

from simcore.engines.simpy_engine.events import Clock, Completion
from simcore.model import Model
from simcore.totals import DomainTotals

__all__ = ["Core", "Cores", "Job", "Slice", "Vcpu"]


class Job(Completion):
    """One visit of a task to its domain's processors.

    Attributes:
        task, space: who asks, and the address space it needs; known by identity.
        left: ticks still to run, of `asked` and those of switches.
        task_switches, domain_switches: how many it had to pay for.
        switching: ticks of these.
    """

    task_switches = domain_switches = switching = 0

    def __init__(self, env: Clock, task: object, space: object, ticks: int) -> None:
        self.env = env
        self.callbacks = []
        self.task = task
        self.space = space
        self.arrived = env.now
        self.asked = self.left = ticks


class Slice(Completion):
    """The end of a stretch of running; stale if its core has gone on to another by then."""

    def __init__(self, env: Clock, core: Core, over: list[Callable[[simpy.Event], None]]) -> None:
        self.env = env
        self.callbacks = over
        self.core = core


class _Domain:
    """A domain, with the sums over changes of how many are present and are running, as a station has them."""

    def __init__(self, vcpus: int, switch_ticks: int, turn_ticks: int, totals: DomainTotals) -> None:
        self.switch_ticks, self.turn_ticks, self.totals = switch_ticks, turn_ticks, totals
        self.vcpus = [Vcpu(self) for _ in range(vcpus)]
        self.idle = deque(self.vcpus)
        self.queue: deque[Job] = deque()
        self.present = self.running = self.ready = 0
        self.present_sum = self.running_sum = self.ready_sum = 0
        self.completions = self.service = self.sojourn = 0


class Vcpu:
    """A virtual processor."""

    def __init__(self, domain: _Domain) -> None:
        self.domain = domain
        self.job: Job | None = None
        self.task: object = None  # the last it ran
        self.last: object = None  # the address space it was last in
        self.fresh = False  # its job begins a turn
        self.woken = False
        self.turn_began = self.task_began = 0


class Core:
    """A core."""

    def __init__(self) -> None:
        self.vcpu: Vcpu | None = None
        self.slice: Slice | None = None
        self.began = 0
        self.last: object = None  # the domain it last ran


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
        self._cores = [Core() for _ in range(model.cores)]
        self._idle = deque(self._cores)
        self._woken: deque[Vcpu] = deque()
        self._ready: deque[Vcpu] = deque()
        self._over: list[Callable[[simpy.Event], None]] = [self._slice_over]  # what happens at the end of every slice
        self._between: Vcpu | None = None  # has just finished a job whose task is deciding what to do next

    def has_idle(self, domain: int) -> bool:
        """Whether a virtual processor of the domain has nothing to do."""
        return bool(self._domains[domain].idle)

    def serve(self, task: object, space: object, domain: int, ticks: int, woken: bool) -> Job:
        """A visit of `ticks`; it ends when the event happens.

        Args:
            task: who keeps its processor if it goes on.
            space: its address space; a change of it is a task switch.
            woken: whether the task comes from somewhere else than this domain's processors.
        """
        home = self._domains[domain]
        job = Job(self._env, task, space, ticks)
        home.present += 1
        home.present_sum -= job.arrived
        between = self._between
        if between is not None and between.domain is home and between.job is None and between.task is task:
            between.job = job
        elif home.idle:
            vcpu = _taken(home.idle, space)
            vcpu.job, vcpu.fresh, vcpu.woken = job, True, woken
            if self._idle:
                self._dispatch(_taken(self._idle, home), vcpu)
            else:
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
        self._woken = deque(vcpu for vcpu in self._woken if vcpu.domain is not home)
        self._ready = deque(vcpu for vcpu in self._ready if vcpu.domain is not home)
        home.ready_sum += home.ready * self._env.now
        home.ready = 0
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
        """Brings the totals of all domains up to now."""
        now = self._env.now
        for home in self._domains:
            totals = home.totals
            totals.arrivals, totals.completions = home.completions + home.present, home.completions
            totals.service, totals.sojourn = home.service, home.sojourn
            totals.busy = home.running_sum + home.running * now
            totals.population = home.present_sum + home.present * now
            totals.ready = home.ready_sum + home.ready * now

    def _want_core(self, vcpu: Vcpu) -> None:
        """Takes a core from another, or waits for one: none is idle."""
        if vcpu.woken and self._preempt:
            for core in self._cores:
                running = core.vcpu
                if running is not None and core.slice is not None and not self._is_woken(running):
                    self._halt(core)
                    self._yield(running)
                    self._dispatch(core, vcpu)
                    return
        first = not self._woken and not self._ready
        self._line_up(vcpu)
        if first:
            self._take_turns()
            self._recut(None)

    def _line_up(self, vcpu: Vcpu) -> None:
        """Waits for a core, behind others."""
        (self._woken if vcpu.woken else self._ready).append(self._waiting(vcpu))

    def _yield(self, vcpu: Vcpu) -> None:
        """Waits for a core, before others: it had to give way to a woken one."""
        vcpu.domain.totals.preemptions += 1
        vcpu.woken = False  # its woken turn was over, and does not begin anew
        self._ready.appendleft(self._waiting(vcpu))

    def _waiting(self, vcpu: Vcpu) -> Vcpu:
        """The virtual processor begins to wait for a core."""
        vcpu.domain.ready += 1
        vcpu.domain.ready_sum -= self._env.now
        return vcpu

    def _is_woken(self, vcpu: Vcpu) -> bool:
        return vcpu.woken and self._env.now - vcpu.turn_began < vcpu.domain.turn_ticks

    def _dispatch(self, core: Core, vcpu: Vcpu) -> None:
        """Gives the core to a virtual processor that has a job."""
        home, job, now = vcpu.domain, vcpu.job, self._env.now
        assert job is not None
        home.running += 1
        home.running_sum -= now
        core.vcpu = vcpu
        vcpu.turn_began = now
        if core.last is not home:
            if core.last is not None and self._switch_ticks:
                job.left += self._switch_ticks
                job.switching += self._switch_ticks
                job.domain_switches += 1
                home.totals.domain_switches += 1
            core.last = home
        self._run(core, vcpu, job)

    def _begin_turn(self, vcpu: Vcpu, job: Job) -> None:
        """A virtual processor goes on with the job of another task."""
        vcpu.fresh = False
        vcpu.task, vcpu.task_began = job.task, self._env.now
        if vcpu.last is not job.space:
            switch_ticks = vcpu.domain.switch_ticks
            if vcpu.last is not None and switch_ticks:
                job.left += switch_ticks
                job.switching += switch_ticks
                job.task_switches += 1
                vcpu.domain.totals.task_switches += 1
            vcpu.last = job.space

    def _run(self, core: Core, vcpu: Vcpu, job: Job) -> None:
        """Starts a slice."""
        if vcpu.fresh:
            self._begin_turn(vcpu, job)
        core.began = self._env.now
        self._cut(core, vcpu, job)

    def _cut(self, core: Core, vcpu: Vcpu, job: Job) -> None:
        """Schedules the end of a slice: that of the job, or of a turn that somebody waits for."""
        env, home = self._env, vcpu.domain
        end = core.began + job.left
        if home.queue and end > vcpu.task_began + self._quantum:
            end = min(end, _boundary(vcpu.task_began, self._quantum, env.now))
        if (self._woken or self._ready) and end > vcpu.turn_began + home.turn_ticks:
            end = min(end, _boundary(vcpu.turn_began, home.turn_ticks, env.now))
        core.slice = Slice(env, core, self._over)
        env.schedule(core.slice, NORMAL, end - env.now)

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
                self._cut(core, vcpu, vcpu.job)

    def _halt(self, core: Core) -> None:
        """Takes the core from its virtual processor in the middle of a slice."""
        vcpu = core.vcpu
        assert vcpu is not None and vcpu.job is not None  # noqa: PT018
        vcpu.job.left -= self._env.now - core.began
        core.slice = None
        self._vacate(core, vcpu.domain)

    def _vacate(self, core: Core, home: _Domain) -> None:
        """The core runs the domain no more."""
        home.running -= 1
        home.running_sum += self._env.now
        core.vcpu = None

    def _slice_over(self, slice_: Any) -> None:
        core = slice_.core
        if core.slice is not slice_:
            return
        vcpu = core.vcpu
        home, job = vcpu.domain, vcpu.job
        job.left -= self._env.now - core.began
        core.slice = None
        if job.left == 0:
            self._finish(vcpu, job)
        if home.queue:
            self._take_from_queue(vcpu)
        job = vcpu.job
        if job is None:
            home.idle.append(vcpu)
        elif not (self._woken or self._ready) or not self._gives_way(vcpu):
            self._run(core, vcpu, job)
            return
        self._vacate(core, home)
        self._next(core)

    def _finish(self, vcpu: Vcpu, job: Job) -> None:
        """The job is done; its task decides on the spot, and may keep the processor: its next job is there then."""
        home, now = vcpu.domain, self._env.now
        home.completions += 1
        home.service += job.asked + job.switching
        home.sojourn += now - job.arrived
        home.present -= 1
        home.present_sum += now
        vcpu.job = None
        self._between = vcpu
        job.at_once()
        self._between = None

    def _take_from_queue(self, vcpu: Vcpu) -> None:
        """Takes the first job of the domain's queue if it has none, or if the turn of its own is over."""
        queue = vcpu.domain.queue
        if vcpu.job is not None:
            if not _is_over(vcpu.task_began, self._quantum, self._env.now):
                return
            queue.append(vcpu.job)
        vcpu.job, vcpu.fresh = queue.popleft(), True

    def _gives_way(self, vcpu: Vcpu) -> bool:
        """Whether a virtual processor goes back to those who wait for a core."""
        if _is_over(vcpu.turn_began, vcpu.domain.turn_ticks, self._env.now):
            vcpu.woken = False
            self._line_up(vcpu)
        elif self._woken and self._preempt and not self._is_woken(vcpu):
            self._yield(vcpu)
        else:
            return False
        return True

    def _next(self, core: Core) -> None:
        queue = self._woken or self._ready
        if not queue:
            self._idle.append(core)
            return
        vcpu = queue.popleft()
        vcpu.domain.ready -= 1
        vcpu.domain.ready_sum += self._env.now
        self._dispatch(core, vcpu)


def _boundary(began: int, length: int, now: int) -> int:
    """The first multiple of `length` after `began` that lies after now."""
    return began + ((now - began) // length + 1) * length


def _is_over(began: int, length: int, now: int) -> bool:
    """Whether a turn that has lasted a multiple of `length` ends now."""
    return now > began and (now - began) % length == 0


T = TypeVar("T", Vcpu, Core)


def _taken(idle: deque[T], visitor: object) -> T:
    """Takes the latest to fall idle that served the visitor last, else the one that has been idle longest."""
    for place in range(len(idle) - 1, -1, -1):
        if idle[place].last is visitor:
            found = idle[place]
            del idle[place]
            return found
    return idle.popleft()
