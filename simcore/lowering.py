"""From a path in symbols to a program in ticks, on one host with one binding of roles to domains.

Neighbouring processor stages in one domain become one visit, each layer keeping its own row. A rotating disk has one
arm, so its transfer is part of the access; a flash disk transfers over a bus of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from simcore.costs import CostBook
from simcore.hosts import Host
from simcore.model import Call, Kind, Lock, Program, Ring, Row, Serial, Station, Step, Tail, Visit
from simcore.path import THREADS, Background, Calling, Charge, Layer, Role, Stage, StageKind
from simcore.summing import added

__all__ = ["STATIONS", "lower", "relocated", "ring_table", "stations", "ticks_by_layer", "unit_ticks", "visited"]

STATIONS = (StageKind.DISK, StageKind.DISK_BUS, StageKind.NIC_TX, StageKind.NIC_RX)
LOCKS = {None: Lock.NONE, "address space": Lock.ADDRESS_SPACE, "vm": Lock.VM}


def stations(host: Host) -> tuple[Station, ...]:
    """The devices of a host, in the order of STATIONS."""
    channels = host.disk.channels if host.disk.kind == "flash" else 1
    return (Station("disk", channels), Station("disk bus", 1), Station("NIC transmit", 1), Station("NIC receive", 1))


def unit_ticks(book: CostBook, charge: Charge) -> float:
    """Ticks of a charge for one unit of its variable."""
    amount = charge.count * book[charge.cost].value
    for factor in charge.factors:
        amount *= book[factor].value
    return amount


def ticks_by_layer(book: CostBook, stages: tuple[Stage, ...]) -> tuple[tuple[Layer, int], ...]:
    """Whole ticks of some processor stages, by layer; layers that cost nothing are left out."""
    sums: dict[Layer, float] = {}
    for stage in stages:
        sums[stage.layer] = sums.get(stage.layer, 0.0) + added(unit_ticks(book, charge) for charge in stage.charges)
    return tuple((layer, round(amount)) for layer, amount in sums.items() if round(amount))


@dataclass
class _Open:
    """A visit being gathered: its stages so far."""

    kind: Kind
    where: int
    lock: Lock
    serial: bool
    thread: int
    client: bool
    spin: int
    stages: list[Stage]


Items = Iterable[Stage | Background | Calling]
CLIENTS = frozenset({Role.CLIENT, Role.CLIENT_BACK_END, Role.CLIENT_HOST})


def lower(
    path: Items,
    book: CostBook,
    host: Host,
    roles: Mapping[Role, int],
    rings: Mapping[str, int],
    client: CostBook | None = None,
) -> Program:
    """The program of a path.

    Args:
        client: costs of the guest that calls the operation.
        roles: the domain that plays each role.
        rings: the index of the ring that each background item names.

    Raises:
        InputError: a charge names a cost that the book does not have.
    """
    rows: list[Row] = []
    count = 0

    def visits(stages: tuple[Stage, ...], *, behind: bool = False) -> Iterator[Visit]:
        nonlocal count
        found = _made(stages, book, host, roles, client)
        for n, (one, made) in enumerate(found):
            rows.extend(made)
            ends = n + 1 == len(found) or not found[n + 1][0].serial
            serial = (Serial.ENDS if ends else Serial.HOLDS) if one.serial else Serial.NO
            yield Visit(
                count,
                one.kind,
                one.where,
                len(rows) - len(made),
                len(rows),
                one.lock,
                serial,
                one.thread,
                one.client and not behind,
                one.spin,
            )
            count += 1

    steps: list[Step] = []
    for ring, stages in _runs(path):
        if ring is None:
            steps += visits(stages)
        elif isinstance(ring, Calling):
            steps.append(Call(ring.to))
        else:
            steps.append(Tail(rings[ring], tuple(visits(stages, behind=True))))
    return Program(tuple(steps), tuple(rows))


def visited(path: Items, book: CostBook, host: Host, roles: Mapping[Role, int]) -> tuple[tuple[Stage, ...], ...]:
    """The stages of each visit of a path's program, by the visit's index; arguments as for `lower`."""
    return tuple(tuple(one.stages) for _, stages in _runs(path) for one, _ in _made(stages, book, host, roles))


def _runs(path: Items) -> Iterator[tuple[str | Calling | None, tuple[Stage, ...]]]:
    """Stages that follow on each other, each run with the ring of its background item, if it is one; and calls."""
    run: list[Stage] = []
    for item in path:
        if isinstance(item, Stage):
            run.append(item)
            continue
        yield None, tuple(run)
        run = []
        yield (item, ()) if isinstance(item, Calling) else (item.ring, item.stages)
    yield None, tuple(run)


def _made(
    stages: tuple[Stage, ...], book: CostBook, host: Host, roles: Mapping[Role, int], client: CostBook | None = None
) -> list[tuple[_Open, tuple[Row, ...]]]:
    """The visits of some stages, each with its rows; those that cost nothing are left out."""
    return [(one, made) for one in _gathered(stages, host, roles) if (made := tuple(_rows(one.stages, book, client)))]


def relocated(
    program: Program,
    domains: Mapping[int, int],
    rings: Mapping[int, int],
    stations: Mapping[int, int] | None = None,
) -> Program:
    """The same program in other places: that of another guest or on another host, without lowering its path anew.

    Args:
        domains, rings: for each of the program's, its own.
        stations: the same; None for the program's own.
    """
    devices = stations or {}

    def visit(one: Visit) -> Visit:
        if one.kind is Kind.DELAY:
            return one
        where = domains[one.where] if one.kind is Kind.CPU else devices.get(one.where, one.where)
        # `replace` would take four times as long, and there are as many as guests have visits
        held = (one.lock, one.serial, one.thread, one.client, one.spin)
        return Visit(one.index, one.kind, where, one.first, one.last, *held)

    if all(old == new for changes in (domains, rings, devices) for old, new in changes.items()):
        return program
    steps = (
        Tail(rings[step.ring], tuple(visit(one) for one in step.visits))
        if isinstance(step, Tail)
        else visit(step)
        if isinstance(step, Visit)
        else step
        for step in program.steps
    )
    return Program(tuple(steps), program.rows)


def _gathered(stages: tuple[Stage, ...], host: Host, roles: Mapping[Role, int]) -> list[_Open]:
    result: list[_Open] = []
    for stage in stages:
        kind, where = _place(stage, host, roles)
        lock = Lock.SHARED if stage.shared else LOCKS[stage.lock]
        thread = THREADS.index(stage.thread) if stage.thread else -1
        last = result[-1] if result else None
        held = (kind, where, lock, stage.serial, thread, stage.role is Role.CLIENT, stage.spin)
        alike = last and (last.kind, last.where, last.lock, last.serial, last.thread, last.client, last.spin) == held
        if last and alike and stage.spin < 0:  # each hold is a visit of its own
            last.stages.append(stage)
        else:
            result.append(_Open(*held, [stage]))
    return result


def _place(stage: Stage, host: Host, roles: Mapping[Role, int]) -> tuple[Kind, int]:
    if stage.role is not None:
        return Kind.CPU, roles[stage.role]
    if stage.kind is StageKind.DELAY:
        return Kind.DELAY, 0
    kind = StageKind.DISK if stage.kind is StageKind.DISK_BUS and host.disk.kind == "rotating" else stage.kind
    return Kind.STATION, STATIONS.index(kind)


def _rows(stages: list[Stage], book: CostBook, client: CostBook | None = None) -> Iterator[Row]:
    """One row for each layer and idleness, in order of appearance; rows that cost nothing are left out."""
    sums: dict[tuple[Layer, bool, bool], dict[str, float]] = {}
    for stage in stages:
        row = sums.setdefault((stage.layer, stage.when_idle, stage.asleep), {})
        costs = client if client is not None and stage.role in CLIENTS else book
        for charge in stage.charges:
            row[charge.variable] = row.get(charge.variable, 0.0) + unit_ticks(costs, charge)
    for (layer, idle, asleep), ticks in sums.items():
        present = tuple((variable, amount) for variable, amount in ticks.items() if amount)
        if present:
            yield Row(layer, present, idle, asleep)


def ring_table(
    guests: int, disk_slots: int, network_slots: int, whose: str = "", before: int = 0
) -> tuple[tuple[Ring, ...], tuple[dict[str, int], ...]]:
    """A ring for the disk and one for the network in each guest, and where each guest finds its own.

    Args:
        whose: what their names begin with.
        before: rings that come before these.
    """
    rings: list[Ring] = []
    tables: list[dict[str, int]] = []
    for guest in range(guests):
        tables.append({"disk": before + len(rings), "network": before + len(rings) + 1})
        name = f"{whose}guest {guest}"
        rings += [Ring(f"{name} disk ring", disk_slots), Ring(f"{name} network ring", network_slots)]
    return tuple(rings), tuple(tables)
