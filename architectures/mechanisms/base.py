"""What a mechanism is: demands in, stages out.

A mechanism says in which domain, at which layer and at which costs (by name) one unit of a demand is carried out. It
holds no number and knows no host, workload or engine. Four of them make an architecture: processor, memory, input and
output, placement. The functions here are the words in which mechanisms are written.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import ClassVar, Literal, TypeVar

from simcore.demands import Demand, Io
from simcore.errors import unknown
from simcore.path import ALWAYS, Charge, Layer, Role, Stage, StageKind

__all__ = [
    "CpuMechanism",
    "IoMechanism",
    "Lock",
    "MmuMechanism",
    "Poller",
    "Stages",
    "back_end",
    "charge",
    "exits",
    "find",
    "guest",
    "host_os",
    "locked",
    "not_polling",
    "scaled",
    "vmm",
    "when_idle",
]

Stages = tuple[Stage, ...]
Lock = Literal["address space", "vm"]
Poller = Literal["none", "host", "guest"]
Amount = str | Charge | tuple[str, float]


def charge(cost: str, count: float = 1.0, *factors: str, draw: str = ALWAYS) -> Charge:
    """`count` of a cost, times the ratios named in `factors`, times a draw of the item served."""
    return Charge(cost, count, factors, draw)


def exits(number: str | None = None) -> tuple[Charge, ...]:
    """VM exits with their dispatch in software, as many as the ratio `number` says (one without it)."""
    factors = (number,) if number else ()
    return charge("vm_exit", 1.0, *factors), charge("exit_software", 1.0, *factors)


def _charges(amounts: tuple[Amount, ...]) -> tuple[Charge, ...]:
    return tuple(a if isinstance(a, Charge) else charge(a) if isinstance(a, str) else charge(*a) for a in amounts)


def _cpu(layer: Layer, role: Role, amounts: tuple[Amount, ...], label: str) -> Stage:
    return Stage(StageKind.CPU, layer, _charges(amounts), role, label=label)


def guest(*amounts: Amount, label: str, layer: Layer = Layer.GUEST_KERNEL) -> Stage:
    """Work of the guest itself."""
    return _cpu(layer, Role.GUEST, amounts, label)


def vmm(*amounts: Amount, label: str, role: Role = Role.GUEST) -> Stage:
    """Work of the hypervisor, on behalf of the domain that `role` names."""
    return _cpu(Layer.VMM, role, amounts, label)


def back_end(*amounts: Amount, label: str, role: Role) -> Stage:
    """Work of the back end: driver domain, parent partition, VM application or I/O thread."""
    return _cpu(Layer.BACK_END, role, amounts, label)


def host_os(*amounts: Amount, label: str, role: Role) -> Stage:
    """Work of the host operating system, in the domain that `role` names."""
    return _cpu(Layer.HOST_OS, role, amounts, label)


def locked(*amounts: Amount, label: str, lock: Lock) -> Stage:
    """Work of the hypervisor on the guest's page tables, under their lock."""
    return Stage(StageKind.MMU, Layer.VMM, _charges(amounts), Role.GUEST, lock=lock, label=label)


def when_idle(stage: Stage) -> Stage:
    """The same, paid only if the domain is idle when the path arrives."""
    return replace(stage, when_idle=True)


def not_polling(stage: Stage) -> Stage:
    """The same, paid only if the domain is idle and does not poll."""
    return replace(when_idle(stage), asleep=True)


def scaled(stage: Stage, ratio: str) -> Stage:
    """The same as many times as the ratio says."""
    return replace(stage, charges=tuple(replace(c, factors=(*c.factors, ratio)) for c in stage.charges))


class CpuMechanism(ABC):
    """How the guest's instructions run, and how interrupts reach it.

    Args:
        polling: who polls before an idle virtual processor sleeps: nobody, its host or the guest itself.

    Attributes:
        slows: layers of guest work that run slower throughout, and the ratio cost that says how much.
        lock_waits: how virtual processors may wait for their kernel's locks.
        own_entry: whether a program enters the guest's kernel by that kernel's own code, which isolates page tables.
    """

    name: ClassVar[str]
    own_entry: ClassVar[bool] = True
    lock_waits: ClassVar[tuple[str, ...]] = ("spin",)
    slows: ClassVar[Mapping[Layer, str]] = {}

    def __init__(self, polling: Poller = "none") -> None:
        self.polling: Poller = polling

    @abstractmethod
    def stages(self, demand: Demand) -> Stages:
        """One unit of a processor demand that is not the memory mechanism's."""

    def spun_out(self) -> Stages:
        """What a virtual processor that waits for a lock pays to let others have its core."""
        return ()

    def kick(self) -> Stages:
        """What waking one that has halted costs who gives it the lock."""
        return ()

    def kicked(self) -> Stages:
        """What it costs the one that wakes."""
        return ()

    @abstractmethod
    def interrupt(self) -> Stages:
        """A device's interrupt, delivered to the guest and acknowledged."""

    @abstractmethod
    def wake_up(self) -> Stages:
        """What waking the guest from idleness adds; every stage is paid only when idle."""


class MmuMechanism(ABC):
    """How page tables and address spaces are kept.

    Args:
        lock: what its locked stages lock.
    """

    name: ClassVar[str]

    def __init__(self, lock: Lock = "vm") -> None:
        self.lock: Lock = lock

    def taken_as(self, demand: Demand) -> Demand:
        """A kind of page fault is any page fault to a mechanism that does not tell them apart."""
        return Demand.PAGE_FAULTS if demand in (Demand.FILE_FAULTS, Demand.COPIED_FAULTS) else demand

    def isolation(self) -> Stages:
        """What page tables that are isolated from programs add to an entry into the kernel, beyond the native."""
        return ()

    @abstractmethod
    def stages(self, demand: Demand) -> Stages:
        """One unit of a memory demand."""


class IoMechanism(ABC):
    """How input and output reach the devices."""

    name: ClassVar[str]

    @abstractmethod
    def disk(self, io: Io, cpu: CpuMechanism) -> Stages:
        """One disk read, write or flush."""

    def behind(self, io: Io) -> Stages:
        """What a disk request that the operation waits for leaves to go on afterwards."""
        del io
        return ()

    @abstractmethod
    def send(self, io: Io, cpu: CpuMechanism) -> Stages:
        """One message sent."""

    @abstractmethod
    def receive(self, io: Io, cpu: CpuMechanism) -> Stages:
        """One message received."""

    def to_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        """One message on its way to another guest of the host: what sending costs, without interface and wire."""
        return tuple(stage for stage in self.send(io, cpu) if stage.role is not None)

    def from_bridge(self, io: Io, cpu: CpuMechanism) -> Stages:
        """One message from another guest of the host, which has passed the bridge or virtual switch."""
        return tuple(stage for stage in self.receive(io, cpu) if stage.role is not None)


M = TypeVar("M")


def find(field: str, name: str, base: type[M], package: ModuleType) -> type[M]:
    """The mechanism of this name among the subclasses of `base` in the package's modules.

    Raises:
        InputError: there is none.
    """
    known = named(base, package)
    if name not in known:
        raise unknown(field, name, known)
    return known[name]


def named(base: type[M], package: ModuleType) -> dict[str, type[M]]:
    """The subclasses of `base` in the package's modules, by name."""
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return {kind.name: kind for kind in _subclasses(base) if "name" in vars(kind)}  # type: ignore[attr-defined]


def _subclasses(base: type[M]) -> set[type[M]]:
    direct = set(base.__subclasses__())
    return direct.union(*(_subclasses(kind) for kind in direct))
