"""Devices, locks and rings: first come, first served."""

from __future__ import annotations

from collections import deque

import simpy

from simcore.engines.simpy_engine.events import Clock, Completion
from simcore.totals import StationTotals

__all__ = ["Fifo", "Slots"]


class _Service(Completion):
    """One visit to a station."""

    def __init__(self, env: Clock, ticks: int) -> None:
        super().__init__(env)
        self.ticks, self.arrived = ticks, env.now


class Fifo:
    """A device with several servers and one queue.

    Each visit is one event: scheduled at once if a server is free, else by the visit that frees one.
    """

    def __init__(self, env: Clock, servers: int, totals: StationTotals) -> None:
        self._env, self._free, self.totals = env, servers, totals
        self._servers = servers
        self._queue: deque[_Service] = deque()
        self._last = 0

    def serve(self, ticks: int) -> Completion:
        """A visit of this length; it ends when the event happens."""
        self.settle()
        self.totals.arrivals += 1
        visit = _Service(self._env, ticks)
        visit.callbacks.append(self._ended)
        if self._free:
            self._free -= 1
            visit.after(ticks)
        else:
            self._queue.append(visit)
        return visit

    def settle(self) -> None:
        """Brings the time integrals up to now."""
        now = self._env.now
        if now != self._last:
            busy = self._servers - self._free
            self.totals.busy += busy * (now - self._last)
            self.totals.population += (busy + len(self._queue)) * (now - self._last)
            self._last = now

    def _ended(self, visit: simpy.Event) -> None:
        assert isinstance(visit, _Service)
        self.settle()
        totals = self.totals
        totals.completions += 1
        totals.service += visit.ticks
        totals.sojourn += self._env.now - visit.arrived
        if self._queue:
            following = self._queue.popleft()
            following.after(following.ticks)
        else:
            self._free += 1


class Slots:
    """A lock (one slot) or a ring (several), held while a task does something else."""

    def __init__(self, env: Clock, slots: int) -> None:
        self._env, self._free = env, slots
        self._queue: deque[Completion] = deque()

    def take(self) -> Completion | None:
        """None if a slot was free and is now taken; else an event that happens when one is handed over."""
        if self._free:
            self._free -= 1
            return None
        waiting = Completion(self._env)
        self._queue.append(waiting)
        return waiting

    def give(self) -> None:
        """Hands the slot to the next in the queue, who goes on at once, or frees it."""
        if self._queue:
            self._queue.popleft().at_once()
        else:
            self._free += 1
