"""Who has a lock that is waited for by spinning, and who gets it: see simcore.engines.simpy_engine.spinning."""

from __future__ import annotations

from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.notes import note
from simcore.engines.compiled.primitives import at, leave, take_out
from simcore.engines.compiled.queues import settle
from simcore.engines.compiled.slices import run, visit_at
from simcore.engines.compiled.spinners import COMES, HOLDS, MOVES, SPINS, ends_slice, note_overdue, obtains
from simcore.engines.records import NO_VISIT, What

__all__ = ["freed", "is_given", "lets_go"]

STOPS, GIVES = int(What.STOPS), int(What.GIVES)


@inlined
def freed(s, walk):
    """The visit that gets the lock of another, which has it no more; -1 if nobody waits."""
    lock = at(s.spun, at(s.walks, walk).lock)
    note(s, GIVES, lock.number, 0, 0, walk, NO_VISIT)
    lock.holder = -1
    if lock.first < 0:
        return -1
    lock.holder = leave(s.walks, lock)
    lock.waiting -= 1
    return lock.holder


@once
def _stops_burning(s, c):
    """The slice of one that is given the lock is over."""
    core = at(s.cores, c)
    vcpu = at(s.vcpus, core.vcpu)
    note(s, STOPS, c, core.vcpu, 0, vcpu.job, visit_at(s, vcpu.job))
    home, began = at(s.domains, vcpu.domain), core.began
    settle(s, home)
    ends_slice(s, core, at(s.walks, vcpu.job), home)
    core.slice = -1
    note_overdue(s, c, began)


@once
def is_given(s, walk):
    """The lock is given to one that spins, perhaps without a core."""
    v = at(s.walks, walk).vcpu
    for c in range(len(s.cores)):
        if at(s.cores, c).vcpu == v:
            _stops_burning(s, c)
            obtains(s, walk)
            run(s, c)
            return
    obtains(s, walk)


@once
def _leaves_queue(s, lock, walk):
    before, one = -1, lock.first
    while one != walk:
        before, one = one, at(s.walks, one).next
    take_out(s.walks, lock, before, walk)
    lock.waiting -= 1


@once
def lets_go(s, walk):
    """A visit loses its processor: it asks for a preemptible lock anew when it has one again."""
    job = at(s.walks, walk)
    if job.lock < 0 or not at(s.spun, job.lock).preemptible:
        return
    phase, job.phase = job.phase, COMES
    if phase == SPINS:
        _leaves_queue(s, at(s.spun, job.lock), walk)
        job.burns = 0
    elif phase in (MOVES, HOLDS):
        job.rest, job.left, job.burns = job.left, 0, 0
        following = freed(s, walk)
        if following >= 0:
            is_given(s, following)
