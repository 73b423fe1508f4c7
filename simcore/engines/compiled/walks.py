"""Tasks, operations and tails, for the compiled loop: each is at a place in its life, and goes on from there.

A walk goes on until it must wait. What it does at a place returns the next, or a number below none: so its place stands
in a register while it goes on, and in its record while it waits. Where it lets another go on at once (a tail that
begins, a lock handed over), both are put on the stack, the other above it, and it comes first: the order in which
simcore.engines.simpy_engine.run calls them.
"""

from __future__ import annotations

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.births import another, begin, born, call, call_ended
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.coming import ends_soon
from simcore.engines.compiled.cores import serve
from simcore.engines.compiled.directed import LAST, NO_MORE, fetch, next_directed, owes
from simcore.engines.compiled.drawing import draw_operation, draw_pause
from simcore.engines.compiled.ends import add_log, dies, respond
from simcore.engines.compiled.notes import is_full, note
from simcore.engines.compiled.places import WAITING, after, comes_back, push, waits
from simcore.engines.compiled.pollers import polls
from simcore.engines.compiled.primitives import add, at, give, schedule, take, tally
from simcore.engines.compiled.slots import SHARED, ring_of, shared_of, thread_of, turn_of
from simcore.engines.compiled.spinners import spun_of
from simcore.engines.compiled.stations import serve_station
from simcore.engines.records import NO_VISIT, What
from simcore.model import Kind, Serial

__all__ = ["go_on"]

CPU, STATION = int(Kind.CPU), int(Kind.STATION)
SERIAL_ENDS = int(Serial.ENDS)
BEGINS, ENDS, COMES, LEAVES = int(What.BEGINS), int(What.ENDS), int(What.COMES), int(What.LEAVES)
WAITS, TAKES, GIVES, ASKS = int(What.WAITS), int(What.TAKES), int(What.GIVES), int(What.ASKS)


@inlined
def _where(w, step):
    """The domain, or the station, that a visit of this walk goes to."""
    return step.where + step.moves * w.shift


@inlined
def _ticks(s, w, place):
    """Ticks of a visit: those drawn for the walk, or, from a place below 0, those of all operations."""
    return at(s.rows, w.row + place if place >= 0 else -1 - place)


@inlined
def _free(s, walk):
    at(s.walks, walk).next = s.now.free
    s.now.free = walk


@inlined
def _end_turn(s, walk, w, step):
    """Gives back the guest's turn if the walk has it and needs it no more, perhaps to another who waits for it."""
    if step.serial != SERIAL_ENDS or not w.turn:
        return f.NEXT_STEP
    w.turn = 0
    note(s, GIVES, turn_of(s, w), 0, 0, walk, NO_VISIT)
    return after(s, walk, w, f.NEXT_STEP, give(s, turn_of(s, w)))


@inlined
def _moves(s, w):
    """The walk's guest is elsewhere now: so are its further steps."""
    w.step += w.moved
    w.end += w.moved
    w.shift = at(s.classes, w.tasks).shift
    w.moved = 0


@inlined
def _next_step(s, walk, w):
    if w.moved:
        _moves(s, w)
    if w.step == w.end:
        return _finished(s, walk, w)
    step = at(s.steps, w.step)
    if step.kind == f.CALL_STEP:
        return call(s, walk, w, step)
    if step.kind == f.TAIL_STEP:
        w.came = s.now.time
        if not take(s, walk, ring_of(s, w, step)):
            note(s, WAITS, ring_of(s, w, step), 0, 0, walk, NO_VISIT)
            return waits(w, f.RING_GIVEN)
        return f.RING_GIVEN
    ticks = _ticks(s, w, step.ticks)
    if ticks == 0 and _ticks(s, w, step.idle) == 0:
        w.step += 1
        return _end_turn(s, walk, w, step)
    ends_soon(s, w)
    w.came, w.ticks, w.switched = s.now.time, ticks, 0
    log = at(s.log, w.log + step.index)
    log.met = f.MADE
    note(s, COMES, 0, ticks, 0, walk, step.index)
    if s.now.owed and step.kind == CPU and owes(s, w, _where(w, step)):
        fetch(s, walk, w)
        return waits(w, f.FETCHES)
    return _takes_turn(s, walk, w)


@inlined
def _takes_turn(s, walk, w):
    step = at(s.steps, w.step)
    if step.serial and not w.turn and not take(s, walk, turn_of(s, w)):
        note(s, WAITS, turn_of(s, w), 0, 0, walk, step.index)
        return waits(w, f.TURN_GIVEN)
    return f.TURN_GIVEN


@inlined
def _thread(s, walk, w, step):
    """Takes the thread that does a visit's work."""
    w.thread = thread_of(s, w, step)
    if take(s, walk, w.thread):
        return f.THREAD_GIVEN
    note(s, WAITS, w.thread, 0, 0, walk, step.index)
    w.told = 1  # it was busy, and finds the visit by itself
    return waits(w, f.THREAD_GIVEN)


@inlined
def _thread_given(s, walk, w):
    step = at(s.steps, w.step)
    note(s, TAKES, w.thread, 0, 0, walk, step.index)
    return _lock(s, walk, w, step)


