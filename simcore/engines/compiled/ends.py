"""What is counted when an operation or a tail ends, for the compiled loop."""

from __future__ import annotations

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.primitives import add, at, bucket, tally

__all__ = ["add_log", "dies", "respond"]


@inlined
def dies(s, w):
    w.born = -1
    s.now.live -= 1


@inlined
def add_log(s, w, first, last, first_row, last_row):
    """Adds what a walk met in some steps, and the rows that it paid, to the sums of its class."""
    kind, logs, rows = at(s.classes, w.tasks), w.log, w.row
    visits, counted = kind.visit_counts, kind.row_counts - kind.first_row
    for n in range(first_row, last_row):
        row = at(s.varying, n)
        met = at(s.log, logs + row.visit).met
        if met and (not row.idle or (met & f.PAID_IDLE and not (row.asleep and met & f.POLLED_IT))):
            add(s, counted + n, at(s.rows, rows + row.own))
    for n in range(first, last):
        step = at(s.steps, n)
        if step.kind >= f.TAIL_STEP:
            continue
        log, counts = at(s.log, logs + step.index), visits + f.VISIT_COUNTS * step.index
        met = log.met
        if not met:
            continue
        log.met = 0
        tally(s, counts + f.VISITS, 1)
        add(s, counts + f.WAITS, log.wait)
        if met > f.MADE:
            tally(s, counts + f.IDLE, (met & f.PAID_IDLE) != 0)
            tally(s, counts + f.POLLED, (met & f.POLLED_IT) != 0)
            if met & f.SWITCHED:
                tally(s, counts + f.TASK_SWITCHES, log.task_switches)
                tally(s, counts + f.DOMAIN_SWITCHES, met >> f.SWITCHES)


@inlined
def respond(s, w):
    """An operation is complete; a status to come back with, or 0."""
    kind = at(s.classes, w.tasks)
    add_log(s, w, kind.step, kind.end, kind.first_row, kind.last_row)
    dies(s, w)
    response = s.now.time - w.began
    tally(s, kind.counts + f.DONE, 1)
    add(s, kind.counts + f.RESPONSE, response)
    group = at(s.groups, kind.group)
    s.histograms[np.uint64(kind.group), np.uint64(bucket(response))] += 1
    group.sum += response
    group.count += 1
    if group.count == group.size:
        _next_set(s, kind.group, group)
    group.lacking -= 1
    if group.lacking == 0:
        s.now.lacking -= 1
        if s.now.lacking == 0:
            return _mark(s)
    return 0


@inlined
def _next_set(s, row, group):
    """`simcore.totals.Series.add`, where a set is full."""
    s.series[row, group.sets] = group.sum
    group.sets += 1
    group.sum = group.count = 0
    if group.sets == s.series.shape[1]:
        for n in range(s.series.shape[1] // 2):
            s.series[row, n] = s.series[row, 2 * n] + s.series[row, 2 * n + 1]
        group.sets //= 2
        group.size *= 2


@once
def _mark(s):
    """The measuring window begins or ends: every group has had its operations."""
    if not s.now.warm:
        s.now.warm = 1
        for n in range(len(s.groups)):
            s.groups[n].lacking = s.groups[n].operations
            s.now.lacking += s.groups[n].operations > 0
        return f.WARM
    if s.now.horizon >= 0:
        return 0
    s.now.stopping = 1
    return f.MEASURED
