"""Tasks as SimPy processes: each walks its program, visit by visit.

A task takes an operation's durations, goes through the steps of its program, and notes for each visit how long it
waited beyond what it asked for. Background tails are processes of their own. The run ends when enough operations have
been measured, and then drains, so that every law can be checked exactly.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from operator import add

import simpy

from simcore.draws import Draws
from simcore.engines.simpy_engine.cores import Cores
from simcore.engines.simpy_engine.events import Clock, Walk, start
from simcore.engines.simpy_engine.stations import Fifo, Slots
from simcore.engines.stuck import MOST_LIVE, NAMED, NOTHING, OUTRUN, Waiting, stuck
from simcore.errors import StuckError
from simcore.model import Kind, Lock, Model, Program, Serial, Tail, TaskClass, Visit
from simcore.totals import ClassTotals, Ints, Series, Settings, Totals, Window

__all__ = ["run"]


def run(model: Model, settings: Settings, observer=None) -> Window:  # type: ignore[no-untyped-def]
    """Runs a model.

    Args:
        observer: called with (ticks, class, task, operation, visit) at the end of each visit.

    Raises:
        StuckError: nothing can happen any more although operations are under way or wanted.
    """
    return _Run(model, settings, observer).result()


class _Task:
    """Who an operation belongs to, and where it is."""

    def __init__(self, tasks: int, number: int, domain: int, lock: Slots, space: object = None) -> None:
        self.tasks, self.number, self.domain, self.lock = tasks, number, domain, lock
        self.space = space or object()  # its address space: what a virtual processor would switch from or to
        self.has_turn = False
        self.at, self.since = "", 0  # the visit under way, for the report of a stuck run


class _Run:
    def __init__(self, model: Model, settings: Settings, observer) -> None:  # type: ignore[no-untyped-def]
        self.model, self.settings, self.observer = model, settings, observer
        self.env = env = Clock(initial_time=0)
        self.totals = Totals.empty(model)
        self.cores = Cores(env, model, self.totals.domains)
        self.stations = [
            Fifo(env, station.servers, totals)
            for station, totals in zip(model.stations, self.totals.stations, strict=True)
        ]
        self.rings = [Slots(env, ring.slots) for ring in model.rings]
        self.vm_locks = [Slots(env, 1) for _ in model.domains]
        self.turns = [Slots(env, 1) for _ in model.domains]
        self.series = Series()
        self.live: dict[_Task, None] = {}
        self.completed = 0
        self.stopping = False
        self.before: Totals | None = None
        self.after: Totals | None = None
        if settings.warmup == 0:
            self.before = self._snapshot()
        for index, tasks in enumerate(model.classes):
            self._start(index, tasks)
        for fault in model.faults:
            start(self._fault(fault.at_ticks, fault.domain))

    def _start(self, index: int, tasks: TaskClass) -> None:
        for number in range(tasks.count):
            draws = Draws(
                tasks,
                number,
                self.settings.seed,
                self.settings.replication,
                deterministic=self.settings.deterministic,
            )
            task = _Task(index, number, tasks.domain, Slots(self.env, 1))
            start(self._arrivals(task, draws) if tasks.is_open else self._closed(task, draws))

    def result(self) -> Window:
        """Runs to the end."""
        horizon = self.settings.horizon_ticks
        events = 0
        step, env = self.env.step, self.env
        try:
            while horizon is None or env.peek() <= horizon:
                step()
                events += 1
        except simpy.core.EmptySchedule:
            pass
        self.totals.events = events
        if horizon is not None:
            if env.now < horizon:
                env.run(until=horizon)
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
        self.totals.now = self.env.now
        return self.totals.copy()

    def _closed(self, task: _Task, draws: Draws) -> Walk:
        totals = self.totals.classes[task.tasks]
        operations = _operations(draws)
        while not self._over():
            pause = draws.think()
            if pause:
                task.at, task.since = "think", self.env.now
                yield self.env.timeout(pause)
                if self._over():
                    return
            totals.think += pause
            yield from self._operation(task, next(operations))

    def _over(self) -> bool:
        """Whether no operation shall start any more; true from one yield to the next, perhaps."""
        return self.stopping

    def _arrivals(self, task: _Task, draws: Draws) -> Walk:
        operations = _operations(draws)
        while True:
            yield self.env.timeout(draws.arrival())
            if self._over():
                return
            if len(self.live) >= MOST_LIVE and self.settings.horizon_ticks is None:
                raise self._stuck(OUTRUN)
            one = _Task(task.tasks, task.number, task.domain, task.lock, task.space)
            start(self._operation(one, next(operations)))

    def _operation(self, task: _Task, work: _Work) -> Walk:
        env, began = self.env, self.env.now
        totals = self.totals.classes[task.tasks]
        program = self.model.classes[task.tasks].program
        totals.started += 1
        self.live[task] = None
        log = _Log(len(totals.visits))
        last: int | None = None  # the domain whose processors the task comes from
        for step in program.steps:
            if isinstance(step, Visit):
                last = yield from self._visit(task, step, work, last, log)
            else:
                came = env.now
                ring = self.rings[step.ring]
                waiting = ring.take()
                if waiting is not None:
                    task.at, task.since = self.model.rings[step.ring].name, came
                    yield waiting
                    totals.ring_wait += env.now - came
                totals.tails_started += 1
                start(self._tail(task, step, work, ring))
        log.add_to(totals, work.rows, program, program.foreground)
        del self.live[task]
        response = env.now - began
        totals.respond(response)
        self._completed(response)

    def _tail(self, task: _Task, step: Tail, work: _Work, ring: Slots) -> Walk:
        totals = self.totals.classes[task.tasks]
        one = _Task(task.tasks, task.number, task.domain, task.lock, task.space)
        self.live[one] = None
        log = _Log(len(totals.visits))
        last: int | None = None
        for visit in step.visits:
            last = yield from self._visit(one, visit, work, last, log)
        program = self.model.classes[task.tasks].program
        log.add_to(totals, work.rows, program, program.of(step))
        totals.tails_completed += 1
        del self.live[one]
        ring.give()

    def _visit(
        self, task: _Task, visit: Visit, work: _Work, last: int | None, log: _Log
    ) -> Generator[simpy.Event, object, int | None]:
        """Goes to one resource and back; returns the domain whose processors the task then comes from."""
        index, where = visit.index, visit.where
        ticks, idle = work.visits[index], work.idle[index]
        if not ticks and not idle:
            self._end_turn(task, visit)
            return last
        env, came, switched = self.env, self.env.now, 0
        task.at, task.since = "", came
        if visit.serial is not Serial.NO and not task.has_turn:
            waiting = self.turns[task.domain].take()
            if waiting is not None:
                task.at = "turn of its requests"
                yield waiting
            task.has_turn = True
        if visit.kind is Kind.CPU:
            lock = self._lock(task, visit)
            if lock is not None:
                waiting = lock.take()
                if waiting is not None:
                    task.at = "page-table lock"
                    yield waiting
            woken = last != where
            if idle and woken and self.cores.has_idle(where):
                log.idle.append(index)
                ticks += idle
            if ticks:
                task.at = f"processors of {self.model.domains[where].name}"
                job = self.cores.serve(task, task.space, where, ticks, woken=woken)
                yield job
                if job.task_switches or job.domain_switches:
                    log.switches.append((index, job.task_switches, job.domain_switches))
                    switched = (
                        job.task_switches * self.model.domains[where].switch_ticks
                        + job.domain_switches * self.model.domain_switch_ticks
                    )
            if lock is not None:
                lock.give()
            last = where
        elif visit.kind is Kind.STATION:
            task.at = self.model.stations[where].name
            yield self.stations[where].serve(ticks)
            last = None
        else:
            task.at = "outside"
            yield env.timeout(ticks)
            last = None
        log.visits[index] += 1
        log.waits[index] += env.now - came - ticks - switched
        if self.observer is not None:
            self.observer(env.now, task.tasks, task.number, work.number, index)
        self._end_turn(task, visit)
        return last

    def _end_turn(self, task: _Task, visit: Visit) -> None:
        if visit.serial is Serial.ENDS and task.has_turn:
            task.has_turn = False
            self.turns[task.domain].give()

    def _lock(self, task: _Task, visit: Visit) -> Slots | None:
        if visit.lock is Lock.NONE:
            return None
        return task.lock if visit.lock is Lock.ADDRESS_SPACE else self.vm_locks[task.domain]

    def _completed(self, response: int) -> None:
        self.completed += 1
        self.series.add(response)
        settings = self.settings
        if self.before is None and self.completed == settings.warmup:
            self.before = self._snapshot()
        if settings.horizon_ticks is None and self.completed == settings.warmup + settings.operations:
            self.after = self._snapshot()
            self.stopping = True

    def _fault(self, at_ticks: int, domain: int) -> Walk:
        yield self.env.timeout(at_ticks)
        self.cores.stop(domain)

    def _stuck(self, what: str = NOTHING) -> StuckError:
        first = itertools.islice(self.live, NAMED)
        waiting = [Waiting(task.tasks, task.number, task.at, task.since) for task in first]
        return stuck(self.model, what, self.env.now, waiting, len(self.live))


class _Log:
    """What one walk met: visits, waits, idle rows paid, switches."""

    def __init__(self, visits: int) -> None:
        self.visits, self.waits = [0] * visits, [0] * visits
        self.idle: list[int] = []
        self.switches: list[tuple[int, int, int]] = []  # of task and of domain, by visit

    def add_to(self, totals: ClassTotals, rows: Ints, program: Program, always: Ints) -> None:
        """Adds itself to the class's sums; `always` is 1 for the rows that this walk pays in any case."""
        totals.visits = list(map(add, totals.visits, self.visits))
        totals.waits = list(map(add, totals.waits, self.waits))
        totals.rows += rows * always
        for index, tasks, domains in self.switches:
            totals.task_switches[index] += tasks
            totals.domain_switches[index] += domains
        for index in self.idle:
            totals.idle[index] += 1
            visit = program.visits[index]
            span = slice(visit.first, visit.last)
            totals.rows[span] += rows[span] * (1 - program.busy[span])


@dataclass(frozen=True, slots=True)
class _Work:
    """What one operation asks for, in ticks: of each visit, of each visit if idle, of each row."""

    visits: list[int]
    idle: list[int]
    rows: Ints
    number: int


def _operations(draws: Draws) -> Iterator[_Work]:
    numbers = itertools.count()
    while True:
        block = draws.block()
        # `numbers` last: where the others end, none is lost
        yield from map(_Work, block.visits.tolist(), block.idle.tolist(), block.rows, numbers)
