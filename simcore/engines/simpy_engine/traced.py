"""A run that writes down what happens: the parts of a run, each noting what it does before or after doing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from simcore.engines.records import NO_VISIT, PAID, Recorder, What
from simcore.engines.simpy_engine.cores import Core, Cores, Job, Vcpu
from simcore.engines.simpy_engine.events import Clock
from simcore.engines.simpy_engine.parts import Part, Work
from simcore.engines.simpy_engine.run import Run, Task
from simcore.engines.simpy_engine.scheduled import Runs
from simcore.engines.simpy_engine.spinning import SpinLock
from simcore.engines.simpy_engine.stations import Slots
from simcore.errors import InputError
from simcore.model import Model
from simcore.totals import DomainTotals, Settings, Window

__all__ = ["TracedRun"]

KEPT = 4096  # records given away at once
Note: TypeAlias = Callable[..., None]


class TracedRun(Run):
    """A run with a recorder."""

    def __init__(self, model: Model, settings: Settings, observer: Any, recorder: Recorder) -> None:
        self.records: list[list[int]] = []
        self.recorder, self.told = recorder, observer
        self.comes = self._comes
        try:
            super().__init__(model, settings, self._leaves)  # which lets tasks begin
        except InputError:
            self._give()
            raise

    def note(self, what: What, task: Task, visit: int, where: int = 0, more: int = 0, paid: int = 0) -> None:
        """Writes down a record."""
        one = [self.env.now, int(what), where, more, paid, task.tasks, task.number, task.work[-1], visit]
        self.records.append(one)
        if len(self.records) >= KEPT:
            self._give()

    def _give(self) -> None:
        records, self.records = self.records, []
        if records:
            self.recorder(records)

    def result(self) -> Window:
        """Runs to the end."""
        try:
            return super().result()
        finally:
            self._give()

    def _cores(self) -> Cores:
        return TracedCores(self.env, self.model, self.totals.domains, self.note)

    def _slots(self, number: int, slots: int = 1) -> Slots:
        first = len(self.model.domains)
        is_ring = first <= number < first + len(self.model.rings)
        return TracedSlots(slots, number, self.note, is_ring=is_ring)

    def begin(self, task: Task, work: Work) -> None:
        """See Run."""
        super().begin(task, work)
        self.note(What.BEGINS, task, NO_VISIT)

    def _comes(self, task: Task, visit: int, ticks: int) -> None:
        task.visit = visit
        self.note(What.COMES, task, visit, 0, ticks)

    def _leaves(self, now: int, tasks: int, task: int, operation: int, visit: int) -> None:
        self.records.append([now, int(What.LEAVES), 0, 0, 0, tasks, task, operation, visit])
        if self.told is not None:
            self.told(now, tasks, task, operation, visit)

    def end(self, task: Task, part: Part[Task]) -> None:
        """See Run."""
        self.note(What.ENDS, task, NO_VISIT)
        super().end(task, part)


class TracedSlots(Slots):
    """A turn, a ring, a thread or what threads share, that notes who waits for it and has it."""

    def __init__(self, slots: int, number: int, note: Note, *, is_ring: bool) -> None:
        super().__init__(slots)
        self._number, self._note, self._is_ring = number, note, is_ring

    def _noted(self, what: What, task: Task) -> None:
        self._note(what, task, NO_VISIT if self._is_ring else task.visit, self._number)

    def take(self, task: Any) -> bool:
        """See Slots."""
        taken = super().take(task)
        self._noted(What.TAKES if taken else What.WAITS, task)
        return taken

    def give(self, task: Any) -> None:
        """See Slots."""
        self._note(What.GIVES, task, NO_VISIT, self._number)
        if self._queue:
            self._noted(What.TAKES, self._queue[0])  # type: ignore[arg-type]
        super().give(task)


class TracedCores(Cores):
    """Cores that note what runs on them."""

    def __init__(self, env: Clock, model: Model, totals: list[DomainTotals], note: Note) -> None:
        super().__init__(env, model, totals)
        self._note = note
        every = [vcpu for domain in self._domains for vcpu in domain.vcpus]
        self._numbers: dict[object, int] = {one: n for each in (every, self._cores) for n, one in enumerate(each)}

    def _noted(self, what: What, vcpu: Vcpu, where: int, more: int, paid: int = 0) -> None:
        task: Any = vcpu.job.task if vcpu.job is not None else _NOBODY
        self._note(what, task, task.visit, where, more, paid)

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
        """See Cores."""
        self._note(What.ASKS, task, task.visit, domain, ticks, int(woken))  # type: ignore[attr-defined]
        return super().serve(task, domain, ticks, woken, thread, who, lock)

    def stop(self, domain: int) -> None:
        """See Cores."""
        self._note(What.FAILS, _NOBODY, NO_VISIT, domain)
        super().stop(domain)

    def _line_up(self, vcpu: Vcpu) -> bool:
        self._noted(What.READY, vcpu, self._numbers[vcpu], 0, int(vcpu.woken))
        return super()._line_up(vcpu)

    def _hold(self, vcpu: Vcpu) -> None:
        self._noted(What.READY, vcpu, self._numbers[vcpu], 2)
        super()._hold(vcpu)

    def _yield(self, vcpu: Vcpu) -> None:
        self._noted(What.READY, vcpu, self._numbers[vcpu], 1)
        super()._yield(vcpu)

    def _run(self, core: Core, vcpu: Vcpu, job: Job) -> None:
        super()._run(core, vcpu, job)
        paid = PAID * job.domain_switches + job.task_switches
        self._noted(What.SPINS if core.burns else What.RUNS, vcpu, self._numbers[core], self._numbers[vcpu], paid)

    def _halt(self, core: Core) -> None:
        self._stopped(core)
        super()._halt(core)

    def _lines_up(self, job: Job) -> None:
        self._at_lock(What.WAITS, job)
        super()._lines_up(job)

    def _obtains(self, job: Job) -> None:
        self._at_lock(What.TAKES, job)
        super()._obtains(job)

    def _release(self, job: Job) -> bool:
        self._at_lock(What.GIVES, job, NO_VISIT)
        return super()._release(job)

    def _at_lock(self, what: What, job: Job, visit: int | None = None) -> None:
        task: Any = job.task
        self._note(what, task, task.visit if visit is None else visit, job.lock.number)

    def _stops_burning(self, core: Core, vcpu: Vcpu, job: Job) -> None:
        self._stopped(core)
        super()._stops_burning(core, vcpu, job)

    def _slice_over(self, slice_: Any) -> None:
        if slice_.core.slice is slice_ and not slice_.core.polls:
            self._stopped(slice_.core)
        super()._slice_over(slice_)

    def _stopped(self, core: Core) -> None:
        assert core.vcpu is not None
        self._noted(What.STOPS, core.vcpu, self._numbers[core], self._numbers[core.vcpu])

    def _polling_begins(self, core: Core, vcpu: Vcpu) -> None:
        self._note(What.POLLS, _NOBODY, NO_VISIT, self._numbers[core], self._numbers[vcpu])
        super()._polling_begins(core, vcpu)

    def _polling_ends(self, core: Core, vcpu: Vcpu) -> None:
        self._note(What.STOPS, _NOBODY, NO_VISIT, self._numbers[core], self._numbers[vcpu])
        super()._polling_ends(core, vcpu)


class _Nobody:
    tasks = number = visit = -1
    work = (-1,)


_NOBODY = _Nobody()
