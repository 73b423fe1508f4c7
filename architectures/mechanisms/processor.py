"""Processor mechanisms: how guest instructions run when the guest kernel is not alone with the machine.

direct                user ── kernel                                       (bare metal, and a shared kernel)
container             user ── filter ── shared kernel
binary-translation    user (direct) ── VMM in ring 0 ── translated guest kernel in ring 1
hardware-assist       guest in non-root mode ──exit── VMM in root mode ──entry── guest
hypercall             user ── hypervisor ── modified guest kernel in ring 1 (or 3)
emulation             every instruction translated; sensitive ones are calls into the emulator
user-emulation        user code translated, by its kinds ── system calls converted ── host kernel
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from architectures.mechanisms.base import CpuMechanism, Stages, charge, exits, guest, not_polling, vmm, when_idle
from simcore.demands import Demand
from simcore.path import Layer

__all__ = ["BinaryTranslation", "Container", "Direct", "Emulation", "HardwareAssist", "Hypercall", "UserEmulation"]

NATIVE = {
    Demand.SYSTEM_CALLS: "system_call",
    Demand.PATH_LOOKUPS: "path_lookup",
    Demand.FILE_OPENS: "file_open",
    Demand.FILE_CHANGES: "file_change",
    Demand.CLOCK_READINGS: "clock_reading",
    Demand.MAPPING_CALLS: "mapping_call",
    Demand.FILE_BYTES: "file_byte",
    Demand.WRITTEN_BYTES: "written_byte",
    Demand.LOOPBACK_MESSAGES: "loopback_message",
    Demand.EXCEPTIONS: "exception",
    Demand.PRIVILEGED_INSTRUCTIONS: "privileged_instruction",
    Demand.PORT_ACCESSES: "port_access",
    Demand.IPIS: "ipi",
    Demand.TIMER_TICKS: "timer_tick",
}
OVERLAY = {Demand.PATH_LOOKUPS: "overlay_lookup", Demand.FILE_OPENS: "overlay_open"}
# What code consists of: its cycles are counted as they are, but a translator charges for some kinds apart.
CODE = {
    Demand.CODE_INSTRUCTIONS: "translate_instruction",
    Demand.MEMORY_ACCESSES: "translated_access",
    Demand.CONDITIONAL_JUMPS: "translated_conditional",
    Demand.DISTANT_JUMPS: "translated_jump",
    Demand.SCATTERED_JUMPS: "translated_scattered",
    Demand.FLOAT_OPERATIONS: "translated_float",
}

# An event is delivered by a call up into the guest, as an exception is, and by hypercalls.
EVENT = (charge("hypercall_exception", 1.0, "event_upcalls"), charge("hypercall", 1.0, "event_hypercalls"))


class Direct(CpuMechanism):
    """Everything runs as on the bare machine."""

    name = "direct"

    def stages(self, demand: Demand) -> Stages:
        if demand is Demand.USER_CYCLES:
            return (guest("cycle", label="user code", layer=Layer.USER),)
        if demand is Demand.KERNEL_CYCLES:
            return (guest("cycle", label="kernel code"),)
        if demand in CODE:
            return ()
        return (guest(NATIVE[demand], label=demand.replace("_", " ")),)

    def interrupt(self) -> Stages:
        return (guest("interrupt", label="interrupt"),)

    def wake_up(self) -> Stages:
        return (when_idle(guest("wake_up", label="wake-up from idle")),)


class Container(Direct):
    """Direct, but a system call passes the filter and the accounting of its namespace, and a name the overlay."""

    name = "container"

    def stages(self, demand: Demand) -> Stages:
        native = super().stages(demand)
        if demand is Demand.SYSTEM_CALLS:
            return (*native, guest("container_system_call", label="filter and accounting", layer=Layer.HOST_OS))
        if demand in OVERLAY:
            return (*native, guest(OVERLAY[demand], label="overlay file system", layer=Layer.HOST_OS))
        return native


class BinaryTranslation(Direct):
    """User code runs directly; guest kernel code runs translated, in ring 1, with sensitive instructions replaced.

    Entering the kernel passes the VMM. A privileged instruction or a port access costs no trap: its replacement in the
    translation cache calls or inlines the emulation, which can be faster than the hardware. An instruction met for the
    first time is translated; with a warm cache there are none (the ratio `translation_cold` is 0).
    """

    name = "binary-translation"
    slows: ClassVar[Mapping[Layer, str]] = {Layer.GUEST_KERNEL: "translated_kernel"}

    def stages(self, demand: Demand) -> Stages:
        match demand:
            case Demand.CODE_INSTRUCTIONS:
                return (vmm(charge("translate_instruction", 1.0, "translation_cold"), label="translation"),)
            case Demand.PRIVILEGED_INSTRUCTIONS:
                return (vmm("translated_privileged", label="replaced privileged instruction"),)
            case Demand.PORT_ACCESSES:
                return (vmm("translated_port", label="replaced port access"),)
            case Demand.SYSTEM_CALLS:
                return (*super().stages(demand), vmm("translated_system_call", label="kernel entry through the VMM"))
            case Demand.EXCEPTIONS:
                return (*super().stages(demand), vmm("translated_exception", label="exception through the VMM"))
            case Demand.IPIS:
                return (*super().stages(demand), vmm("translated_ipi", label="interrupt command emulated"))
            case Demand.TIMER_TICKS:
                return (*super().stages(demand), vmm("translated_interrupt", label="virtual timer interrupt"))
            case _:
                return super().stages(demand)

    def interrupt(self) -> Stages:
        return (vmm("translated_interrupt", label="virtual interrupt"), *super().interrupt())

    def wake_up(self) -> Stages:
        return (when_idle(vmm("vcpu_wake", label="virtual processor rescheduled")), *super().wake_up())


class HardwareAssist(Direct):
    """The guest runs in non-root mode at its own privilege levels; what is sensitive exits to the VMM.

    A cost is the number of exits an event takes (a ratio), times the exit of this processor with its dispatch, plus the
    emulation behind it. System calls, and instructions the hardware virtualizes, do not exit.
    """

    name = "hardware-assist"
    lock_waits = ("spin", "exit", "halt")

    def stages(self, demand: Demand) -> Stages:
        match demand:
            case Demand.PORT_ACCESSES:
                return (vmm(*exits(), "port_emulation", label="exit and device emulation"),)
            case Demand.EXCEPTIONS:
                return (*super().stages(demand), vmm("assisted_exception", label="exception bitmap"))
            case Demand.PRIVILEGED_INSTRUCTIONS:
                return (*super().stages(demand), vmm("assisted_privileged", label="shadowed register"))
            case Demand.IPIS:
                return (*super().stages(demand), vmm(*exits("ipi_exits"), "ipi_software", label="virtual IPI"))
            case Demand.TIMER_TICKS:
                return (*super().stages(demand), vmm(*exits("timer_exits"), label="timer programming and interrupt"))
            case _:
                return super().stages(demand)

    def interrupt(self) -> Stages:
        return (vmm(*exits("interrupt_exits"), label="interrupt injection and end"), *super().interrupt())

    def wake_up(self) -> Stages:
        return (*self._woken(), *super().wake_up())

    def spun_out(self) -> Stages:
        return (vmm(*exits(), label="exit of one that waits for a lock"),)

    def kick(self) -> Stages:
        return (vmm(*exits(), label="call to wake one that waits for a lock"),)

    def kicked(self) -> Stages:
        return (vmm("vcpu_wake", label="halted virtual processor woken"),)

    def _woken(self) -> Stages:
        """A host that polls has the guest exit first; a guest that polls has not even done that."""
        halted, asleep = exits("halt_exits"), "virtual processor's thread woken"
        match self.polling:
            case "none":
                return (when_idle(vmm(*halted, "vcpu_wake", label="halted virtual processor woken")),)
            case "host":
                return (
                    when_idle(vmm(*halted, "poll_wake", label="halted virtual processor noticed")),
                    not_polling(vmm("sleep_wake", label=asleep)),
                )
            case "guest":
                return (not_polling(vmm(*halted, "poll_wake", "sleep_wake", label=asleep)),)


class Hypercall(Direct):
    """The guest kernel was modified: it calls the hypervisor instead of executing what would trap."""

    name = "hypercall"
    own_entry = False
    lock_waits = ("spin", "halt")

    def stages(self, demand: Demand) -> Stages:
        match demand:
            case Demand.PRIVILEGED_INSTRUCTIONS | Demand.PORT_ACCESSES:
                return (vmm("hypercall", label="hypercall"),)
            case Demand.SYSTEM_CALLS:
                return (*super().stages(demand), vmm("hypercall_system_call", label="bounce through the hypervisor"))
            case Demand.EXCEPTIONS:
                return (*super().stages(demand), vmm("hypercall_exception", label="bounce through the hypervisor"))
            case Demand.IPIS:
                return (*super().stages(demand), vmm(*EVENT, label="event channel"))
            case Demand.TIMER_TICKS:
                return (*super().stages(demand), vmm("hypercall", *EVENT, label="timer set, event delivered"))
            case _:
                return super().stages(demand)

    def interrupt(self) -> Stages:
        return (vmm(*EVENT, label="event delivered"), *super().interrupt())

    def spun_out(self) -> Stages:
        return (vmm("hypercall", label="waits on an event channel"),)

    def kick(self) -> Stages:
        return (vmm("hypercall", label="event to one that waits for a lock"),)

    def kicked(self) -> Stages:
        return (vmm("vcpu_wake", label="blocked virtual processor scheduled"),)

    def wake_up(self) -> Stages:
        return (when_idle(vmm("vcpu_wake", label="blocked virtual processor scheduled")), *super().wake_up())


class Emulation(Direct):
    """Every guest instruction is translated to host code, because the guest's instruction set is another one."""

    name = "emulation"
    slows: ClassVar[Mapping[Layer, str]] = {Layer.USER: "emulated_user", Layer.GUEST_KERNEL: "emulated_kernel"}

    def stages(self, demand: Demand) -> Stages:
        match demand:
            case Demand.CODE_INSTRUCTIONS:
                return (vmm(charge("translate_instruction", 1.0, "translation_cold"), label="translation"),)
            case Demand.PRIVILEGED_INSTRUCTIONS:
                return (vmm("emulated_privileged", label="emulated privileged instruction"),)
            case Demand.PORT_ACCESSES:
                return (vmm("emulated_port", label="emulated port access"),)
            case Demand.EXCEPTIONS:
                return (*super().stages(demand), vmm("emulated_exception", label="exception raised by the emulator"))
            case Demand.TIMER_TICKS | Demand.IPIS:
                return (*super().stages(demand), vmm("emulated_interrupt", label="interrupt raised by the emulator"))
            case _:
                return super().stages(demand)

    def interrupt(self) -> Stages:
        return (vmm("emulated_interrupt", label="interrupt raised by the emulator"), *super().interrupt())

    def wake_up(self) -> Stages:
        return (when_idle(vmm("vcpu_wake", label="emulator thread woken")), *super().wake_up())


class UserEmulation(Direct):
    """User code is translated; its system calls are converted, and served by the host's kernel, which is not.

    Straight integer code runs at a ratio of its speed; accesses to memory, conditional jumps, jumps whose target is
    looked up (twice, where it is not among the latest) and floating-point operations cost something each. Each program
    begins with an empty translation cache, so code met for the first time is translated.
    """

    name = "user-emulation"
    slows: ClassVar[Mapping[Layer, str]] = {Layer.USER: "translated_user"}

    def stages(self, demand: Demand) -> Stages:
        if demand in CODE:
            return (vmm(CODE[demand], label=f"translated {demand.replace('_', ' ')}"),)
        cost = {
            Demand.SYSTEM_CALLS: "converted_call",
            Demand.MAPPING_CALLS: "converted_mapping",
            Demand.EXCEPTIONS: "converted_exception",
        }.get(demand)
        native = super().stages(demand)
        return (*native, vmm(cost, label="converted by the emulator")) if cost else native
