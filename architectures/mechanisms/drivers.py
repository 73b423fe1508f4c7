"""Input and output where the guest's driver, or the hypervisor's, works the device itself.

    native          kernel ── device ── interrupt ── kernel
    bridge          kernel ── bridge ── device
    container       kernel ── bridge, and routed, tracked and translated, or overlay ── device
    -softirq        the same; packets come in through the bridge on the host's other processors
    -proxy          kernel ── bridge ── a program of the host that publishes the port ── device
    user-network    kernel ── tap ── a program with a network stack of its own ── host kernel's sockets ── device
    tap             guest kernel ──system call──> host kernel: bridge ── device; packets come in by a signal
    hypervisor      guest kernel ──request── driver in the hypervisor ── device ──virtual interrupt── guest kernel
    -rings          the same by shared rings, without copying
    pass-through    guest kernel ── device ──virtual interrupt── guest kernel

A disk request costs the block layer half on the way down and half on the way up. Received packets interrupt only an
idle processor: a busy one polls.
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
    guest,
    host_os,
    vmm,
    when_idle,
)
from simcore.demands import Io
from simcore.path import Charge, Layer, Role, Stage

__all__ = [
    "COMPLETE",
    "SUBMIT",
    "TRANSLATED",
    "BridgedDrivers",
    "ContainerDrivers",
    "HypervisorDrivers",
    "HypervisorRings",
    "NativeDrivers",
    "PassThrough",
    "ProxiedDrivers",
    "SoftInterrupts",
    "TapDrivers",
    "UserNetwork",
]


def transmit(io: Io) -> Stages:
    """The guest kernel's network stack, sending."""
    return (guest(("send_packet", io.packets), ("send_byte", io.size_bytes), label="network stack: send"),)


def receive(io: Io) -> Stages:
    """The guest kernel's network stack, receiving."""
    return (guest(("receive_packet", io.packets), ("receive_byte", io.size_bytes), label="network stack: receive"),)


SUBMIT = guest(("block_request", 0.5), label="block layer: submit")
COMPLETE = guest(("block_request", 0.5), label="block layer: complete")


def idle_interrupt(cpu: CpuMechanism) -> Stages:
    """The guest's interrupt and wake-up, paid only when it is idle."""
    return tuple(when_idle(stage) for stage in (*cpu.wake_up(), *cpu.interrupt()))


