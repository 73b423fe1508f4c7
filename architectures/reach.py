"""What an attacker reaches who holds one part of an architecture: a walk along its rights.

Who may map a part's memory, to write it, holds that part too, and has its rights; so far the walk goes. What all held
parts may do is then reached: other guests' memory, the devices, their life cycle, the machine. No further weakness is
assumed: what it would take is in `exposed`, the parts whose interface a guest can call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from architectures.protection import DEVICES, Grant, Part, Protection

__all__ = ["DEGREES", "Reach", "exposed", "reach"]

OWN, OTHER, SHARED = 0, 1, -1  # the guest that was broken into, any other, and what belongs to none
GUEST = ("application", "guest kernel")
DEGREES = ("itself", "its own guest", "others' devices or life", "others' memory", "everything")

Node: TypeAlias = tuple[str, int]


@dataclass(frozen=True)
class Reach:
    """What is reached from a part.

    Attributes:
        held: the names of the parts that are held, itself among them; those of other guests too.
        guest: whether its own guest's kernel or memory is held.
        memory: of other guests: `write` (and read), `read`, or empty.
        devices: those that it works: it sees and changes what other guests put there.
        life: whether it may create, save, stop and destroy other guests, or keep processors from them.
        host: whether the machine is held.
    """

    part: str
    held: frozenset[str]
    guest: bool
    memory: str
    devices: frozenset[str]
    life: bool
    host: bool

    @property
    def letters(self) -> str:
        """In short: M memory, m only read, D devices, d some of them, L life cycle, H the machine; g its own guest."""
        memory = {"write": "M", "read": "m", "": ""}[self.memory]
        devices = "D" if self.devices >= set(DEVICES) else "d" if self.devices else ""
        return memory + devices + "L" * self.life + "H" * self.host or "g" * self.guest

    @property
    def degree(self) -> int:
        """How far it goes, by DEGREES; the machine without the guests' memory is not everything."""
        if self.memory:
            return 4 if self.host and self.life and self.devices >= set(DEVICES) else 3
        return 2 if self.devices or self.life or self.host else 1 if self.guest else 0

    @property
    def words(self) -> str:
        """In words."""
        memory = {"write": "memory", "read": "memory (reading)", "": ""}[self.memory]
        devices = "devices" if self.devices >= set(DEVICES) else ", ".join(sorted(self.devices))
        found = [memory, devices, "life cycle" * self.life, "the machine" * self.host]
        return ", ".join(filter(None, found)) or ("its own guest" if self.guest else "itself")

    def within(self, other: Reach) -> bool:
        """Whether nothing is reached that the other does not reach."""
        order = ("", "read", "write")
        return (
            order.index(self.memory) <= order.index(other.memory)
            and self.devices <= other.devices
            and self.life <= other.life
            and self.host <= other.host
            and (self.guest <= other.guest or bool(other.memory))
        )


def reach(protection: Protection, part: str, *, iommu: bool = True) -> Reach:
    """What is reached from a part, without a further weakness.

    Args:
        iommu: whether the host's devices reach only the memory that they are given.
    """
    held = _held(protection, _node(protection.parts[part], OWN), iommu)
    may = {
        (grant.may, target)
        for node in held
        for grant in protection.grants
        if grant.may not in ("map", "call") and _there(grant, iommu) and grant.who == node[0]
        for target in _targets(protection, grant, node)
    }
    theirs = {name for name, guest in held if guest == OTHER and _is_guest(protection, name)}
    shown = {node for verb, node in may if verb == "read" and node[1] == OTHER and _is_guest(protection, node[0])}
    return Reach(
        part,
        frozenset(name for name, _ in held),
        any(guest == OWN and "guest kernel" in protection.parts[name].does for name, guest in held)
        or any(verb == "read" and node[1] == OWN for verb, node in may),
        "write" if theirs else "read" if shown else "",
        frozenset(node[0] for verb, node in may if verb == "work"),
        any(verb in ("save", "schedule") and node[1] == OTHER for verb, node in may),
        any(protection.parts[name].host for name, _ in held),
    )


def exposed(protection: Protection, *, iommu: bool = True) -> tuple[str, ...]:
    """The parts that a guest can call and from which other guests' memory is reached: one weakness there is enough."""
    inside = {part.name for job in GUEST for part in protection.doing(job) if part.each}
    called = sorted({grant.whom for grant in protection.grants if grant.may == "call" and grant.who in inside})
    return tuple(name for name in called if reach(protection, name, iommu=iommu).memory)


def _held(protection: Protection, start: Node, iommu: bool) -> set[Node]:
    held = {start}
    waiting = [start]
    maps = [grant for grant in protection.grants if grant.may == "map" and _there(grant, iommu)]
    while waiting:
        node = waiting.pop()
        for grant in maps:
            if grant.who == node[0]:
                fresh = [target for target in _targets(protection, grant, node) if target not in held]
                held.update(fresh)
                waiting += fresh
    return held


def _there(grant: Grant, iommu: bool) -> bool:
    return not (grant.without == "iommu" and iommu)


def _node(part: Part, guest: int) -> Node:
    return part.name, guest if part.each else SHARED


def _targets(protection: Protection, grant: Grant, node: Node) -> list[Node]:
    """Whom a right is over: of the same guest, or of every guest."""
    if grant.whom in DEVICES:
        return [(grant.whom, SHARED)]
    part = protection.parts[grant.whom]
    every = grant.any_guest or node[1] == SHARED
    return sorted({_node(part, guest) for guest in ((OWN, OTHER) if every else (node[1],))})


def _is_guest(protection: Protection, name: str) -> bool:
    return any(job in GUEST for job in protection.parts[name].does)
