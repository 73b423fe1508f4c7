"""The compiled engine's state: one array of records for each kind of thing.

Queues are lists linked through a field: whoever waits waits at one place only. An index of -1 is nobody.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Floats = NDArray[np.float64]
Records = NDArray[np.void]
LIMIT = 1 << 62  # a count begins anew there, and what was carried is counted
MANY_TASKS = 1000  # beyond which the cache does not hold them all
MANY = 1 << 40  # ticks that are multiplied by a number of visits at once


class State(NamedTuple):
    """All there is.

    Attributes:
        now: single numbers.
        heap: events to come, soonest first.
        walks: operations and tails under way, and the tasks that begin them; the first are the tasks, in order.
        log: what each walk met, for each visit of its program.
        rows: ticks: of visits, as far as they do not vary, for each class; then for each walk what was drawn for it.
        sources: tasks.
        stack: walks that go on at once, the last first.
        queues: virtual processors that want a core: woken ones, and others; then, for each domain, those that are held.
        spaces: for each virtual processor the address space that it was last in, or -1.
        pools: sets of cores that domains may run on; allowed: for each of them, 1 for each core that is in it.
        entries, forms: what is drawn; two numbers for each.
        values: 1, and those of an operation's entries, while it is drawn.
        calls: the classes that a class calls.
        spun: locks that are waited for by spinning; locks: those that visits of a class name.
        threads: those that visits of a class name, see simcore.model.TaskClass.share.
        terms, varying: rows that vary; see `forms.Form`.
        counts: running sums; carried: how often each passed LIMIT.
        groups: what is counted together, with the operations it lacks before the next mark.
        histograms: response times, a row for each group.
        series: sums of sets of successive response times, a row for each group.
        directed: what classes are told, for each of them; see simcore.life.rules.
        trace: records of a traced run; of one dimension in a run that is not, see `notes`.
    """

    now: Any
    heap: Records
    walks: Records
    log: Records
    rows: Ints
    sources: Records
    stack: Ints
    queues: Records
    pools: Records
    allowed: Ints
    vcpus: Records
    spaces: Shorts
    cores: Records
    domains: Records
    stations: Records
    slots: Records
    steps: Records
    classes: Records
    threads: Records
    spun: Records
    locks: Records
    calls: Ints
    entries: Records
    forms: Floats
    values: Floats
    terms: Records
    varying: Records
    faults: Records
    directed: Records
    counts: Ints
    carried: Ints
    groups: Records
    histograms: Ints
    series: Ints
    trace: Ints


def _words(names: str) -> list[tuple[str, type[np.int64]]]:
    return [(name, np.int64) for name in names.split()]


def _halves(names: str) -> list[tuple[str, type[np.int32]]]:
    """Numbers of things, and flags: what there is much of is short, and what is read together stands together."""
    return [(name, np.int32) for name in names.split()]


def _record(names: str) -> np.dtype[np.void]:
    return np.dtype(_words(names))


NUMBERS = _record(
    "time elapsed epoch"  # `elapsed`: since the epoch
    " scheduled events pending"  # events that were scheduled, that happened, that are on the heap
    " hole"  # whether the first on the heap has happened
    " breath"  # events after which to come back
    " depth"  # of the stack
    " sliced between"  # the core whose slice is over, and its virtual processor, while a task decides what to do next
    " handed"  # the thread that did its job, or -1
    " booted"  # tasks begun, and faults scheduled
    " lacking warm stopping live serials births"  # `lacking`: groups that want operations before the next mark
    " free"  # walks to be used again, linked
    " idle_first idle_last"  # cores
    " traced failed"  # records kept; a status that ends it
    " asked owed"  # the class that has done what it was told; pages that classes owe
    " mode do of a b c"  # what it is called for: to run, to settle, or to obey one command
    # and what does not change
    " sources horizon quantum preempt futile most_live life"
    " many yielding locks"  # many tasks; whether some domains poll and yield; whether visits take locks by spinning
)
EVENT = _record("at order what")  # what = (station << BITS) + 4 * index + kind
BITS = 32
SLICE, STATION, TIMER, DOMAIN_EVENT = range(4)  # kinds of event; the last is of 2 * domain, and 1 more of its quota

WALK = np.dtype(
    [
        *_halves("place kind tasks source step end row log"),  # `source` is its task
        # `turn`: whether it has its guest's; `moved`: by steps; `thread`: the slot of the thread that does it, or -1;
        # `told`: whether that was busy before; `lock`: that it takes by spinning, or -1
        *_halves("came_from shift turn moved thread told lock next"),
        *_words("ticks came arrived left switched"),  # of its visit, and of one to processors
        *_halves("task_switches domain_switches space ran"),  # `ran`: the virtual processor that it had last
        *_words("who"),  # of its visit to processors: who keeps its processor; `space`: whose address space it is
        *_words("number began born serial"),  # of its operation; `born`: -1 if it is not under way; `serial`: its name
        *_halves("ring caller given vcpu phase spare"),  # `caller`: the walk that called it
        *_words("burns rest"),  # with `phase`, `given` and `vcpu`, of the `lock`; see `spinners`
    ]
)
TASK, ARRIVALS, ARRIVED, TAIL, DIRECTED, CALLED = range(6)  # kinds of walk
(  # places
    NEXT_OPERATION,
    THOUGHT,
    BEGUN,
    NEXT_STEP,
    RING_GIVEN,
    LOCK_GIVEN,
    SERVED,
    VISITED,
    ARRIVAL,
    TURN_GIVEN,
    THREAD_GIVEN,
    THREAD_BACK,
    CALL_ENDED,
    PACED,
    ASKS,
    FETCHES,
    FETCHED,
) = range(17)

# With a visit; it is short, for there are as many as all operations under way have visits. If `met` says so there are
# switches: those of domains above `met`, in its bits from SWITCHES.
MEETING = np.dtype([("wait", np.int64), ("met", np.int32), ("task_switches", np.int32)])
MADE, PAID_IDLE, POLLED_IT, SWITCHED = 1, 2, 4, 8  # what `met` may say together; 0 if the visit was not made
SWITCHES = 4
SOURCE = _record("counted number tasks")  # operations begun; its number in its class
WOKEN, READY, HELD = range(3)  # queues; HELD and a domain's number for those of each domain
QUEUE = _record("first last")
VCPU = np.dtype(
    [
        *_halves("domain job next before fresh woken"),
        # `overdue`: whether a task's turn ended while it held a lock or waited for one; `core`: that it polls on
        *_halves("overdue core"),
        *_words("task turn task_turn"),
        *_words("window idle_since until"),  # of polling: how long at most, since when idle, until when
    ]
)
NOT_IDLE = -2  # in place of the one before it among the idle ones
CORE = _record("vcpu slice began domain next before polls burns")
NEVER = 1 << 62  # in place of the end of a slice that has none
DOMAIN = np.dtype(
    [
        *_halves("idle_first idle_last first last present running ready held"),
        *_halves("pollers spinners counts pool over paused first_vcpu last_vcpu"),  # the one after the last
        *_words("turn switch entry quota most"),  # `most` is 0 if it does not poll
        # of its quota: the event it is due at, and since when what is left holds; `over`: whether it is used up
        *_words("period left due since"),
        # `held`: how many may have no core, because of that or because the domain is `paused`
        *_words("start grow shrink"),  # of its polling
        *_words("window exit_ kick wake"),  # of how it waits for locks
        *_halves("yields asleep_only directed halts"),
    ]
)
POOL = _record("waiting")  # virtual processors that wait for one of its cores
STATION_RECORD = _record("servers free first last queued counts")
SLOT = _record("free first last")
# a lock that is waited for by spinning: those of the tasks' page tables, of the domains', and of kernels
SPUN = _record("holder first last waiting last_vcpu move more preemptible number")
LOCKS = _record("first count")
GROUP = _record("lacking operations size count sum sets")  # and of its series: of a set, of the one begun, how many
# `where` is that of the first class that is alike, `moves` 1 if another's is its `shift` from there; `ticks`, `idle`
# and `asleep` are places in a walk's rows, or, below 0, -1 less the place among all; the others are a tail's
STEP = _record("kind where moves lock serial index thread client spin ticks idle asleep first last first_row last_row")
TAIL_STEP, CALL_STEP = 3, 4  # kinds of step beside those of simcore.model.Kind
CLASS = np.dtype(
    [
        *_halves("step end domain group shift ring_shift counts visit_counts row_counts"),
        *_halves("threads shared"),  # where those that its visits name begin; the slot of the lock that they share
        *_halves("calls locks source"),  # where the classes that it calls, and its locks, begin; its first task
        *_halves(
            "pause first_entry last_entry first_term last_term first_row last_row width"
        ),  # rows: those of no tail
        *_words("key pause_ticks start"),  # `pause`: the entry that decides it, or -1
    ]
)
ENTRY = _record("key kind gate")
GATE = 5  # a kind beside those of simcore.distributions: whether an item happens
# what is added to a row: an amount times a value; with the row's last its place, and two sums' places or -1, each with
# the ticks that the sum begins with or -1
TERM = np.dtype([("amount", np.float64), *_record("value own one start other begin").descr])
ROW = _record("own visit idle asleep")  # its place, whose it is, and whether it is only paid idle or asleep
THREADS = _record("first count by_operation by_task")
DIRECTED_RECORD = _record(
    "waits first count left busy following pace"  # its walks; see simcore.engines.simpy_engine.directed
    " owed delay station service"  # pages to fetch, and how
)
FAULT_RECORD = _record("at domain")

# counts of a class, of each of its visits, of a station, of a domain: in the order of simcore.totals
STARTED, DONE, RESPONSE, THINK, RING_WAIT, CALL_WAIT, TAILS_STARTED, TAILS_DONE, CLASS_COUNTS = range(9)
VISITS, WAITS, IDLE, TASK_SWITCHES, DOMAIN_SWITCHES, POLLED, VISIT_COUNTS = range(7)
ARRIVALS_, COMPLETIONS, SERVICE, SOJOURN, BUSY, POPULATION, STATION_COUNTS = range(7)
TASKS_SWITCHED, DOMAINS_SWITCHED, PREEMPTIONS, WITHOUT_CORE, THROTTLED, POLLING, SPINNING, DOMAIN_COUNTS = range(6, 14)

# why the loop came back
OVER, WALKS, HEAP, TRACE, WARM, MEASURED, FUTILE, OUTRUN, PAUSED, ASKED = range(10)
RUNS, SETTLES, OBEYS = range(3)  # what it is called for
BREATH = 1 << 20  # events after which it comes back in any case, so that it can be interrupted
ROOM = 32  # records that one step of the loop writes at most, besides those of a domain that stops
