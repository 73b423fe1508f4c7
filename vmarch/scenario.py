"""A scenario: guests that are alike, with a workload, an architecture and a host; one or several become a model.

Each kind of guests brings its domains, rings and tasks. What the host has once is there once: the devices, the kernel
that containers share, the domain that holds the drivers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import get_args

from architectures import Architecture, compose, plan, switch_stages
from architectures.compose import WINDOWS
from architectures.placement import PLACEMENTS, DomainPlan
from architectures.threads import Workers
from simcore.collecting import uncollected
from simcore.costs import CostBook
from simcore.demands import Demand, IoKind, Operation
from simcore.errors import CapabilityError, InputError, unknown
from simcore.hosts import Host
from simcore.lowering import ring_table, stations, ticks_by_layer, visited
from simcore.memory import PAGE_BYTES
from simcore.model import Domain, Fault, Model, Ring, TaskClass
from simcore.path import Background, Charge, Layer, Path, Role, Stage, StageKind
from simcore.polling import FOREVER, Polling
from simcore.units import ticks
from vmarch.calling import Calls, check_calls, units_of
from vmarch.classes import Place, classes_of
from vmarch.kernel_locks import KernelLocks, spinning
from vmarch.limits import NO_LIMITS, Limits
from vmarch.overcommit import TECHNIQUES, Squeezed, reach_of, squeezed, with_faults
from vmarch.pages import misses, walked
from vmarch.placing import check_room, frames_of
from workloads import Workload

__all__ = ["Scenario", "assemble"]


@dataclass(frozen=True)
class Scenario:
    """What is run.

    Attributes:
        guests: identical guests on the host, each with the workload's tasks.
        vcpus: virtual processors of each guest; None for as many as the host has cores. A container has as many cores
            at once, and the bare machine as many for each guest.
        overrides: costs by name, in place of the tables'.
        guest_os, guest_isa, modifiable: of the guest, in place of what the workload needs; None to leave it.
        faults: (time in seconds, name of the domain that stops).
        name: of the guests, where a host has several kinds; their domains and random streams are called by it.
        start_s: when their tasks begin.
        limits: of each guest: weight, cap and cores.
        against: the bare machine that it is compared with: "equal", which runs all guests' tasks and has as many
            processors as the guests, or "own", a machine with all its cores for one guest.
        overcommit: techniques that the host may use where guests ask for more memory than it has: "share", "balloon",
            "compress", "swap"; none to refuse what does not fit.
        frames: bytes of the host's memory that each guest has then; None to work it out for these guests alone.
        operations: of each guest that a replication measures; None for the workload's own number, 0 to wait for none.
        calls: other kinds of guests whose operations one of its own calls.

    Raises:
        CapabilityError: the architecture cannot carry this guest on this host, or its memory has no room for them.
        InputError: guests or vcpus out of range, an unknown instruction set, cost or domain, or, once the model is
            asked for, a placement without a domain that the path needs.
    """

    workload: Workload
    architecture: Architecture
    host: Host
    guests: int = 1
    vcpus: int | None = None
    overrides: Mapping[str, float | str] = field(default_factory=dict)
    guest_os: str | None = None
    guest_isa: str | None = None
    modifiable: bool | None = None
    faults: tuple[tuple[float, str], ...] = ()
    name: str = ""
    start_s: float = 0.0
    operations: int | None = None
    limits: Limits = NO_LIMITS
    against: str = "equal"
    calls: tuple[Calls, ...] = ()
    overcommit: tuple[str, ...] = ()
    frames: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.guests <= MOST_GUESTS:
            raise InputError("--guests", self.guests, f"1 to {MOST_GUESTS}")
        if self.vcpus is not None and not 1 <= self.vcpus <= 4096:
            raise InputError("--vcpus", self.vcpus, "1 to 4096")
        if self.against not in AGAINST:
            raise unknown("--against", self.against, AGAINST)
        self.limits.check(self.host)
        vcpus = self.guests * (self.vcpus or self.host.cores)
        if vcpus > MOST_VCPUS:
            raise InputError("--guests", self.guests, f"at most {MOST_VCPUS} virtual processors in all, not {vcpus}")
        tasks = self.guests * self.workload.tasks.count
        if tasks > MOST_TASKS and self.workload.tasks.arrivals == "closed":
            raise InputError("--guests", self.guests, f"at most {MOST_TASKS} tasks in all, not {tasks}")
        if self.guest_isa and self.guest_isa not in ISAS:
            raise unknown("--guest-isa", self.guest_isa, ISAS)
        self.check_on(self.host)
        self._check_overcommit()
        check_room([self])
        if self.overcommit and self.frames is None:
            _ = self.squeezed

    def check_on(self, host: Host) -> None:
        """Refuses a host on which the guests, made for their own, cannot run.

        Raises:
            CapabilityError: with the reason.
        """
        guest = self.workload.guest
        self.architecture.check(
            host,
            guest_os=self.guest_os if self.guest_os is not None else guest.os,
            guest_isa=(self.guest_isa if self.guest_isa is not None else guest.isa) or self.host.isa,
            modifiable=self.modifiable if self.modifiable is not None else guest.modifiable,
        )

    def bare(self, native: Architecture) -> Scenario:
        """The same on the bare machine: the guests' tasks, overrides that concern it, memory for all, and no fault."""
        known = native.book(self.host)
        of = replace(self, guests=1, vcpus=None, limits=NO_LIMITS) if self.against == "own" else self
        return replace(
            of,
            workload=of.workload.model_copy(update={"memory": None}) if of.workload.memory else of.workload,
            architecture=native,
            overrides={name: value for name, value in self.overrides.items() if name in known},
            guest_os=self.host.os,
            guest_isa="",
            modifiable=None,
            faults=(),
            overcommit=(),
            frames=None,
        )

    def _check_overcommit(self) -> None:
        able = self.architecture.capabilities.overcommits
        for technique in self.overcommit:
            if technique not in TECHNIQUES:
                raise unknown("overcommit", technique, TECHNIQUES)
            if technique not in able:
                may = f"it can {' and '.join(able)}" if able else "it has no way to"
                raise CapabilityError(f"{self.architecture.name} does not overcommit memory by {technique}: {may}")

    @cached_property
    def squeezed(self) -> Squeezed | None:
        """What a guest lives with where memory is overcommitted; None where it is not.

        Raises:
            CapabilityError: the techniques do not give back enough.
        """
        memory = self.workload.memory
        if memory is None or not self.overcommit:
            return None
        frames = frames_of([self])[0] if self.frames is None else self.frames
        able = self.architecture.capabilities
        reach = reach_of(able.host_software)
        return squeezed(memory, frames or 0.0, self.guests, self.overcommit, able.evicts, reach)

    @cached_property
    def operation(self) -> Operation:
        """What one operation asks for, faults of overcommitted memory included."""
        memory, found = self.workload.memory, self.squeezed
        operation = self.workload.operation
        if memory and Demand.TLB_MISSES in operation.demands and self._larger_pages:
            rarer = operation.demands[Demand.TLB_MISSES] * misses(memory, self.architecture.mmu == "nested")
            operation = replace(operation, demands={**operation.demands, Demand.TLB_MISSES: rarer})
        return with_faults(operation, memory, found) if memory and found else operation

    @property
    def _larger_pages(self) -> bool:
        """Whether the guest or what backs it has pages larger than 4 KiB."""
        memory = self.workload.memory
        return memory is not None and max(memory.page_bytes, memory.backing_bytes) > PAGE_BYTES

    @cached_property
    def book(self) -> CostBook:
        """All costs on the host."""
        isa = self.guest_isa if self.guest_isa is not None else self.workload.guest.isa
        return self.architecture.carrying(isa, self.host).book(self.host, dict(self.overrides))

    @cached_property
    def path(self) -> Path:
        """One operation, in symbols."""
        nic = self.host.nic
        path = compose(self.architecture, self.operation, nic.segment_bytes, nic.payload_bytes)
        return walked(path, self.workload.memory) if self.workload.memory and self._larger_pages else path

    @cached_property
    def model(self) -> Model:
        """What engines run."""
        return assemble(self.host, [self])

    @property
    def stages(self) -> tuple[tuple[Stage, ...], ...]:
        """The stages of each visit of a guest's program, by the visit's index."""
        return visited(self.path, self.book, self.host, _planned(self)[1][0])

    @property
    def groups(self) -> tuple[Scenario, ...]:
        """Itself: all its guests are alike."""
        return (self,)

    @property
    def title(self) -> str:
        """What is run, in words."""
        return f"{self.workload.name} under {self.architecture.name}"

    @property
    def called(self) -> str:
        """What its guests are called: names their random streams."""
        return self.name or self.workload.name

    @property
    def measured(self) -> int:
        """Operations of all its guests that a replication measures, unless a plan says otherwise."""
        return self.guests * (self.workload.operations if self.operations is None else self.operations)


