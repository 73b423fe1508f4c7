"""What a guest asks for: the vocabulary of demands.

An operation is a vector of demands. Most are counts of processor events; the rest are input and output, an ordered list
of items. A workload says how many of each an operation needs; an architecture says what one of each costs and where.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from simcore.distributions import CONSTANT, Distribution
from simcore.errors import MISSING, InputError

__all__ = ["Demand", "GuestLock", "Io", "IoKind", "Operation"]


class Demand(enum.StrEnum):
    """The processor's demands, one meaning each."""

    USER_CYCLES = "user_cycles"  # cycles of unprivileged guest code
    KERNEL_CYCLES = "kernel_cycles"  # cycles of guest kernel code beyond what the other demands bring with them
    SYSTEM_CALLS = "system_calls"  # entries into the guest kernel and back, without the work done there
    PATH_LOOKUPS = "path_lookups"  # names of files resolved: the kernel's work beyond the entry
    FILE_OPENS = "file_opens"  # files opened and closed, beyond the look-up and the entries
    FILE_CHANGES = "file_changes"  # names made, removed or moved, beyond the same
    CLOCK_READINGS = "clock_readings"  # of the time, where natively nothing enters the kernel
    MAPPING_CALLS = "mapping_calls"  # memory mapped, unmapped, protected: the kernel's work beyond the entry
    FILE_BYTES = "file_bytes"  # bytes copied from a file's cached pages to the program
    WRITTEN_BYTES = "written_bytes"  # bytes copied from the program to cached pages that the file is given
    LOOPBACK_MESSAGES = "loopback_messages"  # through the local network stack, task to task, beyond entries and switch
    EXCEPTIONS = "exceptions"  # faults delivered to the guest kernel that do not change page tables
    PAGE_FAULTS = "page_faults"  # minor faults: delivery, kernel work and one page-table entry
    FILE_FAULTS = "file_faults"  # counted apart: first reads of mapped files; natively one maps cached pages around it
    COPIED_FAULTS = "copied_faults"  # counted apart: first writes to private pages of mapped files
    PAGE_TABLE_UPDATES = "page_table_updates"  # entries written outside a page fault
    ADDRESS_SPACE_SWITCHES = "address_space_switches"  # switches to processes that are not tasks of the model
    FORKS = "forks"  # process created, run and reaped
    EXECS = "execs"  # process image replaced
    TLB_MISSES = "tlb_misses"  # page walks
    PRIVILEGED_INSTRUCTIONS = "privileged_instructions"  # control-register, interrupt-flag and similar instructions
    PORT_ACCESSES = "port_accesses"  # port or memory-mapped input/output that reaches no real device
    IPIS = "ipis"  # inter-processor interrupts, sender to handler
    TIMER_TICKS = "timer_ticks"  # timer interrupts, with programming of the next
    CODE_INSTRUCTIONS = "code_instructions"  # guest instructions met for the first time (a cold translation cache)
    MEMORY_ACCESSES = "memory_accesses"  # loads and stores of user code; as the next four, their cycles are user_cycles
    CONDITIONAL_JUMPS = "conditional_jumps"  # in user code
    DISTANT_JUMPS = "distant_jumps"  # in user code: indirect ones, returns, and those to another page of code
    SCATTERED_JUMPS = "scattered_jumps"  # distant jumps to a target that has left a table of 4096, by its address
    FLOAT_OPERATIONS = "float_operations"  # scalar, in user code


class IoKind(enum.StrEnum):
    """Input, output and waiting."""

    DISK_READ = "disk_read"
    DISK_WRITE = "disk_write"
    DISK_FLUSH = "disk_flush"  # make earlier writes durable
    SEND = "send"
    RECEIVE = "receive"
    WAIT = "wait"  # the task waits on something outside the host: a client, a timer
    PAGE_IN = "page_in"  # a page that the host had put on its disk is brought back
    PAGE_OUT = "page_out"  # a page that was written to is put on the host's disk
    PAGE_UNPACK = "page_unpack"  # a page that the host had compressed is unpacked, and another packed
    PAGE_COPY = "page_copy"  # a page that was shared with others is written to, and so copied


