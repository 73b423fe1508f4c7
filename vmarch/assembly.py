"""Guests of one or several kinds on one host become one model.

Each kind brings its domains, rings and tasks. What the host has once is there once: the devices, the kernel that
containers share, the domain that holds the drivers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from architectures import plan, switch_stages
from architectures.placement import DomainPlan
from simcore.costs import CostBook
from simcore.demands import IoKind
from simcore.errors import InputError
from simcore.hosts import Host
from simcore.lowering import lower, relocated, ring_table, stations, ticks_by_layer
from simcore.model import Domain, Fault, Model, Program, Ring, TaskClass
from simcore.path import Background, Charge, Layer, Role, Stage, StageKind
from simcore.units import TICKS_PER_S, ticks

if TYPE_CHECKING:
    from vmarch.scenario import Scenario

__all__ = ["assemble", "planned"]


def assemble(host: Host, groups: Sequence[Scenario]) -> Model:
    """What engines run: groups of guests, each of guests that are alike.

    Raises:
        InputError: a placement without a domain that the path needs, or a fault in a domain that is not there.
    """
    domains: dict[str, Domain] = {}
    rings: list[Ring] = []
    classes: list[TaskClass] = []
    for number, group in enumerate(groups):
        roles = _placed(group, domains)
        own, tables = ring_table(group.guests, host.disk.queue, _network_slots(group), _whose(group), len(rings))
        rings += own
        classes += _classes(group, number, roles, tables)
    names = list(domains)
    return Model(
        cores=host.cores,
        quantum_ticks=ticks(host.quantum_s),
        domains=tuple(domains.values()),
        stations=stations(host),
        classes=tuple(classes),
        rings=tuple(rings),
        domain_switch_ticks=max(_domain_switch(group.book, len(domains)) for group in groups),
        faults=tuple(_fault(at_s, name, names) for group in groups for at_s, name in group.faults),
        frequency_hz=host.frequency_hz,
    )


def planned(group: Scenario) -> tuple[tuple[DomainPlan, ...], tuple[dict[Role, int], ...]]:
    """The domains of a group that has a host to itself, and for each guest who plays which role."""
    one, cores = group.architecture, group.host.cores
    extra = min(one.back_end_vcpus, cores)
    return plan(one.placement, cores, group.guests, group.vcpus or cores, extra, _whose(group))


def _whose(group: Scenario) -> str:
    """What the names of a group's own domains and rings begin with."""
    return f"{group.name} " if group.name else ""


def _placed(group: Scenario, domains: dict[str, Domain]) -> list[dict[Role, int]]:
    """Adds a group's domains to those there are; for each guest the domain that plays each role.

    A domain that is there already, by its name, is shared: it has the processors of the one that wants most.
    """
    plans, roles = planned(group)
    _check_roles(group, roles[0])
    homes = {role[Role.GUEST] for role in roles}  # a back end is one thread: it switches no address space
    switch = ticks_by_layer(group.book, switch_stages(group.architecture))
    for n, item in enumerate(plans):
        had = domains.get(item.name)
        vcpus = max(item.vcpus, had.vcpus) if had else item.vcpus
        domains[item.name] = Domain(item.name, vcpus, switch=switch if n in homes else ())
    place = {name: n for n, name in enumerate(domains)}
    return [{role: place[plans[n].name] for role, n in played.items()} for played in roles]


def _classes(
    group: Scenario, number: int, roles: Sequence[Mapping[Role, int]], tables: Sequence[Mapping[str, int]]
) -> list[TaskClass]:
    """The tasks of each guest."""
    tasks, host = group.workload.tasks, group.host
    is_open = tasks.arrivals == "open"
    first = lower(group.path, group.book, host, roles[0], tables[0])

    def program(guest: int) -> Program:
        domains = {roles[0][role]: domain for role, domain in roles[guest].items()}
        return relocated(first, domains, {tables[0][name]: ring for name, ring in tables[guest].items()})

    return [
        TaskClass(
            workload=group.called,
            guest=guest,
            domain=roles[guest][Role.GUEST],
            count=1 if is_open else tasks.count,
            operation=group.workload.operation,
            program=program(guest),
            think_ticks=ticks(tasks.think_s),
            think=tasks.think_distribution,
            interarrival_ticks=round(TICKS_PER_S / tasks.rate_per_s) if is_open else 0,
            interarrival=tasks.rate_distribution,
            access=host.disk.access,
            group=number,
            start_ticks=ticks(group.start_s),
        )
        for guest in range(group.guests)
    ]


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
    packets = [io.packed(nic.payload_bytes).packets for io in group.workload.operation.io if io.kind in network]
    return max(1, int(nic.ring / max(packets, default=1.0)))


def _domain_switch(book: CostBook, domains: int) -> int:
    if domains == 1:
        return 0
    stage = Stage(StageKind.DELAY, Layer.VMM, (Charge("domain_switch"),))
    return ticks_by_layer(book, (stage,))[0][1] if book["domain_switch"].value else 0


def _fault(at_s: float, name: str, known: list[str]) -> Fault:
    if name not in known:
        raise InputError("fault", name, f"a domain: {', '.join(known)}")
    return Fault(ticks(at_s), known.index(name))