@uncollected()
def assemble(host: Host, groups: Sequence[Scenario]) -> Model:
    """What engines run: groups of guests, each of guests that are alike.

    Raises:
        InputError: a placement without a domain that the path needs, a fault in a domain that is not there, or calls
            that cannot be.
    """
    check_calls(groups)
    domains: dict[str, Domain] = {}
    rings: list[Ring] = []
    classes: list[TaskClass] = []
    workers, locks = Workers(), KernelLocks()
    played = [_placed(group, domains) for group in groups]
    units = units_of(groups)
    places: list[Place] = []
    called = [group.called for group in groups]
    for group, roles in zip(groups, played, strict=True):
        own, tables = ring_table(group.guests, host.disk.queue, _network_slots(group), _whose(group), len(rings))
        rings += own
        there = list(domains.values())
        threads = [
            workers.of(group.architecture, f"{_whose(group)}guest {n}", role, there) for n, role in enumerate(roles)
        ]
        kernel = [locks.of(group, role, there[role[Role.GUEST]].name) for role in roles]
        places.append(Place(group, roles, tables, threads, kernel))
    for number, place in enumerate(places):
        mine = [unit for unit in units if unit.group == number]
        for caller in dict.fromkeys(unit.caller.group if unit.caller else None for unit in mine):
            some = [unit for unit in mine if (unit.caller.group if unit.caller else None) == caller]
            classes += classes_of(place, some, units, None if caller is None else places[caller], called)
    names = list(domains)
    return Model(
        cores=host.cores,
        quantum_ticks=ticks(host.quantum_s),
        domains=tuple(replace(d, entry=d.entry if len(domains) > 1 else ()) for d in domains.values()),
        stations=stations(host),
        classes=tuple(classes),
        rings=tuple(rings),
        faults=tuple(_fault(at_s, name, names) for group in groups for at_s, name in group.faults),
        frequency_hz=host.frequency_hz,
        threads=tuple(workers.numbers),
        locks=tuple(locks.all),
    )


