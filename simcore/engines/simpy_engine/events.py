"""The event that a task waits on while it visits a resource.

A SimPy resource spends three events on a visit: request, timeout, release. A Completion is scheduled once, when service
starts, for the moment it ends; where the end is known only when it comes, it runs its callbacks on the spot. So a visit
costs one event, whether it had to wait or not.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import simpy

__all__ = ["Clock", "Completion", "Walk", "start"]

Walk = Generator[simpy.Event, object, None]


class Clock(simpy.Environment):
    """SimPy's environment, with time in whole ticks: what starts at an integer and adds integers stays one."""

    if TYPE_CHECKING:

        @property
        def now(self) -> int:
            """The time in ticks."""


class Completion(simpy.Event):
    """An event that the resource itself brings about."""

    def after(self, ticks: int) -> None:
        """Happens `ticks` from now, through SimPy's queue."""
        self._ok, self._value = True, None
        self.env.schedule(self, delay=ticks)

    def at_once(self) -> None:
        """Happens now, without a way through the queue."""
        self._ok, self._value = True, None
        callbacks, self.callbacks = self.callbacks, None  # type: ignore[assignment]
        for callback in callbacks or ():
            callback(self)


def start(walk: Walk) -> None:
    """Lets a process run from now on: at once to its first event, and without an event for its start and its end.

    SimPy's own Process costs those two events, which a background tail of one visit would triple.
    """

    def resume(_: simpy.Event | None = None) -> None:
        try:
            event = next(walk)
        except StopIteration:
            return
        assert event.callbacks is not None, "a process waits only for what is still to happen"
        event.callbacks.append(resume)

    resume()
