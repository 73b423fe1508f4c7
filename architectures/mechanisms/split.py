"""Input and output through a back end in another domain.

    split driver    guest kernel ── front end ──ring, event── back end in Domain 0 or the parent partition ── device
    virtio          guest kernel ── front end ──ring, kick─── back end thread of the host ── device
    -published      the same; packets are routed, tracked and translated as a container's
    serial-virtio   the same, with a back end that waits for the disk before it takes the next request, of a page each

The ring batches: a request that finds the back end busy is picked up without a notification, and a completion that
finds it busy is told to the guest with those before it (QEMU notifies at the end of a turn; vhost and Xen's rings when
the guest has asked for an event since). Requests and packets cost the hypervisor work of its own (grants, hypercalls,
exits to inject), which runs on behalf of the domain that causes it.
"""

from __future__ import annotations

import bisect
import itertools
import math
from dataclasses import replace
from typing import ClassVar

from architectures.mechanisms import devices
from architectures.mechanisms.base import CpuMechanism, IoMechanism, Stages, back_end, guest, host_os, vmm, when_idle
from architectures.mechanisms.drivers import COMPLETE, SUBMIT, TRANSLATED, idle_interrupt, receive, transmit
from simcore.demands import Io, IoKind
from simcore.path import Role, Stage

__all__ = ["PublishedVirtio", "SerialVirtio", "SplitDriver", "Virtio", "readahead"]


class SplitDriver(IoMechanism):
    """Front end in the guest, back end and real driver in a privileged domain."""

    name = "split-driver"
    role: ClassVar[Role] = Role.BACK_END

    def disk(self, io: Io, cpu: CpuMechanism) -> Stages:
        requests = self._requests(io)
        return (
            SUBMIT.times(requests),
            guest(("front_end_request", requests), label="front end: request on the ring"),
            *self._notified(),
            *self._served(io),
            *cpu.wake_up(),
            *cpu.interrupt(),
            COMPLETE.times(requests),
        )

    def _requests(self, io: Io) -> float:
        """How many requests the front end makes of one."""
        del io
        return 1.0

    def _reads(self, io: Io) -> tuple[Io, ...]:
        """What the back end asks of the disk, one after the other."""
        return (io,)

    def _served(self, io: Io) -> Stages:
        """The back end's part of a disk request, once it knows of it."""
        role, requests = self.role, self._requests(io)
        return (
            vmm(("ring_request", requests), label="hypervisor's part: map the guest's pages", role=role),
            back_end(("back_end_request", requests), label="back end: take from the ring", role=role),
            *(stage for read in self._reads(io) for stage in self._accessed(read)),
            back_end(("back_end_response", requests), label="back end: response on the ring", role=role),
            when_idle(vmm("notify_guest", label="hypervisor's part: event to the guest", role=role)),
        )

    def _accessed(self, io: Io) -> Stages:
        return (
            self._driver(("block_request", 0.5), label="block layer and driver: submit"),
            *devices.disk(io),
            *self._woken(),
            self._driver("interrupt", ("block_request", 0.5), label="interrupt, block layer: complete"),
        )

    def send(self, io: Io, cpu: CpuMechanism) -> Stages:
        del cpu
        role = self.role
        return (
            *transmit(io),
            guest(("front_end_packet", io.segments), label="front end: packets on the ring"),
            *self._notified(),
            vmm(("ring_packet", io.segments), label="hypervisor's part: map the guest's pages", role=role),
            back_end(("back_end_packet", io.segments), ("back_end_byte", io.size_bytes), label="back end", role=role),
            self._bridged(io, "bridge and driver"),
            *devices.send_wire(io),
        )

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (
            *devices.receive_wire(io),
            *self._woken(),
            when_idle(self._driver("interrupt", label="interrupt")),
            self._bridged(io, "driver and bridge"),
            *self._delivered(io, cpu),
        )

    def from_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        return self._delivered(io, cpu)  # the domain that holds the bridge is the back end's

    def _delivered(self, io: Io, cpu: CpuMechanism) -> Stages:
        """A packet from the bridge to the guest."""
        role = self.role
        return (
            back_end(("back_end_packet", io.segments), ("back_end_byte", io.size_bytes), label="back end", role=role),
            vmm(("ring_packet", io.segments), label="hypervisor's part: pages to the guest", role=role),
            when_idle(vmm("notify_guest", label="hypervisor's part: event to the guest")),
            *idle_interrupt(cpu),
            guest(("front_end_packet", io.segments), label="front end: packets from the ring"),
            *receive(io),
        )

    def _notified(self) -> Stages:
        """The back end is told of a request, if it is idle."""
        return (when_idle(vmm("notify_back_end", label="notification", role=self.role)), *self._woken())

    def _woken(self) -> Stages:
        return (when_idle(vmm("back_end_wake", label="back end scheduled", role=self.role)),)

    def _driver(self, *amounts: str | tuple[str, float], label: str) -> Stage:
        return back_end(*amounts, label=label, role=self.role)

    def _bridged(self, io: Io, label: str) -> Stage:
        """Between the back end and the real device."""
        return self._driver(("bridge_packet", io.segments), label=label)


