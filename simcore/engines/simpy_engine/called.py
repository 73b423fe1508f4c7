"""What a visit has of others: the thread that does it, the lock that threads share; and operations that others call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from simcore.engines.simpy_engine.parts import Part, Work
from simcore.engines.simpy_engine.stations import Slots

__all__ = ["Called", "held"]


def held(slots: Sequence[Slots], task: Any, what: Any) -> tuple[Slots | None, Slots | None, Any]:
    """The thread that does a visit's work, the lock that it shares with others, and who called, if the work is theirs.

    Args:
        slots: of the model's threads.
        what: as `parts.Held`.
    """
    (first, count, by_operation, by_task), shared, client = what
    number = first + (by_operation * task.work[-1] + by_task * task.number) % count
    thread = slots[number] if first >= 0 else None
    return thread, slots[shared] if shared >= 0 else None, task.caller if client else None


class Called:
    """Classes whose operations begin when others call them."""

    def __init__(self, run: Any) -> None:  # a `run.Run`, as the tasks here are its
        self._run = run
        self._sources: dict[int, tuple[Any, Iterator[Work]]] = {}

    def add(self, source: Any, operations: Iterator[Work]) -> None:
        """A class, by its only task and its operations."""
        self._sources[source.tasks] = source, operations

    def call(self, task: Any, to: int) -> bool:
        """Begins an operation of another class; returns whether it takes time: then the task goes on when it ends."""
        source, operations = self._sources[to]
        one = self._run.another(source, self._run.parts[to], self._end)
        one.caller, task.calling = task, True
        self._run.begin(one, next(operations))
        one.resume(None)
        waits, task.calling = task.calling, False
        return bool(waits)

    def _end(self, task: Any, part: Part[Any]) -> None:
        self._run.end(task, part)
        caller = task.caller
        if caller.calling:
            caller.calling = False
        else:
            caller.resume(None)
