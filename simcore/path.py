"""A path: how one operation is carried out, stage by stage, still in symbols.

A stage holds a resource and bears a layer. What it lasts is a sum of charges: so many of this cost, each multiplied by
a variable of the operation (1 where nothing varies). Durations are therefore linear in the operation's variables: one
small matrix serves every operation, every engine, the hand calculation and the provenance of each microsecond.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from simcore.errors import InputError

__all__ = [
    *(
        "ALWAYS",
        "THREADS",
        "Background",
        "Calling",
        "Charge",
        "Layer",
        "Path",
        "Role",
        "Stage",
        "StageKind",
        "costs_of",
        "flat",
    ),
]

# With queues of their own; the last two are a caller's.
THREADS = (
    *("network", "disk", "network interrupts", "disk interrupts"),
    *("client network", "client network interrupts"),
)
ALWAYS = "1"  # the variable that is 1 in every operation


class Layer(enum.StrEnum):
    """Whose time it is."""

    USER = "user"
    GUEST_KERNEL = "guest kernel"
    VMM = "VMM"
    BACK_END = "back end"  # the driver domain, parent partition, VM application or I/O thread that serves guests
    HOST_OS = "host OS"
    MMU = "MMU"  # page walks by the hardware
    DEVICE = "device"
    WIRE = "wire"  # and whoever is at its other end


class StageKind(enum.StrEnum):
    """What a stage holds."""

    CPU = "cpu"  # a virtual processor of a domain, on a core
    MMU = "mmu"  # the same, and a page-table lock
    DISK = "disk"  # a channel of the disk
    DISK_BUS = "disk bus"  # what all channels of a flash disk share
    NIC_TX = "nic transmit"
    NIC_RX = "nic receive"
    DELAY = "delay"  # nothing


class Role(enum.StrEnum):
    """In which domain a processor stage runs; the placement says which domain that is."""

    GUEST = "guest"
    BACK_END = "back end"
    HOST = "host"
    CLIENT = "client"  # of an operation that a guest of the host calls: that guest
    CLIENT_BACK_END = "client's back end"
    CLIENT_HOST = "client's host"
    MANAGEMENT = "management"  # Domain 0, the host operating system, the parent partition: who makes and moves guests
    DAEMON = "daemon"  # of it, what does one thing at a time for all guests


@dataclass(frozen=True)
class Charge:
    """`count` times the cost `cost`, times each ratio in `factors`, times the operation's `variable`.

    A mechanism names a draw of the input or output it serves (seek, rotation, access, wait) or leaves ALWAYS; composing
    the path turns these into the variables of that very item.
    """

    cost: str
    count: float = 1.0
    factors: tuple[str, ...] = ()
    variable: str = ALWAYS


@dataclass(frozen=True)
class Stage:
    """One step of a path.

    Attributes:
        role: where a cpu or mmu stage runs; None for the others.
        when_idle: paid only if the domain is idle when the path comes to it (a notification or wake-up).
        asleep: of these, paid only if the virtual processor that is taken does not poll.
        lock: what an mmu stage locks: the address space of the task, or all page tables of the VM.
        serial: one request of the guest at a time, from the first of neighbouring serial stages until after the last.
        label: the step in words, for explanations.
        thread: which threads do it, one request at a time each (a name of THREADS); empty for any processor.
        shared: whether they hold the lock that a back end's threads share.
        spin: which of the operation's locks of the guest's kernel it takes one of, and holds; -1 for none.
    """

    kind: StageKind
    layer: Layer
    charges: tuple[Charge, ...]
    role: Role | None = None
    when_idle: bool = False
    lock: Literal["address space", "vm"] | None = None
    label: str = ""
    serial: bool = False
    asleep: bool = False
    thread: str = ""
    shared: bool = False
    spin: int = -1

    def __post_init__(self) -> None:
        on_cpu = self.kind in (StageKind.CPU, StageKind.MMU)
        if on_cpu == (self.role is None):
            raise InputError("stage.role", str(self.role), "a role for cpu and mmu stages, none for others")
        if (self.kind is StageKind.MMU) == (self.lock is None):
            raise InputError("stage.lock", str(self.lock), "a lock for mmu stages, none for others")
        if self.asleep and not self.when_idle:
            raise InputError("stage.asleep", self.asleep, "false for a stage that is always paid")

    def times(self, count: float, variable: str = ALWAYS) -> Stage:
        """The stage for `count` of what it stands for; `variable` multiplies charges that do not vary yet."""
        return replace(
            self,
            charges=tuple(
                replace(
                    charge,
                    count=charge.count * count,
                    variable=variable if charge.variable == ALWAYS else charge.variable,
                )
                for charge in self.charges
            ),
        )


@dataclass(frozen=True)
class Calling:
    """An operation of other guests on the host, called and waited for.

    Attributes:
        to: which of those that are called.
    """

    to: int


@dataclass(frozen=True)
class Background:
    """Stages that go on while the task continues; they hold one slot of the ring until the last is done."""

    ring: str
    stages: tuple[Stage, ...]


Path = tuple[Stage | Background, ...]


def flat(path: Iterable[Stage | Background]) -> list[Stage]:
    """All stages in order, background ones in their place."""
    return [stage for item in path for stage in (item.stages if isinstance(item, Background) else (item,))]


def costs_of(stages: Iterable[Stage]) -> tuple[str, ...]:
    """The names of all costs and ratios that some stages take, sorted."""
    return tuple(
        sorted({name for stage in stages for charge in stage.charges for name in (charge.cost, *charge.factors)})
    )
