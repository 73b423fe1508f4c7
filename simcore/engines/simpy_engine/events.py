"""SimPy's environment, as this engine uses it.

A SimPy resource spends three events on a visit: request, timeout, release. Here what is to happen is put into SimPy's
queue as a function and what it is called with, once, when service starts, for the moment it ends. Whoever waits for
something whose end is known only when it comes is continued by a call. So a visit costs one event, whether it had to
wait or not, and no object is made for it.

Everything that SimPy offers works beside it: its timeouts, events, processes and resources come in the same queue, and
a task waits for any of its events by `event.callbacks.append(task.resume)`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any

import simpy
from simpy.core import EmptySchedule, StopSimulation
from simpy.events import NORMAL

__all__ = ["Clock", "Walk"]

AFTER_ALL = NORMAL + 1  # of events at one time, the priority of the last

Walk = Generator[None, None, None]  # a process: it waits where it yields, until somebody calls its `send`


class Clock(simpy.Environment):
    """SimPy's environment, with time in whole ticks: what starts at an integer and adds integers stays one.

    Attributes:
        now: the time in ticks; an attribute, for it is read several times a visit.
    """

    now = 0

    @property
    def _now(self) -> Any:
        """The time, as SimPy calls it."""
        return self.now

    @_now.setter
    def _now(self, now: Any) -> None:
        self.now = now

    def after(self, ticks: int, happens: Callable[[Any], object], what: Any = None) -> None:
        """Puts into the queue that `happens` is called with `what`, in so many ticks."""
        heappush(self._queue, (self.now + ticks, NORMAL, next(self._eid), happens, what))  # type: ignore[misc]

    def schedule(self, event: simpy.Event, priority: Any = NORMAL, delay: float = 0) -> None:
        """Puts an event of SimPy's into the queue."""
        heappush(self._queue, (self.now + delay, priority, next(self._eid), _happens, event))  # type: ignore[misc]

    def step(self) -> None:
        """Lets the next event happen."""
        if not self._queue:
            raise EmptySchedule
        self.now, _, _, happens, what = heappop(self._queue)  # type: ignore[misc]
        happens(what)

    def advance(self, horizon: int | None) -> int:
        """Lets events happen until none is left, or those at the horizon have; returns how many happened."""
        queue, happened = self._queue, 0
        if horizon is not None:
            heappush(queue, (horizon, AFTER_ALL, next(self._eid), _stops, None))  # type: ignore[misc]
        try:
            while queue:
                self.now, _, _, happens, what = heappop(queue)  # type: ignore[misc]
                happens(what)
                happened += 1
        except StopSimulation:
            pass
        return happened


def _happens(event: simpy.Event) -> None:
    """As SimPy's `step` does it."""
    callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
    for callback in callbacks:
        callback(event)
    if not event._ok and not hasattr(event, "_defused"):
        raise event._value


def _stops(_: object) -> None:
    raise StopSimulation
