"""The compiled loop of events."""

from __future__ import annotations

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import once
from simcore.engines.compiled.cores import AT_LOCK, after_slice, slice_ends
from simcore.engines.compiled.directed import obey
from simcore.engines.compiled.holding import quota_due, stop
from simcore.engines.compiled.locks import at_lock
from simcore.engines.compiled.notes import is_full
from simcore.engines.compiled.primitives import at, fill_hole, integrate, pop, schedule
from simcore.engines.compiled.queues import settle
from simcore.engines.compiled.stations import end_station
from simcore.engines.compiled.walks import go_on
from simcore.life.rules import AT_FIRST as FIRST

__all__ = ["advance"]

WHO = (1 << f.BITS) - 1  # of what happens, all but a station

AT_FIRST = int(FIRST)


@once
def _boot(s):
    """Begins the next task, or schedules the next fault; the walk that goes on now, or -1."""
    walk = s.now.booted
    s.now.booted += 1
    fault = walk - s.now.sources
    if fault == len(s.faults):
        s.now.asked = AT_FIRST
    elif fault < 0:
        tasks = at(s.walks, walk).tasks
        start = at(s.classes, tasks).start
        if at(s.directed, tasks).waits or at(s.walks, walk).kind == f.CALLED:
            return -1
        if start == 0:
            return walk
        schedule(s, start, 4 * walk + f.TIMER)
    else:
        schedule(s, s.faults[fault].at, 8 * s.faults[fault].domain + f.DOMAIN_EVENT)
    return -1


def advance(s):
    """Runs until the end or until something is wanted of the caller: one of the statuses of fields.

    If the caller wants to count, it does no more than to bring all integrals up to now; or it does what it is told.
    """
    if s.now.mode == f.SETTLES:
        _settle_all(s)
        return f.OVER
    if s.now.mode == f.OBEYS:
        obey(s, s.now.do, s.now.of, s.now.a, s.now.b, s.now.c)
        return f.OVER
    walk = -1
    if s.now.depth > 0:  # where it came back before
        s.now.depth -= 1
        walk = s.stack[s.now.depth]
    while True:
        if walk >= 0:
            status = go_on(s, walk)
            if status:
                return status
            walk = -1
        if s.now.sliced >= 0:
            core, s.now.sliced, s.now.between = s.now.sliced, -1, -1
            after_slice(s, core)
        if s.now.failed:
            return s.now.failed
        if s.now.pending + 4 * len(s.cores) + 8 > len(s.heap):
            return f.HEAP
        if is_full(s):
            return f.TRACE
        if s.now.booted < s.now.sources + len(s.faults) + s.now.life:
            walk = _boot(s)
            if s.now.booted > s.now.sources + len(s.faults):
                return f.ASKED
            continue
        if s.now.events >= s.now.breath:
            s.now.breath = s.now.events + f.BREATH
            return f.PAUSED
        fill_hole(s)
        if s.now.pending == 0 or (s.now.horizon >= 0 and at(s.heap, 0).at > s.now.horizon):
            return f.OVER
        order, what = pop(s)
        if s.now.elapsed > f.MANY:
            _settle_all(s)
        kind, one = what & 3, (what & WHO) >> 2
        if kind == f.SLICE:
            walk = slice_ends(s, one, order)
            if walk == AT_LOCK:
                walk = at_lock(s, one, at(s.cores, one).began)
            if walk >= -1:
                s.now.sliced = one
        elif kind == f.DOMAIN_EVENT:
            if one & 1:
                quota_due(s, one >> 1, order)
            else:
                stop(s, one >> 1)
        else:
            if kind == f.STATION:
                end_station(s, at(s.walks, one), what >> f.BITS)
            walk = one


@once
def _settle_all(s):
    """Brings all integrals up to now, which is the epoch from then on."""
    ticks = s.now.time - s.now.epoch
    s.now.epoch, s.now.elapsed = s.now.time, 0
    for d in range(len(s.domains)):
        home = s.domains[d]
        settle(s, home)
        integrate(s, home.counts + f.BUSY, home.running - home.pollers - home.spinners, ticks)
        integrate(s, home.counts + f.POPULATION, home.present, ticks)
        integrate(s, home.counts + f.WITHOUT_CORE, home.ready, ticks)
        integrate(s, home.counts + f.THROTTLED, home.held, ticks)
        integrate(s, home.counts + f.POLLING, home.pollers, ticks)
        integrate(s, home.counts + f.SPINNING, home.spinners, ticks)
    for n in range(len(s.stations)):
        station = s.stations[n]
        busy = station.servers - station.free
        integrate(s, station.counts + f.BUSY, busy, ticks)
        integrate(s, station.counts + f.POPULATION, busy + station.queued, ticks)
