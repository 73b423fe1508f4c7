"""Threads with queues of their own: which stages they carry out, and which of them a guest's requests go to.

What a back end does with a request is done by a thread, one request after the other; how many threads there are, and
who shares them, is the history of Xen's network back end, and of QEMU's:

- one for all guests: one pair of tasklets served all front ends, and ran on one processor at a time (Dongxiao Xu,
  xen-devel, May 2010, "Netback multiple threads support");
- one for each virtual processor of Domain 0, guests shared out among them: `xen_netbk_group_nr`, which is
  `num_online_cpus()`, in drivers/net/xen-netback/netback.c of Linux 2.6.39 to 3.11;
- one for each interface since Linux 3.12 (2013), for each of its queues since 3.16 (2014): by default as many as Domain
  0 has processors (`xenvif_max_queues`, the same file), at most as many as the guest asks for;
- QEMU's main loop and the threads of virtual processors take turns under its global lock; IOThreads work outside it
  (docs/multiple-iothreads.txt, QEMU 2.1).

Interrupts go to a virtual processor, which handles one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simcore.demands import Io, IoKind
from simcore.model import Domain, Threads
from simcore.path import THREADS, Role, Stage, StageKind

if TYPE_CHECKING:
    from architectures.spec import Architecture

__all__ = ["Workers", "threaded"]

NETWORK = (IoKind.SEND, IoKind.RECEIVE)
DISK = (IoKind.DISK_READ, IoKind.DISK_WRITE, IoKind.DISK_FLUSH)


def threaded(architecture: Architecture, io: Io, stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """The stages of an input or output, those of the back end and the guest's interrupts with the threads they have."""
    if io.kind not in (*NETWORK, *DISK):
        return tuple(stages)
    device = "network" if io.kind in NETWORK else "disk"
    scope = architecture.network_threads if io.kind in NETWORK else architecture.disk_threads
    shared = architecture.back_end_lock != "none"
    first = next((n for n, stage in enumerate(stages) if stage.role is not Role.GUEST), len(stages))

    def marked(number: int, stage: Stage) -> Stage:
        if stage.kind is not StageKind.CPU:
            return stage
        if stage.role is not Role.GUEST:
            return replace(stage, thread=device if scope != "any" else "", shared=shared)
        if architecture.interrupts != "any" and number > first:
            return replace(stage, thread=f"{device} interrupts")
        return stage

    return tuple(marked(number, stage) for number, stage in enumerate(stages))


@dataclass
class Workers:
    """All threads of a host, and the locks that they share, by name; those that guests share are there once.

    Attributes:
        numbers: in order.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    _shared_out: dict[str, int] = field(default_factory=dict)  # guests so far, by domain

    def of(
        self, one: Architecture, guest: str, roles: Mapping[Role, int], domains: Sequence[Domain]
    ) -> tuple[tuple[Threads, ...], int]:
        """A guest's threads, in the order of THREADS, and the lock that those of its back end share, or -1.

        Args:
            guest: what it is called.
            roles: the domain that plays each role.
        """
        home = domains[roles[Role.GUEST]]
        behind = next((domains[n] for role, n in roles.items() if role is not Role.GUEST), None)
        scopes = {"network": one.network_threads, "disk": one.disk_threads}
        if one.interrupts == "any" and (behind is None or {*scopes.values(), one.back_end_lock} <= {"any", "none"}):
            return (), -1
        place = self._next(behind.name) if behind else 0
        found = []
        for name in THREADS[:4]:
            device, interrupts = name.removesuffix(" interrupts"), name.endswith("interrupts")
            if interrupts:
                found.append(self._interrupts(one, home, second=device == "disk"))
            else:
                found.append(self._served(scopes[device], device, one, guest, home, behind, place))
        shared = -1
        if behind is not None and one.back_end_lock != "none":
            whose = f"{guest}'s back end" if one.back_end_lock == "guest" else behind.name
            shared = self._number(f"lock of {whose}")
        return tuple(found), shared

    def _next(self, domain: str) -> int:
        """How many guests had their requests shared out among a back end's threads before."""
        place = self._shared_out.get(domain, 0)
        self._shared_out[domain] = place + 1
        return place

    def _served(
        self, scope: str, device: str, one: Architecture, guest: str, home: Domain, behind: Domain | None, place: int
    ) -> Threads:
        if behind is None or scope == "any":
            return Threads(0)
        match scope:
            case "all":
                return self._several([f"{device} thread of {behind.name}"])
            case "processor":
                return self._several([f"{device} thread {place % behind.vcpus} of {behind.name}"])
            case "guest":
                return self._several([f"{device} thread of {guest}"])
        many = min(one.queues or behind.vcpus, home.vcpus)
        return self._several([f"{device} queue {n} of {guest}" for n in range(many)])

    def _interrupts(self, one: Architecture, home: Domain, *, second: bool) -> Threads:
        if one.interrupts == "any":
            return Threads(0)
        every = self._several([f"interrupts of {home.name} on vcpu {n}" for n in range(home.vcpus)])
        if one.interrupts == "turn":
            return replace(every, in_turn=True)
        return Threads(every.first + (1 if second and one.interrupts == "device" and home.vcpus > 1 else 0))

    def _several(self, names: Iterable[str]) -> Threads:
        """Threads that follow on each other, made where they are not there."""
        numbers = [self._number(name) for name in names]
        return Threads(numbers[0], len(numbers))

    def _number(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))
