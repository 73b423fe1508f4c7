"""Mechanisms of an environment that is known by its micro-benchmarks alone.

    user code        as many times slower as loops of it are
    kernel code      the same for the kernel's own
    one event        native ── what one of it cost more, measured

No structure is claimed beyond that: whoever causes the difference, it is the VMM's. An event without a micro-benchmark
is kernel code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from architectures.mechanisms import devices
from architectures.mechanisms.base import Amount, CpuMechanism, MmuMechanism, Stages, charge, guest, vmm, when_idle
from architectures.mechanisms.drivers import COMPLETE, SUBMIT, NativeDrivers, idle_interrupt, receive, transmit
from architectures.mechanisms.memory import NATIVE as MEMORY
from architectures.mechanisms.processor import NATIVE as EVENTS
from architectures.mechanisms.processor import Direct
from simcore.demands import Demand, Io
from simcore.path import Layer, Role, Stage, StageKind

__all__ = ["MEASURED", "CalibratedDrivers", "CalibratedPaging", "CalibratedProcessor"]

# what one of each cost more than natively: the demands that a micro-benchmark can tell
MEASURED = {
    Demand.SYSTEM_CALLS: "calibrated_system_call",
    Demand.PATH_LOOKUPS: "calibrated_path_lookup",
    Demand.FILE_OPENS: "calibrated_file_open",
    Demand.FILE_CHANGES: "calibrated_file_change",
    Demand.CLOCK_READINGS: "calibrated_clock_reading",
    Demand.MAPPING_CALLS: "calibrated_mapping_call",
    Demand.FILE_BYTES: "calibrated_file_byte",
    Demand.WRITTEN_BYTES: "calibrated_written_byte",
    Demand.LOOPBACK_MESSAGES: "calibrated_loopback_message",
    Demand.EXCEPTIONS: "calibrated_exception",
    Demand.PAGE_FAULTS: "calibrated_page_fault",
    Demand.FILE_FAULTS: "calibrated_file_fault",
    Demand.COPIED_FAULTS: "calibrated_copied_fault",
    Demand.ADDRESS_SPACE_SWITCHES: "calibrated_address_space_switch",
    Demand.FORKS: "calibrated_fork",
    Demand.EXECS: "calibrated_exec",
}


def _more(*amounts: Amount, what: str) -> Stage:
    return vmm(*amounts, label=f"{what}: beyond native, as measured")


class CalibratedProcessor(Direct):
    """Guest code slowed by ratios; events cost what they did natively, and the measured difference."""

    name = "calibrated"
    slows: ClassVar[Mapping[Layer, str]] = {Layer.USER: "calibrated_user"}

    def stages(self, demand: Demand) -> Stages:
        if demand in MEASURED:
            return (*super().stages(demand), _more(MEASURED[demand], what=demand.replace("_", " ")))
        if demand is Demand.KERNEL_CYCLES:
            return (guest(charge("cycle", 1.0, "calibrated_kernel"), label="kernel code"),)
        if demand in EVENTS:
            return (guest(charge(EVENTS[demand], 1.0, "calibrated_kernel"), label=demand.replace("_", " ")),)
        return super().stages(demand)

    def interrupt(self) -> Stages:
        return (guest(charge("interrupt", 1.0, "calibrated_kernel"), label="interrupt"),)

    def wake_up(self) -> Stages:
        return (*super().wake_up(), when_idle(_more("calibrated_wake_up", what="wake-up")))


class CalibratedPaging(MmuMechanism):
    """Faults, switches and processes at their native cost, and the measured difference."""

    name = "calibrated"

    def taken_as(self, demand: Demand) -> Demand:
        return demand

    def stages(self, demand: Demand) -> Stages:
        if demand is Demand.TLB_MISSES:
            walk = charge("tlb_miss", 1.0, "calibrated_tlb_miss")
            return (Stage(StageKind.CPU, Layer.MMU, (walk,), Role.GUEST, label="page walk"),)
        native, what = MEMORY[demand], demand.replace("_", " ")
        if demand is Demand.PAGE_TABLE_UPDATES:
            return (guest(charge(native, 1.0, "calibrated_kernel"), label=what),)
        if demand is Demand.PAGE_FAULTS:
            further = (charge(cost, 1.0, "calibrated_further_faults") for cost in (native, MEASURED[demand]))
            return (guest(native, label=what), _more(MEASURED[demand], *further, what=what))
        if demand is Demand.EXECS:  # and a program's code is new to who translates a whole system
            return (guest(native, label=what), _more(MEASURED[demand], "calibrated_exec_code", what=what))
        return (guest(native, label=what), _more(MEASURED[demand], what=what))


class CalibratedDrivers(NativeDrivers):
    """The host's devices, and what a request, a message and a byte cost more."""

    name = "calibrated"

    def disk(self, io: Io, cpu: CpuMechanism) -> Stages:
        more = _more(f"calibrated_{io.kind}", what=io.kind.replace("_", " "))
        return (SUBMIT, more, *devices.disk(io), *cpu.wake_up(), *cpu.interrupt(), COMPLETE)

    def send(self, io: Io, cpu: CpuMechanism) -> Stages:
        more = ("calibrated_message", ("calibrated_send_byte", io.size_bytes))
        return (*transmit(io), _more(*more, what="send"), *devices.send_wire(io))

    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        more = ("calibrated_message", ("calibrated_receive_byte", io.size_bytes))
        return (*devices.receive_wire(io), *idle_interrupt(cpu), _more(*more, what="receive"), *receive(io))