@inlined
def _thread_back(s, walk, w):
    """Gives back the thread that did a visit's work."""
    note(s, GIVES, w.thread, 0, 0, walk, NO_VISIT)
    return after(s, walk, w, f.VISITED, give(s, w.thread))


@inlined
def _lock(s, walk, w, step):
    """Takes the lock that threads share, if a visit holds it."""
    if step.lock != SHARED or take(s, walk, shared_of(s, w)):
        return f.LOCK_GIVEN
    note(s, WAITS, shared_of(s, w), 0, 0, walk, step.index)
    return waits(w, f.LOCK_GIVEN)


@inlined
def _turn_given(s, walk, w):
    """Arrives where the visit is to; a turn has been given if it takes one."""
    step = at(s.steps, w.step)
    if step.serial:
        if not w.turn:
            note(s, TAKES, turn_of(s, w), 0, 0, walk, step.index)
        w.turn = 1
    if step.kind == CPU:
        w.thread, w.told = -1, 0
        return _lock(s, walk, w, step) if step.thread < 0 else _thread(s, walk, w, step)
    if step.kind == STATION:
        serve_station(s, walk, step.where)
    else:
        schedule(s, w.ticks, 4 * walk + f.TIMER)
    return waits(w, f.VISITED)


@inlined
def _finished(s, walk, w):
    """The steps of an operation or a tail are done."""
    if w.kind == f.TASK or w.kind == f.DIRECTED:
        note(s, ENDS, 0, 0, 0, walk, NO_VISIT)
        status = respond(s, w)
        return comes_back(s, walk, w, f.NEXT_OPERATION, status) if status else f.NEXT_OPERATION
    _free(s, walk)
    if w.kind == f.CALLED:
        note(s, ENDS, 0, 0, 0, walk, NO_VISIT)
        at(s.walks, w.caller).came_from = w.came_from
        push(s, w.caller)
        return WAITING - respond(s, w)
    if w.kind == f.ARRIVED:
        note(s, ENDS, 0, 0, 0, walk, NO_VISIT)
        return WAITING - respond(s, w)
    tail = at(s.steps, w.ring)
    add_log(s, w, tail.first, tail.last, tail.first_row, tail.last_row)
    tally(s, at(s.classes, w.tasks).counts + f.TAILS_DONE, 1)
    dies(s, w)
    note(s, GIVES, ring_of(s, w, tail), 0, 0, walk, NO_VISIT)
    following = give(s, ring_of(s, w, tail))
    if following >= 0:
        push(s, following)
    return WAITING


@inlined
def _lock_given(s, walk, w):
    step = at(s.steps, w.step)
    where = _where(w, step)
    if step.lock == SHARED:
        note(s, TAKES, shared_of(s, w), 0, 0, walk, step.index)
    if step.client:
        w.who, w.space = at(s.walks, w.caller).serial, at(s.walks, w.caller).source
    idle, woken = _ticks(s, w, step.idle), w.came_from != where
    if idle and woken and not w.told and at(s.domains, where).idle_first >= 0:
        log = at(s.log, w.log + step.index)
        log.met |= f.PAID_IDLE
        w.ticks += idle
        if polls(s, at(s.domains, where), w.space):
            log.met |= f.POLLED_IT
            w.ticks -= _ticks(s, w, step.asleep)
    w.lock = spun_of(s, w, step)
    if w.ticks:
        note(s, ASKS, where, w.ticks, woken, walk, step.index)
        serve(s, walk, where, woken)
        return waits(w, f.SERVED)
    w.task_switches = w.domain_switches = 0
    return f.SERVED


@inlined
def _served(s, walk, w):
    step = at(s.steps, w.step)
    if w.task_switches or w.domain_switches:
        log = at(s.log, w.log + step.index)
        log.met |= f.SWITCHED + (w.domain_switches << f.SWITCHES)
        log.task_switches = w.task_switches
        home = at(s.domains, _where(w, step))
        w.switched = w.task_switches * home.switch + w.domain_switches * home.entry
    following = f.VISITED if step.thread < 0 else f.THREAD_BACK
    if step.lock != SHARED:
        return following
    note(s, GIVES, shared_of(s, w), 0, 0, walk, NO_VISIT)
    return after(s, walk, w, following, give(s, shared_of(s, w)))


@inlined
def _visited(s, walk, w):
    step = at(s.steps, w.step)
    w.came_from = _where(w, step) if step.kind == CPU else -1
    if step.client:
        w.who, w.space = w.serial, w.source
    at(s.log, w.log + step.index).wait = s.now.time - w.came - w.ticks - w.switched
    w.step += 1
    note(s, LEAVES, 0, 0, 0, walk, step.index)
    return _end_turn(s, walk, w, step)


@inlined
def _next_operation(s, walk, w):
    """The pause of a task, or until the next arrival."""
    if w.kind == f.ARRIVALS:
        schedule(s, draw_pause(s, w), 4 * walk + f.TIMER)
        return waits(w, f.ARRIVAL)
    if w.kind == f.DIRECTED:
        return _next_directed(s, walk, w)
    if s.now.stopping:
        return WAITING
    w.ticks = draw_pause(s, w)
    if w.ticks:
        schedule(s, w.ticks, 4 * walk + f.TIMER)
        return waits(w, f.THOUGHT)
    begin(s, walk, w)
    return f.BEGUN


