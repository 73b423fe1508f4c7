"""Guests as each other's clients: who calls whom on one host, one kind after the other.

An operation of a kind that is called begins when another kind's operation calls it, and the caller waits for its end.
What it receives and sends are messages between the two. The guests of a kind are dealt out to those that call it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from simcore.demands import IoKind
from simcore.errors import InputError, unknown
from workloads import Workload

__all__ = ["Calls", "Unit", "check_calls", "connected", "is_called", "units_of"]

MOST_CALLS = 100


@dataclass(frozen=True)
class Calls:
    """Operations of another kind that one operation calls, one after the other.

    Attributes:
        guest: what the kind is called.
        count: how many.

    Raises:
        InputError: the count is out of range.
    """

    guest: str
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_CALLS:
            raise InputError("calls.count", self.count, f"1 to {MOST_CALLS}")


class Kind(Protocol):
    """Guests that are alike."""

    @property
    def called(self) -> str:
        """What they are called."""

    @property
    def calls(self) -> tuple[Calls, ...]:
        """Whom they call."""

    @property
    def guests(self) -> int:
        """How many there are."""

    @property
    def workload(self) -> Workload:
        """What they do."""


@dataclass(frozen=True)
class Unit:
    """The tasks of a guest, or those of its operations that one guest calls.

    Attributes:
        group, guest: whose, by the places of the kind and of the guest in it.
        name, number: of the random streams.
        caller: who calls them; None where they begin by themselves.
    """

    group: int
    guest: int
    name: str
    number: int
    caller: Unit | None = None


def units_of(groups: Sequence[Kind]) -> list[Unit]:
    """Of all kinds, in order."""
    names = [group.called for group in groups]
    found: dict[int, list[Unit]] = {}

    def of(group: int) -> list[Unit]:
        if group not in found:
            name, guests = names[group], groups[group].guests
            callers = [unit for n, one in enumerate(groups) if _calls(one, name) for unit in of(n)]
            found[group] = [
                Unit(group, n % guests, f"{name} for {unit.name}", unit.number, unit) for n, unit in enumerate(callers)
            ] or [Unit(group, n, name, n) for n in range(guests)]
        return found[group]

    return [unit for group in range(len(groups)) for unit in of(group)]


def _calls(one: Kind, name: str) -> bool:
    return any(call.guest == name for call in one.calls)


def is_called(groups: Sequence[Kind], group: int) -> bool:
    """Whether a kind's operations begin when others call them."""
    return any(_calls(one, groups[group].called) for one in groups)


def connected(groups: Sequence[Kind], group: int) -> list[int]:
    """The kinds that a kind calls or is called by, and those that these are, with itself, in order."""
    names, found, new = [one.called for one in groups], {group}, {group}
    while new:
        called = {names.index(call.guest) for n in new for call in groups[n].calls}
        callers = {n for n, one in enumerate(groups) for k in new if _calls(one, names[k])}
        new = (called | callers) - found
        found |= new
    return sorted(found)


def check_calls(groups: Sequence[Kind]) -> None:
    """Refuses what cannot be called.

    Raises:
        InputError: an unknown kind, one that is named twice or that receives and sends nothing, more guests than call
            them, or a cycle of clients.
    """
    names = [group.called for group in groups]
    for group in groups:
        to = [call.guest for call in group.calls]
        for name in to:
            if name not in names:
                raise unknown("guest.calls.guest", name, names)
            if to.count(name) > 1:
                raise InputError("guest.calls.guest", name, "each kind of guests once, with a count")
            kinds = {io.kind for io in groups[names.index(name)].workload.operation.io}
            if not {IoKind.RECEIVE, IoKind.SEND} <= kinds:
                raise InputError("guest.calls.guest", name, "guests whose workload receives and sends")
    for n in range(len(groups)):
        _no_cycle(groups, names, (n,))
    counts = [0] * len(groups)
    for unit in units_of(groups):
        counts[unit.group] += 1
    for group, count in zip(groups, counts, strict=True):
        if count < group.guests:
            raise InputError("guest.count", group.guests, f"at most {count}, as many as call {group.called}")


def _no_cycle(groups: Sequence[Kind], names: Sequence[str], way: tuple[int, ...]) -> None:
    for call in groups[way[-1]].calls:
        to = names.index(call.guest)
        if to in way:
            circle = " calls ".join(names[n] for n in (*way[way.index(to) :], to))
            raise InputError("guest.calls.guest", call.guest, f"no cycle of clients ({circle})")
        _no_cycle(groups, names, (*way, to))
