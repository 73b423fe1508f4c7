"""Who goes on next: what a walk returns in place of its next place, and the stack of those that go on at once."""

from __future__ import annotations

from simcore.engines.compiled.cached import inlined

__all__ = ["WAITING", "after", "comes_back", "push", "waits"]

WAITING = -1  # in place of the next place: the walk goes no further now; a status to come back with is below


@inlined
def push(s, walk):
    """This walk goes on next."""
    s.stack[s.now.depth] = walk
    s.now.depth += 1


@inlined
def waits(w, place):
    """The walk goes no further now; it will go on from this place."""
    w.place = place
    return WAITING


@inlined
def after(s, walk, w, place, other):
    """Another walk goes on, if there is one, and then this one from its place."""
    if other < 0:
        return place
    w.place = place
    push(s, walk)
    push(s, other)
    return WAITING


@inlined
def comes_back(s, walk, w, place, status):
    """Something is wanted of the caller; then the walk goes on from this place."""
    w.place = place
    push(s, walk)
    return WAITING - status
