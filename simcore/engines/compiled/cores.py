"""The rules of simcore.engines.simpy_engine.cores, over arrays: see there for what they mean."""

from __future__ import annotations

from numba import njit

from simcore.engines.compiled.fields import (
    ARRIVED,
    BETWEEN,
    C_BEGAN,
    C_DOMAIN,
    C_NEXT,
    C_PREV,
    C_SLICE,
    C_VCPU,
    D_COUNTS,
    D_FIRST,
    D_IDLE_FIRST,
    D_IDLE_LAST,
    D_LAST,
    D_PRESENT,
    D_RUNNING,
    D_SINCE,
    D_STOPPED,
    D_SWITCH,
    D_TURN,
    DOMAIN_SWITCH,
    DOMAIN_SWITCHES,
    FAILED,
    FUTILE,
    IDLE_FIRST,
    IDLE_LAST,
    IS_FUTILE,
    LEFT,
    N_ARRIVALS,
    N_BUSY,
    N_COMPLETIONS,
    N_DOMAIN_SWITCHES,
    N_POPULATION,
    N_PREEMPTIONS,
    N_SERVICE,
    N_SOJOURN,
    N_TASK_SWITCHES,
    NEXT,
    NOW,
    PREEMPT,
    QUANTUM,
    READY_FIRST,
    READY_LAST,
    SERIAL,
    SLICE,
    SOURCE,
    TASK_SWITCHES,
    TICKS,
    V_DOMAIN,
    V_FRESH,
    V_JOB,
    V_NEXT,
    V_PREV,
    V_SPACE,
    V_TASK,
    V_TASK_TURN,
    V_TURN,
    V_WOKEN,
    WOKEN_FIRST,
    WOKEN_LAST,
)
from simcore.engines.compiled.primitives import add, hot, integrate, schedule

__all__ = ["after_slice", "finish", "serve", "settle", "slice_ends", "stop"]


@hot
def settle(s, d):
    """Brings a domain's integrals up to now."""
    ticks = s.now[NOW] - s.domains[d, D_SINCE]
    if ticks:
        counts = s.domains[d, D_COUNTS]
        integrate(s.counts, counts + N_BUSY, s.domains[d, D_RUNNING], ticks)
        integrate(s.counts, counts + N_POPULATION, s.domains[d, D_PRESENT], ticks)
        s.domains[d, D_SINCE] = s.now[NOW]


