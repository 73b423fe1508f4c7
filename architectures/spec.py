"""An architecture: four mechanisms, a placement, capabilities and a cost table, named in one TOML file.

The file says nothing that a mechanism or a cost table says. A user's own architecture is a file of the same form.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

from architectures import mechanisms
from architectures.folders import names_in
from architectures.footprint import Footprint, footprint_names, footprint_of
from architectures.mechanisms.base import CpuMechanism, IoMechanism, MmuMechanism, Poller, find, named
from architectures.placement import PLACEMENTS
from simcore.costs import CostBook, CostEntry, CostTable
from simcore.errors import CapabilityError, InputError, unknown
from simcore.hosts import Host
from simcore.schema import LONGEST_TITLE, Described, read_toml, validated

__all__ = ["Architecture", "Capabilities", "architecture_names", "checked", "cost_table", "known", "load_architecture"]

Checked = TypeVar("Checked", bound="Architecture")
FOLDER = Path(__file__).parent
THREADS = ("network_threads", "disk_threads", "queues", "back_end_lock", "interrupts")
CHANGEABLE = (
    *("cpu", "mmu", "io", "placement", "page_table_lock", "offload", "back_end_vcpus"),
    *("polling", "back_end_polls", "lock_waits"),
    *THREADS,
)
POLLERS: tuple[str, ...] = get_args(Poller)
Scope = Literal["any", "all", "processor", "guest", "queue"]
LockWaits = Literal["spin", "exit", "halt"]
Feature = Literal["hardware-assist", "nested-paging", "trapping-isa"]


class Capabilities(BaseModel):
    """What an architecture can carry and what it needs, checked before every run.

    Attributes:
        guest_os: `same-kernel` runs only the host's own operating system; `any` runs others.
        modified_guest: the guest kernel must be changed, so it must be open to change.
        guest_isa: `host` runs the host's instruction set; `any` translates.
        foreign_costs: cost tables that are asked last where the guest's instruction set is not the host's.
        needs: features of the host's processor.
        host_isas: instruction sets it was made for; empty for any.
        rings: the most privileged first: what runs at each protection level.
        drivers_in: where the drivers of the real devices are.
        host_software: what has the machine; architectures that name the same may have guests on one host. Empty for one
            that shares its host with no other.
        overcommits: what it can do where guests ask for more memory than there is, in the order in which it does.
        evicts: which of a guest's pages its host puts away: the one longest untouched (`lru`), or any (`random`).
        writes_host_state: whether a guest's layers may change what belongs to the host's operating system.
        fails_with: the parts whose loss stops every guest's input and output, or everything.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    guest_os: Literal["any", "same-kernel"] = "any"
    modified_guest: bool = False
    guest_isa: Literal["host", "any"] = "host"
    foreign_costs: tuple[str, ...] = Field(default=(), strict=False)
    needs: tuple[Feature, ...] = Field(default=(), strict=False)
    host_isas: tuple[str, ...] = Field(default=(), strict=False)
    rings: dict[str, str] = Field(default_factory=dict)
    drivers_in: str
    host_software: str = ""
    overcommits: tuple[Literal["share", "balloon", "compress", "swap"], ...] = Field(default=(), strict=False)
    evicts: Literal["lru", "random"] = "lru"
    writes_host_state: bool = False
    fails_with: Literal["nothing", "driver domain", "hypervisor", "host OS", "kernel"] = "nothing"


