"""What is fetched into the cache before it is needed, where there are so many tasks that nothing of theirs stays there.

Who waits in a long queue was not touched for a while: neither its own record, nor its guest's, nor what it met. Who
comes next is known while those before are served. So a record is fetched first, a turn later what it leads to, another
turn later what that leads to, and so on.
"""

from __future__ import annotations

from simcore.engines.compiled.cached import inlined
from simcore.engines.compiled.machine import prefetch
from simcore.engines.compiled.primitives import at, leave
from simcore.model import Kind

__all__ = ["ends_soon", "leave_for", "line_up"]

CPU = int(Kind.CPU)
COUNTS_OF_A_LINE = 8


@inlined
def leave_for(s, queue):
    """Takes the first of a queue of walks."""
    walk = leave(s.walks, queue)
    if s.now.many:
        _its_guest(s, at(s.walks, walk))
        if queue.first >= 0:
            w = at(s.walks, queue.first)
            _its_own(s, w)
            _next_domain(s, w)
            if w.next >= 0:
                _walk(s, w.next)
    return walk


@inlined
def line_up(s, queue):
    """Of virtual processors that wait for a core, one of which was taken just now."""
    if not s.now.many:
        return
    v = queue.first
    if v >= 0:
        w = at(s.walks, at(s.vcpus, v).job)
        if w.lock >= 0:
            prefetch(s.spun, w.lock, 0)
            prefetch(s.spun, w.lock, 1)
        v = at(s.vcpus, v).next
    if v >= 0:
        vcpu = at(s.vcpus, v)
        _its_own(s, at(s.walks, vcpu.job))
        _counts(s, at(s.domains, vcpu.domain).counts)
        v = vcpu.next
    if v >= 0:
        vcpu = at(s.vcpus, v)
        _walk(s, vcpu.job)
        _domain(s, vcpu.domain)
        v = vcpu.next
    if v >= 0:
        prefetch(s.vcpus, v, 0)
        prefetch(s.vcpus, v, 1)


@inlined
def _walk(s, walk):
    for line in range(3):
        prefetch(s.walks, walk, line)


@inlined
def _domain(s, d):
    prefetch(s.domains, d, 0)
    prefetch(s.domains, d, 1)


@inlined
def _counts(s, place):
    prefetch(s.counts, place, 0)
    prefetch(s.counts, place, 1)


@inlined
def _its_own(s, w):
    """What a visit of the walk reads and writes of it, and what its next one takes."""
    prefetch(s.log, w.log + at(s.steps, w.step).index, 0)
    prefetch(s.classes, w.tasks, 0)
    prefetch(s.classes, w.tasks, 1)
    if w.step + 1 < w.end:
        place = at(s.steps, w.step + 1).ticks
        if place >= 0:
            prefetch(s.rows, w.row + place, 0)


@inlined
def _its_vcpu(s, w):
    """The virtual processor that it had last, which it may well have again."""
    prefetch(s.vcpus, w.ran, 0)
    prefetch(s.vcpus, w.ran, 1)


@inlined
def _ahead(s, w):
    """The domain of the walk's next visit, or -1."""
    if w.step + 1 >= w.end:
        return -1
    step = at(s.steps, w.step + 1)
    return step.where + step.moves * w.shift if step.kind == CPU else -1


@inlined
def _next_domain(s, w):
    d = _ahead(s, w)
    if d >= 0:
        _domain(s, d)


@inlined
def _its_guest(s, w):
    """Of the domain that a walk goes to next: its counts, and who works there."""
    d = _ahead(s, w)
    if d >= 0:
        home = at(s.domains, d)
        prefetch(s.spaces, home.first_vcpu, 0)
        prefetch(s.spaces, home.last_vcpu - 1, 0)
        prefetch(s.vcpus, home.idle_first, 0)
        prefetch(s.vcpus, home.idle_last, 0)
        _its_vcpu(s, w)
        _counts(s, home.counts)


@inlined
def ends_soon(s, w):
    """Has fetched what an operation is counted in, when it is at its last step."""
    if s.now.many and w.step + 1 == w.end:
        kind = at(s.classes, w.tasks)
        for n in range(kind.counts, kind.row_counts + kind.last_row - kind.first_row, COUNTS_OF_A_LINE):
            prefetch(s.counts, n, 0)
