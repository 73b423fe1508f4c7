"""Memory mechanisms: how page tables are kept when the guest does not own the machine's.

    native      guest page table ── MMU
    shadow      guest page table ──traced── shadow page table ── MMU
    direct      guest page table, read-only to the guest ──validated updates── MMU
    host-mappings  the same, each update a call of the host; forks and execs also empty the address space
    nested      guest page table ── MMU ── nested page table (a two-dimensional walk)
    software    guest page table ── a table in the emulator
    process     the host's own, for an emulator that is a process: a fork and an exec have it as luggage

A fork or an exec costs what it costs natively, plus what its page-table operations cost more under the mechanism; how
many page faults' worth of them it holds is a count of the guest's kernel.
"""

from __future__ import annotations

from dataclasses import replace

from architectures.mechanisms.base import MmuMechanism, Stages, charge, exits, guest, locked, scaled, vmm
from simcore.demands import Demand
from simcore.path import Layer, Role, Stage, StageKind

__all__ = [
    "DirectPaging",
    "HostMappings",
    "NativePaging",
    "NestedPaging",
    "ProcessPaging",
    "ShadowPaging",
    "SoftwareMmu",
]

NATIVE = {
    Demand.PAGE_FAULTS: "page_fault",
    Demand.FILE_FAULTS: "page_fault",
    Demand.COPIED_FAULTS: "page_fault",
    Demand.PAGE_TABLE_UPDATES: "page_table_update",
    Demand.ADDRESS_SPACE_SWITCHES: "address_space_switch",
    Demand.FORKS: "fork",
    Demand.EXECS: "exec",
}
EQUIVALENTS = {Demand.FORKS: "fork_page_faults", Demand.EXECS: "exec_page_faults"}


class NativePaging(MmuMechanism):
    """The kernel owns the page tables."""

    name = "native"

    def stages(self, demand: Demand) -> Stages:
        if demand is Demand.TLB_MISSES:
            return self.walk()
        native = guest(NATIVE[demand], label=demand.replace("_", " "))
        if demand in EQUIVALENTS:
            return (native, *(scaled(stage, EQUIVALENTS[demand]) for stage in self.extra(Demand.PAGE_FAULTS)))
        return (native, *self.extra(demand))

    def walk(self) -> Stages:
        """One TLB miss."""
        return (Stage(StageKind.CPU, Layer.MMU, (charge("tlb_miss"),), Role.GUEST, label="page walk"),)

    def extra(self, demand: Demand) -> Stages:
        """What one page fault, page-table update or address-space switch costs beyond the native."""
        del demand
        return ()


class ShadowPaging(NativePaging):
    """The VMM keeps a copy of the guest's page tables in step: faults and traced writes come to it, under a lock.

    Costs are exits, as many as the ratio says (none under binary translation, where the trap is part of the software's
    cost), plus the software.
    """

    name = "shadow"

    def extra(self, demand: Demand) -> Stages:
        kind = _SHORT[demand]
        work = (*exits(f"shadow_{kind}_exits"), charge(f"shadow_{kind}"))
        return (locked(*work, label=f"shadow page table: {kind}", lock=self.lock),)

    def isolation(self) -> Stages:
        """The kernel's page table loaded on the way in, the program's on the way out; both roots are cached."""
        count = "isolation_switches"
        work = [replace(c, factors=(*c.factors, count)) for c in exits("shadow_switch_exits")]
        return (vmm(*work, charge("shadow_switch", 1.0, count), label="isolated page tables"),)


class DirectPaging(NativePaging):
    """The guest's own page tables are used by the MMU; it asks the hypervisor to validate and make each update."""

    name = "direct"

    def extra(self, demand: Demand) -> Stages:
        kind = _SHORT[demand]
        validated = locked(f"validated_{kind}", label=f"validated page table: {kind}", lock=self.lock)
        delivered = vmm("hypercall_exception", label="fault delivered by the hypervisor")
        return (delivered, validated) if demand is Demand.PAGE_FAULTS else (validated,)


class HostMappings(DirectPaging):
    """A kernel in a process of the host, which has the host map each page; a new address space is first emptied.

    A fork and an exec unmap what the address space may hold, by as many calls of the host as a count says.
    """

    name = "host-mappings"

    def stages(self, demand: Demand) -> Stages:
        count = {Demand.FORKS: "fork_unmaps", Demand.EXECS: "exec_unmaps"}.get(demand)
        if count is None:
            return super().stages(demand)
        calls = (charge("system_call", 1.0, count), charge("mapping_call", 1.0, count))
        return (*super().stages(demand), vmm(*calls, label="address space emptied on the host"))


class NestedPaging(NativePaging):
    """The hardware walks the guest's and the hypervisor's page tables; updates are free, TLB misses cost more."""

    name = "nested"

    def walk(self) -> Stages:
        walk = charge("tlb_miss"), charge("nested_walk")
        return (Stage(StageKind.CPU, Layer.MMU, walk, Role.GUEST, label="two-dimensional page walk"),)

    def extra(self, demand: Demand) -> Stages:
        return (vmm(f"nested_{_SHORT[demand]}", label=f"nested page table: {_SHORT[demand]}"),)


class ProcessPaging(NativePaging):
    """Guest processes are processes of the host, with an emulator in each."""

    name = "process"

    def stages(self, demand: Demand) -> Stages:
        native = super().stages(demand)
        cost = {Demand.FORKS: "emulator_fork", Demand.EXECS: "emulator_exec"}.get(demand)
        return (*native, vmm(cost, label="the emulator's share")) if cost else native


class SoftwareMmu(NativePaging):
    """The emulator translates addresses in software, and keeps translated code by its address.

    A program that begins at addresses of its own choice therefore meets its code anew.
    """

    name = "software"

    def stages(self, demand: Demand) -> Stages:
        native = super().stages(demand)
        anew = vmm("exec_code", label="a new program's code translated")
        return (*native, anew) if demand is Demand.EXECS else native

    def walk(self) -> Stages:
        return (vmm("software_walk", label="page walk in software"),)

    def extra(self, demand: Demand) -> Stages:
        return (vmm(f"software_{_SHORT[demand]}", label=f"software MMU: {_SHORT[demand]}"),)


_SHORT = {
    Demand.PAGE_FAULTS: "fault",
    Demand.PAGE_TABLE_UPDATES: "update",
    Demand.ADDRESS_SPACE_SWITCHES: "switch",
}
