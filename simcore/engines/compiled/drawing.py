"""The draws of an operation, made where it begins: simcore.draws.Draws, one operation at a time."""

from __future__ import annotations

import math

import numpy as np

from simcore import counting
from simcore.counting import CENTRAL, DROPPED_OF_LAYER, ENDS, HEIGHTS, LAST, LAYER, ONE, WIDTHS
from simcore.distributions import CONSTANTLY, EXPONENTIALLY, GAMMA, LEAST, UNIFORMLY
from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.primitives import at
from simcore.streams import TRIES

__all__ = ["draw_operation", "draw_pause", "sample"]

threefry, uniform = inlined(counting.threefry), inlined(counting.uniform)
log, exp = once(counting.log), once(counting.exp)
central, tail = once(counting.central), once(counting.tail)
MOST_TRIES = np.uint64(TRIES)


@once
def _normal(u):
    q = u - 0.5
    if abs(q) <= CENTRAL:
        return central(q)
    return -tail(math.sqrt(-log(u))) if q < 0.0 else tail(math.sqrt(-log(1.0 - u)))


@inlined
def _point(bits):
    """A point of the ziggurat: how far out it is, its layer, and whether it surely lies inside."""
    layer, part = bits & LAYER, np.int64(bits >> DROPPED_OF_LAYER)
    return (np.float64(part) + 0.5) * WIDTHS[layer], layer, part < ENDS[layer]


@once
def _edge(value, layer, u, key0, key1, number, trial):
    """An exponential whose first point may lie outside its layer."""
    while True:
        if layer == 0:
            return LAST - log(u)
        if HEIGHTS[layer] + u * (HEIGHTS[layer - ONE] - HEIGHTS[layer]) < exp(-value):
            return value
        trial = trial + ONE
        bits, more = threefry(key0, key1, number, trial)
        value, layer, inside = _point(bits)
        if inside:
            return value
        u = uniform(more)


@once
def _rarely(kind, a, b, key0, key1, number, tries):
    """What takes longer: gamma and lognormal."""
    if kind != GAMMA:
        return exp(a * _normal(uniform(threefry(key0, key1, number, tries)[0])) - b)
    c, trial, v = 1.0 / math.sqrt(9.0 * b), tries, 0.0
    while True:
        trial = trial + ONE
        x, y = threefry(key0, key1, number, trial)
        z = _normal(uniform(x))
        v = 1.0 + c * z
        if v > 0.0:
            v = v * v * v
            if log(uniform(y)) < 0.5 * z * z + b * (1.0 - v + log(v)):
                break
    found = b * v
    if a < 1.0:
        found *= exp(max(log(uniform(threefry(key0, key1, number, tries)[0])) / a, LEAST))
    return found / a


@inlined
def sample(kind, a, b, key0, key1, number, tries):
    """simcore.distributions.Distribution.draw of one operation; `kind`, `a` and `b` are the distribution's form."""
    if kind == CONSTANTLY:
        return 1.0
    bits, more = threefry(key0, key1, number, tries)
    if kind == EXPONENTIALLY:
        value, layer, inside = _point(bits)
        if inside:
            return value
        return _edge(value, layer, uniform(more), key0, key1, number, tries)
    u = uniform(bits)
    if kind == UNIFORMLY:
        return 2.0 * u
    if kind == f.GATE:
        return 1.0 if u < a else 0.0
    return _rarely(kind, a, b, key0, key1, number, tries)


@inlined
def _tries(s, w):
    """The second word of the counter of the walk's task."""
    return np.uint64(at(s.sources, w.source).number) * MOST_TRIES


@inlined
def _drawn(s, entry, key, number, tries):
    """What an entry decides in an operation of this number."""
    one, n = at(s.entries, entry), np.uint64(2) * np.uint64(entry)
    return sample(one.kind, s.forms[n], s.forms[n + ONE], key, np.uint64(one.key), number, tries)


@inlined
def draw_pause(s, w):
    """The pause before the task's next operation, or until its next arrival."""
    kind = at(s.classes, w.tasks)
    if kind.pause < 0:
        return kind.pause_ticks
    number = np.uint64(at(s.sources, w.source).counted)
    return int(np.rint(kind.pause_ticks * _drawn(s, kind.pause, np.uint64(kind.key), number, _tries(s, w))))


@inlined
def draw_operation(s, w):
    """Ticks of the operation's visits that vary, and of their rows."""
    kind, row, ticks = at(s.classes, w.tasks), w.row, 0.0
    key, number, tries = np.uint64(kind.key), np.uint64(w.number), _tries(s, w)
    first, last = kind.first_entry, kind.last_entry
    for n in range(first, last):
        entry, value = at(s.entries, n), 1.0
        if entry.gate >= 0:
            value = at(s.values, entry.gate)
        if value != 0.0:
            value = _drawn(s, n, key, number, tries)
        s.values[np.uint64(n - first + 1)] = value
    for n in range(kind.first_term, kind.last_term):
        term = at(s.terms, n)
        ticks += term.amount * at(s.values, term.value)
        if term.own < 0:
            continue
        whole = int(np.rint(ticks))
        if whole == 0 and ticks > 0.0:
            whole = 1
        ticks = 0.0
        s.rows[np.uint64(row + term.own)] = whole
        if term.one >= 0:
            _sum_up(s, row + term.one, term.start, whole)
            if term.other >= 0:
                _sum_up(s, row + term.other, term.begin, whole)


@inlined
def _sum_up(s, place, start, ticks):
    """Adds to a sum of rows, or begins it."""
    s.rows[np.uint64(place)] = ticks + (start if start >= 0 else s.rows[np.uint64(place)])
