"""Counters, the heap of events, stations and slots, for the compiled loop."""

from __future__ import annotations

from numba import njit

from simcore.engines.compiled.fields import (
    AT,
    CAME,
    EVENTS,
    HEAP,
    L_FIRST,
    L_FREE,
    L_LAST,
    LIMIT,
    MANY,
    N_ARRIVALS,
    N_BUSY,
    N_COMPLETIONS,
    N_POPULATION,
    N_SERVICE,
    N_SOJOURN,
    NEXT,
    NOW,
    ORDER,
    PENDING,
    S_COUNTS,
    S_FIRST,
    S_FREE,
    S_LAST,
    S_QUEUED,
    S_SERVERS,
    S_SINCE,
    SCHEDULED,
    STATION,
    TICKS,
    WHAT,
)
from simcore.statistics.histogram import SUB_BITS

__all__ = ["HEAP", "add", "bucket", "give", "hot", "integrate", "pop", "schedule", "serve_station", "settle_station"]

hot = njit(forceinline=True, _nrt=False)


@hot
def add(counts, index, amount):
    """Adds to a count; amounts are from 0 to LIMIT - 1."""
    low = counts[index, 1] + amount
    if low >= LIMIT:
        counts[index, 0] += 1
        low -= LIMIT
    counts[index, 1] = low


@hot
def integrate(counts, index, number, ticks):
    """Adds number * ticks, which may be more than fits."""
    while ticks > MANY:
        add(counts, index, number * MANY)
        ticks -= MANY
    add(counts, index, number * ticks)


@hot
def bucket(ticks):
    """`simcore.statistics.histogram.bucket_of`."""
    bits, rest = 0, ticks
    for step in (32, 16, 8, 4, 2, 1):
        if rest >> step:
            rest >>= step
            bits += step
    bits += rest
    shift = bits - SUB_BITS - 1
    return ticks if shift <= 0 else (shift << SUB_BITS) + (ticks >> shift)


@hot
def schedule(s, delay, what):
    """Puts an event on the heap; returns its place in the order of scheduling."""
    heap, time, order, at = s.heap, s.now[NOW] + delay, s.now[SCHEDULED], s.now[PENDING]
    s.now[SCHEDULED] = order + 1
    s.now[PENDING] = at + 1
    while at > 0:
        above = (at - 1) >> 1
        if heap[above, AT] <= time:  # of two at one time the first scheduled happens first
            break
        heap[at, AT], heap[at, ORDER], heap[at, WHAT] = heap[above, AT], heap[above, ORDER], heap[above, WHAT]
        at = above
    heap[at, AT], heap[at, ORDER], heap[at, WHAT] = time, order, what
    return order


@hot
def pop(s):
    """Takes the first event: its place in the order, and what happens; the time becomes its own."""
    heap, last = s.heap, s.now[PENDING] - 1
    s.now[NOW], first_order, first_what = heap[0, AT], heap[0, ORDER], heap[0, WHAT]
    s.now[PENDING] = last
    s.now[EVENTS] += 1
    time, order, what = heap[last, AT], heap[last, ORDER], heap[last, WHAT]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= last:
            break
        right = below + 1
        if right < last and (
            heap[right, AT] < heap[below, AT]
            or (heap[right, AT] == heap[below, AT] and heap[right, ORDER] < heap[below, ORDER])
        ):
            below = right
        if time < heap[below, AT] or (time == heap[below, AT] and order < heap[below, ORDER]):
            break
        heap[at, AT], heap[at, ORDER], heap[at, WHAT] = heap[below, AT], heap[below, ORDER], heap[below, WHAT]
        at = below
    heap[at, AT], heap[at, ORDER], heap[at, WHAT] = time, order, what
    return first_order, first_what


@hot
def settle_station(s, station):
    """Brings a station's integrals up to now."""
    ticks = s.now[NOW] - s.stations[station, S_SINCE]
    if ticks:
        counts = s.stations[station, S_COUNTS]
        busy = s.stations[station, S_SERVERS] - s.stations[station, S_FREE]
        integrate(s.counts, counts + N_BUSY, busy, ticks)
        integrate(s.counts, counts + N_POPULATION, busy + s.stations[station, S_QUEUED], ticks)
        s.stations[station, S_SINCE] = s.now[NOW]


@hot
def serve_station(s, walk, station):
    """A visit begins."""
    settle_station(s, station)
    s.counts[s.stations[station, S_COUNTS] + N_ARRIVALS, 1] += 1
    if s.stations[station, S_FREE]:
        s.stations[station, S_FREE] -= 1
        schedule(s, s.walks[walk, TICKS], 4 * walk + STATION)
        return
    s.walks[walk, NEXT] = -1
    if s.stations[station, S_QUEUED]:
        s.walks[s.stations[station, S_LAST], NEXT] = walk
    else:
        s.stations[station, S_FIRST] = walk
    s.stations[station, S_LAST] = walk
    s.stations[station, S_QUEUED] += 1


@hot
def end_station(s, walk, station):
    """A visit ends, and the next begins."""
    settle_station(s, station)
    counts = s.stations[station, S_COUNTS]
    s.counts[counts + N_COMPLETIONS, 1] += 1
    add(s.counts, counts + N_SERVICE, s.walks[walk, TICKS])
    add(s.counts, counts + N_SOJOURN, s.now[NOW] - s.walks[walk, CAME])
    if s.stations[station, S_QUEUED]:
        following = s.stations[station, S_FIRST]
        s.stations[station, S_FIRST] = s.walks[following, NEXT]
        s.stations[station, S_QUEUED] -= 1
        schedule(s, s.walks[following, TICKS], 4 * following + STATION)
    else:
        s.stations[station, S_FREE] += 1


@hot
def take(s, walk, slot):
    """Whether a slot was free and is now taken; else the walk waits for one."""
    if s.slots[slot, L_FREE]:
        s.slots[slot, L_FREE] -= 1
        return True
    s.walks[walk, NEXT] = -1
    if s.slots[slot, L_FIRST] < 0:
        s.slots[slot, L_FIRST] = walk
    else:
        s.walks[s.slots[slot, L_LAST], NEXT] = walk
    s.slots[slot, L_LAST] = walk
    return False


@hot
def give(s, slot):
    """The walk that the slot is handed to, or -1: then it is free."""
    following = s.slots[slot, L_FIRST]
    if following < 0:
        s.slots[slot, L_FREE] += 1
    else:
        s.slots[slot, L_FIRST] = s.walks[following, NEXT]
    return following
