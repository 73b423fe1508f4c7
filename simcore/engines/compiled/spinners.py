"""Slices of visits that take a lock by spinning, over arrays: see simcore.engines.simpy_engine.spinning."""

from __future__ import annotations

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.notes import note
from simcore.engines.compiled.primitives import at, join, less, more, schedule
from simcore.engines.compiled.queues import fits, next_end, others_wait, taken_out
from simcore.engines.records import What
from simcore.model import Lock
from simcore.spinning import ENDLESS, MIX, STEP

__all__ = [
    *(
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
    *("begins_slice", "chosen", "cut_spinning", "ends_slice", "is_cut", "note_overdue", "obtains", "spun_of"),
    "take_working",
]

COMES, SPINS, EXITS, HALTS, MOVES, HOLDS, KICKS, LEAVES = range(8)  # phases
GOES_ON, DONE, YIELDS, SLEEPS = range(4)  # fates
WAITS, TAKES = int(What.WAITS), int(What.TAKES)
SHORT = ENDLESS // 2
ADDRESS_SPACE, VM = int(Lock.ADDRESS_SPACE), int(Lock.VM)


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
    """The lock that a visit takes by spinning; -1 for none."""
    kind = at(s.classes, w.tasks)
    if step.lock == ADDRESS_SPACE:
        return w.source
    if step.lock == VM:
        return s.now.sources + kind.domain
    if step.spin < 0:
        return -1
    locks = at(s.locks, kind.locks + step.spin)
    task = at(s.sources, w.source).number
    return s.now.sources + len(s.domains) + locks.first + chosen(kind.key, task, w.number, step.index, locks.count)


@inlined
def obtains(s, walk):
    """The lock is its own, and has to be moved here if another virtual processor had it last."""
    job = at(s.walks, walk)
    lock = at(s.spun, job.lock)
    note(s, TAKES, lock.number, 0, 0, walk, at(s.steps, job.step).index)
    moved = lock.last_vcpu >= 0 and lock.last_vcpu != job.vcpu
    job.left += job.rest
    job.burns = lock.move + lock.more * lock.waiting if moved else 0
    job.phase = MOVES if job.burns else HOLDS
    lock.last_vcpu = job.vcpu


@once
def _waits(s, walk, home):
    """The lock is another's."""
    job = at(s.walks, walk)
    lock = at(s.spun, job.lock)
    note(s, WAITS, lock.number, 0, 0, walk, at(s.steps, job.step).index)
    join(s.walks, lock, walk)
    lock.waiting += 1
    job.phase, job.burns = SPINS, ENDLESS if lock.preemptible else home.window


@inlined
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
            _waits(s, walk, home)
    core.burns = job.left == 0 if job.phase == SPINS else job.burns > 0
    if core.burns:
        home.spinners += 1
        more(s, home.counts + f.SPINNING)
        less(s, home.counts + f.BUSY)


@inlined
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


@inlined
def cut_spinning(s, c):
    """Schedules the end of such a slice."""
    core, now = at(s.cores, c), s.now.time
    vcpu = at(s.vcpus, core.vcpu)
    home, job = at(s.domains, vcpu.domain), at(s.walks, vcpu.job)
    end = core.began + (job.burns if core.burns else job.left)
    if home.first >= 0 and at(s.spun, job.lock).preemptible:
        end = min(end, next_end(vcpu.task_turn, s.now.quantum, now))
    if end > vcpu.turn + home.turn and others_wait(s, c):
        end = min(end, next_end(vcpu.turn, home.turn, now))
    core.slice = f.NEVER
    if end - now < SHORT:
        core.slice = schedule(s, end - now, 4 * c + f.SLICE)


@inlined
def is_cut(s, walk):
    """Whether a visit gives its virtual processor to another task when its turn is over."""
    lock = at(s.walks, walk).lock
    return lock < 0 or at(s.spun, lock).preemptible != 0


@inlined
def note_overdue(s, c, began):
    """Notes a task's turn that ended in a slice of one that could not give way to another task."""
    vcpu = at(s.vcpus, at(s.cores, c).vcpu)
    if is_cut(s, vcpu.job):
        return
    if at(s.domains, vcpu.domain).first >= 0 and next_end(vcpu.task_turn, s.now.quantum, began) <= s.now.time:
        vcpu.overdue = 1


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
