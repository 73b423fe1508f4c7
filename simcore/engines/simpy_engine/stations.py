"""Devices, locks and rings: first come, first served."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappush
from typing import Any, Protocol

from simpy.events import NORMAL

from simcore.engines.simpy_engine.events import Clock
from simcore.model import Station
from simcore.totals import StationTotals

__all__ = ["Fifo", "Slots", "Waits"]


class Waits(Protocol):
    """A task: it waits until somebody calls `resume`."""

    resume: Callable[[Any], object]


class Fifo:
    """A device with several servers and one queue.

    Each visit is one event: scheduled at once if a server is free, else by the visit that frees one; without a call of
    `Clock.after`, which would make a closed network 8 % slower.

    The integral of a number over time is a sum over its changes: at time t, one more takes t away and one less adds t;
    then what is there now adds its number times the time. So an integral costs an addition where a number changes.
    """

    def __init__(self, env: Clock, station: Station, totals: StationTotals) -> None:
        self._env, self._totals = env, totals
        self.name, self._servers, self._free = station.name, station.servers, station.servers
        self._queue: deque[tuple[int, Callable[[Any], object]]] = deque()
        self._busy = self._present = 0  # the sums over changes
        self._completions = self._service = self._sojourn = 0

    def serve(self, task: Waits, ticks: int) -> None:
        """A visit of this length; when it ends, the task goes on, and is then to leave."""
        env = self._env
        now = env.now
        self._present -= now
        if self._free:
            self._free -= 1
            self._busy -= now
            heappush(env._queue, (now + ticks, NORMAL, next(env._eid), task.resume, None))  # type: ignore[misc]
        else:
            self._queue.append((ticks, task.resume))

    def leave(self, ticks: int, arrived: int) -> None:
        """A visit of this length has ended, that began to wait then: the server goes on with the next."""
        now = self._env.now
        self._present += now
        self._completions += 1
        self._service += ticks
        self._sojourn += now - arrived
        if self._queue:
            env, (following, resume) = self._env, self._queue.popleft()
            heappush(env._queue, (now + following, NORMAL, next(env._eid), resume, None))  # type: ignore[misc]
        else:
            self._free += 1
            self._busy += now

    def settle(self) -> None:
        """Brings the totals up to now."""
        totals, now = self._totals, self._env.now
        busy = self._servers - self._free
        present = busy + len(self._queue)
        totals.arrivals, totals.completions = self._completions + present, self._completions
        totals.service, totals.sojourn = self._service, self._sojourn
        totals.busy = self._busy + busy * now
        totals.population = self._present + present * now


class Slots:
    """A lock (one slot) or a ring (several), held while a task does something else."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._queue: deque[Waits] = deque()

    def take(self, task: Waits) -> bool:
        """Whether a slot was free and is now taken; else the task is to wait, and goes on when one is handed over."""
        if self._free:
            self._free -= 1
            return True
        self._queue.append(task)
        return False

    def give(self, task: Waits) -> None:
        """Hands the slot to the next in the queue, who goes on at once, or frees it.

        Args:
            task: who had it; for a trace.
        """
        del task
        if self._queue:
            self._queue.popleft().resume(None)
        else:
            self._free += 1
