"""Input and output of a VM that is a process of a host operating system: four mappings.

    guest OS ──ports── VMM ──world switch── VM application ──system call── host OS ── device

The virtual machine, its VMM and its VM application take turns on one processor, so all of it runs in one domain: the
host's process. An emulator without a VMM of its own is the same with a world switch that costs nothing.
"""

from __future__ import annotations

from dataclasses import replace

from architectures.mechanisms import devices
from architectures.mechanisms.base import (
    CpuMechanism,
    IoMechanism,
    Stages,
    back_end,
    charge,
    host_os,
    vmm,
    when_idle,
)
from architectures.mechanisms.drivers import COMPLETE, SUBMIT, receive, transmit
from simcore.demands import Io
from simcore.path import Charge, Role

__all__ = ["Hosted"]

GUEST = Role.GUEST


class Hosted(IoMechanism):
    """The guest's driver works an emulated device; what reaches the real one goes through the VM application."""

    name = "hosted"

    def disk(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (
            SUBMIT,
            *self._ports("disk_ports", "disk_switching_ports", 1.0),
            vmm("device_request", "world_switch", label="to the host world"),
            back_end("application_request", label="VM application: read or write", role=GUEST),
            host_os("system_call", ("block_request", 0.5), label="host OS: submit", role=GUEST),
            *devices.disk(io),
            when_idle(host_os("wake_up", label="host OS: wake-up", role=GUEST)),
            host_os("interrupt", ("block_request", 0.5), label="host OS: interrupt, complete", role=GUEST),
            back_end("application_response", label="VM application: done", role=GUEST),
            vmm("world_switch", label="back to the VMM"),
            *cpu.interrupt(),
            COMPLETE,
        )

    def send(self, io: Io, cpu: CpuMechanism) -> Stages:
        n = io.packets
        return (
            *transmit(io),
            *self._ports("packet_ports", "packet_switching_ports", n),
            vmm(charge("device_request", n, "packet_triggers"), self._switches(n), label="to the host world"),
            back_end(("application_packet", n), label="VM application: write", role=GUEST),
            host_os(("host_packet", n), ("send_byte", io.size_bytes), label="host OS: bridge and driver", role=GUEST),
            vmm(self._switches(n), label="back to the VMM"),
            *self._interrupts(cpu, n),
            *devices.send_wire(io),
        )

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        n = io.packets
        return (
            *devices.receive_wire(io),
            when_idle(host_os("wake_up", label="host OS: wake-up", role=GUEST)),
            vmm("world_switch", label="to the host world"),
            when_idle(host_os("interrupt", label="host OS: interrupt", role=GUEST)),
            host_os(("host_packet", n), label="host OS: driver and bridge", role=GUEST),
            back_end(("application_packet", n), ("receive_byte", io.size_bytes), label="VM application", role=GUEST),
            vmm(self._switches(n), label="to the VMM"),
            *cpu.wake_up(),
            *self._interrupts(cpu, n),
            *self._ports("packet_ports", "packet_switching_ports", n),
            vmm("device_response", label="virtual device: packets ready"),
            *receive(io),
        )

    def _ports(self, accesses: str, switching: str, count: float) -> Stages:
        """The driver's port accesses: most end in the VMM, some need the VM application and back."""
        return (
            vmm(charge("device_port", count, accesses), label="port accesses in the VMM"),
            vmm(charge("world_switch", 2.0 * count, switching), label="port accesses that switch worlds"),
        )

    def _interrupts(self, cpu: CpuMechanism, packets: float) -> Stages:
        """The emulated interface interrupts for each packet that it has sent or received: it knows no polling."""
        return tuple(
            replace(stage, charges=tuple(replace(c, factors=(*c.factors, "packet_triggers")) for c in stage.charges))
            for stage in (one.times(packets) for one in cpu.interrupt())
        )

    def _switches(self, packets: float) -> Charge:
        return charge("world_switch", packets, "packet_triggers")
