"""Slices of visits that take a lock by spinning, over arrays: see simcore.engines.simpy_engine.spinning."""

from __future__ import annotations

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.primitives import at, join, less, more, schedule
from simcore.engines.compiled.queues import fits, next_end, others_wait, taken_out
from simcore.spinning import ENDLESS, MIX, STEP

__all__ = [
    *(
        "OVER_CORE",
        "OVER_TASK",
        "COMES",
        "DONE",
        "EXITS",
        "GOES_ON",
        "HALTS",
        "HOLDS",
        "KICKS",
        "LEAVES",
        "MOVES",
        "SLEEPS",
        "SPINS",
        "YIELDS",
    ),
    *("begins_slice", "chosen", "cut_spinning", "ends_slice", "is_kept", "note_overdue", "obtains", "take_working"),
]

COMES, SPINS, EXITS, HALTS, MOVES, HOLDS, KICKS, LEAVES = range(8)  # phases
GOES_ON, DONE, YIELDS, SLEEPS = range(4)  # fates
OVER_CORE, OVER_TASK = 1, 2
SHORT = ENDLESS // 2


@once
def chosen(key, task, operation, visit, count):
    """`simcore.spinning.chosen`."""
    bits = np.uint64(key) + np.uint64(STEP) * np.uint64(visit + 1) + np.uint64(MIX) * np.uint64(task + 1)
    bits += np.uint64(operation) << np.uint64(20)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(MIX)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((bits ^ (bits >> np.uint64(31))) % np.uint64(count))


@inlined
def spun_of(s, w, step):
    """The lock that a visit takes by spinning."""
    kind = at(s.classes, w.tasks)
    locks = at(s.locks, kind.locks + step.spin)
    task = at(s.sources, w.source).number
    return locks.first + chosen(kind.key, task, w.number, step.index, locks.count)


@once
def obtains(s, walk):
    """The lock is its own, and has to be moved here if another virtual processor had it last."""
    job = at(s.walks, walk)
    lock = at(s.spun, job.lock)
    moved = lock.last_vcpu >= 0 and lock.last_vcpu != job.vcpu
    job.left += job.ticks
    job.burns = lock.move + lock.more * lock.waiting if moved else 0
    job.phase = MOVES if job.burns else HOLDS
    lock.last_vcpu = job.vcpu


@once
def begins_slice(s, c):
    """A slice of a visit that takes a lock begins: whether it works in it, or burns time; its domain is settled."""
    core = at(s.cores, c)
    walk = at(s.vcpus, core.vcpu).job
    job, home = at(s.walks, walk), at(s.domains, at(s.vcpus, core.vcpu).domain)
    if job.phase == COMES and job.left == 0:
        lock = at(s.spun, job.lock)
        job.vcpu = core.vcpu
        if lock.holder < 0:
            lock.holder = walk
            obtains(s, walk)
        else:
            join(s.walks, lock, walk)
            lock.waiting += 1
            job.phase, job.burns = SPINS, home.window
    core.burns = job.left == 0 if job.phase == SPINS else job.burns > 0
    if core.burns:
        home.spinners += 1
        more(s, home.counts + f.SPINNING)
        less(s, home.counts + f.BUSY)


@once
def ends_slice(s, core, job, home):
    """What was done in a slice that ends now; the domain is settled."""
    elapsed = s.now.time - core.began
    if core.burns:
        core.burns = 0
        job.burns -= elapsed
        home.spinners -= 1
        less(s, home.counts + f.SPINNING)
        more(s, home.counts + f.BUSY)
    else:
        job.left -= elapsed


@once
def cut_spinning(s, c):
    """Schedules the end of such a slice."""
    core, now = at(s.cores, c), s.now.time
    vcpu = at(s.vcpus, core.vcpu)
    home, job = at(s.domains, vcpu.domain), at(s.walks, vcpu.job)
    end = core.began + (job.burns if core.burns else job.left)
    if not home.atomic and end > vcpu.turn + home.turn and others_wait(s, c):
        end = min(end, next_end(vcpu.turn, home.turn, now))
    core.slice = f.NEVER
    if end - now < SHORT:
        core.slice = schedule(s, end - now, 4 * c + f.SLICE)


@once
def note_overdue(s, c, began):
    """Notes turns that ended in a slice of one that could not give way."""
    vcpu, now = at(s.vcpus, at(s.cores, c).vcpu), s.now.time
    home = at(s.domains, vcpu.domain)
    if home.first >= 0 and next_end(vcpu.task_turn, s.now.quantum, began) <= now:
        vcpu.overdue |= OVER_TASK
    if home.atomic and next_end(vcpu.turn, home.turn, began) <= now and others_wait(s, c):
        vcpu.overdue |= OVER_CORE


@inlined
def is_kept(s, core):
    """Whether nobody may take a core from who runs on it, as it holds a lock of the host's kernel or waits for one."""
    if not s.now.locks or core.vcpu < 0:
        return False
    vcpu = at(s.vcpus, core.vcpu)
    return vcpu.job >= 0 and at(s.walks, vcpu.job).lock >= 0 and at(s.domains, vcpu.domain).atomic != 0


@once
def take_working(s, c, d):
    """Takes the first of a domain that waits for this core and does not spin; -1 if there is none."""
    for which in (f.WOKEN, f.READY):
        before, v = -1, s.queues[which].first
        while v >= 0:
            vcpu = at(s.vcpus, v)
            spins = False
            if vcpu.job >= 0:
                job = at(s.walks, vcpu.job)
                spins = job.lock >= 0 and (job.phase == SPINS or job.phase == EXITS)
            if vcpu.domain == d and not spins and fits(s, v, c):
                taken_out(s, which, before, v)
                return v
            before, v = v, vcpu.next
    return -1
