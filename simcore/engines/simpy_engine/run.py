"""Tasks as SimPy processes: each walks its program, visit by visit.

A task takes an operation's durations, goes through the steps of its program, and notes for each visit how long it
waited beyond what it asked for. Background tails are processes of their own. The run ends when enough operations have
been measured, and then drains, so that every law can be checked exactly.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from simcore.draws import Draws
from simcore.engines.simpy_engine.cores import Cores
from simcore.engines.simpy_engine.events import Clock, Walk, start
from simcore.engines.simpy_engine.parts import Part, Work, works
from simcore.engines.simpy_engine.stations import Fifo, Slots
from simcore.engines.stuck import MOST_LIVE, NAMED, NOTHING, OUTRUN, Waiting, stuck
from simcore.errors import StuckError
from simcore.model import Kind, Lock, Model, Serial, TaskClass, Visit
from simcore.totals import Series, Settings, Totals, Window

__all__ = ["Run", "Task"]

CPU, STATION = Kind.CPU, Kind.STATION  # an enumeration's member is slow to find
UNLOCKED, FREE, ENDS = Lock.NONE, Serial.NO, Serial.ENDS


class Task:
    """Who an operation belongs to, and where it is."""

    __slots__ = ("at", "domain", "has_turn", "lock", "number", "operation", "since", "space", "tasks", "visit")

    def __init__(self, tasks: int, number: int, domain: int, lock: Slots, space: object = None) -> None:
        self.tasks, self.number, self.domain, self.lock = tasks, number, domain, lock
        self.space = space or object()  # its address space: what a virtual processor would switch from or to
        self.has_turn = False
        self.at, self.since = "", 0  # the visit under way, for the report of a stuck run
        self.operation = self.visit = 0  # the same, for a trace


class Run:
    """One run."""

    comes: Callable[[Task, int, int], None] | None = None  # is told of the begin of each visit, and its ticks

    def __init__(self, model: Model, settings: Settings, observer) -> None:  # type: ignore[no-untyped-def]
        self.model, self.settings, self.observer = model, settings, observer
        self.env = env = Clock(initial_time=0)
        self.totals = Totals.empty(model)
        self.cores = self._cores()
        self.stations = [
            Fifo(env, station, totals) for station, totals in zip(model.stations, self.totals.stations, strict=True)
        ]
        self.processors = [f"processors of {domain.name}" for domain in model.domains]
        numbers = itertools.count()  # of slots, see simcore.engines.records
        self.locks = iter([self._slots(next(numbers)) for tasks in model.classes for _ in range(tasks.count)])
        self.vm_locks = [self._slots(next(numbers)) for _ in model.domains]
        self.turns = [self._slots(next(numbers)) for _ in model.domains]
        self.rings = [self._slots(next(numbers), ring.slots) for ring in model.rings]
        self.parts = [
            Part(tasks.program, totals, self.totals.histograms[tasks.group])
            for tasks, totals in zip(model.classes, self.totals.classes, strict=True)
        ]
        self.goals = settings.of(model.groups)
        self.series = tuple(Series() for _ in self.goals)
        self.live: dict[Task, None] = {}
        self.lacking = [warmup for warmup, _ in self.goals]  # operations of each group before the next mark
        self.stopping = False
        self.before: Totals | None = None
        self.after: Totals | None = None
        if not any(self.lacking):
            self._mark()
        for index, tasks in enumerate(model.classes):
            self._start(index, tasks)
        for fault in model.faults:
            start(self._fault(fault.at_ticks, fault.domain))

    def _cores(self) -> Cores:
        return Cores(self.env, self.model, self.totals.domains)

    def _slots(self, number: int, slots: int = 1) -> Slots:
        del number
        return Slots(self.env, slots)

    def _start(self, index: int, tasks: TaskClass) -> None:
        for number in range(tasks.count):
            draws = Draws(
                tasks,
                number,
                self.settings.seed,
                self.settings.replication,
                deterministic=self.settings.deterministic,
            )
            task = Task(index, number, tasks.domain, next(self.locks))
            start(self._tasks(task, draws))

    def result(self) -> Window:
        """Runs to the end."""
        horizon = self.settings.horizon_ticks
        events = self.totals.events = self.env.advance(horizon)
        if horizon is not None:
            self.env.now = horizon
            self.after = self.after or self._snapshot()
        if self.after is None or (self.live and horizon is None and not self.model.faults):
            raise self._stuck()
        whole = self._snapshot()
        measured = self.after.since(self.before or whole)
        measured.events = events
        return Window(measured, whole, self.series, drained=not self.live)

    def _snapshot(self) -> Totals:
        self.cores.settle()
        for station in self.stations:
            station.settle()
        for part in self.parts:
            part.settle()
        self.totals.now = self.env.now
        return self.totals.copy()

    def _tasks(self, task: Task, draws: Draws) -> Walk:
        tasks = self.model.classes[task.tasks]
        if tasks.start_ticks:
            yield self.env.timeout(tasks.start_ticks)
        yield from self._arrivals(task, draws) if tasks.is_open else self._closed(task, draws)

    def _closed(self, task: Task, draws: Draws) -> Walk:
        totals, part = self.totals.classes[task.tasks], self.parts[task.tasks]
        operations, think = works(draws), draws.thinks.next
        while not self._over():
            pause = think()
            if pause:
                task.at, task.since = "think", self.env.now
                yield self.env.timeout(pause)
                if self._over():
                    return
            totals.think += pause
            began = self._begin(task)
            yield from self._walk(task, part, next(operations))
            self._end(task, began)

    def _over(self) -> bool:
        """Whether no operation shall start any more; true from one yield to the next, perhaps."""
        return self.stopping

    def _arrivals(self, task: Task, draws: Draws) -> Walk:
        operations = works(draws)
        while True:
            yield self.env.timeout(draws.arrivals.next())
            if self._over():
                return
            if len(self.live) >= MOST_LIVE and self.settings.horizon_ticks is None:
                raise self._stuck(OUTRUN)
            one = Task(task.tasks, task.number, task.domain, task.lock, task.space)
            start(self._arrived(one, next(operations)))

    def _arrived(self, task: Task, work: Work) -> Walk:
        began = self._begin(task)
        yield from self._walk(task, self.parts[task.tasks], work)
        self._end(task, began)

    def _begin(self, task: Task) -> int:
        """An operation begins; returns when."""
        self.totals.classes[task.tasks].started += 1
        self.live[task] = None
        return self.env.now

    def _end(self, task: Task, began: int) -> None:
        """An operation is complete: it counts, and may be the last that does."""
        del self.live[task]
        response = self.env.now - began
        self.parts[task.tasks].respond(response)
        group = self.model.classes[task.tasks].group
        self.series[group].add(response)
        self.lacking[group] -= 1
        if self.lacking[group] == 0 and all(lacking <= 0 for lacking in self.lacking):
            self._mark()

    def _mark(self) -> None:
        """The measuring window begins or ends: every group has had its operations."""
        if self.before is None:
            self.before = self._snapshot()
            self.lacking = [operations for _, operations in self.goals]
        elif self.settings.horizon_ticks is None and self.after is None:
            self.after = self._snapshot()
            self.stopping = True

    def _tail(self, task: Task, tail: Part, work: Work, ring: Slots) -> Walk:
        one = Task(task.tasks, task.number, task.domain, task.lock, task.space)
        self.live[one] = None
        yield from self._walk(one, tail, work)
        self.totals.classes[task.tasks].tails_completed += 1
        del self.live[one]
        ring.give(one)

    def _walk(self, task: Task, part: Part, work: Work) -> Walk:
        """Goes through the steps of an operation or a tail, one after the other."""
        env, cores, stations, observer, comes = self.env, self.cores, self.stations, self.observer, self.comes
        visits, idle_visits, asleep_visits, counts, number = work
        waits, idled, polled, switched = [0] * part.visits, [], [], []
        last: int | None = None  # the domain whose processors the task comes from
        for step in part.steps:
            if isinstance(step, Part):
                yield from self._leave(task, step, work)
                continue
            index, where = step.index, step.where
            ticks, idle = visits[index], idle_visits[index]
            if not ticks and not idle:
                if step.serial is ENDS:
                    self._end_turn(task)
                continue
            came, switching = env.now, 0
            task.since = came
            if comes is not None:
                comes(task, index, ticks)
            if step.serial is not FREE and not task.has_turn:
                waiting = self.turns[task.domain].take(task)
                if waiting is not None:
                    task.at = "turn of its requests"
                    yield waiting
                task.has_turn = True
            if step.kind is CPU:
                lock = None if step.lock is UNLOCKED else self._lock(task, step)
                if lock is not None:
                    waiting = lock.take(task)
                    if waiting is not None:
                        task.at = "page-table lock"
                        yield waiting
                woken = last != where
                if idle and woken and cores.has_idle(where):
                    idled.append(index)
                    ticks += idle
                    if cores.polls(where, task.space):
                        polled.append(index)
                        ticks -= asleep_visits[index]
                if ticks:
                    task.at = self.processors[where]
                    job = cores.serve(task, task.space, where, ticks, woken)
                    yield job
                    switching = job.switching
                    if switching:
                        switched.append((index, job))
                if lock is not None:
                    lock.give(task)
                last = where
            elif step.kind is STATION:
                station = stations[where]
                task.at = station.name
                service = station.serve(ticks)
                yield service
                station.leave(service)
                last = None
            else:
                task.at = "outside"
                yield env.timeout(ticks)
                last = None
            waits[index] = env.now - came - ticks - switching
            if observer is not None:
                observer(env.now, task.tasks, task.number, number, index)
            if step.serial is ENDS:
                self._end_turn(task)
        part.add(counts, waits, idled, polled, switched)

    def _leave(self, task: Task, tail: Part, work: Work) -> Walk:
        """Leaves a tail to the background, when its ring has a slot for it."""
        totals, ring, came = self.totals.classes[task.tasks], self.rings[tail.ring], self.env.now
        waiting = ring.take(task)
        if waiting is not None:
            task.at, task.since = self.model.rings[tail.ring].name, came
            yield waiting
            totals.ring_wait += self.env.now - came
        totals.tails_started += 1
        start(self._tail(task, tail, work, ring))

    def _end_turn(self, task: Task) -> None:
        if task.has_turn:
            task.has_turn = False
            self.turns[task.domain].give(task)

    def _lock(self, task: Task, visit: Visit) -> Slots:
        return task.lock if visit.lock is Lock.ADDRESS_SPACE else self.vm_locks[task.domain]

    def _fault(self, at_ticks: int, domain: int) -> Walk:
        yield self.env.timeout(at_ticks)
        self.cores.stop(domain)

    def _stuck(self, what: str = NOTHING) -> StuckError:
        first = itertools.islice(self.live, NAMED)
        waiting = [Waiting(task.tasks, task.number, task.at, task.since) for task in first]
        return stuck(self.model, what, self.env.now, waiting, len(self.live))
