"""A run in the compiled loop: what Python does for it, and what came of it."""

from __future__ import annotations

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.layout import Layout
from simcore.engines.compiled.native import advance, flat
from simcore.engines.compiled.told import moved
from simcore.engines.records import Record, Recorder, What
from simcore.engines.stuck import HALT, NAMED, NOTHING, OUTRUN, Waiting, may_hang, stuck
from simcore.errors import StuckError
from simcore.life.rules import Command, Do
from simcore.model import Kind, Model
from simcore.totals import Series, Settings, Totals, Window

__all__ = ["Run"]

NOTHING_TO_DO = Command(Do.CANCEL)
OBSERVED = [Record._fields.index(name) for name in ("at", "tasks", "task", "operation", "visit")]


class Run:
    """One run."""

    def __init__(self, model: Model, settings: Settings, observer, recorder: Recorder | None) -> None:  # type: ignore[no-untyped-def]
        self.model, self.settings, self.observer, self.recorder = model, settings, observer, recorder
        traced = observer is not None or recorder is not None
        self.layout = Layout(model, settings, traced=traced)
        self.passed: f.State | None = None  # the state that `given` is of
        self.given: list[int] = []
        self.before: Totals | None = self._snapshot() if self.layout.state.now["warm"] else None
        self.after: Totals | None = None
        self.marks: list[Totals] = []
        self.director = model.life.directing.director() if model.life is not None else None

    def result(self) -> Window:
        """Runs to the end."""
        layout, horizon = self.layout, self.settings.horizon_ticks
        while (status := self._advance()) != f.OVER:
            self._observed()
            self._serve(status)
        self._observed()
        now = layout.state.now
        if horizon is not None:
            now["time"] = max(now["time"], horizon)
            self.after = self.after or self._snapshot()
        if self.after is None or (now["live"] and horizon is None and not may_hang(self.model)):
            raise self._stuck(NOTHING)
        whole = self._snapshot()
        measured = self.after.since(self.before or whole)
        measured.events = whole.events
        told = self.director.told if self.director is not None else None
        return Window(measured, whole, self._series(), drained=not now["live"], marks=tuple(self.marks), told=told)

    def _serve(self, status: int) -> None:
        """Does what the loop came back for."""
        layout = self.layout
        match status:
            case f.WALKS:
                layout.more_walks(len(layout.state.walks))
            case f.HEAP:
                layout.more_events()
            case f.WARM:
                self.before = self._snapshot()
            case f.MEASURED:
                self.after = self._snapshot()
            case f.PAUSED:
                if HALT.is_set():
                    raise KeyboardInterrupt
            case f.ASKED:
                self._ask()
            case f.OUTRUN:
                raise self._stuck(OUTRUN)
            case f.FUTILE:
                assert self.model.futile is not None
                raise self.model.futile

    def _ask(self) -> None:
        """Does what the director says."""
        assert self.director is not None
        now = self.layout.state.now
        for command in self.director.asked(int(now["asked"]), int(now["time"]), self._snapshot):
            self._obey(command)

    def _obey(self, command: Command) -> None:
        layout = self.layout
        match command.do:
            case Do.MARK:
                self.marks.append(self._snapshot())
            case Do.FINISH:
                layout.state.now["stopping"] = 1
                self.after = self.after or self._snapshot()
            case _:
                while layout.state.now["pending"] + 4 * len(layout.state.walks) + 64 > len(layout.state.heap):
                    layout.more_events()
                self._call(f.OBEYS, moved(layout.state, layout.elsewhere, command))
                self._observed()

    def _call(self, mode: int, command: Command = NOTHING_TO_DO) -> None:
        """Has the loop do something else than run."""
        now = self.layout.state.now
        now["mode"] = mode
        now["do"], now["of"], now["a"], now["b"], now["c"] = command
        self._advance()
        now["mode"] = f.RUNS

    def _advance(self) -> int:
        state = self.layout.state
        if self.passed is not state:
            self.passed, self.given = state, list(flat(state))
        return advance(state, self.given)

    def _snapshot(self) -> Totals:
        self._call(f.SETTLES)
        return self.layout.totals()

    def _observed(self) -> None:
        state = self.layout.state
        if not state.now["traced"]:
            return
        records = state.trace[: state.now["traced"]].copy()
        state.now["traced"] = 0
        if self.observer is not None:
            for end in records[records[:, 1] == What.LEAVES][:, OBSERVED].tolist():
                self.observer(*end)
        if self.recorder is not None:
            self.recorder(records.tolist())

    def _series(self) -> tuple[Series, ...]:
        state = self.layout.state
        found = zip(state.series, state.groups[["sets", "size", "sum", "count"]].tolist(), strict=True)
        return tuple(Series.of(sums[:sets].tolist(), size, rest, count) for sums, (sets, size, rest, count) in found)

    def _stuck(self, what: str) -> StuckError:
        state = self.layout.state
        under_way = np.flatnonzero(state.walks["born"] >= 0)
        oldest = under_way[np.argsort(state.walks["born"][under_way])][:NAMED]
        waiting = [self._waiting(int(walk)) for walk in oldest]
        return stuck(self.model, what, int(state.now["time"]), waiting, len(under_way))

    def _waiting(self, walk: int) -> Waiting:
        state, model = self.layout.state, self.model
        one = state.walks[walk]
        tasks, number = self.layout.tasks[one["source"]]
        step = state.steps[one["step"]]
        where = int(step["where"] + step["moves"] * one["shift"])
        match one["place"]:
            case f.RING_GIVEN:
                ring = int(step["where"] + state.classes[one["tasks"]]["ring_shift"])
                at = model.rings[ring - self.layout.first_ring].name
            case f.TURN_GIVEN:
                at = "turn of its requests"
            case f.CALL_ENDED:
                at = "call"
            case f.THREAD_GIVEN:
                at = "thread that serves it"
            case f.LOCK_GIVEN:
                at = "lock that threads share"
            case f.SERVED:
                at = f"processors of {model.domains[where].name}"
            case _:
                at = model.stations[where].name if step["kind"] == Kind.STATION else "outside"
        return Waiting(tasks, number, at, int(one["came"]))