class Architecture(Described):
    """A composition of mechanisms.

    Attributes:
        name: by which it is asked for.
        title: in a few words, for tables and figures.
        cpu, mmu, io, placement: names of mechanisms.
        page_table_lock: what page-table work locks.
        offload: whether its virtual network interface passes on segments larger than a frame.
        back_end_vcpus: virtual processors of the domain that holds the drivers, where there is one.
        network_threads, disk_threads: who carries out a back end's requests: `any` of its virtual processors; or
            threads with queues of their own, which serve one request at a time: one for `all` guests, one for each
            `processor` of the back end (guests are shared out among them), for each `guest`, or for each `queue`.
        queues: of each guest's device, at most; as many as the guest or the back end has virtual processors unless
            stated, whichever is fewer.
        back_end_lock: what threads hold beside while they work: `none`, a lock of each `guest`, one for `all`.
        interrupts: where a guest's devices interrupt: `any` of its virtual processors, `one`, one for each `device`, or
            all in `turn`.
        polling: who polls for a while before an idle virtual processor sleeps: its host, the guest, or nobody. With
            nobody, what a wake-up costs is what its source measured.
        back_end_polls: whether the back end polls always, and so takes its cores and is never notified.
        lock_waits: how a virtual processor waits for a spin lock of its kernel: it may `spin` on and on; `exit` after a
            while, as the processor notices (pause-loop exiting), and let others have its core; or `halt` after a while
            until it is woken (paravirtual locks).
        footprint: the name of the file that says what it takes of the host's memory; empty for nothing.
        costs: names of cost tables; later ones override earlier ones, and `cost` overrides both.
        cost: entries of its own.
        capabilities: what it can carry, and what it needs.
        privileges: the name of the file that says who may do what to whom; empty where that is not said.
        family: a heading to group architectures under in tables and plots.

    Raises:
        InputError: (when loaded) an unknown key, mechanism, placement or cost table.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    title: str = Field(max_length=LONGEST_TITLE)
    family: str = Field(max_length=LONGEST_TITLE)
    cpu: str
    mmu: str
    io: str
    placement: str
    page_table_lock: Literal["address space", "vm"] = "vm"
    offload: bool = True
    back_end_vcpus: int = Field(default=1, ge=1, le=4096)
    network_threads: Scope = "any"
    disk_threads: Scope = "any"
    queues: int | None = Field(default=None, ge=1, le=4096)
    back_end_lock: Literal["none", "guest", "all"] = "none"
    interrupts: Literal["any", "one", "device", "turn"] = "any"
    polling: Poller = "none"
    back_end_polls: bool = False
    lock_waits: LockWaits = "spin"
    privileges: str = ""
    footprint: str = ""
    costs: tuple[str, ...] = Field(default=(), strict=False)
    cost: tuple[CostEntry, ...] = Field(default=(), strict=False)
    capabilities: Capabilities

    def check(self, host: Host, *, guest_os: str, guest_isa: str, modifiable: bool) -> None:
        """Refuses what cannot run.

        Args:
            guest_isa: the guest's instruction set; empty for the host's own.

        Raises:
            CapabilityError: with the reason.
        """
        able, isa = self.capabilities, guest_isa or host.isa
        if able.guest_os == "same-kernel" and guest_os != host.os:
            self._refuse(f"guests share the host's {host.os} kernel, so a guest of the {guest_os} family cannot run")
        if able.modified_guest and not modifiable:
            self._refuse("its guests' kernels must be modified, and this guest's cannot be")
        if able.guest_isa == "host" and isa != host.isa and not (isa == "x86" and host.isa == "x86-64"):
            self._refuse(f"it runs guest instructions on the processor, and {host.isa} does not execute {isa}")
        if able.host_isas and host.isa not in able.host_isas:
            self._refuse(f"it was made for {', '.join(able.host_isas)}, not for a {host.isa} host")
        if "trapping-isa" in able.needs and host.isa in ("x86", "x86-64"):
            self._refuse(
                f"on {host.isa} 17 sensitive instructions do not trap in user mode (Robin and Irvine 2000): it takes "
                "binary translation, hypercalls or hardware assist"
            )
        if "hardware-assist" in able.needs and not host.hardware_assist:
            self._refuse(f"{host.name} has no hardware assist (VT-x or AMD-V)")
        if "nested-paging" in able.needs and not host.nested_paging:
            self._refuse(f"{host.name} has no nested paging (EPT or NPT)")

    def check_beside(self, other: Architecture) -> None:
        """Refuses two that cannot have guests on one host.

        Raises:
            CapabilityError: with the reason.
        """
        mine, theirs = self.capabilities.host_software, other.capabilities.host_software
        if self.name != other.name and not (mine and mine == theirs):
            both = [f"{one.name} runs under {one.capabilities.host_software or 'itself'}" for one in (self, other)]
            raise CapabilityError(f"{self.name} and {other.name} are refused on one host: {', and '.join(both)}")

    def _refuse(self, reason: str) -> None:
        raise CapabilityError(f"{self.name} is refused: {reason}")

    def book(self, host: Host, overrides: dict[str, float | str] | None = None) -> CostBook:
        """Every cost of this architecture on a host.

        Raises:
            InputError: an override for a name that no table has, or a value that is no cost.
        """
        return host.book(*(cost_table(name) for name in self.costs), self.cost, overrides=overrides)

    def carrying(self, guest_isa: str, host: Host) -> Architecture:
        """The same as it is for guests of an instruction set (empty for the host's own): with other costs, where it has
        some for foreign ones.
        """
        foreign = self.capabilities.foreign_costs if guest_isa and guest_isa != host.isa else ()
        return self.model_copy(update={"costs": (*self.costs, *foreign)}) if foreign else self

    def takes(self, host: Host) -> Footprint:
        """What it takes of a host's memory beside its guests."""
        return footprint_of(self.footprint, host)

    def variant(self, changes: Mapping[str, str | bool | int | None], where: str) -> Architecture:
        """The same with other mechanisms, placement, locks, offload, back-end processors and threads, or interrupts.

        Args:
            where: the field to name in errors.

        Raises:
            InputError: a change of something else, or to what there is not.
        """
        if not changes:
            return self
        for key in changes:
            if key not in CHANGEABLE:
                raise unknown(where, key, CHANGEABLE)
        return checked(validated(Architecture, {**self.model_dump(exclude_defaults=True), **changes}, where), where)

    def polling_as(self, who: str | None) -> Architecture:
        """The same with another who polls, if its cost tables say how that one polls; else as it is.

        Raises:
            InputError: nobody like this polls.
        """
        if who is None or who == self.polling:
            return self
        if who not in POLLERS:
            raise unknown("--polling", who, POLLERS)
        return self.variant({"polling": who}, "--polling") if who == "none" or self._says(who) else self

    def says_lock_waits(self) -> bool:
        """Whether its processor mechanism and cost tables say how it waits for locks."""
        if self.lock_waits == "spin":
            return True
        tables = (*map(cost_table, self.costs), self.cost)
        told = any(entry.name == f"lock_{self.lock_waits}_window" for table in tables for entry in table)
        return told and self.lock_waits in self.cpu_mechanism.lock_waits

    def _says(self, who: str) -> bool:
        """Whether its cost tables say how the host, or the guest, polls."""
        tables = (*map(cost_table, self.costs), self.cost)
        return any(entry.name == f"{who}_poll_longest" for table in tables for entry in table)

    def with_(self, **changes: Any) -> Self:
        """A copy that differs in some keys of its file; see Described.

        Raises:
            InputError: an unknown key, mechanism, placement or cost table, or a value that is not allowed.
        """
        return checked(super().with_(**changes), str(changes.get("name", self.name)))

    def __getstate__(self) -> dict[Any, Any]:
        """Travels without its mechanisms, which are found again by name where they are needed."""
        state = super().__getstate__()
        return {**state, "__dict__": {key: state["__dict__"][key] for key in type(self).model_fields}}

    @cached_property
    def cpu_mechanism(self) -> CpuMechanism:
        """The processor mechanism."""
        return find(f"{self.name}.cpu", self.cpu, CpuMechanism, mechanisms)(self.polling)  # type: ignore[type-abstract]

    @cached_property
    def mmu_mechanism(self) -> MmuMechanism:
        """The memory mechanism."""
        return find(f"{self.name}.mmu", self.mmu, MmuMechanism, mechanisms)(self.page_table_lock)  # type: ignore[type-abstract]

    @cached_property
    def io_mechanism(self) -> IoMechanism:
        """The mechanism of input and output."""
        return find(f"{self.name}.io", self.io, IoMechanism, mechanisms)()  # type: ignore[type-abstract]


def known() -> dict[str, list[str]]:
    """The names that an architecture's mechanisms, placement and cost tables may have, by key."""
    kinds: dict[str, type[Any]] = {"cpu": CpuMechanism, "mmu": MmuMechanism, "io": IoMechanism}
    found = {key: sorted(named(kind, mechanisms)) for key, kind in kinds.items()}
    tables = sorted(path.stem for path in (FOLDER / "costs").glob("*.toml"))
    return {**found, "placement": sorted(PLACEMENTS), "costs": tables}


@functools.cache
def cost_table(name: str) -> tuple[CostEntry, ...]:
    """A cost table of the catalogue.

    Raises:
        InputError: no such table.
    """
    known = {path.stem: path for path in (FOLDER / "costs").glob("*.toml")}
    if name not in known:
        raise unknown("costs", name, known)
    return CostTable.load(known[name]).cost


@functools.cache
def architecture_names() -> tuple[str, ...]:
    """The catalogue, native first, then by family and name."""
    names = [path.stem for path in (FOLDER / "catalogue").glob("*.toml")]
    return tuple(sorted(names, key=lambda name: (name != "native", _preset(name).family, name)))


@functools.cache
def _preset(name: str) -> Architecture:
    return _load(FOLDER / "catalogue" / f"{name}.toml")


def _load(path: Path) -> Architecture:
    return checked(validated(Architecture, read_toml(path), path.name), path.name)


def checked(architecture: Checked, where: str) -> Checked:
    """The same, all that it names being there.

    Raises:
        InputError: an unknown mechanism, placement or cost table.
    """
    if architecture.placement not in PLACEMENTS:
        raise unknown(f"{where}.placement", architecture.placement, PLACEMENTS)
    for name in architecture.costs:
        cost_table(name)
    if architecture.privileges and architecture.privileges not in names_in("privileges"):
        raise unknown(f"{where}.privileges", architecture.privileges, names_in("privileges"))
    if architecture.footprint and architecture.footprint not in footprint_names():
        raise unknown(f"{where}.footprint", architecture.footprint, footprint_names())
    if architecture.polling != "none" and not architecture._says(architecture.polling):
        raise InputError(f"{where}.polling", architecture.polling, "none: its cost tables do not say how it polls")
    if not architecture.says_lock_waits():
        raise InputError(f"{where}.lock_waits", architecture.lock_waits, "spin: it does not say how else it waits")
    if architecture.back_end_polls and PLACEMENTS[architecture.placement].extra is None:
        raise InputError(f"{where}.back_end_polls", True, f"false: placement {architecture.placement} has no back end")
    _ = architecture.cpu_mechanism, architecture.mmu_mechanism, architecture.io_mechanism
    return architecture


def load_architecture(name: str) -> Architecture:
    """An architecture of the catalogue by name, or the one that a TOML file describes.

    Raises:
        InputError: neither known nor a file, or a file that does not describe an architecture.
    """
    if name.endswith(".toml") or "/" in name:
        return _load(Path(name))
    known = {path.stem for path in (FOLDER / "catalogue").glob("*.toml")}
    if name not in known:
        raise unknown("--architecture", name, known)
    return _preset(name)
