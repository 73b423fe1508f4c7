"""What a run does because its director says so: see simcore.life.rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simpy.events import NORMAL

from simcore.draws import Draws
from simcore.engines.simpy_engine.events import Completion, Walk
from simcore.engines.simpy_engine.parts import works
from simcore.life.rules import AT_FIRST, Command, Do, Life, Paging

if TYPE_CHECKING:
    from simcore.engines.simpy_engine.run import Run, Task

__all__ = ["Directed"]


class _Class:
    """A directed class: what it was told, and its tasks that wait for more.

    Attributes:
        left: operations to begin.
        busy: tasks that are not idle.
        following, pace: when the next operation may begin, and how long after it another.
        gates: what each task waits for.
    """

    def __init__(self, count: int) -> None:
        self.left = self.busy = self.following = self.pace = 0
        self.gates: list[Completion | None] = [None] * count


class Directed:
    """The director's part of a run.

    Attributes:
        owed: for each class of `Life.paging`, pages to be fetched.
    """

    def __init__(self, run: Run, life: Life) -> None:
        self._run, self._life = run, life
        counts = [tasks.count for tasks in run.model.classes]
        self._classes = {of: _Class(counts[of]) for of in (*life.directed, *life.later)}
        self._programs = dict(life.elsewhere)
        self._paging = {one.tasks: one for one in life.paging}
        self.owed = dict.fromkeys(self._paging, 0)
        self.director = life.directing.director()
        self._does: dict[Do, Callable[..., None]] = {
            Do.START: self._start,
            Do.CANCEL: self._cancel,
            Do.BEGIN: self._begin,
            Do.PAUSE: lambda of, *_: run.cores.pause(of),
            Do.RESUME: lambda of, *_: run.cores.resume(of),
            Do.PLACE: lambda of, a, *_: run.cores.place(of, a),
            Do.MOVE: self._move,
            Do.CAP: lambda of, a, b, *_: run.cores.cap(of, a, b),
            Do.OWE: self._owe,
            Do.STOP: lambda of, *_: run.cores.stop(of),
            Do.MARK: lambda *_: run.mark(),
            Do.FINISH: lambda *_: run.finish(),
        }

    def has(self, of: int) -> bool:
        """Whether tasks of this class wait to be told."""
        return of in self._classes

    def begin(self) -> None:
        """Before anything happens."""
        self._ask(AT_FIRST)

    def _ask(self, of: int) -> None:
        for command in self.director.asked(of, self._run.env.now, self._run.snapshot):
            self._obey(command)

    def _obey(self, command: Command) -> None:
        do, *rest = command
        self._does[do](*rest)

    def tasks(self, task: Task, draws: Draws) -> Walk:
        """The life of a task of a directed class, or of one that begins later."""
        run, mine = self._run, self._classes[task.tasks]
        if task.tasks in self._life.later:
            yield self._gate(mine, task.number)
            yield from run.tasks(task, draws)
            return
        operations, part, gate = works(draws), run.parts[task.tasks], self._gate(mine, task.number)
        while True:
            yield gate
            while mine.left > 0:
                mine.left -= 1
                now = run.env.now
                wait, mine.following = max(mine.following - now, 0), max(mine.following, now) + mine.pace
                if wait:
                    yield run.env.timeout(wait)
                yield from run.one(task, part, next(operations))
            mine.busy -= 1
            gate = self._gate(mine, task.number)
            if mine.busy == 0:
                yield run.env.timeout(0)
                self._ask(task.tasks)

    def _gate(self, mine: _Class, number: int) -> Completion:
        mine.gates[number] = gate = Completion(self._run.env)
        return gate

    def _open(self, mine: _Class, many: int, after: int) -> None:
        for gate in mine.gates[:many]:
            assert gate is not None
            self._run.env.schedule(gate, NORMAL, after)

    def _start(self, of: int, operations: int, after: int, pace: int) -> None:
        mine = self._classes[of]
        assert mine.busy == 0, "a class that is told to run is idle"
        mine.left, mine.following, mine.pace = operations, 0, pace
        mine.busy = min(max(operations, 1), len(mine.gates))
        self._open(mine, mine.busy, after)

    def _cancel(self, of: int, *_: int) -> None:
        self._classes[of].left = 0

    def _begin(self, of: int, *_: int) -> None:
        mine = self._classes[of]
        self._open(mine, len(mine.gates), 0)

    def _move(self, of: int, program: int, *_: int) -> None:
        self._run.parts[of].become(self._programs[of][program].steps)

    def _owe(self, of: int, pages: int, *_: int) -> None:
        self.owed[of] += pages

    def fetch(self, task: Task) -> Walk:
        """Fetches the pages that a task owes: its part of those of its class."""
        run, one = self._run, self._paging[task.tasks]
        pages = self._part(one)
        task.at = "pages"
        yield run.env.timeout(pages * one.delay_ticks)
        station = run.stations[one.station]
        service = station.serve(pages * one.service_ticks)
        yield service
        station.leave(service)

    def _part(self, one: Paging) -> int:
        pages = -(-self.owed[one.tasks] // self._run.model.classes[one.tasks].count)
        self.owed[one.tasks] -= pages
        return pages
