"""SimPy's environment and events, as this engine uses them.

A SimPy resource spends three events on a visit: request, timeout, release. A Completion is scheduled once, when service
starts, for the moment it ends; where the end is known only when it comes, it runs its callbacks on the spot. So a visit
costs one event, whether it had to wait or not.

Everything that SimPy offers works beside it: its timeouts, events, processes and resources come in the same queue.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any

import simpy
from simpy.core import StopSimulation
from simpy.events import NORMAL

__all__ = ["Clock", "Completion", "Walk", "start"]

AFTER_ALL = NORMAL + 1  # of events at one time, the priority of the last

Walk = Generator[simpy.Event, object, None]


class Clock(simpy.Environment):
    """SimPy's environment, with time in whole ticks: what starts at an integer and adds integers stays one.

    Its loop does what SimPy's `step` does, without a call for each event.

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

    def schedule(self, event: simpy.Event, priority: Any = NORMAL, delay: float = 0) -> None:
        """Puts an event in the queue; as SimPy does."""
        heappush(self._queue, (self.now + delay, priority, next(self._eid), event))

    def advance(self, horizon: int | None) -> int:
        """Lets events happen until none is left, or those at the horizon have; returns how many happened."""
        queue, happened = self._queue, 0
        if horizon is not None:
            self.schedule(Completion(self, StopSimulation.callback), AFTER_ALL, horizon - self.now)
        try:
            while queue:
                self.now, _, _, event = heappop(queue)  # type: ignore[assignment]
                callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
                for callback in callbacks:
                    callback(event)
                if not event._ok and not hasattr(event, "_defused"):
                    raise event._value
                happened += 1
        except StopSimulation:
            pass
        return happened


class Completion(simpy.Event):
    """An event that the resource itself brings about.

    Args:
        callbacks: what happens then, before what others add.
    """

    _ok, _value = True, None

    def __init__(self, env: Clock, *callbacks: Callable[[simpy.Event], None]) -> None:
        self.env, self.callbacks = env, [*callbacks]

    def at_once(self) -> None:
        """Happens now, without a way through the queue."""
        callbacks, self.callbacks = self.callbacks, None  # type: ignore[assignment]
        for callback in callbacks:
            callback(self)


def start(walk: Walk) -> None:
    """Lets a process run from now on: at once to its first event, and without an event for its start and its end.

    SimPy's own Process costs those two events, which a background tail of one visit would triple.
    """

    def resume(_: simpy.Event | None = None) -> None:
        for event in walk:  # the next; none if the walk is over
            event.callbacks.append(resume)  # there are callbacks: a process waits only for what is still to happen
            return

    resume()
