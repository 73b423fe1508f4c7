"""Tasks, operations and tails, for the compiled loop: each is a place in its life, and goes on from there.

A walk goes on until it must wait. Where it lets another go on at once (a tail that begins, a lock handed over), that one
is put on the stack above it, and comes first: the order in which simcore.engines.simpy_engine.run calls them.
"""

from __future__ import annotations

from simcore.engines.compiled.cores import serve
from simcore.engines.compiled.fields import (
    ARRIVAL,
    ARRIVALS,
    ARRIVALS_OUTRUN,
    ARRIVED_ONE,
    BEGAN,
    BIRTHS,
    BORN,
    CAME,
    CAPACITY,
    CLASS,
    COMPLETED,
    COUNTED,
    CURSOR,
    D_IDLE_FIRST,
    DATA,
    DEPTH,
    DOMAIN_SWITCH,
    DOMAIN_SWITCHES,
    DONE,
    D_SWITCH,
    END,
    FAILED,
    FIXED,
    FREE,
    FROM,
    GROUP,
    GROUP_SUM,
    GROUPED,
    GROUPS,
    HEAP,
    HORIZON,
    K_COUNTS,
    K_DOMAIN,
    K_END,
    K_FIRST_ROW,
    K_ROW_COUNTS,
    K_ROWS,
    K_STEP,
    K_VISIT_COUNTS,
    K_VISITS,
    KIND,
    LIVE,
    LOCK_GIVEN,
    LOG,
    LOG_DOMAIN,
    LOG_TASK,
    MEASURED,
    MET,
    MOST_LIVE,
    N_DOMAIN,
    N_IDLE,
    N_TASK,
    N_VISITS,
    N_WAITS,
    NEXT,
    NEXT_ARRIVAL,
    NEXT_OPERATION,
    NEXT_STEP,
    NOW,
    NUMBER,
    NUMBER_IN_CLASS,
    OPERATIONS,
    PENDING,
    PLACE,
    RESPONSE,
    RING,
    RING_GIVEN,
    RING_WAIT,
    ROW,
    ROWS,
    SERIAL,
    SERIALS,
    SERVED,
    SOURCE,
    SOURCES,
    STARTED,
    STEP,
    STOPPING,
    STRIDE,
    SWITCHED,
    T_FIRST,
    T_INDEX,
    T_KIND,
    T_LAST,
    T_LOCK,
    T_WHERE,
    TAIL,
    TAIL_STEP,
    TAILS_DONE,
    TAILS_STARTED,
    TASK,
    TASK_SWITCHES,
    THINK,
    THOUGHT,
    TICKS,
    TIMER,
    TRACE,
    TRACED,
    TRACING,
    VISIT_COUNTS,
    VISITED,
    WAIT,
    WALKS,
    WANTS,
    WARM,
    WARMUP,
)
from simcore.engines.compiled.primitives import add, bucket, give, hot, schedule, serve_station, take
from simcore.model import Kind, Lock

__all__ = ["go_on", "push"]

CPU, STATION = int(Kind.CPU), int(Kind.STATION)
NO_LOCK, ADDRESS_SPACE = int(Lock.NONE), int(Lock.ADDRESS_SPACE)


@hot
def push(s, walk):
    """This walk goes on next."""
    s.stack[s.now[DEPTH]] = walk
    s.now[DEPTH] += 1


@hot
def _waits(s, walk, place):
    """The walk goes no further now; it will go on from this place."""
    s.walks[walk, PLACE] = place
    s.now[DEPTH] -= 1


@hot
def _drawn(s, source):
    """Takes the next drawn operation of a task: where it is."""
    row = s.sources[source, DATA] + s.sources[source, CURSOR] * s.sources[source, STRIDE]
    if not s.sources[source, FIXED]:
        s.sources[source, CURSOR] += 1
    return row


@hot
def _used_up(s, source):
    if s.sources[source, CURSOR] < s.sources[source, CAPACITY]:
        return False
    s.now[WANTS] = source
    return True


@hot
def _born(s, walk):
    s.walks[walk, BORN] = s.now[BIRTHS]
    s.now[BIRTHS] += 1
    s.now[LIVE] += 1
    s.walks[walk, FROM] = -1


@hot
def _die(s, walk):
    s.walks[walk, BORN] = -1
    s.now[LIVE] -= 1


