"""Cores: tasks on virtual processors, virtual processors on cores.

    task ──queue of its domain──> virtual processor ──ready queues of the host──> core

A virtual processor takes tasks from its domain's queue and, while it has one, wants a core. Cores serve virtual
processors round robin, a turn of one quantum (times the domain's weight) each while others wait; those that were woken
by I/O come first, and may take a core from one that was not. Inside a domain, tasks take turns of one quantum on its
virtual processors while others wait. A core that goes on with another domain pays the domain switch, a virtual
processor that goes on with another task the domain's task switch. A task that goes on in its domain keeps its
processor; one that comes back takes the virtual processor it last ran on if that is idle, and a virtual processor a
core that last ran its domain; else the one that has been idle longest.

A virtual processor that falls idle may keep its core for a while, polling (see simcore.polling): who comes then is run
on the spot. One that polls without yielding takes turns as if it worked, and sleeps where it would give way.

While nobody waits there are no turns to end, so a visit costs one event; a turn that must end falls on a multiple of
the quantum since it began. A slice that was cut short leaves a stale event behind, which is ignored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Any

from simcore.engines.simpy_engine.events import Clock
from simcore.engines.simpy_engine.holding import Holding
from simcore.engines.simpy_engine.polling import Polling, Slice, boundary, is_over
from simcore.engines.simpy_engine.scheduled import (
    Core,
    Home,
    Job,
    Pool,
    Ready,
    Runs,
    Vcpu,
    taken,
)
from simcore.engines.simpy_engine.spinning import Fate, Phase, SpinLock, Spinners
from simcore.model import Model
from simcore.totals import DomainTotals

__all__ = ["Core", "Cores", "Job", "Slice", "Vcpu"]


class Cores(Polling, Holding, Spinners):
    """All cores of a host and the domains they serve.

    Raises:
        InputError: turns that must end are too short for the switches they begin with: no work would be done for ever.
    """

    def __init__(self, env: Clock, model: Model, totals: list[DomainTotals]) -> None:
        self._env = env
        self._quantum, self._preempt = model.quantum_ticks, model.preempt
        self._cores = [Core() for _ in range(model.cores)]
        sets, places = model.pools
        pools = [Pool(self._cores[n] for n in numbers) for numbers in sets]
        self._domains = [
            Home(domain, model.turn_ticks[n], pools[places[n]], totals[n]) for n, domain in enumerate(model.domains)
        ]
        self._futile = model.futile
        self._idle = deque(self._cores)
        self._some_yield = any(domain.polling and domain.polling.yields for domain in model.domains)
        self._ready = Ready()
        self._between: Vcpu | None = None  # has just finished a job whose task is deciding what to do next
        self._handed: object = None  # the thread that did the job

    def has_idle(self, domain: int) -> bool:
        """Whether a virtual processor of the domain has nothing to do."""
        return bool(self._domains[domain].idle)

    def serve(
        self,
        task: Runs,
        domain: int,
        ticks: int,
        woken: bool,
        thread: object = None,
        who: Runs | None = None,
        lock: SpinLock | None = None,
    ) -> Job:
        """A visit of `ticks`; when it ends, the task goes on.

        Args:
            task: who asks, and keeps its processor if it goes on; a change of its address space is a task switch.
            woken: whether the task comes from somewhere else than this domain's processors.
            thread: who does the work, and goes on where it was if it has just done another's.
            who: in place of the task, who keeps its processor and whose address space it is.
            lock: what it takes by spinning, once it has a processor.
        """
        home = self._domains[domain]
        now = self._env.now
        job = Job(task, ticks, now)
        if thread is not None:
            job.thread = thread
        if lock is not None:
            job.lock, job.left, job.rest, job.phase = lock, 0, ticks, Phase.COMES
        if who is None:
            who = task
        else:
            job.who = who
        home.present += 1
        home.present_sum -= now
        between = self._between
        if between is not None and between.domain is home and between.job is None and between.task is who:
            between.job = job
        elif (
            thread is not None
            and thread is self._handed
            and between is not None
            and between.domain is home
            and between.job is None
        ):
            between.job, between.fresh = job, True
        elif home.idle:
            vcpu = taken(home.idle, who.space)
            assert vcpu is not None
            vcpu.job, vcpu.fresh = job, True
            if vcpu.core is not None:
                self._go_on(vcpu.core, vcpu, job)
            else:
                vcpu.woken = woken
                self._want_core(vcpu)
        else:
            home.queue.append(job)
            if len(home.queue) == 1:
                self._take_turns()
                self._recut_tasks(home)
        return job

    def stop(self, domain: int) -> None:
        """The domain stops for good: what it holds goes no further."""
        home = self._domains[domain]
        self._ready.leave(home, self._env.now)
        home.idle.clear()
        for core in self._cores:
            if core.vcpu is not None and core.vcpu.domain is home:
                self._sleep(core) if core.polls else self._halt(core)
                self._next(core)
        if home.quota is not None:
            home.quota.due = None  # who is held stays so

    def _take_turns(self) -> None:
        """Somebody must wait from now on, so turns end."""
        if self._futile is not None:
            raise self._futile

    def settle(self) -> None:
        """Brings the totals of all domains up to now."""
        for home in self._domains:
            home.settle(self._env.now)

    def _want_core(self, vcpu: Vcpu) -> None:
        """Takes an idle core, or one from another, or waits for one."""
        home = vcpu.domain
        if home.barred:
            self._hold(vcpu)
            return
        idle = self._free(home)
        if idle is not None:
            self._dispatch(idle, vcpu)
            return
        if vcpu.woken and self._preempt:
            for core in self._cores:
                running = core.vcpu
                between = core.slice is None and not core.polls
                if running is None or between or core not in home.pool.cores or self._is_woken(running):
                    continue
                running.domain.totals.preemptions += 1
                if core.polls:
                    self._sleep(core)
                else:
                    self._halt(core)
                    self._give_back(running, first=True)  # its woken turn was over, and does not begin anew
                self._dispatch(core, vcpu)
                return
        if self._line_up(vcpu):
            self._take_turns()
            self._recut(home.pool.cores)

    def _give_back(self, vcpu: Vcpu, *, first: bool) -> None:
        """A virtual processor that loses its core takes an idle one that it may run on, or waits again."""
        vcpu.woken = False
        idle = self._free(vcpu.domain)
        if idle is not None:
            self._dispatch(idle, vcpu)
        elif first:
            self._yield(vcpu)
        else:
            self._line_up(vcpu)

    def _line_up(self, vcpu: Vcpu) -> bool:
        """Waits for a core, behind others; returns whether nobody waits there beside it."""
        return self._ready.join(vcpu, self._env.now)

    def _yield(self, vcpu: Vcpu) -> None:
        """Waits for a core, before others: it had to give way to a woken one."""
        self._ready.join(vcpu, self._env.now, first=True)

    def _is_woken(self, vcpu: Vcpu) -> bool:
        return vcpu.woken and self._env.now - vcpu.turn_began < vcpu.domain.turn_ticks

    def _dispatch(self, core: Core, vcpu: Vcpu) -> None:
        """Gives the core to a virtual processor that has a job."""
        home, job, now = vcpu.domain, vcpu.job, self._env.now
        assert job is not None
        if home.quota is not None:
            home.quota.settle(home.running, now)
        home.running += 1
        home.running_sum -= now
        core.vcpu = vcpu
        vcpu.turn_began = now
        vcpu.starts(now)
        if core.last is not home:
            if core.last is not None and home.entry_ticks:
                job.left += home.entry_ticks
                job.switching += home.entry_ticks
                job.domain_switches += 1
                home.totals.domain_switches += 1
            core.last = home
        self._run(core, vcpu, job)
        self._watch(home)

    def _begin_turn(self, vcpu: Vcpu, job: Job) -> None:
        """A virtual processor goes on with the job of another task."""
        vcpu.fresh = False
        vcpu.task, vcpu.task_began = job.who, self._env.now
        vcpu.overdue = False
        space = job.who.space
        if vcpu.last is not space:
            switch_ticks = vcpu.domain.switch_ticks
            if vcpu.last is not None and switch_ticks:
                job.left += switch_ticks
                job.switching += switch_ticks
                job.task_switches += 1
                vcpu.domain.totals.task_switches += 1
            vcpu.last = space

    def _run(self, core: Core, vcpu: Vcpu, job: Job) -> None:
        """Starts a slice."""
        if vcpu.fresh:
            self._begin_turn(vcpu, job)
        core.began = self._env.now
        if job.lock is not None:
            self._begins_slice(core, vcpu, job)
        self._cut(core, vcpu, job)

    def _cut(self, core: Core, vcpu: Vcpu, job: Job) -> None:
        """Schedules the end of a slice: that of the job, or of a turn that somebody waits for."""
        if job.lock is not None:
            self._cut_spinning(core, vcpu, job)
            return
        env, home = self._env, vcpu.domain
        end = core.began + job.left
        if home.queue and end > vcpu.task_began + self._quantum:
            end = min(end, boundary(vcpu.task_began, self._quantum, env.now))
        if end > vcpu.turn_began + home.turn_ticks and self._ready.waits(core):
            end = min(end, boundary(vcpu.turn_began, home.turn_ticks, env.now))
        core.slice = Slice(core)
        env.after(end - env.now, self._slice_over, core.slice)

    def _recut(self, cores: Collection[Core]) -> None:
        """Somebody waits for one of these cores who did not before: turns end again."""
        now = self._env.now
        for core in self._cores:
            vcpu = core.vcpu
            if vcpu is None or core not in cores:
                continue
            if core.polls:
                self._cut_polling(core, vcpu)
            if core.slice is None or vcpu.job is None:
                continue
            to_go = vcpu.job.burns if core.burns else vcpu.job.left
            if boundary(vcpu.turn_began, vcpu.domain.turn_ticks, now) < core.began + to_go:
                self._cut(core, vcpu, vcpu.job)

    def _recut_tasks(self, home: Home) -> None:
        """The same, of turns of tasks on a domain's virtual processors."""
        now = self._env.now
        for core in self._cores:
            vcpu = core.vcpu
            if vcpu is None or core.slice is None or vcpu.job is None or vcpu.domain is not home:
                continue
            if vcpu.job.lock is not None and not vcpu.job.lock.preemptible:
                continue
            to_go = vcpu.job.burns if core.burns else vcpu.job.left
            if boundary(vcpu.task_began, self._quantum, now) < core.began + to_go:
                self._cut(core, vcpu, vcpu.job)

    def _halt(self, core: Core) -> None:
        """Takes the core from its virtual processor in the middle of a slice."""
        vcpu = core.vcpu
        assert vcpu is not None and vcpu.job is not None  # noqa: PT018
        self._ends_slice(core, vcpu.domain, vcpu.job)
        self._vacate(core, vcpu.domain)

    def _vacate(self, core: Core, home: Home) -> None:
        """The core runs the domain no more."""
        vcpu = core.vcpu
        if vcpu is not None and vcpu.job is not None:
            self._lets_go(vcpu.job)
        if home.quota is not None:
            home.quota.settle(home.running, self._env.now)
        home.running -= 1
        home.running_sum += self._env.now
        core.vcpu = None
        self._watch(home)

    def _slice_over(self, slice_: Any) -> None:
        core = slice_.core
        if core.slice is not slice_:
            return
        if core.polls:
            self._polling_over(core)
            return
        vcpu = core.vcpu
        home, job = vcpu.domain, vcpu.job
        began = core.began
        self._ends_slice(core, home, job)
        if job.lock is not None:
            self._note_overdue(vcpu, job, began)
            fate = self._passes(job)
            if fate is Fate.DONE:
                self._finish(vcpu, job)
            elif not job.lock.preemptible:
                self._goes_on(core, vcpu, job, fate)
                return
        elif job.left == 0:
            self._finish(vcpu, job)
        if home.queue:
            self._take_from_queue(vcpu)
        vcpu.overdue = False
        job = vcpu.job
        if job is None:
            home.idle.append(vcpu)
            if self._polls_on(core, vcpu):
                return
            self._vacate(core, home)
        elif not self._ready.waits(core) or not self._gives_way(core, vcpu):
            self._run(core, vcpu, job)
            return
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
        self._between, self._handed = vcpu, job.thread
        job.task.resume(None)
        self._between = None

    def _take_from_queue(self, vcpu: Vcpu) -> None:
        """Takes the first job of the domain's queue if it has none, or if the turn of its own is over."""
        queue = vcpu.domain.queue
        if vcpu.job is not None:
            over = is_over(vcpu.task_began, self._quantum, self._env.now) or vcpu.overdue
            if not over:
                return
            self._lets_go(vcpu.job)
            queue.append(vcpu.job)
        vcpu.job, vcpu.fresh = queue.popleft(), True

    def _gives_way(self, core: Core, vcpu: Vcpu) -> bool:
        """Whether a virtual processor goes back to those who wait for a core."""
        over = is_over(vcpu.turn_began, vcpu.domain.turn_ticks, self._env.now)
        if not over:
            if not self._preempt or self._is_woken(vcpu) or not self._ready.woken(core):
                return False
            vcpu.domain.totals.preemptions += 1
        self._vacate(core, vcpu.domain)
        self._give_back(vcpu, first=not over)
        return True

    def _next(self, core: Core) -> None:
        vcpu = self._ready.take(core, self._env.now)
        if vcpu is None:
            self._idle.append(core)
        else:
            self._dispatch(core, vcpu)
