"""A scenario: a workload, an architecture and a host become a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import get_args

from architectures import Architecture, compose, plan, switch_stages
from architectures.placement import DomainPlan
from simcore.costs import CostBook
from simcore.demands import IoKind
from simcore.errors import InputError, unknown
from simcore.hosts import Host
from simcore.lowering import lower, relocated, ring_table, stations, ticks_by_layer, visited
from simcore.model import Domain, Fault, Model, Program, TaskClass
from simcore.path import Background, Charge, Layer, Path, Role, Stage, StageKind
from simcore.units import TICKS_PER_S, ticks
from workloads import Workload

__all__ = ["Scenario"]


@dataclass(frozen=True)
class Scenario:
    """What is run.

    Attributes:
        guests: identical guests on the host, each with the workload's tasks.
        vcpus: virtual processors of each guest; None for as many as the host has cores.
        overrides: costs by name, in place of the tables'.
        guest_os, guest_isa, modifiable: of the guest, in place of what the workload needs; None to leave it.
        faults: (time in seconds, name of the domain that stops).

    Raises:
        CapabilityError: the architecture cannot carry this guest on this host.
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

    def __post_init__(self) -> None:
        if not 1 <= self.guests <= MOST_GUESTS:
            raise InputError("--guests", self.guests, f"1 to {MOST_GUESTS}")
        if self.vcpus is not None and not 1 <= self.vcpus <= 4096:
            raise InputError("--vcpus", self.vcpus, "1 to 4096")
        vcpus = self.guests * (self.vcpus or self.host.cores)
        if vcpus > MOST_VCPUS:
            raise InputError("--guests", self.guests, f"at most {MOST_VCPUS} virtual processors in all, not {vcpus}")
        tasks = self.guests * self.workload.tasks.count
        if tasks > MOST_TASKS and self.workload.tasks.arrivals == "closed":
            raise InputError("--guests", self.guests, f"at most {MOST_TASKS} tasks in all, not {tasks}")
        if self.guest_isa and self.guest_isa not in ISAS:
            raise unknown("--guest-isa", self.guest_isa, ISAS)
        guest = self.workload.guest
        self.architecture.check(
            self.host,
            guest_os=self.guest_os if self.guest_os is not None else guest.os,
            guest_isa=self.guest_isa if self.guest_isa is not None else guest.isa,
            modifiable=self.modifiable if self.modifiable is not None else guest.modifiable,
        )

    def bare(self, native: Architecture) -> Scenario:
        """The same on the bare machine: the guest's tasks, overrides that concern it, and no fault."""
        known = native.book(self.host)
        overrides = {name: value for name, value in self.overrides.items() if name in known}
        return Scenario(
            self.workload, native, self.host, self.guests, self.vcpus, overrides, guest_os=self.host.os, guest_isa=""
        )

    @cached_property
    def book(self) -> CostBook:
        """All costs on the host."""
        return self.architecture.book(self.host, dict(self.overrides))

    @cached_property
    def path(self) -> Path:
        """One operation, in symbols."""
        nic = self.host.nic
        return compose(self.architecture, self.workload.operation, nic.segment_bytes, nic.payload_bytes)

    @cached_property
    def model(self) -> Model:
        """What engines run."""
        host, tasks = self.host, self.workload.tasks
        plans, roles = self._plans
        self._check_roles(roles[0])
        rings, tables = ring_table(self.guests, host.disk.queue, self._network_slots)
        switch = ticks_by_layer(self.book, switch_stages(self.architecture))
        homes = {role[Role.GUEST] for role in roles}  # a back end is one thread: it switches no address space
        is_open = tasks.arrivals == "open"
        first = lower(self.path, self.book, host, roles[0], tables[0])

        def program(guest: int) -> Program:
            domains = {roles[0][role]: domain for role, domain in roles[guest].items()}
            return relocated(first, domains, {tables[0][name]: ring for name, ring in tables[guest].items()})

        classes = tuple(
            TaskClass(
                workload=self.workload.name,
                guest=guest,
                domain=roles[guest][Role.GUEST],
                count=1 if is_open else tasks.count,
                operation=self.workload.operation,
                program=program(guest),
                think_ticks=ticks(tasks.think_s),
                think=tasks.think_distribution,
                interarrival_ticks=round(TICKS_PER_S / tasks.rate_per_s) if is_open else 0,
                interarrival=tasks.rate_distribution,
                access=host.disk.access,
            )
            for guest in range(self.guests)
        )
        return Model(
            cores=host.cores,
            quantum_ticks=ticks(host.quantum_s),
            domains=tuple(
                Domain(item.name, item.vcpus, switch=switch if n in homes else ()) for n, item in enumerate(plans)
            ),
            stations=stations(host),
            classes=classes,
            rings=rings,
            domain_switch_ticks=self._domain_switch(len(plans)),
            faults=tuple(self._fault(at_s, name, [item.name for item in plans]) for at_s, name in self.faults),
            frequency_hz=host.frequency_hz,
        )

    @property
    def stages(self) -> tuple[tuple[Stage, ...], ...]:
        """The stages of each visit of a guest's program, by the visit's index."""
        return visited(self.path, self.book, self.host, self._plans[1][0])

    @cached_property
    def _plans(self) -> tuple[tuple[DomainPlan, ...], tuple[dict[Role, int], ...]]:
        """The domains, and for each guest who plays which role."""
        cores = self.host.cores
        back_end_vcpus = min(self.architecture.back_end_vcpus, cores)
        return plan(self.architecture.placement, cores, self.guests, self.vcpus or cores, back_end_vcpus)

    def _check_roles(self, played: Mapping[Role, int]) -> None:
        stages = [s for item in self.path for s in (item.stages if isinstance(item, Background) else (item,))]
        for role in (stage.role for stage in stages):
            if role is not None and role not in played:
                one = self.architecture
                raise InputError(f"{one.name}.placement", one.placement, f"one with a {role}: io = {one.io!r} needs it")

    @property
    def _network_slots(self) -> int:
        """Messages that fit the transmit ring at once."""
        each = self.host.nic.payload_bytes
        network = (IoKind.SEND, IoKind.RECEIVE)
        packets = [io.packed(each).packets for io in self.workload.operation.io if io.kind in network]
        return max(1, int(self.host.nic.ring / max(packets, default=1.0)))

    def _domain_switch(self, domains: int) -> int:
        if domains == 1:
            return 0
        stage = Stage(StageKind.DELAY, Layer.VMM, (Charge("domain_switch"),))
        return ticks_by_layer(self.book, (stage,))[0][1] if self.book["domain_switch"].value else 0

    def _fault(self, at_s: float, name: str, known: list[str]) -> Fault:
        if name not in known:
            raise InputError("fault", name, f"a domain: {', '.join(known)}")
        return Fault(ticks(at_s), known.index(name))


MOST_VCPUS = 1_000_000  # in all guests: each has a state of its own
MOST_TASKS = 200_000
MOST_GUESTS = 10_000
ISAS: tuple[str, ...] = get_args(Host.model_fields["isa"].annotation)
