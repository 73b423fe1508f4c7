"""The slots that walks hold, by number: the tasks' locks, the domains', the domains' turns, the rings, and threads."""

from __future__ import annotations

from simcore.engines.compiled.cached import inlined
from simcore.engines.compiled.primitives import at
from simcore.model import Lock

__all__ = ["lock_of", "ring_of", "thread_of", "turn_of"]

ADDRESS_SPACE, SHARED = int(Lock.ADDRESS_SPACE), int(Lock.SHARED)


@inlined
def ring_of(s, w, tail):
    """The slot of a tail's ring."""
    return tail.where + at(s.classes, w.tasks).ring_shift


@inlined
def lock_of(s, w, lock):
    """The slot of a lock that a visit holds."""
    if lock == ADDRESS_SPACE:
        return w.source
    if lock == SHARED:
        return at(s.classes, w.tasks).shared
    return s.now.sources + at(s.classes, w.tasks).domain


@inlined
def thread_of(s, w, step):
    """The slot of the thread that does a visit's work."""
    one = at(s.threads, at(s.classes, w.tasks).threads + step.thread)
    return one.first + (one.by_operation * w.number + one.by_task * at(s.sources, w.source).number) % one.count


@inlined
def turn_of(s, w):
    """The slot of the turn of a walk's guest."""
    return s.now.sources + len(s.domains) + at(s.classes, w.tasks).domain
