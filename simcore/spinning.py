"""Spinning locks: who waits for one stays on its processor, and takes time of a core that others could have.

A guest kernel's spin lock is taken in the order in which tasks ask for it, as Linux did with ticket locks from 2.6.25
(2008) and does with queued locks since 4.2 (2015). Neither who holds one nor who waits gives its virtual processor to
another task, as such a kernel does not preempt itself there; but the host may take the core away from either.

    asks ── the lock is free ──────────────────────────> moves it here ── holds it ── gives it to the next (kicks it)
        └── waits: spins ── given ─────────────────────>
                      └── for a window ── exits ── gives the core to others, and spins again    (pause-loop exiting)
                                              └── halts until it is kicked                      (paravirtual lock)
"""

from __future__ import annotations

from dataclasses import dataclass

from simcore.errors import InputError

__all__ = ["ENDLESS", "PLAIN", "KernelLock", "Locks", "Spinning", "chosen"]

ENDLESS = 1 << 60  # ticks: longer than any run
MASK = (1 << 64) - 1
STEP, MIX = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9  # of SplitMix64 (Steele, Lea and Flood 2014)


@dataclass(frozen=True)
class KernelLock:
    """A lock that is waited for by spinning.

    Attributes:
        move_ticks: what it takes to have it after another virtual processor had it.
        queue_ticks: more, for each that still waits: all of them read a ticket lock's one line anew.
        preemptible: whether who loses the processor, having the lock or waiting for it, lets it go and asks anew. So a
            hypervisor's kernel does, which holds it for one short piece of the work after the other.
    """

    name: str
    move_ticks: int = 0
    queue_ticks: int = 0
    preemptible: bool = False

    def __post_init__(self) -> None:
        if self.move_ticks < 0 or self.queue_ticks < 0:
            raise InputError(f"{self.name}.move", min(self.move_ticks, self.queue_ticks), "0 ticks or more")


@dataclass(frozen=True)
class Locks:
    """Locks of which a visit takes one: the first of the model's, and how many; see `chosen`."""

    first: int
    count: int = 1

    def __post_init__(self) -> None:
        if self.first < 0 or self.count < 1:
            raise InputError("locks", (self.first, self.count), "a first of 0 or more, and at least one")


@dataclass(frozen=True)
class Spinning:
    """How the virtual processors of a domain wait for locks.

    Attributes:
        window_ticks: how long one spins before it exits; 0 for as long as it takes.
        exit_ticks: what the exit takes.
        directed: whether one that has exited gives its core to the first of its own domain that waits for it and does
            not spin itself, if there is one; else to whoever is next.
        halts: whether one that has exited sleeps until the lock is its own, instead of giving its core to others.
        kick_ticks: what it takes to wake one that has halted, of who gives it the lock.
        wake_ticks: the same, of the one that wakes.

    Raises:
        InputError: a value out of range.
    """

    window_ticks: int = 0
    exit_ticks: int = 0
    directed: bool = False
    halts: bool = False
    kick_ticks: int = 0
    wake_ticks: int = 0

    def __post_init__(self) -> None:
        for name in ("window_ticks", "exit_ticks", "kick_ticks", "wake_ticks"):
            value = getattr(self, name)
            if not 0 <= value < ENDLESS:
                raise InputError(f"spinning.{name}", value, f"0 to {ENDLESS - 1} ticks")

    @property
    def longest_ticks(self) -> int:
        """How long one spins before it exits; ENDLESS for as long as it takes."""
        return self.window_ticks or ENDLESS


PLAIN = Spinning()


def chosen(key: int, task: int, operation: int, visit: int, count: int) -> int:
    """Which of several locks a visit takes: each as often, at random, and the same whatever else is in the model.

    Args:
        key: of the random streams of its class, see simcore.streams.
    """
    bits = (key + STEP * (visit + 1) + MIX * (task + 1) + (operation << 20)) & MASK
    bits = ((bits ^ (bits >> 30)) * MIX) & MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & MASK
    return (bits ^ (bits >> 31)) % count
