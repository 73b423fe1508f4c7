"""What walks hold, by number: slots (domains' turns, rings, threads), and locks that are waited for by spinning."""

from __future__ import annotations

from simcore.engines.compiled.cached import inlined
from simcore.engines.compiled.primitives import at
from simcore.engines.compiled.spinners import chosen
from simcore.model import Lock

__all__ = ["SHARED", "ring_of", "shared_of", "spun_of", "thread_of", "turn_of"]

ADDRESS_SPACE, VM, SHARED = int(Lock.ADDRESS_SPACE), int(Lock.VM), int(Lock.SHARED)


@inlined
def ring_of(s, w, tail):
    """The slot of a tail's ring."""
    return tail.where + at(s.classes, w.tasks).ring_shift


@inlined
def shared_of(s, w):
    """The slot of the lock that the threads which do a visit's work share."""
    return at(s.classes, w.tasks).shared


@inlined
def thread_of(s, w, step):
    """The slot of the thread that does a visit's work."""
    one = at(s.threads, at(s.classes, w.tasks).threads + step.thread)
    return one.first + (one.by_operation * w.number + one.by_task * at(s.sources, w.source).number) % one.count


@inlined
def turn_of(s, w):
    """The slot of the turn of a walk's guest."""
    return at(s.classes, w.tasks).domain


@inlined
def spun_of(s, w, step):
    """The lock that a visit takes by spinning; -1 for none."""
    kind = at(s.classes, w.tasks)
    if step.lock == ADDRESS_SPACE:
        return w.source
    if step.lock == VM:
        return s.now.sources + kind.domain
    if step.spin < 0:
        return -1
    locks = at(s.locks, kind.locks + step.spin)
    task = at(s.sources, w.source).number
    return s.now.sources + len(s.domains) + locks.first + chosen(kind.key, task, w.number, step.index, locks.count)