@hot
def _begin(s, walk, source):
    """An operation of a task begins."""
    tasks = s.walks[walk, CLASS]
    s.counts[s.classes[tasks, K_COUNTS] + STARTED, 1] += 1
    s.walks[walk, NUMBER] = s.sources[source, COUNTED]
    s.sources[source, COUNTED] += 1
    s.walks[walk, BEGAN] = s.now[NOW]
    s.walks[walk, STEP], s.walks[walk, END] = s.classes[tasks, K_STEP], s.classes[tasks, K_END]
    s.walks[walk, PLACE] = NEXT_STEP
    _born(s, walk)


@hot
def _another(s, walk, kind, row):
    """A walk of the same task: an operation that arrives, or a tail; with its own copy of what was drawn from `row` on."""
    one = s.now[FREE]
    s.now[FREE] = s.walks[one, NEXT]
    tasks = s.walks[walk, CLASS]
    s.walks[one, KIND], s.walks[one, CLASS], s.walks[one, SOURCE] = kind, tasks, s.walks[walk, SOURCE]
    s.walks[one, SERIAL] = s.now[SERIALS]
    s.now[SERIALS] += 1
    own = s.walks[one, ROW]
    for n in range(2 * s.classes[tasks, K_VISITS] + s.classes[tasks, K_ROWS]):
        s.rows[own + n] = s.rows[row + n]
    return one


@hot
def _free(s, walk):
    s.walks[walk, NEXT] = s.now[FREE]
    s.now[FREE] = walk


@hot
def _slot(s, walk, lock):
    """Slots are the tasks' locks, the domains' locks, and the rings."""
    if lock == ADDRESS_SPACE:
        return s.walks[walk, SOURCE]
    return s.now[SOURCES] + s.classes[s.walks[walk, CLASS], K_DOMAIN]


@hot
def _add_log(s, walk, first, last):
    """Adds what a walk met in some steps to the sums of its class."""
    tasks, row = s.walks[walk, CLASS], s.walks[walk, ROW]
    visit_counts, row_counts = s.classes[tasks, K_VISIT_COUNTS], s.classes[tasks, K_ROW_COUNTS]
    rows, flags = row + 2 * s.classes[tasks, K_VISITS], s.classes[tasks, K_FIRST_ROW]
    for step in range(first, last):
        if s.steps[step, T_KIND] == TAIL_STEP:
            continue
        index = s.steps[step, T_INDEX]
        log, counts = LOG * index, visit_counts + VISIT_COUNTS * index
        met = s.log[walk, log + MET]
        if not met:
            continue
        s.log[walk, log + MET] = 0
        s.counts[counts + N_VISITS, 1] += 1
        add(s.counts, counts + N_WAITS, s.log[walk, log + WAIT])
        s.counts[counts + N_IDLE, 1] += met >> 1
        s.counts[counts + N_TASK, 1] += s.log[walk, log + LOG_TASK]
        s.counts[counts + N_DOMAIN, 1] += s.log[walk, log + LOG_DOMAIN]
        for n in range(s.steps[step, T_FIRST], s.steps[step, T_LAST]):
            if met > 1 or not s.idle_rows[flags + n]:
                add(s.counts, row_counts + n, s.rows[rows + n])


