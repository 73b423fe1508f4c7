"""Polling: a virtual processor without work stays on its core for a while and looks for more, before it sleeps.

KVM does so in the host (`kvm_vcpu_halt` in Linux's virt/kvm/kvm_main.c), Linux's cpuidle governor haltpoll in the
guest (drivers/cpuidle/governors/haltpoll.c). Both keep a window for each virtual processor, which grows when work came
a little too late for it and shrinks when it came much too late:

    idle for longer than the window, at most the longest window     the window grows
    idle for longer than the longest window                         the window shrinks

A window begins at nothing. One that neither grows nor shrinks is always the longest: a fixed time, or for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from simcore.errors import InputError

__all__ = ["FOREVER", "Polling", "next_window"]

FOREVER = 1 << 61  # ticks: longer than any run


@dataclass(frozen=True)
class Polling:
    """How the virtual processors of a domain poll.

    Attributes:
        most_ticks: the longest window; FOREVER for who never sleeps once it has had work.
        start_ticks: what a window of nothing grows to; one that shrinks below it becomes nothing.
        grow: the factor by which a window grows; 1 for one that is always the longest.
        shrink: the divisor by which it shrinks; 0 to nothing at once.
        yields: whether it stops as soon as somebody else wants the core; otherwise it keeps it like one that works.
        asleep_only: whether only the time asleep counts as idle, without that of polling before it.

    Raises:
        InputError: a value out of range.
    """

    most_ticks: int
    start_ticks: int = 0
    grow: int = 1
    shrink: int = 0
    yields: bool = True
    asleep_only: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.most_ticks <= FOREVER:
            raise InputError("polling.most", self.most_ticks, "1 tick or more")
        if self.grow < 1 or self.shrink < 0:
            raise InputError("polling.grow", self.grow, "1 or more, and a shrink of 0 or more")
        if self.grow > 1 and not 1 <= self.start_ticks <= self.most_ticks:
            raise InputError("polling.start", self.start_ticks, f"1 to {self.most_ticks} ticks, the longest window")

    @property
    def first_ticks(self) -> int:
        """The window at the start."""
        return self.most_ticks if self.grow == 1 else 0


def next_window(window: int, idle: int, most: int, start: int, grow: int, shrink: int) -> int:
    """The window after so many ticks of idleness; plain whole numbers, which the compiled engine compiles."""
    if grow == 1 or idle <= window:
        return window
    if idle <= most:
        return min(max(window * grow, start), most)
    window = window // shrink if shrink else 0
    return window if window >= start else 0
