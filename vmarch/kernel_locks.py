"""The locks of guests' kernels: which there are, who takes them, and how virtual processors wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from architectures.placement import PLACEMENTS
from simcore.errors import InputError
from simcore.lowering import ticks_by_layer
from simcore.path import Role
from simcore.spinning import KernelLock, Locks, Spinning

__all__ = ["KernelLocks", "spinning"]

WAITERS = 0.5  # of those that wait for a ticket lock, the mean share that fetch its line before the next holder does


@dataclass
class KernelLocks:
    """The locks of a model, as its guests are added.

    Locks of one name in one kernel are the same locks.
    """

    all: list[KernelLock] = field(default_factory=list)
    _found: dict[tuple[int, str], Locks] = field(default_factory=dict)

    def of(self, group: Any, roles: Mapping[Role, int], kernel: str) -> tuple[Locks, ...]:
        """Those that a guest of a group takes, in the order of its workload's file.

        Args:
            roles: its domains; kernel: what its domain is called.

        Raises:
            InputError: another workload in the same kernel has another number of locks of the name.
        """
        own = PLACEMENTS[group.architecture.placement].own_domain
        domain = roles[Role.GUEST] if own else -1
        result = []
        for lock in group.operation.locks:
            known = self._found.get((domain, lock.name))
            if known is None:
                line = group.book["line_transfer"].value
                move, more = round(lock.lines * line), round(WAITERS * line) if lock.kind == "ticket" else 0
                known = Locks(len(self.all), lock.of)
                where = kernel if own else "host"
                names = [f"{lock.name} lock {n} of {where}" for n in range(lock.of)]
                self.all += [KernelLock(name, move, more, preemptible=not own) for name in names]
                self._found[domain, lock.name] = known
            if known.count != lock.of:
                raise InputError(f"lock.{lock.name}.of", lock.of, f"{known.count}, as others in this kernel say")
            result.append(known)
        return tuple(result)


def spinning(group: Any) -> Spinning | None:
    """How virtual processors of a group's guests wait for their kernel's locks; None for on and on."""
    one, book = group.architecture, group.book
    if not group.operation.locks or not PLACEMENTS[one.placement].own_domain:
        return None
    cpu, how = one.cpu_mechanism, one.lock_waits
    if how == "spin":
        return None

    def ticks(stages: Any) -> int:
        return sum(many for _, many in ticks_by_layer(book, stages))

    window = max(round(book[f"lock_{how}_window"].value), 1)
    if how == "exit":
        return Spinning(window, ticks(cpu.spun_out()), directed=one.capabilities.host_software == "Linux")
    return Spinning(
        window, ticks(cpu.spun_out()), halts=True, kick_ticks=ticks(cpu.kick()), wake_ticks=ticks(cpu.kicked())
    )