class Virtio(SplitDriver):
    """The back end is a thread of the host (vhost in its kernel, or the VM's process); the host OS has the driver."""

    name = "virtio"
    role = Role.HOST

    def from_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (*self._woken(), *super().from_bridge(io, cpu))  # by a thread of its own

    def _driver(self, *amounts: str | tuple[str, float], label: str) -> Stage:
        return host_os(*amounts, label=label, role=self.role)


class PublishedVirtio(Virtio):
    """The same for a container in a virtual machine of its own: the host publishes its ports as any container's."""

    name = "virtio-published"

    def _bridged(self, io: Io, label: str) -> Stage:
        return self._driver(*((name, io.segments) for name in ("bridge_packet", *TRANSLATED)), label=f"{label}, NAT")


class SerialVirtio(Virtio):
    """The back end's thread reads and writes the disk by blocking system calls, and so serves one request at a time.

    A request has one segment of data, taken as a page: the front end makes one of each page, under one notification.
    The thread reads them one by one through the host's page cache, whose readahead makes of them fewer, growing reads.
    What it writes goes to the page cache, and to the disk later: a write is done when it is copied.
    """

    name = "serial-virtio"

    def _requests(self, io: Io) -> float:
        return float(_pages(io))

    def _reads(self, io: Io) -> tuple[Io, ...]:
        if io.kind is not IoKind.DISK_READ or io.pattern != "random" or _pages(io) == 1:
            return (io,)  # what is written is merged again, and a stream is read ahead of its reader
        first, *more = (replace(io, size_bytes=float(PAGE * pages)) for pages in readahead(_pages(io)))
        return (first, *(replace(read, pattern="sequential") for read in more))

    def _accessed(self, io: Io) -> Stages:
        if io.kind is not IoKind.DISK_WRITE:
            return super()._accessed(io)
        copied = (("system_call", self._requests(io)), ("written_byte", io.size_bytes))
        return (self._driver(*copied, label="written to the page cache"),)

    def behind(self, io: Io) -> Stages:
        return super()._accessed(io) if io.kind is IoKind.DISK_WRITE else ()

    def _served(self, io: Io) -> Stages:
        return tuple(replace(stage, serial=True) for stage in super()._served(io))


PAGE = 4096
WINDOWS = (1, 4, 8, 16, 32)  # pages: up to Linux's default of 128 KiB ahead


def _pages(io: Io) -> int:
    return max(1, math.ceil(io.size_bytes / PAGE))


def readahead(pages: int) -> tuple[int, ...]:
    """The disk reads, in pages, that a reader waits for who reads so many pages one by one from a random place.

    As Linux 2.6.23 to 4.20 (mm/readahead.c): the first page by itself; at the second a window of four; each next window
    twice the last, and begun when the reader comes to the one before, so that it waits for every other one only. After
    the largest window a stream is read ahead of its reader: the rest counts as one read.
    """
    ends = tuple(itertools.accumulate(WINDOWS))
    if pages > ends[-1]:
        return (*readahead(ends[-1]), pages - ends[-1])
    last = bisect.bisect_left(ends, pages)
    return tuple(WINDOWS[n] for n in range(last + 1) if n <= 1 or (last - n) % 2 == 0)
