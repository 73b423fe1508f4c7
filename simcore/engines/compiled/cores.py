"""The rules of simcore.engines.simpy_engine.cores, over arrays: see there for what they mean.

Domains, virtual processors, cores and walks go by their numbers: d, v, c, walk.
"""

from __future__ import annotations

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.notes import note
from simcore.engines.compiled.primitives import add, at, join, leave, schedule
from simcore.engines.compiled.queues import (
    allowed,
    append,
    append_left,
    fits,
    hold,
    idle_core,
    idle_vcpu,
    leave_all,
    others_wait,
    rest,
    settle,
    take_first,
    waits_in,
    watch,
)
from simcore.engines.records import NO_VISIT, PAID, What

__all__ = ["admit", "after_slice", "bar", "quota_due", "serve", "slice_ends", "stop"]

READY, RUNS, STOPS, FAILS = int(What.READY), int(What.RUNS), int(What.STOPS), int(What.FAILS)
GAVE_WAY, HELD = 1, 2  # why a virtual processor waits again, as records say it


@inlined
def _boundary(began, length, now):
    return began + ((now - began) // length + 1) * length


@inlined
def _over(began, length, now):
    return now > began and (now - began) % length == 0


@inlined
def _is_woken(s, vcpu):
    return vcpu.woken != 0 and s.now.time - vcpu.turn < at(s.domains, vcpu.domain).turn


@inlined
def _cut(s, c):
    """Schedules the end of a core's slice anew."""
    core, now = at(s.cores, c), s.now.time
    vcpu = at(s.vcpus, core.vcpu)
    home = at(s.domains, vcpu.domain)
    end = core.began + at(s.walks, vcpu.job).left
    if home.first >= 0:
        end = min(end, _boundary(vcpu.task_turn, s.now.quantum, now))
    if others_wait(s, c):
        end = min(end, _boundary(vcpu.turn, home.turn, now))
    core.slice = schedule(s, end - now, 4 * c + f.SLICE)


@once
def _recut(s, pool):
    """Somebody waits for one of a pool's cores who did not before: turns end again."""
    if s.now.futile:
        s.now.failed = f.FUTILE
        return
    now = s.now.time
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        if core.vcpu < 0 or core.slice < 0 or not allowed(s, pool, c):
            continue
        vcpu = at(s.vcpus, core.vcpu)
        if vcpu.job < 0:
            continue
        boundary = _boundary(vcpu.turn, at(s.domains, vcpu.domain).turn, now)
        if boundary < core.began + at(s.walks, vcpu.job).left:
            _cut(s, c)


@once
def _recut_tasks(s, d):
    """The same, of turns of tasks on a domain's virtual processors."""
    if s.now.futile:
        s.now.failed = f.FUTILE
        return
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        if core.vcpu < 0 or core.slice < 0:
            continue
        vcpu = at(s.vcpus, core.vcpu)
        if vcpu.job < 0 or vcpu.domain != d:
            continue
        if _boundary(vcpu.task_turn, s.now.quantum, s.now.time) < core.began + at(s.walks, vcpu.job).left:
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
def _note_ready(s, v, why):
    vcpu = at(s.vcpus, v)
    note(s, READY, v, why, vcpu.woken, vcpu.job, _visit(s, vcpu.job))


@inlined
def _hold(s, d, v):
    at(s.vcpus, v).woken = 0
    _note_ready(s, v, HELD)
    hold(s, d, v)


@inlined
def _run(s, c):
    at(s.cores, c).began = s.now.time
    _cut(s, c)
    _note_run(s, c)


@inlined
def _dispatch(s, c, v):
    core, vcpu = at(s.cores, c), at(s.vcpus, v)
    home = at(s.domains, vcpu.domain)
    settle(s, home)
    home.running += 1
    core.vcpu = v
    vcpu.turn = s.now.time
    if core.domain != vcpu.domain:
        if core.domain >= 0 and home.entry:
            job = at(s.walks, vcpu.job)
            job.left += home.entry
            job.domain_switches += 1
            at(s.counts, home.counts + f.DOMAINS_SWITCHED).low += 1
        core.domain = vcpu.domain
    _begin_job(s, vcpu, home)
    _run(s, c)
    watch(s, vcpu.domain)


@inlined
def _vacate(s, c):
    """The core runs its virtual processor no more, whose slice has ended and whose domain is settled."""
    core = at(s.cores, c)
    d = at(s.vcpus, core.vcpu).domain
    at(s.domains, d).running -= 1
    core.vcpu = -1
    watch(s, d)


@inlined
def _end_slice(s, c, core):
    vcpu = at(s.vcpus, core.vcpu)
    note(s, STOPS, c, core.vcpu, 0, vcpu.job, _visit(s, vcpu.job))
    home = at(s.domains, vcpu.domain)
    settle(s, home)
    at(s.walks, vcpu.job).left -= s.now.time - core.began
    core.slice = -1


@once
def _preempt(s, woken):
    """Gives a woken virtual processor the core of one that was not; whether there was one."""
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        v = core.vcpu
        if v < 0 or core.slice < 0 or not fits(s, woken, c) or _is_woken(s, at(s.vcpus, v)):
            continue
        _end_slice(s, c, core)
        _vacate(s, c)
        at(s.counts, at(s.domains, at(s.vcpus, v).domain).counts + f.PREEMPTIONS).low += 1
        _give_back(s, v, True)
        _dispatch(s, c, woken)
        return True
    return False


@once
def _give_back(s, v, first):
    """A virtual processor that loses its core takes an idle one that it may run on, or waits again."""
    vcpu = at(s.vcpus, v)
    vcpu.woken = 0
    c = idle_core(s, vcpu.domain)
    if c >= 0:
        _dispatch(s, c, v)
    elif first:
        _note_ready(s, v, GAVE_WAY)
        append_left(s, f.READY, v)
    else:
        _note_ready(s, v, 0)
        append(s, f.READY, v)


@once
def _want_core(s, v):
    vcpu = at(s.vcpus, v)
    home = at(s.domains, vcpu.domain)
    if home.over or home.paused:
        settle(s, home)
        _hold(s, vcpu.domain, v)
        return
    c = idle_core(s, vcpu.domain)
    if c >= 0:
        _dispatch(s, c, v)
        return
    if vcpu.woken and s.now.preempt and _preempt(s, v):
        return
    settle(s, home)
    _note_ready(s, v, 0)
    append(s, f.WOKEN if vcpu.woken else f.READY, v)
    if at(s.pools, home.pool).waiting == 1:
        _recut(s, home.pool)


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
        v = idle_vcpu(s, home, job.source)
        vcpu = at(s.vcpus, v)
        vcpu.job, vcpu.fresh, vcpu.woken = walk, 1, woken
        _want_core(s, v)
    elif join(s.walks, home, walk):
        _recut_tasks(s, d)


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
    paid = job.task_switches * home.switch + job.domain_switches * home.entry
    add(s.counts, home.counts + f.SERVICE, job.ticks + paid)
    add(s.counts, home.counts + f.SOJOURN, s.now.time - job.arrived)
    home.present -= 1
    vcpu.job = -1
    s.now.between = core.vcpu
    return walk


@inlined
def _next(s, c):
    v = take_first(s, c)
    if v >= 0:
        _dispatch(s, c, v)
    else:
        rest(s.cores, s.now, c)


@inlined
def _keeps(s, home, c, v):
    """Whether a virtual processor keeps its core after a slice, and what job it goes on with; else it is elsewhere."""
    vcpu, now = at(s.vcpus, v), s.now.time
    if vcpu.job < 0:  # done, and not followed by its task's next
        if home.first < 0:
            rest(s.vcpus, home, v)
            _vacate(s, c)
            return False
        vcpu.job, vcpu.fresh = leave(s.walks, home), 1
    elif home.first >= 0 and _over(vcpu.task_turn, s.now.quantum, now):
        join(s.walks, home, vcpu.job)
        vcpu.job, vcpu.fresh = leave(s.walks, home), 1
    if not others_wait(s, c):
        return True
    if _over(vcpu.turn, home.turn, now):
        _vacate(s, c)
        _give_back(s, v, False)
        return False
    if not s.now.preempt or _is_woken(s, vcpu) or waits_in(s, f.WOKEN, c)[1] < 0:
        return True
    at(s.counts, home.counts + f.PREEMPTIONS).low += 1
    _vacate(s, c)
    _give_back(s, v, True)
    return False


@inlined
def after_slice(s, c):
    """What a core goes on with after a slice."""
    v = at(s.cores, c).vcpu
    home = at(s.domains, at(s.vcpus, v).domain)
    if _keeps(s, home, c, v):
        _begin_job(s, at(s.vcpus, v), home)
        _run(s, c)
    else:
        _next(s, c)


@once
def stop(s, d):
    """The domain stops for good: what it holds goes no further."""
    home = at(s.domains, d)
    note(s, FAILS, d, 0, 0, -1, NO_VISIT)
    settle(s, home)
    leave_all(s, f.WOKEN, d)
    leave_all(s, f.READY, d)
    home.idle_first = home.idle_last = -1
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        if core.vcpu >= 0 and at(s.vcpus, core.vcpu).domain == d:
            _end_slice(s, c, core)
            _vacate(s, c)
            _next(s, c)
    home.due = -1


@once
def quota_due(s, d, order):
    """A domain's quota is used up, or its next period begins; nothing if it is due at another time by now."""
    home = at(s.domains, d)
    if home.due != order:
        return
    settle(s, home)
    if home.over:
        home.over = 0
        if not home.paused:
            admit(s, d)
    elif home.left > 0:
        watch(s, d)
    else:
        home.over = 1
        bar(s, d)
        watch(s, d)


@once
def bar(s, d):
    """Holds all of a domain's virtual processors that have a job; the domain is settled."""
    for which in (f.WOKEN, f.READY):
        v = leave_all(s, which, d)
        while v >= 0:
            following = at(s.vcpus, v).next
            _hold(s, d, v)
            v = following
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        v = core.vcpu
        if v >= 0 and at(s.vcpus, v).domain == d:
            _end_slice(s, c, core)
            _vacate(s, c)
            _hold(s, d, v)
            _next(s, c)


@once
def admit(s, d):
    """Those that were held want a core again, in that order; the domain is settled."""
    v = s.queues[f.HELD + d].first
    at(s.domains, d).held, s.queues[f.HELD + d].first = 0, -1
    while v >= 0:
        following = at(s.vcpus, v).next
        _want_core(s, v)
        v = following