@dataclass(frozen=True, kw_only=True)
class Io:
    """One input or output of an operation.

    Attributes:
        kind: what is done.
        count: how often, on average; the fractional part is a probability.
        size_bytes: bytes of each (disk and network).
        packets: frames of each on the wire, each of which the guest's network stack handles (network); 0 for as many as
            the host's packets need.
        segments: what bridges and back ends handle of each: large segments where the interface cuts them up itself,
            else packets; 0 to take the packets.
        pattern: `random` pays seek and rotation on a rotating disk; `sequential` does not.
        sync: whether the operation waits until the device is done.
        wait_s: how long a `wait` lasts, on average.
        distribution: how the wait varies.

    Raises:
        InputError: a negative or absent amount.
    """

    kind: IoKind
    count: float = 1.0
    size_bytes: float = 0.0
    packets: float = 1.0
    segments: float = 0.0
    pattern: Literal["random", "sequential"] = "random"
    sync: bool = True
    wait_s: float = 0.0
    distribution: Distribution = CONSTANT

    def __post_init__(self) -> None:
        if not 0.0 < self.count <= MOST_IO:
            raise InputError(f"{self.kind}.count", self.count, f"above 0 and at most {MOST_IO} {SMALLER}")
        if self.kind not in SIZELESS and self.size_bytes <= 0.0:
            raise InputError(f"{self.kind}.size", self.size_bytes, "more than 0 bytes")
        if self.packets < 0.0:
            raise InputError(f"{self.kind}.packets", self.packets, "0 or more packets")
        if self.kind is IoKind.WAIT and self.wait_s <= 0.0:
            raise InputError("wait.time", self.wait_s, "more than 0 s")

    def packed(self, payload_bytes: float) -> Io:
        """The same in packets of so many bytes of payload, unless it says how many there are."""
        if self.packets or self.kind not in (IoKind.SEND, IoKind.RECEIVE):
            return self
        return replace(self, packets=float(math.ceil(self.size_bytes / payload_bytes)))


@dataclass(frozen=True, kw_only=True)
class GuestLock:
    """Spin locks of the guest's kernel that an operation takes, one at a time.

    Attributes:
        name: locks of one name in one kernel are the same.
        count: how often an operation takes one, evenly over its length.
        hold_cycles: how long it holds it, each time.
        of: how many there are; each is taken as often.
        lines: cache lines that are moved when another processor had it last: the lock's, and those of its data.
        kind: `queued`, whose waiters each wait for a line of their own, or `ticket`, whose waiters share one.

    Raises:
        InputError: a value out of range.
    """

    name: str
    count: int = 1
    hold_cycles: float
    of: int = 1
    lines: int = 1
    kind: Literal["queued", "ticket"] = "queued"

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_IO:
            raise InputError("lock.count", self.count, f"1 to {MOST_IO} {SMALLER}")
        if not 0.0 < self.hold_cycles < float("inf"):
            raise InputError("lock.hold_cycles", self.hold_cycles, "above 0")
        if self.of < 1 or self.lines < 0:
            raise InputError("lock.of", (self.of, self.lines), "1 lock or more, of 0 lines or more")


SIZELESS = (IoKind.DISK_FLUSH, IoKind.WAIT)
MOST_IO = 1000  # items an operation may have: each is a step of its own for a task
SMALLER = "items in all; describe a part of the job, such as a hundredth, with a hundredth of every count and demand"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What one operation of a task asks for.

    Attributes:
        demands: mean number of each processor demand.
        varied: distributions (of mean 1) that multiply a demand from operation to operation; the others are constant.
        io: input and output, in order. The processor work is spread evenly over the gaps before, between and after.
        locks: of the guest's kernel that it takes; their holds are spread over its length, as input and output is.

    Raises:
        InputError: a negative or infinite demand, nothing asked for, or more than MOST_IO items.
    """

    demands: dict[Demand, float]
    varied: dict[Demand, Distribution] = field(default_factory=dict)
    io: tuple[Io, ...] = ()
    locks: tuple[GuestLock, ...] = ()

    def __post_init__(self) -> None:
        for demand, amount in self.demands.items():
            if not 0.0 <= amount < float("inf"):
                raise InputError(f"operation.{demand}", amount, "0 or more")
        if not any(self.demands.values()) and not self.io and not self.locks:
            raise InputError("operation", MISSING, "at least one demand above 0")
        items = sum(item.count for item in self.io) + sum(lock.count for lock in self.locks)
        if items > MOST_IO:
            raise InputError("operation.io", items, f"at most {MOST_IO} {SMALLER}")
        for demand in self.varied:
            if demand not in self.demands:
                raise InputError(f"varied.{demand}", demand, "a demand that the operation has")

    @cached_property
    def slots(self) -> tuple[tuple[str, Io], ...]:
        """Each item of input and output once for each time it may happen, with the name of its variable.

        An item of count 2.3 has three slots, of counts 1, 1 and 0.3. The variable of a slot is 0 or 1, with the slot's
        count as its mean.
        """
        return tuple(
            (f"io{number}.{turn}", replace(io, count=min(io.count - turn, 1.0)))
            for number, io in enumerate(self.io)
            for turn in range(math.ceil(io.count))
        )
