"""Input and output through a back end in another domain.

    split driver    guest kernel ── front end ──ring, event── back end in Domain 0 or the parent partition ── device
    virtio          guest kernel ── front end ──ring, kick─── back end thread of the host ── device
    serial-virtio   the same, with a back end that waits for the disk before it takes the next request

The ring batches: a request that finds the back end busy is picked up without a notification. Requests and packets cost
the hypervisor work of its own (grants, hypercalls, exits to inject), which runs on behalf of the domain that causes it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from architectures.mechanisms import devices
from architectures.mechanisms.base import CpuMechanism, IoMechanism, Stages, back_end, guest, host_os, vmm, when_idle
from architectures.mechanisms.drivers import COMPLETE, SUBMIT, idle_interrupt, receive, transmit
from simcore.demands import Io
from simcore.path import Role, Stage

__all__ = ["SerialVirtio", "SplitDriver", "Virtio"]


class SplitDriver(IoMechanism):
    """Front end in the guest, back end and real driver in a privileged domain."""

    name = "split-driver"
    role: ClassVar[Role] = Role.BACK_END

    def disk(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (
            SUBMIT,
            guest("front_end_request", label="front end: request on the ring"),
            *self._notified(),
            *self._served(io),
            *cpu.wake_up(),
            *cpu.interrupt(),
            COMPLETE,
        )

    def _served(self, io: Io) -> Stages:
        """The back end's part of a disk request, once it knows of it."""
        role = self.role
        return (
            vmm("ring_request", label="hypervisor's part: map the guest's pages", role=role),
            back_end("back_end_request", label="back end: take from the ring", role=role),
            self._driver(("block_request", 0.5), label="block layer and driver: submit"),
            *devices.disk(io),
            *self._woken(),
            self._driver("interrupt", ("block_request", 0.5), label="interrupt, block layer: complete"),
            back_end("back_end_response", label="back end: response on the ring", role=role),
            vmm("notify_guest", label="hypervisor's part: event to the guest", role=role),
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
            self._driver(("bridge_packet", io.segments), label="bridge and driver"),
            *devices.send_wire(io),
        )

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        role = self.role
        return (
            *devices.receive_wire(io),
            *self._woken(),
            when_idle(self._driver("interrupt", label="interrupt")),
            self._driver(("bridge_packet", io.segments), label="driver and bridge"),
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


class Virtio(SplitDriver):
    """The back end is a thread of the host (vhost in its kernel, or the VM's process); the host OS has the driver."""

    name = "virtio"
    role = Role.HOST

    def _driver(self, *amounts: str | tuple[str, float], label: str) -> Stage:
        return host_os(*amounts, label=label, role=self.role)


class SerialVirtio(Virtio):
    """The back end's thread reads and writes the disk by blocking system calls, and so serves one request at a time."""

    name = "serial-virtio"

    def _served(self, io: Io) -> Stages:
        return tuple(replace(stage, serial=True) for stage in super()._served(io))
