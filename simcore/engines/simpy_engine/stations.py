"""Devices, locks and rings: first come, first served."""

from __future__ import annotations

from collections import deque

from simpy.events import NORMAL

from simcore.engines.simpy_engine.events import Clock, Completion
from simcore.model import Station
from simcore.totals import StationTotals

__all__ = ["Fifo", "Service", "Slots"]


class Service(Completion):
    """One visit to a station."""

    def __init__(self, env: Clock, ticks: int) -> None:
        self.env = env
        self.callbacks = []
        self.ticks = ticks
        self.arrived = env.now


class Fifo:
    """A device with several servers and one queue.

    Each visit is one event: scheduled at once if a server is free, else by the visit that frees one.

    The integral of a number over time is a sum over its changes: at time t, one more takes t away and one less adds t;
    then what is there now adds its number times the time. So an integral costs an addition where a number changes.
    """

    def __init__(self, env: Clock, station: Station, totals: StationTotals) -> None:
        self._env, self._totals = env, totals
        self.name, self._servers, self._free = station.name, station.servers, station.servers
        self._queue: deque[Service] = deque()
        self._busy = self._present = 0  # the sums over changes
        self._completions = self._service = self._sojourn = 0

    def serve(self, ticks: int) -> Service:
        """A visit of this length; it ends when the event happens, and is then to leave."""
        env = self._env
        now = env.now
        self._present -= now
        visit = Service(env, ticks)
        if self._free:
            self._free -= 1
            self._busy -= now
            env.schedule(visit, NORMAL, ticks)
        else:
            self._queue.append(visit)
        return visit

    def leave(self, visit: Service) -> None:
        """The visit has ended: the server goes on with the next."""
        now = self._env.now
        self._present += now
        self._completions += 1
        self._service += visit.ticks
        self._sojourn += now - visit.arrived
        if self._queue:
            following = self._queue.popleft()
            self._env.schedule(following, NORMAL, following.ticks)
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

    def __init__(self, env: Clock, slots: int) -> None:
        self._env, self._free = env, slots
        self._queue: deque[Completion] = deque()

    def take(self, task: object) -> Completion | None:
        """None if a slot was free and is now taken; else an event that happens when one is handed over.

        Args:
            task: who takes it; for a trace.
        """
        del task
        if self._free:
            self._free -= 1
            return None
        waiting = Completion(self._env)
        self._queue.append(waiting)
        return waiting

    def give(self, task: object) -> None:
        """Hands the slot to the next in the queue, who goes on at once, or frees it.

        Args:
            task: who had it; for a trace.
        """
        del task
        if self._queue:
            self._queue.popleft().at_once()
        else:
            self._free += 1
