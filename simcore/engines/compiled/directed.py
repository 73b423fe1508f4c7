"""What classes do because the director says so, over arrays: see simcore.engines.simpy_engine.directed."""

from __future__ import annotations

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.holding import admit, bar, stop
from simcore.engines.compiled.primitives import at, schedule
from simcore.engines.compiled.queues import settle, watch
from simcore.life.rules import Do

__all__ = ["LAST", "NO_MORE", "fetch", "next_directed", "obey", "owes"]

NO_MORE, LAST = -1, -2  # instead of a pause before the next operation: there is none; and all others are idle
START, CANCEL, BEGIN, PAUSE = int(Do.START), int(Do.CANCEL), int(Do.BEGIN), int(Do.PAUSE)
RESUME, PLACE, MOVE, CAP = int(Do.RESUME), int(Do.PLACE), int(Do.MOVE), int(Do.CAP)
OWE, STOP = int(Do.OWE), int(Do.STOP)


@once
def next_directed(s, w):
    """Ticks to wait before the next operation of a class, or NO_MORE or LAST."""
    mine, now = at(s.directed, w.tasks), s.now.time
    if mine.left == 0:
        mine.busy -= 1
        return NO_MORE if mine.busy else LAST
    mine.left -= 1
    wait = max(mine.following - now, 0)
    mine.following = max(mine.following, now) + mine.pace
    return wait


@inlined
def owes(s, w, where):
    """Whether a walk that comes to a domain must fetch pages first."""
    return at(s.directed, w.tasks).owed > 0 and at(s.classes, w.tasks).domain == where


@once
def fetch(s, walk, w):
    """Begins to fetch a walk's part of the pages; what that takes of the station is left in `left`."""
    mine = at(s.directed, w.tasks)
    pages = -(-mine.owed // mine.count)
    mine.owed -= pages
    s.now.owed -= pages
    w.left = pages * mine.service
    schedule(s, pages * mine.delay, 4 * walk + f.TIMER)


@once
def _open(s, first, many, after):
    for walk in range(first, first + many):
        schedule(s, after, 4 * walk + f.TIMER)


@once
def _move(s, of, by):
    """A class's walks go on `by` steps further: those that wait for a ring at once, others from their next visit."""
    shift = at(s.classes, of).shift
    for walk in range(len(s.walks)):
        w = at(s.walks, walk)
        if w.tasks != of:
            continue
        if w.born < 0:
            w.shift = shift
            continue
        if w.kind == f.TAIL:
            w.ring += by
        if w.place == f.RING_GIVEN:
            w.step += by
            w.end += by
            w.shift = shift
        else:
            w.moved += by


@once
def obey(s, do, of, a, b, c):
    """Does what a command says; MOVE has the steps to go, which Python knows, in place of the program."""
    if do == START:
        mine = at(s.directed, of)
        mine.left, mine.following, mine.pace = a, 0, c
        mine.busy = min(max(a, 1), mine.count)
        _open(s, mine.first, mine.busy, b)
    elif do == CANCEL:
        at(s.directed, of).left = 0
    elif do == BEGIN:
        _open(s, at(s.directed, of).first, at(s.directed, of).count, 0)
    elif do == OWE:
        at(s.directed, of).owed += a
        s.now.owed += a
    elif do == MOVE:
        _move(s, of, a)
    else:
        home = at(s.domains, of)
        settle(s, home)
        if do == PAUSE and not home.paused:
            home.paused = 1
            bar(s, of)
        elif do == RESUME and home.paused:
            home.paused = 0
            if not home.over:
                admit(s, of)
        elif do == PLACE:
            home.pool = at(s.domains, a).pool
        elif do == CAP:
            over, home.over, home.due, home.since = home.over, 0, -1, s.now.time
            home.quota, home.left, home.period = a, a, b
            if over and not home.paused:
                admit(s, of)
            watch(s, of)
        elif do == STOP:
            stop(s, of)
