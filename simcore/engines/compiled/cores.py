"""The rules of simcore.engines.simpy_engine.cores, over arrays: see there for what they mean.

Domains, virtual processors, cores and walks go by their numbers: d, v, c, walk.
"""

from __future__ import annotations

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.notes import note
from simcore.engines.compiled.primitives import add, at, integrate, join, leave, schedule
from simcore.engines.records import NO_VISIT, PAID, What

__all__ = ["after_slice", "serve", "settle", "slice_ends", "stop"]

READY, RUNS, STOPS, FAILS = int(What.READY), int(What.RUNS), int(What.STOPS), int(What.FAILS)


@inlined
def settle(s, home):
    """Brings a domain's integrals up to now."""
    ticks = s.now.time - home.since
    if ticks:
        integrate(s.counts, home.counts + f.BUSY, home.running, ticks)
        integrate(s.counts, home.counts + f.POPULATION, home.present, ticks)
        if home.ready:
            integrate(s.counts, home.counts + f.WITHOUT_CORE, home.ready, ticks)
        home.since = s.now.time


@inlined
def _boundary(began, length, now):
    return began + ((now - began) // length + 1) * length


@inlined
def _over(began, length, now):
    return now > began and (now - began) % length == 0


@inlined
def _others_wait(s):
    return s.queues[f.WOKEN].first >= 0 or s.queues[f.READY].first >= 0


@inlined
def _is_woken(s, vcpu):
    return vcpu.woken != 0 and s.now.time - vcpu.turn < at(s.domains, vcpu.domain).turn


@inlined
def _append(s, which, v):
    at(s.domains, at(s.vcpus, v).domain).ready += 1
    join(s.vcpus, at(s.queues, which), v)


@inlined
def _append_left(s, which, v):
    queue = at(s.queues, which)
    at(s.domains, at(s.vcpus, v).domain).ready += 1
    at(s.vcpus, v).next = queue.first
    if queue.first < 0:
        queue.last = v
    queue.first = v


@inlined
def _pop_left(s):
    """Takes the virtual processor that is next to have a core, a woken one if there is one."""
    v = leave(s.vcpus, at(s.queues, f.WOKEN if s.queues[f.WOKEN].first >= 0 else f.READY))
    home = at(s.domains, at(s.vcpus, v).domain)
    settle(s, home)
    home.ready -= 1
    return v


@inlined
def _rest(table, owner, one):
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


@inlined
def _idle_vcpu(s, home, space):
    """Takes the latest to fall idle that was in this address space, else the one that has been idle longest."""
    v = home.idle_last
    while v >= 0 and at(s.vcpus, v).space != space:
        v = at(s.vcpus, v).before
    if v < 0:
        v = home.idle_first
    _unlink(s.vcpus, home, v)
    return v


@inlined
def _idle_core(s, d):
    """Takes the latest to fall idle that ran this domain, else the one that has been idle longest."""
    c = s.now.idle_last
    while c >= 0 and at(s.cores, c).domain != d:
        c = at(s.cores, c).before
    if c < 0:
        c = s.now.idle_first
    _unlink(s.cores, s.now, c)
    return c


@inlined
def _cut(s, c):
    """Schedules the end of a core's slice anew."""
    core, now = at(s.cores, c), s.now.time
    vcpu = at(s.vcpus, core.vcpu)
    home = at(s.domains, vcpu.domain)
    end = core.began + at(s.walks, vcpu.job).left
    if home.first >= 0:
        end = min(end, _boundary(vcpu.task_turn, s.now.quantum, now))
    if _others_wait(s):
        end = min(end, _boundary(vcpu.turn, home.turn, now))
    core.slice = schedule(s, end - now, 4 * c + f.SLICE)


@once
def _recut(s, home):
    """Somebody waits now who did not before: turns end again (in one domain, or in all if it is -1)."""
    if s.now.futile:
        s.now.failed = f.FUTILE
        return
    now = s.now.time
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        if core.vcpu < 0 or core.slice < 0:
            continue
        vcpu = at(s.vcpus, core.vcpu)
        if vcpu.job < 0 or (home >= 0 and home != vcpu.domain):
            continue
        if home < 0:
            boundary = _boundary(vcpu.turn, at(s.domains, vcpu.domain).turn, now)
        else:
            boundary = _boundary(vcpu.task_turn, s.now.quantum, now)
        if boundary < core.began + at(s.walks, vcpu.job).left:
            _cut(s, c)


@inlined
def _begin_job(s, vcpu, home):
    if not vcpu.fresh:
        return
    job = at(s.walks, vcpu.job)
    vcpu.fresh = 0
    vcpu.task, vcpu.task_turn = job.serial, s.now.time
    if vcpu.space != job.source:
        if vcpu.space >= 0 and home.switch:
            job.left += home.switch
            job.task_switches += 1
            at(s.counts, home.counts + f.TASKS_SWITCHED).low += 1
        vcpu.space = job.source


@inlined
def _note_run(s, c):
    v = at(s.cores, c).vcpu
    walk = at(s.vcpus, v).job
    job = at(s.walks, walk)
    note(s, RUNS, c, v, PAID * job.domain_switches + job.task_switches, walk, _visit(s, walk))


@inlined
def _visit(s, walk):
    """The number of the visit that a walk is at."""
    return at(s.steps, at(s.walks, walk).step).index


@inlined
def _note_ready(s, v, forced):
    vcpu = at(s.vcpus, v)
    note(s, READY, v, forced, vcpu.woken, vcpu.job, _visit(s, vcpu.job))


@inlined
def _run(s, c, home):
    settle(s, home)
    home.running += 1
    at(s.cores, c).began = s.now.time
    _cut(s, c)
    _note_run(s, c)


@inlined
def _dispatch(s, c, v):
    core, vcpu = at(s.cores, c), at(s.vcpus, v)
    home = at(s.domains, vcpu.domain)
    core.vcpu = v
    vcpu.turn = s.now.time
    if core.domain != vcpu.domain:
        if core.domain >= 0 and s.now.domain_switch:
            job = at(s.walks, vcpu.job)
            job.left += s.now.domain_switch
            job.domain_switches += 1
            at(s.counts, home.counts + f.DOMAINS_SWITCHED).low += 1
        core.domain = vcpu.domain
    _begin_job(s, vcpu, home)
    _run(s, c, home)


@inlined
def _end_slice(s, c, core):
    vcpu = at(s.vcpus, core.vcpu)
    note(s, STOPS, c, core.vcpu, 0, vcpu.job, _visit(s, vcpu.job))
    home = at(s.domains, vcpu.domain)
    settle(s, home)
    home.running -= 1
    at(s.walks, vcpu.job).left -= s.now.time - core.began
    core.slice = -1


@once
def _preempt(s, woken):
    """Gives a woken virtual processor the core of one that was not; whether there was one."""
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        v = core.vcpu
        if v < 0 or core.slice < 0 or _is_woken(s, at(s.vcpus, v)):
            continue
        vcpu = at(s.vcpus, v)
        _end_slice(s, c, core)
        core.vcpu = -1
        at(s.counts, at(s.domains, vcpu.domain).counts + f.PREEMPTIONS).low += 1
        vcpu.woken = 0
        _note_ready(s, v, 1)
        _append_left(s, f.READY, v)
        _dispatch(s, c, woken)
        return True
    return False


@inlined
def _want_core(s, v):
    vcpu = at(s.vcpus, v)
    if s.now.idle_first >= 0:
        _dispatch(s, _idle_core(s, vcpu.domain), v)
        return
    if vcpu.woken and s.now.preempt and _preempt(s, v):
        return
    first = not _others_wait(s)
    _note_ready(s, v, 0)
    _append(s, f.WOKEN if vcpu.woken else f.READY, v)
    if first:
        _recut(s, -1)


@inlined
def serve(s, walk, d, woken):
    """A visit to processors begins: its ticks are the walk's."""
    home, job = at(s.domains, d), at(s.walks, walk)
    settle(s, home)
    job.left, job.arrived, job.task_switches, job.domain_switches = job.ticks, s.now.time, 0, 0
    home.present += 1
    at(s.counts, home.counts + f.ARRIVALS_).low += 1
    if s.now.between >= 0:
        between = at(s.vcpus, s.now.between)
        if between.domain == d and between.job < 0 and between.task == job.serial:
            between.job = walk
            return
    if home.idle_first >= 0:
        v = _idle_vcpu(s, home, job.source)
        vcpu = at(s.vcpus, v)
        vcpu.job, vcpu.fresh, vcpu.woken = walk, 1, woken
        _want_core(s, v)
    elif join(s.walks, home, walk):
        _recut(s, d)


@inlined
def slice_ends(s, c, order):
    """The end of a slice, unless it is stale: the walk whose job is done, -1 if it goes on, -2 if stale."""
    core = at(s.cores, c)
    if core.slice != order:
        return -2
    _end_slice(s, c, core)
    vcpu = at(s.vcpus, core.vcpu)
    walk, home = vcpu.job, at(s.domains, vcpu.domain)
    job = at(s.walks, walk)
    if job.left:
        return -1
    at(s.counts, home.counts + f.COMPLETIONS).low += 1
    paid = job.task_switches * home.switch + job.domain_switches * s.now.domain_switch
    add(s.counts, home.counts + f.SERVICE, job.ticks + paid)
    add(s.counts, home.counts + f.SOJOURN, s.now.time - job.arrived)
    home.present -= 1
    vcpu.job = -1
    s.now.between = core.vcpu
    return walk


@inlined
def _next(s, c):
    if _others_wait(s):
        _dispatch(s, c, _pop_left(s))
    else:
        _rest(s.cores, s.now, c)


@inlined
def _keeps(s, home, v):
    """Whether a virtual processor keeps its core after a slice; what job it goes on with, or where it goes instead."""
    vcpu, now = at(s.vcpus, v), s.now.time
    if vcpu.job < 0:  # done, and not followed by its task's next
        if home.first < 0:
            _rest(s.vcpus, home, v)
            return False
        vcpu.job, vcpu.fresh = leave(s.walks, home), 1
    elif home.first >= 0 and _over(vcpu.task_turn, s.now.quantum, now):
        join(s.walks, home, vcpu.job)
        vcpu.job, vcpu.fresh = leave(s.walks, home), 1
    if not _others_wait(s):
        return True
    over = _over(vcpu.turn, home.turn, now)
    if over:
        vcpu.woken = 0
        _note_ready(s, v, 0)
        _append(s, f.READY, v)
    elif s.queues[f.WOKEN].first >= 0 and s.now.preempt and not _is_woken(s, vcpu):
        vcpu.woken = 0
        at(s.counts, home.counts + f.PREEMPTIONS).low += 1
        _note_ready(s, v, 1)
        _append_left(s, f.READY, v)
    else:
        return True
    return False


@inlined
def after_slice(s, c):
    """What a core goes on with after a slice."""
    core = at(s.cores, c)
    v = core.vcpu
    home = at(s.domains, at(s.vcpus, v).domain)
    if _keeps(s, home, v):
        _begin_job(s, at(s.vcpus, v), home)
        _run(s, c, home)
    else:
        core.vcpu = -1
        _next(s, c)


@once
def _without(s, which, d):
    """Takes a domain's virtual processors from a queue."""
    v, s.queues[which].first = s.queues[which].first, -1
    while v >= 0:
        following = at(s.vcpus, v).next
        at(s.domains, at(s.vcpus, v).domain).ready -= 1
        if at(s.vcpus, v).domain != d:
            _append(s, which, v)
        v = following


@once
def stop(s, d):
    """The domain stops for good: what it holds goes no further."""
    home = at(s.domains, d)
    note(s, FAILS, d, 0, 0, -1, NO_VISIT)
    settle(s, home)
    _without(s, f.WOKEN, d)
    _without(s, f.READY, d)
    home.idle_first = home.idle_last = -1
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        if core.vcpu >= 0 and at(s.vcpus, core.vcpu).domain == d:
            _end_slice(s, c, core)
            core.vcpu = -1
            _next(s, c)
