"""Input and output of a VM that is a process of a host operating system: four mappings.

    guest OS ──ports── VMM ──world switch── VM application ──system call── host OS ── device

The virtual machine, its VMM and its VM application take turns on one processor, so all of it runs in one domain: the
host's process. An emulator without a VMM of its own is the same with a world switch that costs nothing.

A world switch brings the VM back after a wait, and the host's wake-up its process; of the guest's wake-up only the
guest kernel's own part is left. What leaves in the background is followed by the real interface's interrupt, which
finds the VM running and takes a switch to the host world and one back; an operation that waits takes it meanwhile.
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
from simcore.path import Charge, Layer, Role, Stage

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
            *self._guest_wakes(cpu),
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
            *self._combined(cpu.interrupt(), n),
            *devices.send_wire(io),
            *(() if io.sync else self._sent(n)),
        )

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        n = io.packets
        shared = () if io.sync else ("received_interrupts",)  # a stream's packets under one interrupt, which asks ports
        return (
            *devices.receive_wire(io),
            when_idle(host_os("wake_up", label="host OS: wake-up", role=GUEST)),
            vmm(charge("world_switch", 1.0, *shared), label="to the host world"),
            when_idle(host_os("interrupt", label="host OS: interrupt", role=GUEST)),
            host_os(("host_packet", n), label="host OS: driver and bridge", role=GUEST),
            back_end(("application_packet", n), ("receive_byte", io.size_bytes), label="VM application", role=GUEST),
            vmm(charge("world_switch", n, *shared), label="to the VMM"),
            *self._guest_wakes(cpu),
            *(_by(stage.times(n), *shared) for stage in cpu.interrupt()),
            *(_by(stage, *shared) for stage in self._ports("packet_ports", "packet_switching_ports", n)),
            vmm("device_response", label="virtual device: packets ready"),
            *receive(io),
        )

    def _ports(self, accesses: str, switching: str, count: float) -> Stages:
        """The driver's port accesses: most end in the VMM, some need the VM application and back."""
        return (
            vmm(charge("device_port", count, accesses), label="port accesses in the VMM"),
            vmm(charge("world_switch", 2.0 * count, switching), label="port accesses that switch worlds"),
            back_end(charge("application_port", count, switching), label="VM application: port access", role=GUEST),
        )

    def _sent(self, packets: float) -> Stages:
        """The real interface's interrupts for packets that it has sent, which stop the VM."""
        return (
            vmm(charge("world_switch", 2.0 * packets, "sent_interrupts"), label="to the host world and back"),
            host_os(charge("interrupt", packets, "sent_interrupts"), label="host OS: packets sent", role=GUEST),
        )

    def _guest_wakes(self, cpu: CpuMechanism) -> Stages:
        """The guest kernel's part of a wake-up."""
        return tuple(stage for stage in cpu.wake_up() if stage.layer is Layer.GUEST_KERNEL)

    def _combined(self, interrupt: Stages, packets: float) -> Stages:
        """An interrupt for each packet sent, or for several if the guest's driver combines them; it does not poll."""
        return tuple(_by(stage.times(packets), "packet_triggers") for stage in interrupt)

    def _switches(self, packets: float) -> Charge:
        return charge("world_switch", packets, "packet_triggers")


def _by(stage: Stage, *ratios: str) -> Stage:
    """The same work as many times as ratios say."""
    return replace(stage, charges=tuple(replace(one, factors=(*one.factors, *ratios)) for one in stage.charges))