@once
def _next_directed(s, walk, w):
    """What a task does that is told how many operations to run."""
    pause = next_directed(s, w)
    if pause == NO_MORE:
        return waits(w, f.NEXT_OPERATION)
    if pause == LAST:
        schedule(s, 0, 4 * walk + f.TIMER)
        return waits(w, f.ASKS)
    if pause:
        schedule(s, pause, 4 * walk + f.TIMER)
        return waits(w, f.PACED)
    begin(s, walk, w)
    return f.BEGUN


@once
def _told(s, walk, w, place):
    """Goes on at one of the places of what is directed, or of a visit whose pages were not there."""
    if place == f.PACED:
        begin(s, walk, w)
        return f.BEGUN
    if place == f.ASKS:
        s.now.asked, w.place = w.tasks, f.NEXT_OPERATION
        return WAITING - f.ASKED
    if place == f.FETCHES:
        w.left, w.ticks = w.ticks, w.left
        serve_station(s, walk, at(s.directed, w.tasks).station)
        return waits(w, f.FETCHED)
    w.ticks = w.left
    return _takes_turn(s, walk, w)


@inlined
def _thought(s, walk, w):
    if s.now.stopping:
        return WAITING
    add(s, at(s.classes, w.tasks).counts + f.THINK, w.ticks)
    begin(s, walk, w)
    return f.BEGUN


@inlined
def _begun(s, w):
    """An operation begins, or a tail, whose draws are its operation's."""
    kind = at(s.classes, w.tasks)
    if kind.last_term > kind.first_term and w.kind != f.TAIL:
        draw_operation(s, w)
    return f.NEXT_STEP


@inlined
def _ring_given(s, walk, w):
    if s.now.free < 0:
        return comes_back(s, walk, w, f.RING_GIVEN, f.WALKS)
    step, counts = at(s.steps, w.step), at(s.classes, w.tasks).counts
    note(s, TAKES, ring_of(s, w, step), 0, 0, walk, NO_VISIT)
    add(s, counts + f.RING_WAIT, s.now.time - w.came)
    tally(s, counts + f.TAILS_STARTED, 1)
    tail = another(s, w, f.TAIL)
    one = at(s.walks, tail)
    there, here = one.row, w.row
    for n in range(at(s.classes, w.tasks).width):
        s.rows[np.uint64(there + n)] = at(s.rows, here + n)
    one.number, one.ring, one.step, one.end = w.number, w.step, step.first, step.last
    born(s, one)
    w.step += 1
    return after(s, walk, w, f.NEXT_STEP, tail)


@inlined
def _arrival(s, walk, w):
    if s.now.stopping:
        return WAITING
    if s.now.live >= s.now.most_live and s.now.horizon < 0:
        return comes_back(s, walk, w, f.ARRIVAL, f.OUTRUN)
    if s.now.free < 0:
        return comes_back(s, walk, w, f.ARRIVAL, f.WALKS)
    one = another(s, w, f.ARRIVED)
    begin(s, one, at(s.walks, one))
    return after(s, walk, w, f.NEXT_OPERATION, one)


@inlined
def go_on(s, walk):
    """Lets a walk and then those on the stack go on until all wait; 0, or why it came back before."""
    while True:
        w = at(s.walks, walk)
        place = w.place
        while place > WAITING:  # in the order in which places follow each other, so that one pass often does
            if is_full(s):
                place = comes_back(s, walk, w, place, f.TRACE)
            if place == f.ARRIVAL:
                place = _arrival(s, walk, w)
            if place == f.NEXT_OPERATION:
                place = _next_operation(s, walk, w)
            elif place == f.THOUGHT:
                place = _thought(s, walk, w)
            elif place >= f.PACED:
                place = _told(s, walk, w, place)
            if place == f.BEGUN:
                place = _begun(s, w)
            if place == f.CALL_ENDED:
                place = call_ended(s, w)
            if place == f.RING_GIVEN:
                place = _ring_given(s, walk, w)
            if place == f.LOCK_GIVEN:
                place = _lock_given(s, walk, w)
            if place == f.SERVED:
                place = _served(s, walk, w)
            if place == f.THREAD_BACK:
                place = _thread_back(s, walk, w)
            if place == f.VISITED:
                place = _visited(s, walk, w)
            if place == f.NEXT_STEP:
                place = _next_step(s, walk, w)
            if place == f.TURN_GIVEN:
                place = _turn_given(s, walk, w)
            if place == f.THREAD_GIVEN:
                place = _thread_given(s, walk, w)
        if place < WAITING:
            return WAITING - place
        if s.now.failed:
            return s.now.failed
        if s.now.depth == 0:
            return 0
        if s.now.pending + 4 * len(s.cores) + 8 > len(s.heap):
            return f.HEAP
        s.now.depth -= 1
        walk = s.stack[s.now.depth]