class NativeDrivers(IoMechanism):
    """Drivers in the kernel."""

    name = "native"

    def disk(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (SUBMIT, *devices.disk(io), *cpu.wake_up(), *cpu.interrupt(), COMPLETE)

    def send(self, io: Io, cpu: CpuMechanism) -> Stages:
        del cpu
        return (*transmit(io), *devices.send_wire(io))

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (*devices.receive_wire(io), *idle_interrupt(cpu), *receive(io))


class PassThrough(NativeDrivers):
    """The guest's driver works the device, or a virtual function of it; only interrupts come through the VMM."""

    name = "pass-through"


class BridgedDrivers(NativeDrivers):
    """The kernel's drivers, behind a virtual port of its software bridge."""

    name = "bridge"

    def send(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (*transmit(io), self._bridge(io), *devices.send_wire(io))

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (*devices.receive_wire(io), *idle_interrupt(cpu), self._bridge(io), *receive(io))

    def to_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        del cpu
        return (*transmit(io), BridgedDrivers._bridge(self, io))

    def from_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (*idle_interrupt(cpu), *receive(io))

    def _bridge(self, io: Io) -> Stage:
        return guest(("bridge_packet", io.segments), label="virtual port, bridge", layer=Layer.HOST_OS)


TRANSLATED = ("route_packet", "track_packet", "nat_packet")  # between a published port and the host's bridge


class ContainerDrivers(BridgedDrivers):
    """The shared kernel's drivers, behind a virtual Ethernet pair with bridge and NAT, and an overlay file system."""

    name = "container"

    def disk(self, io: Io, cpu: CpuMechanism) -> Stages:
        overlay = guest("overlay_request", label="overlay file system", layer=Layer.HOST_OS)
        return (overlay, *super().disk(io, cpu))

    def _bridge(self, io: Io) -> Stage:
        work = ((name, io.segments) for name in ("bridge_packet", *TRANSLATED))
        return guest(*work, label="virtual Ethernet, bridge, NAT", layer=Layer.HOST_OS)


class SoftInterrupts(ContainerDrivers):
    """A received packet passes the bridge in the soft interrupt of whichever processor its queue interrupts.

    Where the host's adapter has several queues, that is not the one the receiver runs on (receive-side scaling); a sent
    packet passes it on the sender's.
    """

    name = "container-softirq"

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        bridge = replace(self._bridge(io), role=Role.HOST)
        return (*devices.receive_wire(io), bridge, *idle_interrupt(cpu), *receive(io))


class ProxiedDrivers(ContainerDrivers):
    """A port published by a program of the host, which reads all that comes and writes it again, either way.

    So goes what a client on the host itself asks of a port published by Docker, and any port of a rootless container.
    """

    name = "container-proxy"

    def _bridge(self, io: Io) -> Stage:
        work = (("bridge_packet", io.segments), ("proxy_packet", io.segments), ("file_byte", 2.0 * io.size_bytes))
        return guest(*work, label="proxy, bridge, virtual Ethernet", layer=Layer.HOST_OS)


class UserNetwork(ContainerDrivers):
    """A container of a user without rights: its network is a program of his, of one thread.

    The program takes every frame from a tap of the container's namespace, and asks the host for what it says by sockets
    of its own. Frames are as large as the tap lets them be, 64 KiB where the host's adapter would cut them up.
    """

    name = "user-network"

    def send(self, io: Io, cpu: CpuMechanism) -> Stages:
        del cpu
        return (*transmit(io), *self._program(io), *devices.send_wire(io))

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (*devices.receive_wire(io), *self._program(io), *idle_interrupt(cpu), *receive(io))

    def _program(self, io: Io) -> Stages:
        work = (("user_packet", io.segments), ("user_byte", io.size_bytes))
        return (
            when_idle(host_os("wake_up", label="network program woken", role=Role.HOST)),
            back_end(*work, label="network program", role=Role.HOST),
        )


class TapDrivers(ContainerDrivers):
    """A guest that is a process of the host, which writes and reads its frames by system calls, one for each.

    Its interface is a port of the host's bridge, without address translation.

    A frame from the network comes as a signal, since the guest's driver knows no polling: the guest asks which file has
    something, reads the frame, and reads once more to find no other. Until its kernel had soft interrupts, each change
    of the interrupt flag in its network stack was calls of the host, too.
    """

    name = "tap"

    def send(self, io: Io, cpu: CpuMechanism) -> Stages:
        del cpu
        flag = self._flag(io, "sent_flag_calls")
        return (*transmit(io), flag, self._calls(io, 1), self._bridge(io), *devices.send_wire(io))

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        signal = (*cpu.wake_up(), *(stage.times(io.packets) for stage in cpu.interrupt()))
        flag = self._flag(io, "received_flag_calls")
        return (*devices.receive_wire(io), self._bridge(io), *signal, self._calls(io, 3), flag, *receive(io))

    def _flag(self, io: Io, calls: str) -> Stage:
        label = "interrupt flag: calls of the host"
        return host_os(charge("hypercall", io.packets, calls), label=label, role=Role.GUEST)

    def to_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        return IoMechanism.to_bridge(self, io, cpu)

    def from_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        signal = (*cpu.wake_up(), *(stage.times(io.packets) for stage in cpu.interrupt()))
        return (*signal, self._calls(io, 3), *receive(io))

    def _bridge(self, io: Io) -> Stage:
        return BridgedDrivers._bridge(self, io)

    def _calls(self, io: Io, each: int) -> Stage:
        work = (("system_call", each * io.packets), ("file_byte", io.size_bytes))
        return host_os(*work, label="system calls of the host, copy", role=Role.GUEST)


class HypervisorDrivers(IoMechanism):
    """A monolithic hypervisor holds the drivers; the guest sees a virtual device and asks by a request to the VMM."""

    name = "hypervisor"

    def disk(self, io: Io, cpu: CpuMechanism) -> Stages:
        down = vmm("device_request", ("hypervisor_request", 0.5), label="virtual device, driver in the hypervisor")
        up = vmm("interrupt", ("hypervisor_request", 0.5), label="interrupt to the hypervisor's driver")
        return (SUBMIT, down, *devices.disk(io), *cpu.wake_up(), up, *cpu.interrupt(), COMPLETE)

    def send(self, io: Io, cpu: CpuMechanism) -> Stages:
        del cpu
        return (*transmit(io), self._switch(io, charge("device_request")), *devices.send_wire(io))

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        physical = when_idle(vmm("interrupt", label="interrupt to the hypervisor's driver"))
        return (*devices.receive_wire(io), physical, *idle_interrupt(cpu), *self._delivered(io), *receive(io))

    def from_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (*idle_interrupt(cpu), *self._delivered(io), *receive(io))

    def _delivered(self, io: Io) -> Stages:
        return (self._switch(io),)

    def _switch(self, io: Io, *request: Charge) -> Stage:
        work = (("hypervisor_packet", io.segments), ("hypervisor_byte", io.size_bytes))
        return vmm(*request, *work, label="virtual switch, driver in the hypervisor", role=Role.GUEST)


class HypervisorRings(HypervisorDrivers):
    """The same with a guest that knows it: requests stand in shared rings, a received packet's page changes hands.

    The guest's work on its rings takes the place of a driver's on the device, which the hypervisor's driver does.
    """

    name = "hypervisor-rings"

    def _delivered(self, io: Io) -> Stages:
        return (self._switch(io), vmm(("page_flip", io.packets), label="page exchanged for one of the guest's"))
