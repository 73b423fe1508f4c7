"""What walks hold, by number: slots (domains' turns, rings, threads), and locks that are waited for by spinning."""

from __future__ import annotations

from simcore.engines.compiled.cached import inlined
from simcore.engines.compiled.primitives import at
from simcore.model import Lock

__all__ = ["SHARED", "ring_of", "shared_of", "thread_of", "turn_of"]

SHARED = int(Lock.SHARED)


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