@hot
def _boundary(began, length, now):
    return began + ((now - began) // length + 1) * length


@hot
def _others_wait(s):
    return s.now[WOKEN_FIRST] >= 0 or s.now[READY_FIRST] >= 0


@hot
def _is_woken(s, v):
    turn = s.domains[s.vcpus[v, V_DOMAIN], D_TURN]
    return s.vcpus[v, V_WOKEN] != 0 and s.now[NOW] - s.vcpus[v, V_TURN] < turn


@hot
def _append(s, first, last, v):
    s.vcpus[v, V_NEXT] = -1
    if s.now[first] < 0:
        s.now[first] = v
    else:
        s.vcpus[s.now[last], V_NEXT] = v
    s.now[last] = v


@hot
def _append_left(s, first, last, v):
    s.vcpus[v, V_NEXT] = s.now[first]
    if s.now[first] < 0:
        s.now[last] = v
    s.now[first] = v


@hot
def _pop_left(s, first):
    v = s.now[first]
    s.now[first] = s.vcpus[v, V_NEXT]
    return v


@hot
def _join(s, d, walk):
    """Appends a job to its domain's queue; returns whether it is the only one there."""
    s.walks[walk, NEXT] = -1
    alone = s.domains[d, D_FIRST] < 0
    if alone:
        s.domains[d, D_FIRST] = walk
    else:
        s.walks[s.domains[d, D_LAST], NEXT] = walk
    s.domains[d, D_LAST] = walk
    return alone


@hot
def _leave(s, d):
    walk = s.domains[d, D_FIRST]
    s.domains[d, D_FIRST] = s.walks[walk, NEXT]
    return walk


@hot
def _rest_vcpu(s, d, v):
    last = s.domains[d, D_IDLE_LAST]
    s.vcpus[v, V_NEXT], s.vcpus[v, V_PREV] = -1, last
    if last < 0:
        s.domains[d, D_IDLE_FIRST] = v
    else:
        s.vcpus[last, V_NEXT] = v
    s.domains[d, D_IDLE_LAST] = v


@hot
def _idle_vcpu(s, d, space):
    """The latest to fall idle that was in this address space, else the one that has been idle longest; taken."""
    v = s.domains[d, D_IDLE_LAST]
    while v >= 0 and s.vcpus[v, V_SPACE] != space:
        v = s.vcpus[v, V_PREV]
    if v < 0:
        v = s.domains[d, D_IDLE_FIRST]
    before, after = s.vcpus[v, V_PREV], s.vcpus[v, V_NEXT]
    if before < 0:
        s.domains[d, D_IDLE_FIRST] = after
    else:
        s.vcpus[before, V_NEXT] = after
    if after < 0:
        s.domains[d, D_IDLE_LAST] = before
    else:
        s.vcpus[after, V_PREV] = before
    return v


@hot
def _rest_core(s, c):
    last = s.now[IDLE_LAST]
    s.cores[c, C_NEXT], s.cores[c, C_PREV] = -1, last
    if last < 0:
        s.now[IDLE_FIRST] = c
    else:
        s.cores[last, C_NEXT] = c
    s.now[IDLE_LAST] = c


@hot
def _idle_core(s, d):
    """The latest to fall idle that ran this domain, else the one that has been idle longest; taken."""
    c = s.now[IDLE_LAST]
    while c >= 0 and s.cores[c, C_DOMAIN] != d:
        c = s.cores[c, C_PREV]
    if c < 0:
        c = s.now[IDLE_FIRST]
    before, after = s.cores[c, C_PREV], s.cores[c, C_NEXT]
    if before < 0:
        s.now[IDLE_FIRST] = after
    else:
        s.cores[before, C_NEXT] = after
    if after < 0:
        s.now[IDLE_LAST] = before
    else:
        s.cores[after, C_PREV] = before
    return c


@hot
def _cut(s, c):
    """Schedules the end of a core's slice anew."""
    v, now = s.cores[c, C_VCPU], s.now[NOW]
    d = s.vcpus[v, V_DOMAIN]
    end = s.cores[c, C_BEGAN] + s.walks[s.vcpus[v, V_JOB], LEFT]
    if s.domains[d, D_FIRST] >= 0:
        end = min(end, _boundary(s.vcpus[v, V_TASK_TURN], s.now[QUANTUM], now))
    if _others_wait(s):
        end = min(end, _boundary(s.vcpus[v, V_TURN], s.domains[d, D_TURN], now))
    s.cores[c, C_SLICE] = schedule(s, end - now, 4 * c + SLICE)


@njit(_nrt=False)
def _recut(s, home):
    """Somebody waits now who did not before: turns end again (in one domain, or in all if it is -1)."""
    if s.now[FUTILE]:
        s.now[FAILED] = IS_FUTILE
        return
    now = s.now[NOW]
    for c in range(len(s.cores)):
        v = s.cores[c, C_VCPU]
        if v < 0 or s.cores[c, C_SLICE] < 0 or s.vcpus[v, V_JOB] < 0:
            continue
        d = s.vcpus[v, V_DOMAIN]
        if home < 0:
            boundary = _boundary(s.vcpus[v, V_TURN], s.domains[d, D_TURN], now)
        elif home == d:
            boundary = _boundary(s.vcpus[v, V_TASK_TURN], s.now[QUANTUM], now)
        else:
            continue
        if boundary < s.cores[c, C_BEGAN] + s.walks[s.vcpus[v, V_JOB], LEFT]:
            _cut(s, c)


@hot
def _begin_job(s, v):
    if not s.vcpus[v, V_FRESH]:
        return
    walk, d = s.vcpus[v, V_JOB], s.vcpus[v, V_DOMAIN]
    s.vcpus[v, V_FRESH] = 0
    s.vcpus[v, V_TASK], s.vcpus[v, V_TASK_TURN] = s.walks[walk, SERIAL], s.now[NOW]
    space = s.walks[walk, SOURCE]
    if s.vcpus[v, V_SPACE] != space:
        if s.vcpus[v, V_SPACE] >= 0 and s.domains[d, D_SWITCH]:
            s.walks[walk, LEFT] += s.domains[d, D_SWITCH]
            s.walks[walk, TASK_SWITCHES] += 1
            s.counts[s.domains[d, D_COUNTS] + N_TASK_SWITCHES, 1] += 1
        s.vcpus[v, V_SPACE] = space


@hot
def _run(s, c):
    d = s.vcpus[s.cores[c, C_VCPU], V_DOMAIN]
    settle(s, d)
    s.domains[d, D_RUNNING] += 1
    s.cores[c, C_BEGAN] = s.now[NOW]
    _cut(s, c)


@hot
def _dispatch(s, c, v):
    d, walk = s.vcpus[v, V_DOMAIN], s.vcpus[v, V_JOB]
    s.cores[c, C_VCPU] = v
    s.vcpus[v, V_TURN] = s.now[NOW]
    if s.cores[c, C_DOMAIN] != d:
        if s.cores[c, C_DOMAIN] >= 0 and s.now[DOMAIN_SWITCH]:
            s.walks[walk, LEFT] += s.now[DOMAIN_SWITCH]
            s.walks[walk, DOMAIN_SWITCHES] += 1
            s.counts[s.domains[d, D_COUNTS] + N_DOMAIN_SWITCHES, 1] += 1
        s.cores[c, C_DOMAIN] = d
    _begin_job(s, v)
    _run(s, c)


@hot
def _end_slice(s, c):
    v = s.cores[c, C_VCPU]
    d = s.vcpus[v, V_DOMAIN]
    settle(s, d)
    s.domains[d, D_RUNNING] -= 1
    s.walks[s.vcpus[v, V_JOB], LEFT] -= s.now[NOW] - s.cores[c, C_BEGAN]
    s.cores[c, C_SLICE] = -1


@njit(_nrt=False)
def _preempt(s, woken):
    """Gives a woken virtual processor the core of one that was not; whether there was one."""
    for c in range(len(s.cores)):
        v = s.cores[c, C_VCPU]
        if v >= 0 and s.cores[c, C_SLICE] >= 0 and not _is_woken(s, v):
            _end_slice(s, c)
            s.cores[c, C_VCPU] = -1
            s.counts[s.domains[s.vcpus[v, V_DOMAIN], D_COUNTS] + N_PREEMPTIONS, 1] += 1
            s.vcpus[v, V_WOKEN] = 0
            _append_left(s, READY_FIRST, READY_LAST, v)
            _dispatch(s, c, woken)
            return True
    return False


@hot
def _want_core(s, v):
    if s.now[IDLE_FIRST] >= 0:
        _dispatch(s, _idle_core(s, s.vcpus[v, V_DOMAIN]), v)
        return
    if s.vcpus[v, V_WOKEN] and s.now[PREEMPT] and _preempt(s, v):
        return
    first = not _others_wait(s)
    if s.vcpus[v, V_WOKEN]:
        _append(s, WOKEN_FIRST, WOKEN_LAST, v)
    else:
        _append(s, READY_FIRST, READY_LAST, v)
    if first:
        _recut(s, -1)


@hot
def serve(s, walk, d, woken):
    """A visit to processors begins: its ticks are the walk's."""
    settle(s, d)
    s.walks[walk, LEFT], s.walks[walk, ARRIVED] = s.walks[walk, TICKS], s.now[NOW]
    s.walks[walk, TASK_SWITCHES] = s.walks[walk, DOMAIN_SWITCHES] = 0
    s.domains[d, D_PRESENT] += 1
    s.counts[s.domains[d, D_COUNTS] + N_ARRIVALS, 1] += 1
    between = s.now[BETWEEN]
    if (
        between >= 0
        and s.vcpus[between, V_DOMAIN] == d
        and s.vcpus[between, V_JOB] < 0
        and s.vcpus[between, V_TASK] == s.walks[walk, SERIAL]
    ):
        s.vcpus[between, V_JOB] = walk
    elif s.domains[d, D_IDLE_FIRST] >= 0 and not s.domains[d, D_STOPPED]:
        v = _idle_vcpu(s, d, s.walks[walk, SOURCE])
        s.vcpus[v, V_JOB], s.vcpus[v, V_FRESH], s.vcpus[v, V_WOKEN] = walk, 1, woken
        _want_core(s, v)
    elif _join(s, d, walk):
        _recut(s, d)


@hot
def slice_ends(s, c, order):
    """The end of a slice, unless it is stale: the walk whose job is done, -1 if it goes on, -2 if stale."""
    if s.cores[c, C_SLICE] != order:
        return -2
    _end_slice(s, c)
    v = s.cores[c, C_VCPU]
    walk = s.vcpus[v, V_JOB]
    if s.walks[walk, LEFT]:
        return -1
    d = s.vcpus[v, V_DOMAIN]
    counts = s.domains[d, D_COUNTS]
    s.counts[counts + N_COMPLETIONS, 1] += 1
    paid = s.walks[walk, TASK_SWITCHES] * s.domains[d, D_SWITCH] + s.walks[walk, DOMAIN_SWITCHES] * s.now[DOMAIN_SWITCH]
    add(s.counts, counts + N_SERVICE, s.walks[walk, TICKS] + paid)
    add(s.counts, counts + N_SOJOURN, s.now[NOW] - s.walks[walk, ARRIVED])
    s.domains[d, D_PRESENT] -= 1
    s.vcpus[v, V_JOB] = -1
    s.now[BETWEEN] = v
    return walk


@hot
def _next(s, c):
    if s.now[WOKEN_FIRST] >= 0:
        _dispatch(s, c, _pop_left(s, WOKEN_FIRST))
    elif s.now[READY_FIRST] >= 0:
        _dispatch(s, c, _pop_left(s, READY_FIRST))
    else:
        _rest_core(s, c)


@hot
def after_slice(s, c):
    """What a core goes on with after a slice; a job that is done has left its virtual processor, or been followed."""
    now, v = s.now[NOW], s.cores[c, C_VCPU]
    d = s.vcpus[v, V_DOMAIN]
    if s.vcpus[v, V_JOB] < 0:
        if s.domains[d, D_STOPPED]:
            return
        if s.domains[d, D_FIRST] >= 0:
            s.vcpus[v, V_JOB], s.vcpus[v, V_FRESH] = _leave(s, d), 1
        else:
            _rest_vcpu(s, d, v)
            s.cores[c, C_VCPU] = -1
            _next(s, c)
            return
    elif s.domains[d, D_FIRST] >= 0:
        task_turn = now - s.vcpus[v, V_TASK_TURN]
        if task_turn > 0 and task_turn % s.now[QUANTUM] == 0:
            _join(s, d, s.vcpus[v, V_JOB])
            s.vcpus[v, V_JOB], s.vcpus[v, V_FRESH] = _leave(s, d), 1
    if _others_wait(s):
        turn = now - s.vcpus[v, V_TURN]
        over = turn > 0 and turn % s.domains[d, D_TURN] == 0
        if over or (s.now[WOKEN_FIRST] >= 0 and s.now[PREEMPT] and not _is_woken(s, v)):
            s.vcpus[v, V_WOKEN] = 0
            if over:
                _append(s, READY_FIRST, READY_LAST, v)
            else:
                s.counts[s.domains[d, D_COUNTS] + N_PREEMPTIONS, 1] += 1
                _append_left(s, READY_FIRST, READY_LAST, v)
            s.cores[c, C_VCPU] = -1
            _next(s, c)
            return
    _begin_job(s, v)
    _run(s, c)


@njit(_nrt=False)
def _without(s, first, last, d):
    """Takes a domain's virtual processors from a queue."""
    v, s.now[first] = s.now[first], -1
    while v >= 0:
        following = s.vcpus[v, V_NEXT]
        if s.vcpus[v, V_DOMAIN] != d:
            _append(s, first, last, v)
        v = following


@njit(_nrt=False)
def stop(s, d):
    """The domain stops for good: what it holds goes no further."""
    settle(s, d)
    s.domains[d, D_STOPPED] = 1
    _without(s, WOKEN_FIRST, WOKEN_LAST, d)
    _without(s, READY_FIRST, READY_LAST, d)
    s.domains[d, D_IDLE_FIRST] = s.domains[d, D_IDLE_LAST] = -1
    for c in range(len(s.cores)):
        v = s.cores[c, C_VCPU]
        if v >= 0 and s.vcpus[v, V_DOMAIN] == d:
            _end_slice(s, c)
            s.cores[c, C_VCPU] = -1
            _next(s, c)
