"""What engines write down of a run that is traced: a record for each thing that happens.

A record is a row of whole numbers, the same in both engines and in the same order. What can be derived is left out:
when a device begins a visit, who waits in a domain's queue, whose time a stretch of running is.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

__all__ = ["NO_VISIT", "Record", "Recorder", "What"]

NO_VISIT = -1  # of an operation as a whole


class What(enum.IntEnum):
    """What happened; `where`, `more` and `paid` of a record say the rest."""

    BEGINS = 0  # an operation
    ENDS = 1
    COMES = 2  # an operation to a visit, before turn and lock; more: ticks, without those that only an idle domain pays
    LEAVES = 3  # the visit is over
    ASKS = 4  # for the processors of a domain; where: it, more: all ticks, paid: 1 if it comes from somewhere else
    READY = 5  # a virtual processor waits; where: it, more: 1 if it gave way, 2 if a quota holds it, paid: 1 if woken
    RUNS = 6  # a virtual processor on a core; where: core, more: it, paid: switches of the visit so far, see PAID
    STOPS = 7  # the stretch of running is over; where: core, more: virtual processor
    WAITS = 8  # for a slot; where: slot
    TAKES = 9
    GIVES = 10
    FAILS = 11  # a domain stops for good; where: it
    SPINS = 13  # like RUNS: it waits for a lock, or does what that entails; paid: as there
    POLLS = 12  # a virtual processor without a task keeps a core, until it stops or runs; where: core, more: it


PAID = 1 << 31  # `paid` of a stretch of running is PAID * changes of domain + changes of task


class Record(NamedTuple):
    """One thing that happened.

    Attributes:
        at: when, in ticks.
        what: see What.
        where, more, paid: what that says; 0 else.
        tasks, task, operation, visit: the class, the task's number in it, the operation's of the task, and the visit in
            the program; NO_VISIT where it concerns an operation as a whole or a ring,
            and where a slot is given back.

    Virtual processors are numbered through all domains. Slots are the domains' turns, the rings, threads with the locks
    they share, the tasks' page-table locks, numbered through all classes, the domains', and the locks of kernels.
    """

    at: int
    what: int
    where: int
    more: int
    paid: int
    tasks: int
    task: int
    operation: int
    visit: int


Recorder: TypeAlias = Callable[[list[Any]], None]  # is given some records as lists of numbers, in order
