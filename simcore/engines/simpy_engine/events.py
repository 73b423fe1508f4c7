"""The event that a task waits on while it visits a resource.

A SimPy resource spends three events on a visit: request, timeout, release. A Completion is scheduled once, when service
starts, for the moment it ends; where the end is known only when it comes, it runs its callbacks on the spot. So a visit
costs one event, whether it had to wait or not.
"""

from __future__ import annotations

import simpy

__all__ = ["Completion"]


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
