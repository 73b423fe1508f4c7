"""Who waits for a core, and what a domain may use of them, over arrays: see simcore.engines.simpy_engine.scheduled."""

from __future__ import annotations

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.coming import line_up
from simcore.engines.compiled.primitives import at, join, less, more, schedule, take_out

__all__ = [
    "allowed",
    "append",
    "append_left",
    "fits",
    "hold",
    "idle_at",
    "idle_core",
    "idle_vcpu",
    "leave_all",
    "next_end",
    "others_wait",
    "rest",
    "settle",
    "take_first",
    "taken_out",
    "waits_in",
    "watch",
]


@inlined
def next_end(began, length, now):
    """The first multiple of a length after a turn began that lies after now."""
    return began + ((now - began) // length + 1) * length


@inlined
def settle(s, home):
    """Brings what is left of a domain's quota up to now: before another number of its virtual processors runs."""
    if home.quota:
        _use(s, home)


@once
def _use(s, home):
    now = s.now.time
    home.left -= home.running * (now - home.since)
    periods = now // home.period - home.since // home.period
    if periods:
        home.left = min(home.left + periods * home.quota, home.quota)
    home.since = now


@inlined
def watch(s, d):
    """Another number of the domain's virtual processors runs: its quota is used up at another time."""
    home = at(s.domains, d)
    if home.quota:
        _watch(s, d)


@once
def _watch(s, d):
    home, now = at(s.domains, d), s.now.time
    home.due = -1
    if home.running or home.over:
        lasts = home.period - now % home.period
        if not home.over:
            lasts = min(-(-max(home.left, 0) // home.running), lasts)
        home.due = schedule(s, lasts, 4 * (2 * d + 1) + f.DOMAIN_EVENT)


@inlined
def allowed(s, pool, c):
    """Whether a core is in a pool."""
    return s.allowed[np.uint64(pool), np.uint64(c)] != 0


@inlined
def fits(s, v, c):
    """Whether a virtual processor may run on a core."""
    return len(s.pools) == 1 or allowed(s, at(s.domains, at(s.vcpus, v).domain).pool, c)


@inlined
def others_wait(s, c):
    """Whether somebody waits who may run on this core."""
    for pool in range(len(s.pools)):  # noqa: SIM110 -- numba has no generators
        if at(s.pools, pool).waiting and allowed(s, pool, c):
            return True
    return False


@inlined
def _joins(s, v):
    home = at(s.domains, at(s.vcpus, v).domain)
    home.ready += 1
    more(s, home.counts + f.WITHOUT_CORE)
    at(s.pools, home.pool).waiting += 1


@inlined
def append(s, which, v):
    """A virtual processor waits, behind the others."""
    _joins(s, v)
    join(s.vcpus, at(s.queues, which), v)


@inlined
def append_left(s, which, v):
    """The same, before the others."""
    queue = at(s.queues, which)
    _joins(s, v)
    at(s.vcpus, v).next = queue.first
    if queue.first < 0:
        queue.last = v
    queue.first = v


@inlined
def waits_in(s, which, c):
    """The first in a queue that may run on a core, and the one before it; -1 for nobody."""
    before, v = -1, s.queues[which].first
    while v >= 0 and not fits(s, v, c):
        before, v = v, at(s.vcpus, v).next
    return before, v


@inlined
def taken_out(s, which, before, v):
    """Takes one out of a queue, by the one before it."""
    queue, home = at(s.queues, which), at(s.domains, at(s.vcpus, v).domain)
    take_out(s.vcpus, queue, before, v)
    home.ready -= 1
    less(s, home.counts + f.WITHOUT_CORE)
    at(s.pools, home.pool).waiting -= 1


@inlined
def take_first(s, c):
    """Takes who comes next on this core, woken ones first; -1 for nobody."""
    which = f.WOKEN
    before, v = waits_in(s, which, c)
    if v < 0:
        which = f.READY
        before, v = waits_in(s, which, c)
    if v >= 0:
        taken_out(s, which, before, v)
        line_up(s, at(s.queues, which))
    return v


@once
def leave_all(s, which, d):
    """Takes a domain's virtual processors from a queue; they are linked in order, from the one that is returned."""
    before, v, first, last = -1, s.queues[which].first, -1, -1
    while v >= 0:
        following = at(s.vcpus, v).next
        if at(s.vcpus, v).domain == d:
            taken_out(s, which, before, v)
            at(s.vcpus, v).next = -1
            if first < 0:
                first = v
            else:
                at(s.vcpus, last).next = v
            last = v
        else:
            before = v
        v = following
    return first


@inlined
def hold(s, d, v):
    """It may have no core until its domain is resumed, or has a quota again."""
    home = at(s.domains, d)
    join(s.vcpus, at(s.queues, f.HELD + d), v)
    home.held += 1
    more(s, home.counts + f.THROTTLED)


@inlined
def rest(table, owner, one):
    """Appends a virtual processor or a core to its owner's idle ones."""
    last = owner.idle_last
    record = at(table, one)
    record.next, record.before = -1, last
    if last < 0:
        owner.idle_first = one
    else:
        at(table, last).next = one
    owner.idle_last = one


@inlined
def _unlink(table, owner, one):
    before, after = at(table, one).before, at(table, one).next
    if before < 0:
        owner.idle_first = after
    else:
        at(table, before).next = after
    if after < 0:
        owner.idle_last = before
    else:
        at(table, after).before = before
    at(table, one).before = f.NOT_IDLE


@inlined
def idle_at(s, home, space):
    """The latest to fall idle that was in this address space, else the one that has been idle longest.

    Address spaces stand side by side, so that those of a guest are in one or two lines of the cache.
    """
    if home.idle_first == home.idle_last:
        return home.idle_first
    count, found = 0, -1
    for v in range(home.first_vcpu, home.last_vcpu):
        if at(s.spaces, v) == space:
            count += 1
            found = v
    if count > 1:
        v = home.idle_last
        while v >= 0 and at(s.spaces, v) != space:
            v = at(s.vcpus, v).before
        return home.idle_first if v < 0 else v
    return found if found >= 0 and at(s.vcpus, found).before != f.NOT_IDLE else home.idle_first


@inlined
def idle_vcpu(s, home, space):
    """Takes that one."""
    v = idle_at(s, home, space)
    _unlink(s.vcpus, home, v)
    return v


@inlined
def idle_core(s, d):
    """Takes the latest to fall idle that ran this domain, else the one that has been idle longest; -1 if none is."""
    pool, found, c = at(s.domains, d).pool, -1, s.now.idle_last
    while c >= 0:
        if allowed(s, pool, c):
            found = c
            if at(s.cores, c).domain == d:
                break
        c = at(s.cores, c).before
    if found >= 0:
        _unlink(s.cores, s.now, found)
    return found
