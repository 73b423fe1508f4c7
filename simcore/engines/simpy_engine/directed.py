"""What a run does because its director says so: see simcore.life.rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simcore.draws import Draws
from simcore.engines.simpy_engine.events import Walk
from simcore.engines.simpy_engine.parts import works
from simcore.life.rules import AT_FIRST, Command, Do, Life, Paging

__all__ = ["Directed"]


class _Class:
    """A directed class: what it was told, and its tasks that wait for more.

    Attributes:
        left: operations to begin.
        busy: tasks that are not idle.
        following, pace: when the next operation may begin, and how long after it another.
        gates: what lets each task go on.
    """

    def __init__(self) -> None:
        self.left = self.busy = self.following = self.pace = 0
        self.gates: list[Callable[[Any], None]] = []


class Directed:
    """The director's part of a run, which is a simcore.engines.simpy_engine.run.Run.

    Attributes:
        owed: for each class of `Life.paging`, pages to be fetched.
    """

    def __init__(self, run: Any, life: Life) -> None:
        self._run, self._life = run, life
        self._classes = {of: _Class() for of in (*life.directed, *life.later)}
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

    def begin(self) -> None:
        """Before anything happens."""
        self._ask(AT_FIRST)

    def _ask(self, of: int) -> None:
        for command in self.director.asked(of, self._run.env.now, self._run.snapshot):
            self._obey(command)

    def _obey(self, command: Command) -> None:
        do, *rest = command
        self._does[do](*rest)

    def directs(self, task: Any, draws: Draws) -> bool:
        """Whether a task of this class waits to be told: then it is known from now on."""
        mine = self._classes.get(task.tasks)
        if mine is None:
            return False
        later = task.tasks in self._life.later
        mine.gates.append(self._run.life_of(task, draws) if later else self._life_of(task, draws, mine))
        return True

    def _life_of(self, task: Any, draws: Draws, mine: _Class) -> Callable[[Any], None]:
        """A task that runs as many operations as its class is told; returns what lets it do so."""
        run, part, operations = self._run, self._run.parts[task.tasks], works(draws)

        def paced(_: object) -> None:
            run.begin(task, next(operations))
            task.resume(None)

        def asks(_: object) -> None:
            self._ask(task.tasks)

        def another() -> bool:
            now = run.env.now
            if mine.left == 0:
                mine.busy -= 1
                if mine.busy == 0:
                    run.env.after(0, asks)
                return False
            mine.left -= 1
            wait, mine.following = max(mine.following - now, 0), max(mine.following, now) + mine.pace
            if wait:
                run.env.after(wait, paced)
                return False
            run.begin(task, next(operations))
            return True

        def ended() -> bool:
            run.end(task, part)
            return another()

        def told(_: object) -> None:
            if another():
                task.resume(None)

        task.resume = run.walk(task, part, ended).send
        return told

    def _open(self, mine: _Class, many: int, after: int) -> None:
        for gate in mine.gates[:many]:
            self._run.env.after(after, gate)

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

    def fetch(self, task: Any) -> Walk:
        """Fetches the pages that a task owes: its part of those of its class."""
        run, one = self._run, self._paging[task.tasks]
        pages = self._part(one)
        task.at = "pages"
        run.env.after(pages * one.delay_ticks, task.resume)
        yield
        station, arrived, ticks = run.stations[one.station], run.env.now, pages * one.service_ticks
        station.serve(task, ticks)
        yield
        station.leave(ticks, arrived)

    def _part(self, one: Paging) -> int:
        tasks: int = self._run.model.classes[one.tasks].count
        pages = -(-self.owed[one.tasks] // tasks)
        self.owed[one.tasks] -= pages
        return pages
