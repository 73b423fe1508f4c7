"""Walks begin: operations, what they leave to the background, and those that they call."""

from __future__ import annotations

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined
from simcore.engines.compiled.notes import note
from simcore.engines.compiled.places import comes_back, push, waits
from simcore.engines.compiled.primitives import add, at, tally
from simcore.engines.records import NO_VISIT, What

__all__ = ["another", "begin", "born", "call", "call_ended"]

BEGINS = int(What.BEGINS)


@inlined
def born(s, w):
    w.born, w.came_from, w.place = s.now.births, -1, f.BEGUN
    s.now.births += 1
    s.now.live += 1


@inlined
def begin(s, walk, w):
    """An operation of a task begins."""
    kind, source = at(s.classes, w.tasks), at(s.sources, w.source)
    tally(s, kind.counts + f.STARTED, 1)
    w.number = source.counted
    source.counted += 1
    w.began = s.now.time
    w.step, w.end = kind.step, kind.end
    born(s, w)
    note(s, BEGINS, 0, 0, 0, walk, NO_VISIT)


@inlined
def another(s, w, what):
    """A walk of the same task: an operation that arrives, or a tail."""
    walk = s.now.free
    one = at(s.walks, walk)
    s.now.free = one.next
    one.kind, one.tasks, one.source, one.serial, one.turn = what, w.tasks, w.source, s.now.serials, 0
    one.shift = w.shift
    one.who, one.space = one.serial, one.source
    s.now.serials += 1
    return walk


@inlined
def call(s, walk, w, step):
    """Begins an operation of another class, and waits for its end."""
    if s.now.free < 0:
        return comes_back(s, walk, w, f.NEXT_STEP, f.WALKS)
    w.came = s.now.time
    tasks = at(s.calls, at(s.classes, w.tasks).calls + step.where)
    one = another(s, at(s.walks, at(s.classes, tasks).source), f.CALLED)
    called = at(s.walks, one)
    called.caller = walk
    begin(s, one, called)
    called.came_from = w.came_from
    push(s, one)
    return waits(w, f.CALL_ENDED)


@inlined
def call_ended(s, w):
    add(s, at(s.classes, w.tasks).counts + f.CALL_WAIT, s.now.time - w.came)
    w.step += 1
    return f.NEXT_STEP
