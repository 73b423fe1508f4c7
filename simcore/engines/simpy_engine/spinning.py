"""Virtual processors that wait for locks by spinning: see simcore.spinning.

A visit that takes a lock begins with nothing to do but the switches that it pays for. Then it asks for the lock, which
adds what it came for once the lock is its own. What it burns on the way (spinning, exits, moving the lock) and after it
(waking the next) has slices of its own, which are no part of its service. A visit that takes a preemptible lock is cut
like any other.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from typing import Any

from simcore.engines.simpy_engine.events import Clock
from simcore.engines.simpy_engine.polling import Slice, boundary
from simcore.engines.simpy_engine.scheduled import Core, Home, Job, Ready, Vcpu
from simcore.model import KernelLock, Locks, Model
from simcore.spinning import ENDLESS, chosen
from simcore.streams import key
from simcore.totals import Settings

__all__ = ["Fate", "Phase", "SpinLock", "Spinners", "Taken"]

PAGE_TABLES = KernelLock("page-table lock", preemptible=True)


class Phase(enum.IntEnum):
    """Where a visit that takes a lock is; the compiled engine uses the same numbers."""

    COMES = 0  # it has not asked yet
    SPINS = 1
    EXITS = 2
    HALTS = 3
    MOVES = 4  # the lock is its own
    HOLDS = 5
    KICKS = 6  # it has given the lock to one that has halted
    LEAVES = 7


class Fate(enum.IntEnum):
    """What becomes of a visit at the end of a slice."""

    GOES_ON = 0
    DONE = 1
    YIELDS = 2
    SLEEPS = 3


class SpinLock:
    """A lock.

    Attributes:
        number: in records.
        holder: the visit that has it.
        last: the virtual processor that had it last.
    """

    def __init__(self, lock: KernelLock, number: int) -> None:
        self.move_ticks, self.queue_ticks = lock.move_ticks, lock.queue_ticks
        self.preemptible, self.number = lock.preemptible, number
        self.holder: Job | None = None
        self.last: Vcpu | None = None
        self.queue: deque[Job] = deque()


class Spinners(ABC):
    """The part of the cores that lets virtual processors spin."""

    _env: Clock
    _cores: list[Core]
    _ready: Ready
    _quantum: int

    @abstractmethod
    def _run(self, core: Core, vcpu: Vcpu, job: Job) -> None: ...

    @abstractmethod
    def _want_core(self, vcpu: Vcpu) -> None: ...

    @abstractmethod
    def _dispatch(self, core: Core, vcpu: Vcpu) -> None: ...

    @abstractmethod
    def _slice_over(self, slice_: Slice) -> None: ...

    @abstractmethod
    def _next(self, core: Core) -> None: ...

    @abstractmethod
    def _vacate(self, core: Core, home: Home) -> None: ...

    @abstractmethod
    def _give_back(self, vcpu: Vcpu, *, first: bool) -> None: ...

    @abstractmethod
    def _gives_way(self, core: Core, vcpu: Vcpu) -> bool: ...

    def _begins_slice(self, core: Core, vcpu: Vcpu, job: Job) -> None:
        """A slice of a visit that takes a lock begins: whether it works in it, or burns time."""
        lock = job.lock
        if job.phase is Phase.COMES and job.left == 0:
            assert lock is not None
            job.vcpu = vcpu
            if lock.holder is None:
                lock.holder = job
                self._obtains(job)
            else:
                self._lines_up(job)
                job.phase = Phase.SPINS
                job.burns = ENDLESS if lock.preemptible else vcpu.domain.spinning.longest_ticks
        core.burns = job.left == 0 if job.phase is Phase.SPINS else job.burns > 0
        if core.burns:
            vcpu.domain.spinners += 1
            vcpu.domain.spinning_sum -= self._env.now

    def _ends_slice(self, core: Core, home: Home, job: Job) -> None:
        """What was done in a slice that ends now."""
        elapsed = self._env.now - core.began
        core.slice = None
        if not core.burns:
            job.left -= elapsed
            return
        core.burns = False
        job.burns -= elapsed
        home.spinners -= 1
        home.spinning_sum += self._env.now

    def _cut_spinning(self, core: Core, vcpu: Vcpu, job: Job) -> None:
        """Schedules the end of a slice; no other task takes the virtual processor, unless the lock is preemptible."""
        home, now = vcpu.domain, self._env.now
        end = core.began + (job.burns if core.burns else job.left)
        if job.lock.preemptible and home.queue:
            end = min(end, boundary(vcpu.task_began, self._quantum, now))
        if end > vcpu.turn_began + home.turn_ticks and self._ready.waits(core):
            end = min(end, boundary(vcpu.turn_began, home.turn_ticks, now))
        core.slice = Slice(core)
        if end - now < ENDLESS // 2:
            self._env.after(end - now, self._slice_over, core.slice)

    def _lines_up(self, job: Job) -> None:
        """Waits for the lock, behind others."""
        job.lock.queue.append(job)

    def _obtains(self, job: Job) -> None:
        """The lock is its own, and has to be moved here if another virtual processor had it last."""
        lock = job.lock
        assert lock is not None
        moved = lock.last is not None and lock.last is not job.vcpu
        job.left += job.rest
        job.burns = lock.move_ticks + lock.queue_ticks * len(lock.queue) if moved else 0
        job.phase = Phase.MOVES if job.burns else Phase.HOLDS
        lock.last = job.vcpu

    def _passes(self, job: Job) -> Fate:
        """A slice is over: what the visit does next."""
        how = job.vcpu.domain.spinning if job.vcpu is not None else None
        if job.phase is Phase.SPINS and not job.burns:
            assert how is not None
            job.phase, job.burns = Phase.EXITS, how.exit_ticks
        if job.phase is Phase.EXITS and not job.burns:
            assert how is not None
            if job.given:
                self._obtains(job)
                return Fate.GOES_ON
            job.phase, job.burns = (Phase.HALTS, 0) if how.halts else (Phase.SPINS, how.longest_ticks)
            return Fate.SLEEPS if how.halts else Fate.YIELDS
        if job.phase is Phase.MOVES and not job.burns:
            job.phase = Phase.HOLDS
        elif job.phase is Phase.HOLDS and not job.left:
            assert how is not None
            kicks = self._release(job)
            job.phase, job.burns = Phase.LEAVES, 0
            if kicks and how.kick_ticks:
                job.phase, job.burns = Phase.KICKS, how.kick_ticks
        elif job.phase is Phase.KICKS and not job.burns:
            job.phase = Phase.LEAVES
        return Fate.DONE if job.phase is Phase.LEAVES and not job.left else Fate.GOES_ON

    def _lets_go(self, job: Job) -> None:
        """A visit loses its processor: it asks for a preemptible lock anew when it has one again."""
        if job.lock is None or not job.lock.preemptible:
            return
        phase, job.phase = job.phase, Phase.COMES
        if phase is Phase.SPINS:
            job.lock.queue.remove(job)
            job.burns = 0
        elif phase in (Phase.MOVES, Phase.HOLDS):
            job.rest, job.left, job.burns = job.left, 0, 0
            self._release(job)

    def _release(self, job: Job) -> bool:
        """Gives the lock to the next; returns whether that one has to be woken."""
        lock = job.lock
        assert lock is not None
        lock.holder = None
        if not lock.queue:
            return False
        following = lock.holder = lock.queue.popleft()
        vcpu = following.vcpu
        assert vcpu is not None
        if following.phase is Phase.EXITS:
            following.given = True
            return False
        if following.phase is Phase.HALTS:
            self._obtains(following)
            following.burns += vcpu.domain.spinning.wake_ticks
            if following.burns:
                following.phase = Phase.MOVES
            vcpu.woken = True
            self._want_core(vcpu)
            return True
        core = next((core for core in self._cores if core.vcpu is vcpu), None)
        if core is None:
            self._obtains(following)
        else:
            self._stops_burning(core, vcpu, following)
            self._obtains(following)
            self._run(core, vcpu, following)
        return False

    def _stops_burning(self, core: Core, vcpu: Vcpu, job: Job) -> None:
        """The slice of one that is given the lock is over."""
        began = core.began
        self._ends_slice(core, vcpu.domain, job)
        self._note_overdue(vcpu, job, began)

    def _note_overdue(self, vcpu: Vcpu, job: Job, began: int) -> None:
        """Notes a task's turn that ended in a slice of one that could not give way to another task."""
        if job.lock.preemptible or not vcpu.domain.queue:
            return
        if boundary(vcpu.task_began, self._quantum, began) <= self._env.now:
            vcpu.overdue = True

    def _goes_on(self, core: Core, vcpu: Vcpu, job: Job, fate: Fate) -> None:
        """What becomes of a virtual processor whose visit takes a lock and is not done."""
        if fate is Fate.SLEEPS:
            self._vacate(core, vcpu.domain)
            self._next(core)
        elif fate is Fate.YIELDS and self._ready.waits(core):
            self._vacate(core, vcpu.domain)
            self._give_back(vcpu, first=False)
            if vcpu.domain.spinning.directed:
                self._next_directed(core, vcpu.domain)
            else:
                self._next(core)
        elif not self._ready.waits(core) or not self._gives_way(core, vcpu):
            self._run(core, vcpu, job)
        else:
            self._next(core)

    def _next_directed(self, core: Core, home: Home) -> None:
        """Gives the core to who exited for: the first of its domain that waits for it and does not spin itself."""
        vcpu = self._ready.take_working(core, home, self._env.now)
        if vcpu is None:
            self._next(core)
        else:
            self._dispatch(core, vcpu)


class Taken:
    """The locks of a model, and which of them a visit takes.

    Attributes:
        spaces: each task's, of its page tables; vms: each domain's.
    """

    def __init__(self, model: Model, settings: Settings, numbers: Iterator[int]) -> None:
        tasks = sum(one.count for one in model.classes)
        self.spaces = iter([SpinLock(PAGE_TABLES, next(numbers)) for _ in range(tasks)])
        self.vms = [SpinLock(PAGE_TABLES, next(numbers)) for _ in model.domains]
        self._locks = [SpinLock(lock, next(numbers)) for lock in model.locks]
        self._keys = [int(key(settings.seed, settings.replication, one.workload, one.guest)) for one in model.classes]

    def by(self, task: Any, locks: Locks, visit: int) -> SpinLock:
        """The one that a visit of a task's operation takes."""
        which = chosen(self._keys[task.tasks], task.number, task.work[-1], visit, locks.count)
        return self._locks[locks.first + which]
