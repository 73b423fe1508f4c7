"""Guests that a script keeps under way: one program starts them, one after the other.

`xargs -P N` starts the next script when one of N has ended. It waits until the new process has replaced its image (it
reads a pipe that closes on exec: findutils, xargs.c), so that it starts one at a time; and a new process of Linux waits
for its first turn, since it begins behind everybody who has one on that processor (START_DEBIT, kernel/sched/fair.c).
So where all processors are busy, starting takes most of a round of turns, and fewer guests than N are under way: as
many as begin in the time that one takes. The rest are starting, or in the part of their script that is not timed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simcore.errors import InputError

__all__ = ["Script", "Started", "first_turn", "settled"]

LATENCY_S = 6e-3  # Linux 2.6.32 to 6.5, kernel/sched/fair.c: sysctl_sched_latency, times the factor below
GRANULARITY_S = 0.75e-3  # the same: sysctl_sched_min_granularity
MOST_SCALED = 8  # processors after which the factor 1 + log2 does not grow (get_update_sysctl_factor)
MOST_STARTS = 100


@dataclass(frozen=True)
class Script:
    """What is started for each guest by a script, beside its monitor.

    Attributes:
        within: processes started one after the other in the time that is taken.
        around: those before and after it, the script itself among them.
        queues: processors that the host's kernel sees, where two threads of a core count as one elsewhere; None for as
            many as the host has.

    Raises:
        InputError: a number below 0 or above 100, or none around.
    """

    within: int
    around: int
    queues: int | None = None

    def __post_init__(self) -> None:
        for name, value, least in (("within", self.within, 0), ("around", self.around, 1)):
            if not least <= value <= MOST_STARTS:
                raise InputError(f"script.{name}", value, f"{least} to {MOST_STARTS} processes")


@dataclass(frozen=True)
class Started:
    """How it settles.

    Attributes:
        under_way: guests whose time is running.
        seconds: that each takes.
    """

    under_way: int
    seconds: float


def first_turn(under_way: float, queues: int) -> float:
    """Seconds that a new process waits for a processor, where so many are busy on so many queues.

    It begins one turn of its own behind (sched_vslice): everybody on its processor has a turn first, as long as
    the latency divided by all of them, and at least the granularity.
    """
    if under_way < queues:
        return 0.0
    each = under_way / queues
    factor = min(queues, MOST_SCALED).bit_length()  # 1 + log2
    return factor * each * max(LATENCY_S / (each + 1.0), GRANULARITY_S)


def settled(script: Script, at_once: int, cores: int, start_s: float, time_of: Callable[[int], float]) -> Started:
    """With how many under way starts and ends balance.

    Args:
        at_once: how many scripts are kept under way.
        start_s: what a start takes of a processor.
        time_of: seconds of an operation, its own starts left out, with so many under way.
    """
    queues = script.queues or cores

    def at(number: int) -> tuple[float, bool]:
        start = start_s + first_turn(number, queues)
        seconds = time_of(number) + script.within * start
        rate = number / seconds
        return seconds, rate * start <= 1.0 and rate * (seconds + script.around * start) <= at_once

    low, high = 1, at_once
    while low < high:  # the most that balance: with more under way, starts would have to be quicker
        middle = (low + high + 1) // 2
        low, high = (middle, high) if at(middle)[1] else (low, middle - 1)
    return Started(low, at(low)[0])
