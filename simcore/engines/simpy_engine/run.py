"""Tasks as processes: each walks its program, visit by visit.

A task takes an operation's durations, goes through the steps of its program, and notes for each visit how long it
waited beyond what it asked for. Where it must wait it yields, and whoever it waits for calls its `resume`. Operations
that arrive, and background tails, are processes of their own; one that has ended is used again. The run ends when
enough operations have been measured, and then drains, so that every law can be checked exactly.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from simcore.draws import Draws
from simcore.engines.simpy_engine.called import Called, held
from simcore.engines.simpy_engine.cores import Cores
from simcore.engines.simpy_engine.directed import Directed
from simcore.engines.simpy_engine.events import Clock, Walk
from simcore.engines.simpy_engine.parts import Part, Responses, Work, works
from simcore.engines.simpy_engine.spinning import SpinLock, Taken
from simcore.engines.simpy_engine.stations import Fifo, Slots
from simcore.engines.stuck import MOST_LIVE, NAMED, NOTHING, OUTRUN, Waiting, may_hang, stuck
from simcore.errors import StuckError
from simcore.model import Kind, Lock, Locks, Model, Serial, TaskClass
from simcore.totals import Series, Settings, Totals, Window

__all__ = ["Run", "Task"]

CPU, STATION = Kind.CPU, Kind.STATION  # an enumeration's member is slow to find
UNLOCKED, OWN, VM, FREE, ENDS = Lock.NONE, Lock.ADDRESS_SPACE, Lock.VM, Serial.NO, Serial.ENDS


class Task:
    """Who operations belong to, one after the other, and where the one under way is.

    Attributes:
        space: its address space: what a virtual processor would switch from or to.
        lock: of its page table.
        work: what the operation asks for.
        resume: lets it go on from where it waits.
        at, since: the visit under way, for the report of a stuck run.
        visit: the same, for a trace.
        caller: who called it; calling: whether it has just called, and goes no further yet.
        last: the domain whose processors it comes from; None for another place.
    """

    __slots__ = (
        *("at", "began", "domain", "has_turn", "lock", "number", "resume", "since", "space", "tasks", "visit", "work"),
        *("caller", "calling", "last"),
    )
    resume: Callable[[Any], object]
    work: Work

    def __init__(self, tasks: int, number: int, domain: int, lock: SpinLock, space: object = None) -> None:
        self.tasks, self.number, self.domain, self.lock = tasks, number, domain, lock
        self.space = space or object()
        self.has_turn = False
        self.at, self.since = "", 0
        self.began = self.visit = 0
        self.caller: Task | None = None
        self.calling = False
        self.last: int | None = None


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
        self.turns = [self._slots(next(numbers)) for _ in model.domains]
        self.rings = [self._slots(next(numbers), ring.slots) for ring in model.rings]
        self.threads = [self._slots(next(numbers)) for _ in model.threads]
        self.taken = Taken(model, settings, numbers)
        self.goals = settings.of(model.groups)
        self.series = tuple(Series() for _ in self.goals)
        self.responses = [Responses(*each) for each in zip(self.totals.histograms, self.series, strict=True)]
        self.parts: list[Part[Task]] = [
            Part(tasks, totals) for tasks, totals in zip(model.classes, self.totals.classes, strict=True)
        ]
        self.live: dict[Task, None] = {}
        self.called = Called(self)
        self.lacking = [warmup for warmup, _ in self.goals]  # operations of each group before the next mark
        self.stopping = False
        self.before: Totals | None = None
        self.after: Totals | None = None
        self.marks: list[Totals] = []
        self.directed = Directed(self, model.life) if model.life is not None else None
        if not any(self.lacking):
            self._mark()
        for index, tasks in enumerate(model.classes):
            self._start(index, tasks)
        for fault in model.faults:
            env.after(fault.at_ticks, self.cores.stop, fault.domain)
        if self.directed is not None:
            self.directed.begin()

    def _cores(self) -> Cores:
        return Cores(self.env, self.model, self.totals.domains)

    def _slots(self, number: int, slots: int = 1) -> Slots:
        del number
        return Slots(slots)

    def _start(self, index: int, tasks: TaskClass) -> None:
        how = self.settings
        for number in range(tasks.count):
            draws = Draws(tasks, number, how.seed, how.replication, deterministic=how.deterministic)
            task = Task(index, number, tasks.domain, next(self.taken.spaces))
            if tasks.called:
                self.called.add(task, works(draws))
                continue
            if self.directed is not None and self.directed.directs(task, draws):
                continue
            begin = self.life_of(task, draws)
            if tasks.start_ticks:
                self.env.after(tasks.start_ticks, begin)
            else:
                begin(None)

    def life_of(self, task: Task, draws: Draws) -> Callable[[Any], None]:
        """What begins a task, or a source of operations that arrive."""
        is_open = self.model.classes[task.tasks].is_open
        return self._source(task, draws) if is_open else self._closed(task, draws)

    def result(self) -> Window:
        """Runs to the end."""
        horizon = self.settings.horizon_ticks
        events = self.totals.events = self.env.advance(horizon)
        if horizon is not None:
            self.env.now = horizon
            self.after = self.after or self.snapshot()
        if self.after is None or (self.live and horizon is None and not may_hang(self.model)):
            raise self._stuck()
        whole = self.snapshot()
        measured = self.after.since(self.before or whole)
        measured.events = events
        told = self.directed.director.told if self.directed is not None else None
        return Window(measured, whole, self.series, drained=not self.live, marks=tuple(self.marks), told=told)

    def mark(self) -> None:
        """Keeps the totals as they are now."""
        self.marks.append(self.snapshot())

    def finish(self) -> None:
        """No operation begins any more, and the measuring window ends."""
        self.stopping = True
        self.after = self.after or self.snapshot()

    def snapshot(self) -> Totals:
        """All totals up to now."""
        self.cores.settle()
        for station in self.stations:
            station.settle()
        for part in self.parts:
            part.settle()
        for responses in self.responses:
            responses.settle()
        self.totals.now = self.env.now
        return self.totals.copy()

    def _closed(self, task: Task, draws: Draws) -> Callable[[Any], None]:
        """A task that pauses and then begins an operation, again and again; returns what lets it do so."""
        totals, part, operations = self.totals.classes[task.tasks], self.parts[task.tasks], works(draws)
        think = draws.thinks.next if self.model.classes[task.tasks].think_ticks else None

        def thought(pause: int) -> None:
            if not self.stopping:
                totals.think += pause
                self.begin(task, next(operations))
                task.resume(None)

        def another() -> bool:
            if self.stopping:
                return False
            if think is not None and (pause := think()):
                task.at, task.since = "think", self.env.now
                self.env.after(pause, thought, pause)
                return False
            self.begin(task, next(operations))
            return True

        def ended() -> bool:
            self.end(task, part)
            return another()

        def begin(_: object) -> None:
            if another():
                task.resume(None)

        task.resume = self.walk(task, part, ended).send
        return begin

    def _source(self, source: Task, draws: Draws) -> Callable[[Any], None]:
        """A source of operations that arrive; returns what begins it."""
        part, operations, env, interval = self.parts[source.tasks], works(draws), self.env, draws.arrivals.next
        no_end = self.settings.horizon_ticks is None

        def arrives(_: object) -> None:
            if self.stopping:
                return
            if no_end and len(self.live) >= MOST_LIVE:
                raise self._stuck(OUTRUN)
            one = self.another(source, part, self.end)
            self.begin(one, next(operations))
            one.resume(None)
            begin(None)

        def begin(_: object) -> None:
            env.after(interval(), arrives)

        return begin

    def another(self, of: Task, part: Part[Task], end: Callable[[Task, Part[Task]], None]) -> Task:
        """A process for an operation that arrives, or a tail: one that has ended, or a new one.

        Args:
            end: what is done when it has come to its end.
        """
        if part.ended:
            one = part.ended.pop()
            one.number, one.lock, one.space, one.has_turn = of.number, of.lock, of.space, False
            return one
        one = Task(of.tasks, of.number, of.domain, of.lock, of.space)

        def ended() -> bool:
            end(one, part)
            part.ended.append(one)
            return False

        one.resume = self.walk(one, part, ended).send
        return one

    def begin(self, task: Task, work: Work) -> None:
        """An operation begins."""
        self.totals.classes[task.tasks].started += 1
        self.live[task] = None
        task.work, task.began = work, self.env.now

    def end(self, task: Task, part: Part[Task]) -> None:
        """An operation is complete: it counts, and may be the last that does."""
        del self.live[task]
        response = self.env.now - task.began
        totals, group = part.totals, part.group
        totals.completed += 1
        totals.response += response
        self.responses[group].add(response)
        self.lacking[group] -= 1
        if self.lacking[group] == 0 and all(lacking <= 0 for lacking in self.lacking):
            self._mark()

    def _mark(self) -> None:
        """The measuring window begins or ends: every group has had its operations."""
        if self.before is None:
            self.before = self.snapshot()
            self.lacking = [operations for _, operations in self.goals]
        elif self.settings.horizon_ticks is None and self.after is None:
            self.after = self.snapshot()
            self.stopping = True

    def walk(self, task: Task, part: Part[Task], ended: Callable[[], bool]) -> Walk:
        """Goes through the steps of an operation or a tail, one after the other, and then of the next.

        Args:
            ended: is called at the end; returns whether it goes on at once, instead of when it is resumed.
        """
        env, cores, stations, observer, comes = self.env, self.cores, self.stations, self.observer, self.comes
        processors = self.processors
        directed, owed = self.directed, self.directed.owed if self.directed is not None else {}
        while True:
            visits, idle_visits, asleep_visits, counts, number = task.work
            waits, idled, polled, switched = [0] * part.visits, [], [], []
            last = None if task.caller is None else task.caller.last  # the domain whose processors the task comes from
            for kind, where, index, serial, locked, tail in part.steps:
                if kind is None and tail is None:
                    task.at, task.since, task.last = "call", env.now, last
                    if self.called.call(task, self.model.classes[task.tasks].calls[where]):
                        yield
                    last = task.last
                    self.totals.classes[task.tasks].call_wait += env.now - task.since
                    continue
                if tail is not None:
                    if not self.rings[where].take(task):
                        task.at, task.since = self.model.rings[where].name, env.now
                        yield
                        self.totals.classes[task.tasks].ring_wait += env.now - task.since
                    self._leave(task, tail)
                    continue
                ticks, idle = visits[index], idle_visits[index]
                if not ticks and not idle:
                    if serial is ENDS:
                        self._end_turn(task)
                    continue
                task.since = came = env.now
                switching = 0
                if comes is not None:
                    comes(task, index, ticks)
                if owed and kind is CPU and where == task.domain and owed.get(task.tasks) and directed is not None:
                    yield from directed.fetch(task)
                if serial is not FREE and not task.has_turn:
                    if not self.turns[task.domain].take(task):
                        task.at = "turn of its requests"
                        yield
                    task.has_turn = True
                if kind is STATION:
                    station, arrived = stations[where], env.now
                    task.at = station.name
                    station.serve(task, ticks)
                    yield
                    station.leave(ticks, arrived)
                    last = None
                elif kind is CPU:
                    lock = thread = who = spun = None
                    woken, told = last != where, False
                    if locked is not UNLOCKED:
                        if locked is OWN:
                            spun = task.lock
                        elif locked is VM:
                            spun = self.taken.vms[task.domain]
                        elif isinstance(locked, Locks):
                            spun = self.taken.by(task, locked, index)
                        else:
                            thread, lock, who = held(self.threads, task, locked)
                            if thread is not None and not thread.take(task):
                                task.at = "thread that serves it"
                                yield
                                told = True  # it was busy, and finds the visit by itself
                            if lock is not None and not lock.take(task):
                                task.at = "lock that threads share"
                                yield
                    if idle and woken and not told and cores.has_idle(where):
                        idled.append(index)
                        ticks += idle
                        if cores.polls(where, task.space if who is None else who.space):
                            polled.append(index)
                            ticks -= asleep_visits[index]
                    if ticks:
                        task.at = processors[where]
                        job = cores.serve(task, where, ticks, woken, thread, who, spun)
                        yield
                        switching = job.switching
                        if switching:
                            switched.append((index, job))
                    if lock is not None:
                        lock.give(task)
                    if thread is not None:
                        thread.give(task)
                    last = where
                else:
                    task.at = "outside"
                    env.after(ticks, task.resume)
                    yield
                    last = None
                waits[index] = env.now - came - ticks - switching
                if observer is not None:
                    observer(env.now, task.tasks, task.number, number, index)
                if serial is ENDS:
                    self._end_turn(task)
            if task.caller is not None:
                task.caller.last = last
            part.add(counts, waits, idled, polled, switched)
            if not ended():
                yield

    def _leave(self, task: Task, tail: Part[Task]) -> None:
        """Leaves a tail to the background, which has a slot of its ring."""
        self.totals.classes[task.tasks].tails_started += 1
        one = self.another(task, tail, self._end_tail)
        self.live[one] = None
        one.work = task.work
        one.resume(None)

    def _end_tail(self, task: Task, tail: Part[Task]) -> None:
        self.totals.classes[task.tasks].tails_completed += 1
        del self.live[task]
        self.rings[tail.ring].give(task)

    def _end_turn(self, task: Task) -> None:
        if task.has_turn:
            task.has_turn = False
            self.turns[task.domain].give(task)

    def _stuck(self, what: str = NOTHING) -> StuckError:
        first = itertools.islice(self.live, NAMED)
        waiting = [Waiting(task.tasks, task.number, task.at, task.since) for task in first]
        return stuck(self.model, what, self.env.now, waiting, len(self.live))
