"""Stretches of running on cores, and where turns end, over arrays: see simcore.engines.simpy_engine.cores."""

from __future__ import annotations

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.notes import note
from simcore.engines.compiled.pollers import boundary, cut_polling
from simcore.engines.compiled.primitives import at, schedule, tally
from simcore.engines.compiled.queues import allowed, others_wait
from simcore.engines.compiled.spinners import begins_slice, cut_spinning, is_cut
from simcore.engines.records import PAID, What

__all__ = ["begin_job", "cut", "is_woken", "note_ready", "recut", "recut_tasks", "run", "turn_over", "visit_at"]

READY, RUNS, SPINS = int(What.READY), int(What.RUNS), int(What.SPINS)


@inlined
def turn_over(began, length, now):
    return now > began and (now - began) % length == 0


@inlined
def is_woken(s, vcpu):
    return vcpu.woken != 0 and s.now.time - vcpu.turn < at(s.domains, vcpu.domain).turn


@inlined
def cut(s, c):
    """Schedules the end of a core's slice anew."""
    core, now = at(s.cores, c), s.now.time
    vcpu = at(s.vcpus, core.vcpu)
    if s.now.locks and at(s.walks, vcpu.job).lock >= 0:
        cut_spinning(s, c)
        return
    home = at(s.domains, vcpu.domain)
    end = core.began + at(s.walks, vcpu.job).left
    if home.first >= 0:
        end = min(end, boundary(vcpu.task_turn, s.now.quantum, now))
    if others_wait(s, c):
        end = min(end, boundary(vcpu.turn, home.turn, now))
    core.slice = schedule(s, end - now, 4 * c + f.SLICE)


@once
def recut(s, pool):
    """Somebody waits for one of a pool's cores who did not before: turns end again."""
    if s.now.futile:
        s.now.failed = f.FUTILE
        return
    now = s.now.time
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        if core.vcpu < 0 or not allowed(s, pool, c):
            continue
        vcpu = at(s.vcpus, core.vcpu)
        if core.polls:
            cut_polling(s, c, core, vcpu)
        if core.slice < 0 or vcpu.job < 0:
            continue
        job = at(s.walks, vcpu.job)
        to_go = job.burns if core.burns else job.left
        if boundary(vcpu.turn, at(s.domains, vcpu.domain).turn, now) < core.began + to_go:
            cut(s, c)


@once
def recut_tasks(s, d):
    """The same, of turns of tasks on a domain's virtual processors."""
    if s.now.futile:
        s.now.failed = f.FUTILE
        return
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        if core.vcpu < 0 or core.slice < 0:
            continue
        vcpu = at(s.vcpus, core.vcpu)
        if vcpu.job < 0 or vcpu.domain != d or not is_cut(s, vcpu.job):
            continue
        job = at(s.walks, vcpu.job)
        if boundary(vcpu.task_turn, s.now.quantum, s.now.time) < core.began + (job.burns if core.burns else job.left):
            cut(s, c)


@inlined
def begin_job(s, v, vcpu, home):
    if not vcpu.fresh:
        return
    job = at(s.walks, vcpu.job)
    vcpu.fresh = 0
    vcpu.task, vcpu.task_turn, job.ran = job.who, s.now.time, v
    vcpu.overdue = 0
    space = at(s.spaces, v)
    if space != job.space:
        if space >= 0 and home.switch:
            job.left += home.switch
            job.task_switches += 1
            tally(s, home.counts + f.TASKS_SWITCHED, 1)
        s.spaces[np.uint64(v)] = job.space


@inlined
def _note_run(s, c):
    v = at(s.cores, c).vcpu
    walk = at(s.vcpus, v).job
    job = at(s.walks, walk)
    note(
        s,
        SPINS if at(s.cores, c).burns else RUNS,
        c,
        v,
        PAID * job.domain_switches + job.task_switches,
        walk,
        visit_at(s, walk),
    )


@inlined
def visit_at(s, walk):
    """The number of the visit that a walk is at."""
    return at(s.steps, at(s.walks, walk).step).index


@inlined
def note_ready(s, v, why):
    vcpu = at(s.vcpus, v)
    note(s, READY, v, why, vcpu.woken, vcpu.job, visit_at(s, vcpu.job))


@inlined
def run(s, c):
    at(s.cores, c).began = s.now.time
    if s.now.locks and at(s.walks, at(s.vcpus, at(s.cores, c).vcpu).job).lock >= 0:
        begins_slice(s, c)
    cut(s, c)
    _note_run(s, c)
