"""The rules of simcore.engines.simpy_engine.cores, over arrays: see there for what they mean.

Domains, virtual processors, cores and walks go by their numbers: d, v, c, walk.
"""

from __future__ import annotations

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.notes import note
from simcore.engines.compiled.pollers import begins, cut_polling, ends, starts, yielding_core
from simcore.engines.compiled.primitives import add, at, join, leave
from simcore.engines.compiled.queues import (
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
from simcore.engines.compiled.slices import (
    begin_job,
    is_woken,
    note_ready,
    recut,
    recut_tasks,
    run,
    turn_over,
    visit_at,
)
from simcore.engines.records import NO_VISIT, What

__all__ = ["admit", "after_slice", "bar", "quota_due", "serve", "slice_ends", "stop"]

READY, RUNS, STOPS, FAILS = int(What.READY), int(What.RUNS), int(What.STOPS), int(What.FAILS)
AWAY, STAYS, POLLING = range(3)  # what becomes of a virtual processor after a slice
GAVE_WAY, HELD = 1, 2  # why a virtual processor waits again, as records say it


@inlined
def _hold(s, d, v):
    at(s.vcpus, v).woken = 0
    note_ready(s, v, HELD)
    hold(s, d, v)


@inlined
def _dispatch(s, c, v):
    core, vcpu = at(s.cores, c), at(s.vcpus, v)
    home = at(s.domains, vcpu.domain)
    settle(s, home)
    home.running += 1
    core.vcpu = v
    vcpu.turn = s.now.time
    starts(s, home, vcpu)
    if core.domain != vcpu.domain:
        if core.domain >= 0 and home.entry:
            job = at(s.walks, vcpu.job)
            job.left += home.entry
            job.domain_switches += 1
            at(s.counts, home.counts + f.DOMAINS_SWITCHED).low += 1
        core.domain = vcpu.domain
    begin_job(s, v, vcpu, home)
    run(s, c)
    watch(s, vcpu.domain)


@inlined
def _vacate(s, c):
    """The core runs its virtual processor no more, whose slice has ended and whose domain is settled."""
    core = at(s.cores, c)
    d = at(s.vcpus, core.vcpu).domain
    at(s.domains, d).running -= 1
    core.vcpu = -1
    watch(s, d)


@once
def _sleep(s, c):
    """A virtual processor that polls does so no longer, and leaves its core."""
    core = at(s.cores, c)
    vcpu = at(s.vcpus, core.vcpu)
    settle(s, at(s.domains, vcpu.domain))
    ends(s, c, core, vcpu)
    _vacate(s, c)


@inlined
def _free_core(s, d):
    """Takes an idle core that a domain may run on, or one where somebody polls who yields; -1 if there is none."""
    c = idle_core(s, d)
    if c < 0 and s.now.yielding:
        c = yielding_core(s, d)
        if c >= 0:
            _sleep(s, c)
    return c


@inlined
def _end_slice(s, c, core):
    vcpu = at(s.vcpus, core.vcpu)
    note(s, STOPS, c, core.vcpu, 0, vcpu.job, visit_at(s, vcpu.job))
    home = at(s.domains, vcpu.domain)
    settle(s, home)
    at(s.walks, vcpu.job).left -= s.now.time - core.began
    core.slice = -1


@inlined
def _halt(s, c, core):
    """The core gives up who works on it."""
    _end_slice(s, c, core)
    _vacate(s, c)


@once
def _preempt(s, woken):
    """Gives a woken virtual processor the core of one that was not; whether there was one."""
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        v = core.vcpu
        between = core.slice < 0 and not core.polls
        if v < 0 or between or not fits(s, woken, c) or is_woken(s, at(s.vcpus, v)):
            continue
        at(s.counts, at(s.domains, at(s.vcpus, v).domain).counts + f.PREEMPTIONS).low += 1
        if core.polls:
            _sleep(s, c)
        else:
            _halt(s, c, core)
            _give_back(s, v, True)
        _dispatch(s, c, woken)
        return True
    return False


@inlined
def _give_back(s, v, first):
    """A virtual processor that loses its core takes an idle one that it may run on, or waits again."""
    vcpu = at(s.vcpus, v)
    vcpu.woken = 0
    c = _free_core(s, vcpu.domain)
    if c >= 0:
        _dispatch(s, c, v)
    elif first:
        note_ready(s, v, GAVE_WAY)
        append_left(s, f.READY, v)
    else:
        note_ready(s, v, 0)
        append(s, f.READY, v)


@inlined
def _want_core(s, v):
    vcpu = at(s.vcpus, v)
    home = at(s.domains, vcpu.domain)
    if home.over or home.paused:
        settle(s, home)
        _hold(s, vcpu.domain, v)
        return
    c = _free_core(s, vcpu.domain)
    if c >= 0:
        _dispatch(s, c, v)
        return
    if vcpu.woken and s.now.preempt and _preempt(s, v):
        return
    settle(s, home)
    note_ready(s, v, 0)
    append(s, f.WOKEN if vcpu.woken else f.READY, v)
    if at(s.pools, home.pool).waiting == 1:
        recut(s, home.pool)


@once
def _go_on(s, home, v, vcpu):
    """A virtual processor that polls has found a job; its domain is settled."""
    c = vcpu.core
    ends(s, c, at(s.cores, c), vcpu)
    vcpu.idle_since = -1
    begin_job(s, v, vcpu, home)
    run(s, c)


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
        own = between.task == job.who
        if between.domain == d and between.job < 0 and (own or (job.thread >= 0 and job.thread == s.now.handed)):
            between.job, between.fresh = walk, not own
            return
    if home.idle_first >= 0:
        v = idle_vcpu(s, home, job.space)
        vcpu = at(s.vcpus, v)
        vcpu.job, vcpu.fresh = walk, 1
        if vcpu.core >= 0:
            _go_on(s, home, v, vcpu)
        else:
            vcpu.woken = woken
            _want_core(s, v)
    elif join(s.walks, home, walk):
        recut_tasks(s, d)


@inlined
def _should_go(s, c, vcpu):
    """Whether one that polls gives way to those who wait for its core."""
    if turn_over(vcpu.turn, at(s.domains, vcpu.domain).turn, s.now.time):
        return True
    return s.now.preempt and not is_woken(s, vcpu) and waits_in(s, f.WOKEN, c)[1] >= 0


@once
def _polling_over(s, c, core):
    vcpu = at(s.vcpus, core.vcpu)
    if s.now.time < vcpu.until and not (others_wait(s, c) and _should_go(s, c, vcpu)):
        cut_polling(s, c, core, vcpu)
        return
    _sleep(s, c)
    _next(s, c)


@once
def _polls_on(s, home, c, v):
    """Whether a virtual processor that has just fallen idle keeps its core, polling."""
    vcpu = at(s.vcpus, v)
    vcpu.idle_since = vcpu.until = s.now.time
    if not vcpu.window or (others_wait(s, c) and (home.yields or _should_go(s, c, vcpu))):
        return False
    begins(s, home, c, v)
    return True


@inlined
def slice_ends(s, c, order):
    """The end of a slice, unless it is stale: the walk whose job is done, -1 if it goes on, -2 if stale."""
    core = at(s.cores, c)
    if core.slice != order:
        return -2
    if core.polls:
        _polling_over(s, c, core)
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
    s.now.between, s.now.handed = core.vcpu, job.thread
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
    """What becomes of a virtual processor after a slice, and what job it goes on with."""
    vcpu, now = at(s.vcpus, v), s.now.time
    if vcpu.job < 0:  # done, and not followed by its task's next
        if home.first < 0:
            rest(s.vcpus, home, v)
            if home.most and _polls_on(s, home, c, v):
                return POLLING
            _vacate(s, c)
            return AWAY
        vcpu.job, vcpu.fresh = leave(s.walks, home), 1
    elif home.first >= 0 and turn_over(vcpu.task_turn, s.now.quantum, now):
        join(s.walks, home, vcpu.job)
        vcpu.job, vcpu.fresh = leave(s.walks, home), 1
    if not others_wait(s, c):
        return STAYS
    preempted = not turn_over(vcpu.turn, home.turn, now)
    if preempted:
        if not s.now.preempt or is_woken(s, vcpu) or waits_in(s, f.WOKEN, c)[1] < 0:
            return STAYS
        at(s.counts, home.counts + f.PREEMPTIONS).low += 1
    _vacate(s, c)
    _give_back(s, v, preempted)
    return AWAY


@inlined
def after_slice(s, c):
    """What a core goes on with after a slice."""
    v = at(s.cores, c).vcpu
    home = at(s.domains, at(s.vcpus, v).domain)
    kept = _keeps(s, home, c, v)
    if kept == STAYS:
        begin_job(s, v, at(s.vcpus, v), home)
        run(s, c)
    elif kept == AWAY:
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
            if core.polls:
                _sleep(s, c)
            else:
                _halt(s, c, core)
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
            if core.polls:
                _sleep(s, c)
            else:
                _halt(s, c, core)
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
