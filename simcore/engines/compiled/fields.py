"""The compiled engine's state: one array of integers for each kind of thing, and the meaning of its columns.

Queues are lists linked through a column: whoever waits waits at one place only. An index of -1 is nobody.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
LIMIT = 1 << 62  # a count is HIGH * LIMIT + LOW
MANY = 1 << 40  # ticks that are multiplied by a number of visits at once


class State(NamedTuple):
    """All there is.

    Attributes:
        now: single numbers, by name below.
        heap: events to come, soonest first: time, order of scheduling, what.
        walks: operations and tails under way, and the tasks that begin them; the first are the tasks, in order.
        log: what each walk met, for each visit of its program.
        rows: ticks drawn: for each task its next operations, then for each walk a copy of its own.
        sources: tasks: where their drawn operations are.
        stack: walks that go on at once, the last first.
        faults: when and which domain.
        idle_rows: whether each row of all programs is paid only when idle.
        counts: running sums, each in two parts.
        histogram: response times by class.
        series: sums of groups of successive response times.
        trace: ends of visits, for an observer.
    """

    now: Ints
    heap: Ints
    walks: Ints
    log: Ints
    rows: Ints
    sources: Ints
    stack: Ints
    vcpus: Ints
    cores: Ints
    domains: Ints
    stations: Ints
    slots: Ints
    steps: Ints
    classes: Ints
    idle_rows: Ints
    faults: Ints
    counts: Ints
    histogram: Ints
    series: Ints
    trace: Ints


(  # single numbers
    NOW,
    SCHEDULED,  # events so far
    EVENTS,  # that happened
    PENDING,  # events to come
    DEPTH,  # of the stack
    SLICED,  # the core whose slice is over while a task decides what to do next
    BETWEEN,  # the virtual processor of that task
    BOOTED,  # tasks begun, and faults scheduled
    COMPLETED,
    STOPPING,
    LIVE,
    SERIALS,  # names given to walks
    BIRTHS,  # operations and tails begun
    FREE,  # walks to be used again, linked
    WOKEN_FIRST,
    WOKEN_LAST,
    READY_FIRST,
    READY_LAST,
    IDLE_FIRST,  # cores
    IDLE_LAST,
    TRACED,
    WANTS,  # the task whose drawn operations are used up
    FAILED,  # a status that ends the run
    GROUP,  # response times in a group of the series
    GROUPED,
    GROUP_SUM,
    GROUPS,
    # and what does not change
    SOURCES,
    WARMUP,
    OPERATIONS,
    HORIZON,  # -1 for none
    QUANTUM,
    DOMAIN_SWITCH,
    PREEMPT,
    FUTILE,
    TRACING,
    MOST_LIVE,
    NUMBERS,
) = range(38)

# the heap
AT, ORDER, WHAT = range(3)
SLICE, STATION, TIMER, FAULT = range(4)  # what = 4 * index + kind

(  # walks
    PLACE,  # where in its life it is, below
    KIND,
    CLASS,
    SOURCE,  # its task: whose address space and lock
    SERIAL,  # its name, never used again
    STEP,
    END,  # of its steps
    ROW,  # where its drawn ticks begin
    NUMBER,  # of the operation
    BEGAN,
    BORN,  # order of beginning; -1 if it is not under way
    FROM,  # the domain whose processors it comes from
    CAME,
    TICKS,
    SWITCHED,
    RING,
    NEXT,
    LEFT,  # of its visit to processors
    ARRIVED,
    TASK_SWITCHES,
    DOMAIN_SWITCHES,
    WALK,
) = range(22)
TASK, ARRIVALS, ARRIVED_ONE, TAIL = range(4)  # kinds
(  # places
    NEXT_OPERATION,
    THOUGHT,
    NEXT_STEP,
    RING_GIVEN,
    LOCK_GIVEN,
    SERVED,
    VISITED,
    NEXT_ARRIVAL,
    ARRIVAL,
) = range(9)

WAIT, MET, LOG_TASK, LOG_DOMAIN, LOG = range(5)  # of a visit; MET: 1 made, 2 idle rows paid
DATA, CAPACITY, CURSOR, FIXED, STRIDE, COUNTED, NUMBER_IN_CLASS, OF_CLASS, SOURCE_COLUMNS = range(9)
(
    V_DOMAIN,
    V_JOB,
    V_TASK,
    V_SPACE,
    V_FRESH,
    V_WOKEN,
    V_TURN,  # when its turn on a core began
    V_TASK_TURN,  # when its task's turn began
    V_NEXT,
    V_PREV,
    VCPU,
) = range(11)
C_VCPU, C_SLICE, C_BEGAN, C_DOMAIN, C_NEXT, C_PREV, CORE = range(7)
(
    D_SWITCH,
    D_TURN,
    D_IDLE_FIRST,
    D_IDLE_LAST,
    D_FIRST,
    D_LAST,
    D_PRESENT,
    D_RUNNING,
    D_SINCE,
    D_STOPPED,
    D_COUNTS,
    DOMAIN,
) = range(12)
S_SERVERS, S_FREE, S_FIRST, S_LAST, S_QUEUED, S_SINCE, S_COUNTS, STATION_COLUMNS = range(8)
L_FREE, L_FIRST, L_LAST, SLOT = range(4)
(
    T_KIND,  # CPU, STATION and DELAY of simcore.model.Kind, and TAIL_STEP
    T_WHERE,
    T_LOCK,
    T_INDEX,  # in the program
    T_FIRST,  # row, or step of a tail
    T_LAST,
    STEP_COLUMNS,
) = range(7)
TAIL_STEP = 3
K_STEP, K_END, K_VISITS, K_ROWS, K_FIRST_ROW, K_COUNTS, K_VISIT_COUNTS, K_ROW_COUNTS, K_DOMAIN, CLASS_COLUMNS = range(10)

# counts of a class, of each of its visits, of a station, of a domain
STARTED, DONE, RESPONSE, THINK, RING_WAIT, TAILS_STARTED, TAILS_DONE, CLASS_COUNTS = range(8)
N_VISITS, N_WAITS, N_IDLE, N_TASK, N_DOMAIN, VISIT_COUNTS = range(6)
N_ARRIVALS, N_COMPLETIONS, N_SERVICE, N_SOJOURN, N_BUSY, N_POPULATION, STATION_COUNTS = range(7)
N_TASK_SWITCHES, N_DOMAIN_SWITCHES, N_PREEMPTIONS, DOMAIN_COUNTS = range(6, 10)

# why the loop came back
OVER, ROWS, WALKS, HEAP, TRACE, WARM, MEASURED, IS_FUTILE, ARRIVALS_OUTRUN = range(9)
