"""Guests of a group become classes of tasks: each guest's own, or of its operations that guests of a caller call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from architectures.compose import conversation
from architectures.local import ROLES as CLIENT_ROLES
from architectures.local import Client, is_loopback
from simcore.lowering import lower, relocated
from simcore.model import Locks, Program, TaskClass, Threads
from simcore.path import Role
from simcore.units import TICKS_PER_S, ticks
from vmarch.calling import Unit

__all__ = ["Place", "classes_of"]


@dataclass(frozen=True)
class Place:
    """Where the guests of a group are.

    For each the domains by role, the rings by name, the threads with their lock, and its kernel's locks.
    """

    group: Any  # a scenario
    roles: Sequence[Mapping[Role, int]]
    tables: Sequence[Mapping[str, int]]
    threads: Sequence[tuple[tuple[Threads, ...], int]]
    locks: Sequence[tuple[Locks, ...]]


def classes_of(
    place: Place, units: Sequence[Unit], every: Sequence[Unit], caller: Place | None, names: Sequence[str]
) -> list[TaskClass]:
    """The tasks of each guest, or of its operations that each guest of a caller calls.

    Args:
        every: those of all groups, in the order of the classes.
        names: of all groups.
    """
    group, host = place.group, place.group.host
    tasks, is_called = group.workload.tasks, caller is not None
    is_open = tasks.arrivals == "open" and not is_called
    client = None
    if caller is not None:
        one, other = group.architecture, caller.group.architecture
        client = Client(other, is_loopback(one, other))
    order = {call.guest: n for n, call in enumerate(group.calls)}
    calls = [order[call.guest] for call in group.calls for _ in range(call.count)]
    nic = host.nic
    path = group.path
    if client is not None or calls:
        path = conversation(group.architecture, group.operation, nic.segment_bytes, nic.payload_bytes, client, calls)

    def roles(unit: Unit) -> dict[Role, int]:
        found = dict(place.roles[unit.guest])
        if caller is not None and unit.caller is not None:
            found |= {CLIENT_ROLES[role]: domain for role, domain in caller.roles[unit.caller.guest].items()}
        return found

    def threads(unit: Unit) -> tuple[Threads, ...]:
        found = place.threads[unit.guest][0]
        theirs = caller.threads[unit.caller.guest][0] if caller is not None and unit.caller is not None else ()
        return (*(found or (Threads(0),) * 4), theirs[0], theirs[2]) if theirs else found

    def lowered(unit: Unit) -> Program:
        their_book = caller.group.book if caller is not None else None
        return lower(path, group.book, host, roles(unit), place.tables[unit.guest], their_book)

    first = lowered(units[0])

    def program(unit: Unit) -> Program:
        pairs = {(roles(units[0])[role], domain) for role, domain in roles(unit).items()}
        if len(dict(pairs)) < len(pairs):
            return lowered(unit)  # two roles that one domain plays here are played by two there
        own, theirs = place.tables[units[0].guest], place.tables[unit.guest]
        return relocated(first, dict(pairs), {own[name]: ring for name, ring in theirs.items()})

    def called(unit: Unit) -> tuple[int, ...]:
        mine = {other.group: n for n, other in enumerate(every) if other.caller is unit}
        return tuple(mine[names.index(call.guest)] for call in group.calls)

    return [
        TaskClass(
            workload=unit.name,
            guest=unit.number,
            domain=place.roles[unit.guest][Role.GUEST],
            count=1 if is_open or is_called else tasks.count,
            operation=group.operation,
            program=program(unit),
            think_ticks=0 if is_called else ticks(tasks.think_s),
            think=tasks.think_distribution,
            interarrival_ticks=round(TICKS_PER_S / tasks.rate_per_s) if is_open else 0,
            interarrival=tasks.rate_distribution,
            access=host.disk.access,
            group=unit.group,
            start_ticks=ticks(group.start_s),
            threads=threads(unit),
            shared=place.threads[unit.guest][1],
            calls=called(unit) if group.calls else (),
            called=is_called,
            locks=place.locks[unit.guest],
        )
        for unit in units
    ]