def _planned(group: Scenario) -> tuple[tuple[DomainPlan, ...], tuple[dict[Role, int], ...]]:
    """The domains of a group that has a host to itself, and for each guest who plays which role."""
    one, cores = group.architecture, group.host.cores
    extra = min(one.back_end_vcpus, cores)
    vcpus = group.vcpus or cores
    limited = one.placement == "shared-kernel" and (group.vcpus is not None or bool(group.limits))
    if not PLACEMENTS[one.placement].own_domain:
        vcpus = min(vcpus, cores)  # its tasks are the host's own, and run on cores at once or wait
    return plan(one.placement, cores, group.guests, vcpus, extra, _whose(group), apart=limited)


def _whose(group: Scenario) -> str:
    """What the names of a group's own domains and rings begin with."""
    return f"{group.name} " if group.name else ""


def _placed(group: Scenario, domains: dict[str, Domain]) -> list[dict[Role, int]]:
    """Adds a group's domains to those there are; for each guest the domain that plays each role.

    A domain that is there already, by its name, is shared: it has the processors of the one that wants most.
    """
    plans, roles = _planned(group)
    _check_roles(group, roles[0])
    guests = Counter(role[Role.GUEST] for role in roles)
    switch = ticks_by_layer(group.book, switch_stages(group.architecture))
    machine = PLACEMENTS[group.architecture.placement].own_domain
    entry = _domain_switch(group.book) if machine else switch  # to another container is to another task
    for n, item in enumerate(plans):
        had = domains.get(item.name)
        vcpus = max(item.vcpus, had.vcpus) if had else item.vcpus
        domain = Domain(item.name, vcpus, entry=entry)
        if (
            n in guests
        ):  # a back end is one thread: it switches no address space, and the guest's limits are not its own
            polling = _polling(group) if machine else None
            domain = replace(domain, switch=switch, polling=polling, spinning=spinning(group))
            domain = group.limits.of(domain, guests[n])
        elif group.architecture.back_end_polls:
            domain = replace(domain, polling=Polling(FOREVER, yields=False))
        domains[item.name] = domain
    place = {name: n for n, name in enumerate(domains)}
    return [{role: place[plans[n].name] for role, n in played.items()} for played in roles]


def _polling(group: Scenario) -> Polling | None:
    """How the virtual processors of a guest poll, as costs say it."""
    who = group.architecture.polling
    if who == "none":
        return None
    longest, start, growth, shrinkage = (group.book[f"{who}_poll_{name}"].value for name in WINDOWS)
    if not round(longest):
        return None
    return Polling(
        round(longest),
        min(max(round(start), 1), round(longest)),
        max(round(growth), 1),
        max(round(shrinkage), 0),
        yields=who == "host",
        asleep_only=who == "guest",
    )


def _check_roles(group: Scenario, played: Mapping[Role, int]) -> None:
    stages = [s for item in group.path for s in (item.stages if isinstance(item, Background) else (item,))]
    for role in (stage.role for stage in stages):
        if role is not None and role not in played:
            one = group.architecture
            raise InputError(f"{one.name}.placement", one.placement, f"one with a {role}: io = {one.io!r} needs it")


def _network_slots(group: Scenario) -> int:
    """Messages that fit the transmit ring at once."""
    nic = group.host.nic
    network = (IoKind.SEND, IoKind.RECEIVE)
    packets = [io.packed(nic.payload_bytes).packets for io in group.operation.io if io.kind in network]
    return max(1, int(nic.ring / max(packets, default=1.0)))


def _domain_switch(book: CostBook) -> tuple[tuple[Layer, int], ...]:
    return ticks_by_layer(book, (Stage(StageKind.DELAY, Layer.VMM, (Charge("domain_switch"),)),))


def _fault(at_s: float, name: str, known: list[str]) -> Fault:
    if name not in known:
        raise InputError("fault", name, f"a domain: {', '.join(known)}")
    return Fault(ticks(at_s), known.index(name))


AGAINST = ("equal", "own")  # the bare machine of a comparison
MOST_VCPUS = 1_000_000  # in all guests: each has a state of its own
MOST_TASKS = 200_000
MOST_GUESTS = 10_000
ISAS: tuple[str, ...] = get_args(Host.model_fields["isa"].annotation)
