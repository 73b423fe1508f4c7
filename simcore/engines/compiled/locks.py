"""What becomes of a visit that takes a lock by spinning: see simcore.engines.simpy_engine.spinning, and `spinners`."""

from __future__ import annotations

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.cores import completes, dispatch, give_back, next_vcpu, vacate, want_core
from simcore.engines.compiled.handing import freed, is_given
from simcore.engines.compiled.primitives import at, tally
from simcore.engines.compiled.queues import others_wait, waits_in
from simcore.engines.compiled.slices import is_woken, run, turn_over
from simcore.engines.compiled.spinners import (
    DONE,
    EXITS,
    GOES_ON,
    HALTS,
    HOLDS,
    KICKS,
    LEAVES,
    MOVES,
    SLEEPS,
    SPINS,
    YIELDS,
    is_cut,
    note_overdue,
    obtains,
    take_working,
)

__all__ = ["at_lock"]


@inlined
def _release(s, walk):
    """Gives the lock to the next; returns whether that one has to be woken."""
    following = freed(s, walk)
    if following < 0:
        return False
    job = at(s.walks, following)
    v = job.vcpu
    if job.phase == EXITS:
        job.given = 1
        return False
    if job.phase == HALTS:
        obtains(s, following)
        job.burns += at(s.domains, at(s.vcpus, v).domain).wake
        if job.burns:
            job.phase = MOVES
        at(s.vcpus, v).woken = 1
        want_core(s, v)
        return True
    is_given(s, following)
    return False


@inlined
def _passes(s, walk):
    """A slice is over: what the visit does next."""
    job = at(s.walks, walk)
    if job.phase == SPINS and not job.burns:
        home = at(s.domains, at(s.vcpus, job.vcpu).domain)
        job.phase, job.burns = EXITS, home.exit_
    if job.phase == EXITS and not job.burns:
        home = at(s.domains, at(s.vcpus, job.vcpu).domain)
        if job.given:
            obtains(s, walk)
            return GOES_ON
        if home.halts:
            job.phase, job.burns = HALTS, 0
            return SLEEPS
        job.phase, job.burns = SPINS, home.window
        return YIELDS
    if job.phase == MOVES and not job.burns:
        job.phase = HOLDS
    elif job.phase == HOLDS and not job.left:
        kicks = _release(s, walk)
        kick = at(s.domains, at(s.vcpus, job.vcpu).domain).kick
        job.phase, job.burns = LEAVES, 0
        if kicks and kick:
            job.phase, job.burns = KICKS, kick
    elif job.phase == KICKS and not job.burns:
        job.phase = LEAVES
    return DONE if job.phase == LEAVES and not job.left else GOES_ON


@once
def _gives_way(s, c):
    """Whether a virtual processor in the middle of a visit goes back to those who wait for its core."""
    v = at(s.cores, c).vcpu
    vcpu = at(s.vcpus, v)
    home = at(s.domains, vcpu.domain)
    over = turn_over(vcpu.turn, home.turn, s.now.time)
    if not over:
        if not s.now.preempt or is_woken(s, vcpu) or waits_in(s, f.WOKEN, c)[1] < 0:
            return False
        tally(s, home.counts + f.PREEMPTIONS, 1)
    vacate(s, c)
    give_back(s, v, not over)
    return True


@once
def at_lock(s, c, began):
    """A slice that began then is over: the walk whose job is done, -1 if it goes on as any, or -2."""
    core = at(s.cores, c)
    v = core.vcpu
    vcpu = at(s.vcpus, v)
    walk, d = vcpu.job, vcpu.domain
    home = at(s.domains, d)
    note_overdue(s, c, began)
    fate = _passes(s, walk)
    if fate == DONE:
        completes(s, c, walk)
        return walk
    if is_cut(s, walk):
        return -1
    if fate == SLEEPS:
        vacate(s, c)
        next_vcpu(s, c)
    elif fate == YIELDS and others_wait(s, c):
        vacate(s, c)
        give_back(s, v, False)
        other = take_working(s, c, d) if home.directed else -1
        if other < 0:
            next_vcpu(s, c)
        else:
            dispatch(s, c, other)
    elif not others_wait(s, c) or not _gives_way(s, c):
        run(s, c)
    else:
        next_vcpu(s, c)
    return -2
