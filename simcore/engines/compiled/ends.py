"""What is counted when an operation or a tail ends, for the compiled loop."""

from __future__ import annotations

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined
from simcore.engines.compiled.primitives import add, at, bucket

__all__ = ["add_log", "dies", "respond"]


@inlined
def dies(s, w):
    w.born = -1
    s.now.live -= 1


@inlined
def add_log(s, w, first, last):
    """Adds what a walk met in some steps to the sums of its class."""
    kind = at(s.classes, w.tasks)
    for n in range(first, last):
        step = at(s.steps, n)
        if step.kind == f.TAIL_STEP:
            continue
        log, counts = at(s.log, w.log + step.index), kind.visit_counts + f.VISIT_COUNTS * step.index
        if not log.met:
            continue
        at(s.counts, counts + f.VISITS).low += 1
        add(s.counts, counts + f.WAITS, log.wait)
        at(s.counts, counts + f.IDLE).low += log.met >> 1
        at(s.counts, counts + f.TASK_SWITCHES).low += log.task_switches
        at(s.counts, counts + f.DOMAIN_SWITCHES).low += log.domain_switches
        for row in range(step.first, step.last):
            if log.met > 1 or not at(s.terms, row).idle:
                add(s.counts, kind.row_counts + row - kind.first_row, at(s.rows, w.row + at(s.terms, row).own))
        log.met = 0


@inlined
def respond(s, w):
    """An operation is complete; a status to come back with, or 0."""
    kind = at(s.classes, w.tasks)
    add_log(s, w, kind.step, kind.end)
    dies(s, w)
    response = s.now.time - w.began
    at(s.counts, kind.counts + f.DONE).low += 1
    add(s.counts, kind.counts + f.RESPONSE, response)
    s.histogram[np.uint64(bucket(response))] += 1
    s.now.completed += 1
    s.now.group_sum += response
    s.now.grouped += 1
    if s.now.grouped == s.now.group:
        _next_group(s)
    if s.now.warmup > 0 and s.now.completed == s.now.warmup:
        return f.WARM
    if s.now.horizon < 0 and s.now.completed == s.now.warmup + s.now.operations:
        s.now.stopping = 1
        return f.MEASURED
    return 0


@inlined
def _next_group(s):
    """`simcore.totals.Series.add`, where a group is full."""
    s.series[s.now.groups] = s.now.group_sum
    s.now.groups += 1
    s.now.group_sum = s.now.grouped = 0
    if s.now.groups == len(s.series):
        for n in range(len(s.series) // 2):
            s.series[n] = s.series[2 * n] + s.series[2 * n + 1]
        s.now.groups //= 2
        s.now.group *= 2
