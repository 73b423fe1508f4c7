"""Devices with several servers and one queue, over arrays: see simcore.engines.simpy_engine.stations."""

from __future__ import annotations

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined
from simcore.engines.compiled.coming import leave_for
from simcore.engines.compiled.primitives import add, at, join, less, more, schedule, tally

__all__ = ["end_station", "serve_station"]


@inlined
def _ends_at(s, walk, number):
    """Schedules the end of a visit to a station, with the station: so nothing has to be read to know it then."""
    schedule(s, at(s.walks, walk).ticks, (number << f.BITS) + 4 * walk + f.STATION)


@inlined
def serve_station(s, walk, number):
    """A visit begins."""
    station = at(s.stations, number)
    at(s.walks, walk).arrived = s.now.time
    tally(s, station.counts + f.ARRIVALS_, 1)
    more(s, station.counts + f.POPULATION)
    if station.free:
        station.free -= 1
        more(s, station.counts + f.BUSY)
        _ends_at(s, walk, number)
        return
    join(s.walks, station, walk)
    station.queued += 1


@inlined
def end_station(s, w, number):
    """A visit ends, and the next begins."""
    station = at(s.stations, number)
    tally(s, station.counts + f.COMPLETIONS, 1)
    less(s, station.counts + f.POPULATION)
    add(s, station.counts + f.SERVICE, w.ticks)
    add(s, station.counts + f.SOJOURN, s.now.time - w.arrived)
    if station.queued:
        walk = leave_for(s, station)
        station.queued -= 1
        _ends_at(s, walk, number)
    else:
        station.free += 1
        less(s, station.counts + f.BUSY)
