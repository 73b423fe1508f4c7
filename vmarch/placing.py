"""Whether guests fit in a host's memory: what they ask for, what their architectures take beside them, what there is.

Only guests that state a memory are counted. They are placed by what they ask for, as a hypervisor or an orchestrator
admits them, whatever they touch of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from architectures import Architecture
from simcore.errors import CapabilityError, InputError
from simcore.hosts import Host
from simcore.summing import added
from simcore.units import format_bytes
from vmarch.overcommit import allotted, saved
from workloads import Workload

__all__ = ["Taken", "beside_bytes", "check_room", "frames_of", "memory_note", "most_guests", "taken", "taken_with"]


class Group(Protocol):
    """Guests that are alike, as a scenario describes them."""

    @property
    def guests(self) -> int: ...
    @property
    def workload(self) -> Workload: ...
    @property
    def architecture(self) -> Architecture: ...
    @property
    def host(self) -> Host: ...
    @property
    def vcpus(self) -> int | None: ...
    @property
    def overcommit(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Taken:
    """What groups of guests take of a host's memory, in bytes.

    Attributes:
        asked: what the guests ask for.
        beside: what their architectures take for each of them.
        before: what is taken before the first guest, once: a management domain, a console.
        there: what the host has.
    """

    asked: float
    beside: float
    before: float
    there: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.asked + self.beside + self.before

    @property
    def share(self) -> float:
        """Of what the host has."""
        return self.total / self.there


def beside_bytes(group: Group) -> float:
    """What the architecture takes for one guest of a group; nothing where the guest states no memory."""
    memory = group.workload.memory
    if memory is None:
        return 0.0
    return group.architecture.takes(group.host).beside(memory.size_bytes, group.vcpus or group.host.cores)


def taken(groups: Sequence[Group]) -> Taken:
    """What groups on one host take of its memory."""
    counted = [(group, memory) for group in groups if (memory := group.workload.memory) is not None]
    return Taken(
        asked=added((group.guests * memory.size_bytes for group, memory in counted), 0.0),
        beside=added((group.guests * beside_bytes(group) for group, _ in counted), 0.0),
        before=max((group.architecture.takes(group.host).host_bytes for group, _ in counted), default=0.0),
        there=groups[0].host.memory_bytes,
    )


def taken_with(groups: Sequence[Group], which: int, guests: int) -> Taken:
    """The same with another number of guests in one group, whether they fit or not."""
    group = groups[which]
    memory = group.workload.memory
    more = guests - group.guests
    found = taken(groups)
    asked = found.asked + more * (memory.size_bytes if memory else 0.0)
    return replace(found, asked=asked, beside=found.beside + more * beside_bytes(group))


def memory_note(groups: Sequence[Group]) -> str:
    """What groups ask for of their host's memory, in words; empty where none says."""
    found = taken(groups)
    if not found.asked:
        return ""
    beside = f", {format_bytes(found.beside + found.before)} taken beside them" if found.beside + found.before else ""
    how = next((f"; overcommitted by {' and '.join(g.overcommit)}" for g in groups if g.overcommit), "")
    over = how if found.total > found.there else ""
    return f"Memory: {format_bytes(found.asked)} asked for{beside}, of {format_bytes(found.there)}{over}."


def frames_of(groups: Sequence[Group]) -> list[float | None]:
    """Bytes of the host's memory that a guest of each group has where it is overcommitted; None where none is stated.

    Raises:
        CapabilityError: what is taken beside the guests leaves nothing for them.
    """
    counted = [(n, group, memory) for n, group in enumerate(groups) if (memory := group.workload.memory) is not None]
    found = taken(groups)
    room = found.there - found.before - found.beside
    if counted and room <= 0.0:
        raise _no_room(groups, found)
    needs = [
        (group.guests, memory.size_bytes, memory.resident_bytes - saved(memory, group.guests, group.overcommit))
        for _, group, memory in counted
    ]
    frames: list[float | None] = [None] * len(groups)
    for (n, _, _), each in zip(counted, allotted(needs, room), strict=True):
        frames[n] = each
    return frames


def check_room(groups: Sequence[Group]) -> None:
    """Refuses guests that do not fit, unless they may overcommit.

    Raises:
        CapabilityError: with what is asked for, and what there is.
    """
    found = taken(groups)
    if found.asked and found.total > found.there and not any(group.overcommit for group in groups):
        raise _no_room(groups, found)


def _no_room(groups: Sequence[Group], found: Taken) -> CapabilityError:
    counted = " and ".join(f"{g.guests} x {_size(g)}" for g in groups if g.workload.memory)
    more = f", beside {format_bytes(found.beside)} for their virtual machines" if found.beside else ""
    before = f" less {format_bytes(found.before)} that are taken before the first guest" if found.before else ""
    allowed = f"at most the {format_bytes(found.there)} of {groups[0].host.name}{before}"
    return CapabilityError(str(InputError("guest.memory", f"{counted}{more}", allowed)))


def _size(group: Group) -> str:
    return format_bytes(group.workload.memory.size_bytes) if group.workload.memory else "nothing"


def most_guests(groups: Sequence[Group], which: int) -> int | None:
    """How many guests of one group the memory has room for, the others as they are; None where none says."""
    group = groups[which]
    memory = group.workload.memory
    if memory is None or group.overcommit:
        return None
    others = taken_with(groups, which, 0)
    return max(int((others.there - others.total) // (memory.size_bytes + beside_bytes(group))), 0)
