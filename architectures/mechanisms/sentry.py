"""Mechanisms of an application kernel in user mode, as gVisor has it: a sentry that serves system calls, and a gofer.

    system call   user ── sentry (intercepts, serves)                                 the sentry tier
    look-up       user ── sentry ──trip── gofer (file proxy) ── host kernel           the gofer tier
    disk request  user ── sentry ── host kernel ── device                             the host tier
    packet        user ── sentry's own network stack ── virtual Ethernet ── device

User code runs directly; the sentry is a program on the host's kernel. How it intercepts (tracing, or a virtual
processor of its own) is a matter of costs.
"""

from __future__ import annotations

from architectures.mechanisms.base import CpuMechanism, Stages, back_end, charge, guest, vmm, when_idle
from architectures.mechanisms.drivers import ContainerDrivers
from architectures.mechanisms.memory import NativePaging
from architectures.mechanisms.processor import Direct
from simcore.demands import Demand, Io
from simcore.path import Role, Stage

__all__ = ["Sentry", "SentryDrivers", "SentryMemory"]

EXTRA = {
    Demand.SYSTEM_CALLS: ("sentry_call", "call intercepted, served by the sentry"),
    Demand.EXCEPTIONS: ("sentry_exception", "fault intercepted, served by the sentry"),
    Demand.MAPPING_CALLS: ("sentry_mapping", "mapping made on the host"),
    Demand.FILE_BYTES: ("sentry_file_byte", "copied by the sentry"),
    Demand.LOOPBACK_MESSAGES: ("netstack_loopback", "the sentry's network stack"),
}


class Sentry(Direct):
    """What enters the kernel enters the sentry; a name goes on to the gofer."""

    name = "sentry"

    def stages(self, demand: Demand) -> Stages:
        native = super().stages(demand)
        if demand in EXTRA:
            cost, label = EXTRA[demand]
            return (*native, vmm(cost, label=label))
        if demand is Demand.PATH_LOOKUPS:
            trips = charge("gofer_trip", 1.0, "gofer_trips")
            return (*native, back_end(trips, label="trip to the gofer", role=Role.GUEST))
        return native

    def wake_up(self) -> Stages:
        return (when_idle(vmm("sentry_wake", label="sentry's thread woken")), *super().wake_up())


class SentryMemory(NativePaging):
    """The sentry keeps address spaces, and has the host's kernel map pages; a process has one of the host behind it."""

    name = "sentry"

    def stages(self, demand: Demand) -> Stages:
        if demand in (Demand.FORKS, Demand.EXECS):
            what = "fork" if demand is Demand.FORKS else "exec"
            return (guest(what, label=what), vmm(f"sentry_{what}", label=f"{what} by the sentry and the host"))
        return super().stages(demand)

    def extra(self, demand: Demand) -> Stages:
        cost = {
            Demand.PAGE_FAULTS: "sentry_fault",
            Demand.PAGE_TABLE_UPDATES: "sentry_mapping",
            Demand.ADDRESS_SPACE_SWITCHES: "sentry_switch",
        }[demand]
        return (vmm(cost, label="address space kept by the sentry"),)


class SentryDrivers(ContainerDrivers):
    """Requests are system calls of the host; packets pass the sentry's network stack and a virtual Ethernet pair."""

    name = "sentry"

    def disk(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (vmm("sentry_host_call", label="system call of the host"), *super().disk(io, cpu))

    def send(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (self._netstack(io, "netstack_send_byte"), *super().send(io, cpu))

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (*super().receive(io, cpu), self._netstack(io, "netstack_receive_byte"))

    def to_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (self._netstack(io, "netstack_send_byte"), *super().to_bridge(io, cpu))

    def from_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        return (*super().from_bridge(io, cpu), self._netstack(io, "netstack_receive_byte"))

    def _netstack(self, io: Io, byte: str) -> Stage:
        return vmm("netstack_message", (byte, io.size_bytes), label="the sentry's network stack")
