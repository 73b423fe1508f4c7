"""The rules of simcore.engines.simpy_engine.cores, over arrays: see there for what they mean.

Domains, virtual processors, cores and walks go by their numbers: d, v, c, walk.
"""

from __future__ import annotations

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.coming import leave_for
from simcore.engines.compiled.handing import lets_go
from simcore.engines.compiled.notes import note
from simcore.engines.compiled.pollers import begins, cut_polling, ends, starts, yielding_core
from simcore.engines.compiled.primitives import add, at, join, less, more, tally
from simcore.engines.compiled.queues import (
    append,
    append_left,
    fits,
    hold,
    idle_core,
    idle_vcpu,
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
from simcore.engines.compiled.spinners import COMES, ends_slice
from simcore.engines.records import What

__all__ = [
    *("AT_LOCK", "after_slice", "completes", "dispatch", "give_back", "halt_core", "hold_vcpu", "next_vcpu"),
    *("serve", "sleep_core", "slice_ends", "vacate", "want_core"),
]

AT_LOCK = -3  # of a slice: it is of a visit that takes a lock

READY, RUNS, STOPS = int(What.READY), int(What.RUNS), int(What.STOPS)
AWAY, STAYS, POLLING = range(3)  # what becomes of a virtual processor after a slice
GAVE_WAY, HELD = 1, 2  # why a virtual processor waits again, as records say it


@inlined
def hold_vcpu(s, d, v):
    at(s.vcpus, v).woken = 0
    note_ready(s, v, HELD)
    hold(s, d, v)


@inlined
def dispatch(s, c, v):
    core, vcpu = at(s.cores, c), at(s.vcpus, v)
    home = at(s.domains, vcpu.domain)
    settle(s, home)
    home.running += 1
    more(s, home.counts + f.BUSY)
    core.vcpu = v
    vcpu.turn = s.now.time
    starts(s, home, vcpu)
    if core.domain != vcpu.domain:
        if core.domain >= 0 and home.entry:
            job = at(s.walks, vcpu.job)
            job.left += home.entry
            job.domain_switches += 1
            tally(s, home.counts + f.DOMAINS_SWITCHED, 1)
        core.domain = vcpu.domain
    begin_job(s, v, vcpu, home)
    run(s, c)
    watch(s, vcpu.domain)


@inlined
def vacate(s, c):
    """The core runs its virtual processor no more, whose slice has ended and whose domain is settled."""
    core = at(s.cores, c)
    vcpu = at(s.vcpus, core.vcpu)
    d = vcpu.domain
    if s.now.locks and vcpu.job >= 0:
        lets_go(s, vcpu.job)
    home = at(s.domains, d)
    home.running -= 1
    less(s, home.counts + f.BUSY)
    core.vcpu = -1
    watch(s, d)


@once
def sleep_core(s, c):
    """A virtual processor that polls does so no longer, and leaves its core."""
    core = at(s.cores, c)
    vcpu = at(s.vcpus, core.vcpu)
    settle(s, at(s.domains, vcpu.domain))
    ends(s, c, core, vcpu)
    vacate(s, c)


@inlined
def _free_core(s, d):
    """Takes an idle core that a domain may run on, or one where somebody polls who yields; -1 if there is none."""
    c = idle_core(s, d)
    if c < 0 and s.now.yielding:
        c = yielding_core(s, d)
        if c >= 0:
            sleep_core(s, c)
    return c


@inlined
def _end_slice(s, c, core):
    vcpu = at(s.vcpus, core.vcpu)
    note(s, STOPS, c, core.vcpu, 0, vcpu.job, visit_at(s, vcpu.job))
    home = at(s.domains, vcpu.domain)
    settle(s, home)
    job = at(s.walks, vcpu.job)
    if s.now.locks and job.lock >= 0:
        ends_slice(s, core, job, home)
    else:
        job.left -= s.now.time - core.began
    core.slice = -1


@inlined
def halt_core(s, c, core):
    """The core gives up who works on it."""
    _end_slice(s, c, core)
    vacate(s, c)


@once
def _preempt(s, woken):
    """Gives a woken virtual processor the core of one that was not; whether there was one."""
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        v = core.vcpu
        between = core.slice < 0 and not core.polls
        if v < 0 or between or not fits(s, woken, c) or is_woken(s, at(s.vcpus, v)):
            continue
        tally(s, at(s.domains, at(s.vcpus, v).domain).counts + f.PREEMPTIONS, 1)
        if core.polls:
            sleep_core(s, c)
        else:
            halt_core(s, c, core)
            give_back(s, v, True)
        dispatch(s, c, woken)
        return True
    return False


@inlined
def give_back(s, v, first):
    """A virtual processor that loses its core takes an idle one that it may run on, or waits again."""
    vcpu = at(s.vcpus, v)
    vcpu.woken = 0
    c = _free_core(s, vcpu.domain)
    if c >= 0:
        dispatch(s, c, v)
    elif first:
        note_ready(s, v, GAVE_WAY)
        append_left(s, f.READY, v)
    else:
        note_ready(s, v, 0)
        append(s, f.READY, v)


@inlined
def want_core(s, v):
    vcpu = at(s.vcpus, v)
    home = at(s.domains, vcpu.domain)
    if home.over or home.paused:
        hold_vcpu(s, vcpu.domain, v)
        return
    c = _free_core(s, vcpu.domain)
    if c >= 0:
        dispatch(s, c, v)
        return
    if vcpu.woken and s.now.preempt and _preempt(s, v):
        return
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
    job.left, job.arrived, job.task_switches, job.domain_switches = job.ticks, s.now.time, 0, 0
    if job.lock >= 0:
        job.left, job.rest, job.phase, job.burns, job.given = 0, job.ticks, COMES, 0, 0
    home.present += 1
    more(s, home.counts + f.POPULATION)
    tally(s, home.counts + f.ARRIVALS_, 1)
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
            want_core(s, v)
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
    sleep_core(s, c)
    next_vcpu(s, c)


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
    """The end of a slice, unless it is stale: the walk whose job is done, -1 if it goes on, -2 if stale, AT_LOCK."""
    core = at(s.cores, c)
    if core.slice != order:
        return -2
    if core.polls:
        _polling_over(s, c, core)
        return -2
    _end_slice(s, c, core)
    vcpu = at(s.vcpus, core.vcpu)
    walk = vcpu.job
    job = at(s.walks, walk)
    if job.lock >= 0:
        return AT_LOCK
    if job.left:
        return -1
    completes(s, c, walk)
    return walk


@inlined
def completes(s, c, walk):
    """The job of a core's virtual processor is done."""
    vcpu, job = at(s.vcpus, at(s.cores, c).vcpu), at(s.walks, walk)
    home = at(s.domains, vcpu.domain)
    tally(s, home.counts + f.COMPLETIONS, 1)
    paid = job.task_switches * home.switch + job.domain_switches * home.entry
    add(s, home.counts + f.SERVICE, job.ticks + paid)
    add(s, home.counts + f.SOJOURN, s.now.time - job.arrived)
    home.present -= 1
    less(s, home.counts + f.POPULATION)
    vcpu.job = -1
    s.now.between, s.now.handed = at(s.cores, c).vcpu, job.thread


@inlined
def next_vcpu(s, c):
    v = take_first(s, c)
    if v >= 0:
        dispatch(s, c, v)
    else:
        rest(s.cores, s.now, c)


@inlined
def _keeps(s, home, c, v):
    """What becomes of a virtual processor after a slice, and what job it goes on with."""
    vcpu, now = at(s.vcpus, v), s.now.time
    overdue, vcpu.overdue = vcpu.overdue, 0
    if vcpu.job < 0:  # done, and not followed by its task's next
        if home.first < 0:
            rest(s.vcpus, home, v)
            if home.most and _polls_on(s, home, c, v):
                return POLLING
            vacate(s, c)
            return AWAY
        vcpu.job, vcpu.fresh = leave_for(s, home), 1
    elif home.first >= 0 and (turn_over(vcpu.task_turn, s.now.quantum, now) or overdue):
        if s.now.locks:
            lets_go(s, vcpu.job)
        join(s.walks, home, vcpu.job)
        vcpu.job, vcpu.fresh = leave_for(s, home), 1
    if not others_wait(s, c):
        return STAYS
    preempted = not turn_over(vcpu.turn, home.turn, now)
    if preempted:
        if not s.now.preempt or is_woken(s, vcpu) or waits_in(s, f.WOKEN, c)[1] < 0:
            return STAYS
        tally(s, home.counts + f.PREEMPTIONS, 1)
    vacate(s, c)
    give_back(s, v, preempted)
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
        next_vcpu(s, c)
