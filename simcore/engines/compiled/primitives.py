"""Counters, the heap of events, and slots, for the compiled loop."""

from __future__ import annotations

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined
from simcore.engines.compiled.machine import leading_zeros
from simcore.statistics.histogram import SUB_BITS

__all__ = [
    "add",
    "at",
    "bucket",
    "give",
    "integrate",
    "join",
    "leave",
    "less",
    "more",
    "pop",
    "schedule",
    "take",
    "take_out",
    "tally",
]


@inlined
def at(table, index):
    """A record, or a number, by its index: one that is never negative, for which numba need not provide."""
    return table[np.uint64(index)]


@inlined
def tally(s, index, number):
    """Adds to a count of things that happen, which are never more than fit."""
    s.counts[np.uint64(index)] += number


@inlined
def add(s, index, amount):
    """Adds to a count; amounts are from 0 to f.LIMIT - 1."""
    low = at(s.counts, index) + amount
    if low >= f.LIMIT:
        s.carried[np.uint64(index)] += 1
        low -= f.LIMIT
    s.counts[np.uint64(index)] = low


@inlined
def integrate(s, index, number, ticks):
    """Adds number * ticks, which may be more than fits."""
    while ticks > f.MANY:
        add(s, index, number * f.MANY)
        ticks -= f.MANY
    add(s, index, number * ticks)


@inlined
def more(s, index):
    """There is one more from now on of what this integral is of.

    An integral over time is a sum over changes: one more takes the time away, one less adds it, and what is there in
    the end adds its number times the time (`settled`). Times count from the epoch, so that no sum overflows.
    """
    s.counts[np.uint64(index)] -= s.now.elapsed


@inlined
def less(s, index):
    """There is one less from now on."""
    s.counts[np.uint64(index)] += s.now.elapsed


@inlined
def bucket(ticks):
    """`simcore.statistics.histogram.bucket_of`."""
    shift = 63 - SUB_BITS - leading_zeros(ticks)
    return ticks if shift <= 0 else (shift << SUB_BITS) + (ticks >> shift)


@inlined
def join(table, queue, one):
    """Appends a record to a queue linked through the table; returns whether it is the only one there."""
    at(table, one).next = -1
    alone = queue.first < 0
    if alone:
        queue.first = one
    else:
        at(table, queue.last).next = one
    queue.last = one
    return alone


@inlined
def leave(table, queue):
    """Takes the first of a queue that has one."""
    one = queue.first
    queue.first = at(table, one).next
    return one


@inlined
def take_out(table, queue, before, one):
    """Takes one out of a queue, by the one before it; -1 for the first."""
    following = at(table, one).next
    if before < 0:
        queue.first = following
    else:
        at(table, before).next = following
    if following < 0:
        queue.last = before


@inlined
def _earlier(time, order, other):
    """Whether an event comes before another; without a branch, for it could not be predicted."""
    return (time < other.at) | ((time == other.at) & (order < other.order))


@inlined
def _put(event, time, order, what):
    event.at, event.order, event.what = time, order, what


@inlined
def _move(event, other):
    event.at, event.order, event.what = other.at, other.order, other.what


@inlined
def _sink(heap, size, time, order, what):
    """Puts an event in place of the first, or below what comes before it."""
    place = 0
    while 2 * place + 1 < size:
        left = 2 * place + 1
        right = min(left + 1, size - 1)
        below = right if _earlier(at(heap, right).at, at(heap, right).order, at(heap, left)) else left
        child = at(heap, below)
        if _earlier(time, order, child):
            break
        _move(at(heap, place), child)
        place = below
    _put(at(heap, place), time, order, what)


@inlined
def schedule(s, delay, what):
    """Puts an event on the heap; returns its place in the order of scheduling."""
    heap, time, order, place = s.heap, s.now.time + delay, s.now.scheduled, s.now.pending
    s.now.scheduled += 1
    if s.now.hole:
        s.now.hole = 0
        _sink(heap, place, time, order, what)
        return order
    s.now.pending += 1
    while place > 0:
        above = (place - 1) >> 1
        if at(heap, above).at <= time:  # of two at one time the first scheduled happens first
            break
        _move(at(heap, place), at(heap, above))
        place = above
    _put(at(heap, place), time, order, what)
    return order


@inlined
def fill_hole(s):
    """Takes away the first event, which has happened, unless another has come in its place."""
    if s.now.hole:
        s.now.hole = 0
        last = s.now.pending - 1
        s.now.pending = last
        _sink(s.heap, last, at(s.heap, last).at, at(s.heap, last).order, at(s.heap, last).what)


@inlined
def pop(s):
    """What happens next: its place in the order of scheduling, and what it is; the time becomes its own.

    It leaves a hole at the top of the heap, which the next event to be scheduled often fills.
    """
    first = at(s.heap, 0)
    s.now.time, s.now.elapsed = first.at, first.at - s.now.epoch
    s.now.hole = 1
    s.now.events += 1
    return first.order, first.what


@inlined
def take(s, walk, number):
    """Whether a slot was free and is now taken; else the walk waits for one."""
    slot = at(s.slots, number)
    if slot.free:
        slot.free -= 1
        return True
    join(s.walks, slot, walk)
    return False


@inlined
def give(s, number):
    """The walk that the slot is handed to, or -1: then it is free."""
    slot = at(s.slots, number)
    if slot.first < 0:
        slot.free += 1
        return -1
    return leave(s.walks, slot)