@hot
def _respond(s, walk):
    """An operation is complete; a reason to come back, or 0."""
    tasks = s.walks[walk, CLASS]
    _add_log(s, walk, s.classes[tasks, K_STEP], s.classes[tasks, K_END])
    _die(s, walk)
    response = s.now[NOW] - s.walks[walk, BEGAN]
    counts = s.classes[tasks, K_COUNTS]
    s.counts[counts + DONE, 1] += 1
    add(s.counts, counts + RESPONSE, response)
    s.histogram[tasks, bucket(response)] += 1
    s.now[COMPLETED] += 1
    s.now[GROUP_SUM] += response
    s.now[GROUPED] += 1
    if s.now[GROUPED] == s.now[GROUP]:
        s.series[s.now[GROUPS]] = s.now[GROUP_SUM]
        s.now[GROUPS] += 1
        s.now[GROUP_SUM] = s.now[GROUPED] = 0
        if s.now[GROUPS] == len(s.series):
            for n in range(len(s.series) // 2):
                s.series[n] = s.series[2 * n] + s.series[2 * n + 1]
            s.now[GROUPS] //= 2
            s.now[GROUP] *= 2
    if s.now[WARMUP] > 0 and s.now[COMPLETED] == s.now[WARMUP]:
        return WARM
    if s.now[HORIZON] < 0 and s.now[COMPLETED] == s.now[WARMUP] + s.now[OPERATIONS]:
        s.now[STOPPING] = 1
        return MEASURED
    return 0


@hot
def go_on(s):
    """Lets the walks on the stack go on until all wait; 0, or why it came back before."""
    while s.now[DEPTH] > 0:
        if s.now[FAILED]:
            return s.now[FAILED]
        if s.now[PENDING] + 2 * len(s.cores) + 4 > len(s.heap):
            return HEAP
        walk = s.stack[s.now[DEPTH] - 1]
        place = s.walks[walk, PLACE]
        while True:
            if place == NEXT_STEP:
                step = s.walks[walk, STEP]
                if step < s.walks[walk, END]:
                    kind, where = s.steps[step, T_KIND], s.steps[step, T_WHERE]
                    if kind == TAIL_STEP:
                        s.walks[walk, CAME] = s.now[NOW]
                        if not take(s, walk, where):
                            _waits(s, walk, RING_GIVEN)
                            break
                        place = RING_GIVEN
                        continue
                    row, index = s.walks[walk, ROW], s.steps[step, T_INDEX]
                    ticks = s.rows[row + index]
                    idle = s.rows[row + s.classes[s.walks[walk, CLASS], K_VISITS] + index]
                    if ticks == 0 and idle == 0:
                        s.walks[walk, STEP] = step + 1
                        continue
                    s.walks[walk, CAME], s.walks[walk, TICKS] = s.now[NOW], ticks
                    s.walks[walk, SWITCHED] = 0
                    log = LOG * index
                    s.log[walk, log + MET] = 1
                    s.log[walk, log + LOG_TASK] = s.log[walk, log + LOG_DOMAIN] = 0
                    if kind == CPU:
                        lock = s.steps[step, T_LOCK]
                        if lock != NO_LOCK and not take(s, walk, _slot(s, walk, lock)):
                            _waits(s, walk, LOCK_GIVEN)
                            break
                        place = LOCK_GIVEN
                        continue
                    if kind == STATION:
                        serve_station(s, walk, where)
                    else:
                        schedule(s, ticks, 4 * walk + TIMER)
                    _waits(s, walk, VISITED)
                    break
                # its steps are done
                tasks, source = s.walks[walk, CLASS], s.walks[walk, SOURCE]
                if s.walks[walk, KIND] == TAIL:
                    own = s.walks[walk, END]
                    _add_log(s, walk, s.steps[s.walks[walk, RING], T_FIRST], own)
                    s.counts[s.classes[tasks, K_COUNTS] + TAILS_DONE, 1] += 1
                    _die(s, walk)
                    s.now[DEPTH] -= 1
                    following = give(s, s.steps[s.walks[walk, RING], T_WHERE])
                    _free(s, walk)
                    if following >= 0:
                        push(s, following)
                    break
                if s.walks[walk, KIND] == ARRIVED_ONE:
                    s.now[DEPTH] -= 1
                    _free(s, walk)
                    status = _respond(s, walk)
                    if status:
                        return status
                    break
                place = NEXT_OPERATION
                status = _respond(s, walk)
                if status:
                    s.walks[walk, PLACE] = place
                    return status

            elif place == VISITED:
                step = s.walks[walk, STEP]
                kind = s.steps[step, T_KIND]
                s.walks[walk, FROM] = s.steps[step, T_WHERE] if kind == CPU else -1
                wait = s.now[NOW] - s.walks[walk, CAME] - s.walks[walk, TICKS] - s.walks[walk, SWITCHED]
                index = s.steps[step, T_INDEX]
                s.log[walk, LOG * index + WAIT] = wait
                s.walks[walk, STEP] = step + 1
                place = NEXT_STEP
                if s.now[TRACING]:
                    n = s.now[TRACED]
                    s.trace[n, 0], s.trace[n, 1] = s.now[NOW], s.walks[walk, CLASS]
                    s.trace[n, 2] = s.sources[s.walks[walk, SOURCE], NUMBER_IN_CLASS]
                    s.trace[n, 3], s.trace[n, 4] = s.walks[walk, NUMBER], index
                    s.now[TRACED] = n + 1
                    if n + 1 == len(s.trace):
                        s.walks[walk, PLACE] = place
                        return TRACE

            elif place == SERVED:
                tasks_, domains_ = s.walks[walk, TASK_SWITCHES], s.walks[walk, DOMAIN_SWITCHES]
                step = s.walks[walk, STEP]
                if tasks_ or domains_:
                    where, log = s.steps[step, T_WHERE], LOG * s.steps[step, T_INDEX]
                    s.log[walk, log + LOG_TASK], s.log[walk, log + LOG_DOMAIN] = tasks_, domains_
                    s.walks[walk, SWITCHED] = tasks_ * s.domains[where, D_SWITCH] + domains_ * s.now[DOMAIN_SWITCH]
                place = VISITED
                lock = s.steps[step, T_LOCK]
                if lock != NO_LOCK:
                    following = give(s, _slot(s, walk, lock))
                    if following >= 0:
                        s.walks[walk, PLACE] = place
                        push(s, following)
                        break

            elif place == LOCK_GIVEN:
                step = s.walks[walk, STEP]
                where, index = s.steps[step, T_WHERE], s.steps[step, T_INDEX]
                idle = s.rows[s.walks[walk, ROW] + s.classes[s.walks[walk, CLASS], K_VISITS] + index]
                woken = 1 if s.walks[walk, FROM] != where else 0
                if idle and woken and s.domains[where, D_IDLE_FIRST] >= 0:
                    s.log[walk, LOG * index + MET] = 3
                    s.walks[walk, TICKS] += idle
                if s.walks[walk, TICKS]:
                    serve(s, walk, where, woken)
                    _waits(s, walk, SERVED)
                    break
                s.walks[walk, TASK_SWITCHES] = s.walks[walk, DOMAIN_SWITCHES] = 0
                place = SERVED

            elif place == NEXT_OPERATION:
                if s.now[STOPPING]:
                    s.now[DEPTH] -= 1
                    break
                source = s.walks[walk, SOURCE]
                if _used_up(s, source):
                    s.walks[walk, PLACE] = place
                    return ROWS
                row = _drawn(s, source)
                s.walks[walk, ROW], s.walks[walk, TICKS] = row + 1, s.rows[row]
                if s.rows[row]:
                    schedule(s, s.rows[row], 4 * walk + TIMER)
                    _waits(s, walk, THOUGHT)
                    break
                _begin(s, walk, source)
                place = NEXT_STEP

            elif place == THOUGHT:
                if s.now[STOPPING]:
                    s.now[DEPTH] -= 1
                    break
                add(s.counts, s.classes[s.walks[walk, CLASS], K_COUNTS] + THINK, s.walks[walk, TICKS])
                _begin(s, walk, s.walks[walk, SOURCE])
                place = NEXT_STEP

            elif place == RING_GIVEN:
                if s.now[FREE] < 0:
                    s.walks[walk, PLACE] = place
                    return WALKS
                tasks, step = s.walks[walk, CLASS], s.walks[walk, STEP]
                counts = s.classes[tasks, K_COUNTS]
                add(s.counts, counts + RING_WAIT, s.now[NOW] - s.walks[walk, CAME])
                s.counts[counts + TAILS_STARTED, 1] += 1
                one = _another(s, walk, TAIL, s.walks[walk, ROW])
                s.walks[one, NUMBER], s.walks[one, RING] = s.walks[walk, NUMBER], step
                s.walks[one, STEP], s.walks[one, END] = s.steps[step, T_FIRST], s.steps[step, T_LAST]
                s.walks[one, PLACE] = NEXT_STEP
                _born(s, one)
                s.walks[walk, STEP], s.walks[walk, PLACE] = step + 1, NEXT_STEP
                push(s, one)
                break

            elif place == NEXT_ARRIVAL:
                source = s.walks[walk, SOURCE]
                if _used_up(s, source):
                    s.walks[walk, PLACE] = place
                    return ROWS
                row = _drawn(s, source)
                s.walks[walk, ROW] = row + 1
                schedule(s, s.rows[row], 4 * walk + TIMER)
                _waits(s, walk, ARRIVAL)
                break

            else:  # ARRIVAL
                if s.now[STOPPING]:
                    s.now[DEPTH] -= 1
                    break
                if s.now[LIVE] >= s.now[MOST_LIVE] and s.now[HORIZON] < 0:
                    return ARRIVALS_OUTRUN
                if s.now[FREE] < 0:
                    s.walks[walk, PLACE] = place
                    return WALKS
                one = _another(s, walk, ARRIVED_ONE, s.walks[walk, ROW])
                _begin(s, one, s.walks[walk, SOURCE])
                s.walks[walk, PLACE] = NEXT_ARRIVAL
                push(s, one)
                break
    return 0
