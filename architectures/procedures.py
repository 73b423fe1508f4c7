"""What creating, saving, copying or stopping a guest consists of, step by step, under each architecture.

A file of `procedures/` names the architectures whose guests it handles, the tables of its costs, and what each
operation consists of in order: steps, and names of lists of steps, of its own or of `shared.toml`. A step is so many of
a cost, at the management domain, at a daemon that does one thing at a time, on the guest's own processor, or nowhere (a
wait); or bytes to or from the disk. Steps of one phase that move bytes take turns, piece by piece. As everywhere, steps
hold no number of their own but counts: what one takes is in a table.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from architectures.spec import Architecture, cost_table
from simcore.costs import CostBook
from simcore.errors import MISSING, CapabilityError, InputError, unknown
from simcore.hosts import Host
from simcore.memory import PAGE_BYTES
from simcore.path import Charge, Layer, Role, Stage, StageKind
from simcore.schema import LONGEST_TITLE, read_toml, validated

__all__ = [
    "MEANINGS",
    "PIECE",
    "Guest",
    "Phase",
    "Procedure",
    "Step",
    "load_procedure",
    "page_stages",
    "phases",
    "procedure_book",
    "procedure_names",
    "procedure_of",
]

FOLDER = Path(__file__).parent / "procedures"
PIECE = 4 << 20  # bytes that a step of a phase moves before the next one has its turn
SHARED = "shared"
MEANINGS: Mapping[str, str] = {
    "create": "made and started, up to its first program",
    "destroy": "stopped, and its memory given back",
    "pause": "its processors stopped, all else kept",
    "resume": "its processors going on",
    "save": "its memory and state written to disk, and it stopped",
    "restore": "the same read back, and it going on",
    "lazy-restore": "going on at once, its pages read when they are touched",
    "snapshot": "its memory and state written to disk, and it going on",
    "roll-back": "what it is given up for what it was at a snapshot",
    "clone": "a second one with a disk that shares the first one's blocks until they are written, started",
    "full-clone": "a second one with a copy of the disk, started",
    "instant-clone": "a second one that goes on from where the first one is, sharing its memory until it is written",
    "grow": "memory given back to it, by the balloon",
    "shrink": "memory taken from it, by the balloon",
    "plug": "processors given to it while it runs",
    "unplug": "processors taken from it while it runs",
}
Place = Literal["management", "daemon", "firmware", "guest kernel", "guest user", "wait", "disk read", "disk write"]
Per = Literal[
    "once", "guest", "vcpu", "network", "page of memory", "page touched", "page untouched", "byte touched",
    "byte of image", "byte changed", "page given", "touched page given", "processor plugged", "distribution",
]  # fmt: skip
SPOTS: Mapping[str, tuple[StageKind, Layer, Role | None]] = {
    "management": (StageKind.CPU, Layer.HOST_OS, Role.MANAGEMENT),
    "daemon": (StageKind.CPU, Layer.BACK_END, Role.DAEMON),
    "firmware": (StageKind.CPU, Layer.VMM, Role.GUEST),
    "guest kernel": (StageKind.CPU, Layer.GUEST_KERNEL, Role.GUEST),
    "guest user": (StageKind.CPU, Layer.USER, Role.GUEST),
    "wait": (StageKind.DELAY, Layer.HOST_OS, None),
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Step(_Part):
    """One step of an operation.

    Attributes:
        phase: in words; neighbouring steps of one name are shown as one, and move bytes by turns.
        at: who does it.
        cost: what one takes; none where bytes go to or from the disk.
        count: how many.
        per: of what: once, or for each of the guest's things, or of the guests that there are (`guest`).
    """

    phase: str = Field(min_length=3, max_length=60)
    at: Place
    cost: str = ""
    count: float = Field(default=1.0, gt=0.0, le=1e9, allow_inf_nan=False)
    per: Per = "once"

    @model_validator(mode="after")
    def _fits(self) -> Step:
        if self.at.startswith("disk") and (self.cost or not self.per.startswith("byte")):
            raise InputError(f"{self.phase}.at", self.at, "bytes without a cost: the disk has its own")
        if not self.at.startswith("disk") and not self.cost:
            raise InputError(f"{self.phase}.cost", MISSING, "a cost for every step that is not the disk's")
        return self


class Procedure(_Part):
    """How guests of some architectures are handled.

    Attributes:
        name: of the file.
        title: who handles them, in a few words.
        management: what the management domain is called.
        daemon: what does one thing at a time for all guests; empty where nothing does.
        architectures: whose guests.
        costs: tables, beside the architecture's own.
        steps: of each operation, and of parts that several have: steps, or names of such lists.
        later: operations after which the guest comes to pages that are not there yet, with what one of them takes: a
            part of `steps`, for a guest that has touched one page.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str = Field(max_length=LONGEST_TITLE)
    management: str = Field(min_length=3)
    daemon: str = ""
    architectures: tuple[str, ...] = Field(default=(), strict=False)
    costs: tuple[str, ...] = Field(default=(), strict=False)
    steps: dict[str, Annotated[tuple[Step | str, ...], Field(strict=False, min_length=1)]]
    later: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Procedure:
        for table in self.costs:
            cost_table(table)
        for name in self.operations:
            if not self.daemon and any(step.at == "daemon" for step in self.found(name)):
                raise InputError(f"{self.name}.daemon", MISSING, "its name, as a step is there")
        for name, part in self.later.items():
            if name not in self.operations:
                raise unknown(f"{self.name}.later", name, self.operations)
            self.found(part)
        return self

    def found(self, name: str, above: tuple[str, ...] = ()) -> tuple[Step, ...]:
        """The steps of an operation or a part, names followed.

        Raises:
            InputError: a name that nothing has, or a part within itself.
        """
        if name in above:
            raise InputError(f"{self.name}.steps.{name}", " > ".join(above), "no part within itself")
        parts = self.steps if name in self.steps or self.name == SHARED else load_procedure(SHARED).steps
        if name not in parts:
            raise unknown(f"{self.name}.steps", name, {*self.steps, *parts})
        items = parts[name]
        return tuple(
            step for item in items for step in (self.found(item, (*above, name)) if isinstance(item, str) else (item,))
        )

    @property
    def operations(self) -> tuple[str, ...]:
        """What it can do, in the catalogue's order."""
        return tuple(name for name in MEANINGS if name in self.steps)

    def of(self, operation: str) -> tuple[Step, ...]:
        """The steps of an operation, in order.

        Raises:
            InputError: no such operation.
            CapabilityError: these guests have none of it.
        """
        if operation not in MEANINGS:
            raise unknown("do", operation, MEANINGS)
        if operation not in self.steps:
            raise CapabilityError(f"{operation} is refused: of {self.title}, nobody's times of it were found")
        return self.found(operation)


@dataclass(frozen=True)
class Guest:
    """What an operation's steps are counted by.

    Attributes:
        memory_bytes, touched_bytes: of the guest: asked for, and of that written at all.
        changed_bytes: of that, what was written since it was last saved or cloned.
        image_bytes: of its disk, in use.
        vcpus, networks: virtual processors and network interfaces.
        guests: that are there already.
        distribution: whether its user space is a distribution's, with services, and its kernel one for any machine.
        given_bytes: what a balloon takes or gives back. Its pages are any of the guest's: as many of them were ever
            touched as of its memory.
        plugged: processors that are given or taken.

    Raises:
        InputError: a number out of range.
    """

    memory_bytes: float = 256 * 2**20
    touched_bytes: float = 64 * 2**20
    changed_bytes: float = 16 * 2**20
    image_bytes: float = 1 * 2**30
    vcpus: int = 1
    networks: int = 0
    guests: int = 0
    distribution: bool = False
    given_bytes: float = 2**20
    plugged: int = 1

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("memory", self.memory_bytes, 2**20, 2**46),
            ("touched", self.touched_bytes, 0, self.memory_bytes),
            ("changed", self.changed_bytes, 0, self.touched_bytes),
            ("image", self.image_bytes, 0, 2**46),
            ("vcpus", self.vcpus, 1, 4096),
            ("networks", self.networks, 0, 1024),
            ("guests", self.guests, 0, 100_000),
            ("given", self.given_bytes, 0, self.memory_bytes),
            ("plugged", self.plugged, 0, 4096),
        ):
            if not low <= value <= high:
                raise InputError(name, f"{value:g}", f"{low:g} to {high:g}")

    def amount(self, per: str) -> float:
        """How many of something it has."""
        return {
            "once": 1.0,
            "guest": float(self.guests),
            "vcpu": float(self.vcpus),
            "network": float(self.networks),
            "page of memory": self.memory_bytes / PAGE_BYTES,
            "page touched": self.touched_bytes / PAGE_BYTES,
            "page untouched": (self.memory_bytes - self.touched_bytes) / PAGE_BYTES,
            "byte touched": self.touched_bytes,
            "byte of image": self.image_bytes,
            "byte changed": self.changed_bytes,
            "page given": self.given_bytes / PAGE_BYTES,
            "touched page given": self.given_bytes / PAGE_BYTES * self.touched_bytes / self.memory_bytes,
            "processor plugged": float(self.plugged),
            "distribution": float(self.distribution),
        }[per]


@dataclass(frozen=True)
class Phase:
    """Neighbouring steps: `units` times the same stages."""

    name: str
    stages: tuple[Stage, ...]
    units: int = 1


def phases(procedure: Procedure, operation: str, guest: Guest) -> tuple[Phase, ...]:
    """An operation's phases for a guest; steps and phases of nothing are left out.

    Raises:
        InputError, CapabilityError: as for `Procedure.of`.
    """
    groups: list[list[Step]] = []
    for step in procedure.of(operation):
        if guest.amount(step.per):
            if groups and groups[-1][-1].phase == step.phase:
                groups[-1].append(step)
            else:
                groups.append([step])
    return tuple(_phase(steps, guest) for steps in groups)


def _phase(steps: list[Step], guest: Guest) -> Phase:
    moved = [step.count * guest.amount(step.per) for step in steps if step.at.startswith("disk")]
    units = math.ceil(max(moved) / PIECE) if moved else 1
    stages = tuple(stage for step in steps for stage in _stages(step, guest.amount(step.per) / units))
    return Phase(steps[0].phase, stages, units)


def _stages(step: Step, amount: float) -> Iterable[Stage]:
    """What one step does for one unit of its phase."""
    if step.at.startswith("disk"):
        reads, size = step.at == "disk read", step.count * amount
        access = Charge("disk_read" if reads else "disk_write"), Charge("disk_request_byte", size)
        byte = Charge("disk_byte" if reads else "disk_written_byte", size)
        return (
            Stage(StageKind.DISK, Layer.DEVICE, access, label=f"{step.phase}: access"),
            Stage(StageKind.DISK_BUS, Layer.DEVICE, (byte,), label=f"{step.phase}: transfer"),
        )
    kind, layer, role = SPOTS[step.at]
    return (Stage(kind, layer, (Charge(step.cost, step.count * amount),), role, label=step.phase),)


@functools.cache
def procedure_names() -> tuple[str, ...]:
    """The procedures there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != SHARED))


@functools.cache
def load_procedure(name: str) -> Procedure:
    """A procedure of the catalogue.

    Raises:
        InputError: no such file, or one that is no procedure.
    """
    if name != SHARED and name not in procedure_names():
        raise unknown("procedure", name, procedure_names())
    found = validated(Procedure, read_toml(FOLDER / f"{name}.toml"), f"{name}.toml")
    if found.name != name:
        raise InputError(f"{name}.toml.name", found.name, f"{name}, as the file")
    return found


def page_stages(procedure: Procedure, operation: str) -> tuple[Stage, ...]:
    """What a guest waits for where it comes to a page that an operation left for later; nothing if it left none."""
    if operation not in procedure.later:
        return ()
    one = Guest(memory_bytes=2**20, touched_bytes=PAGE_BYTES, changed_bytes=0.0)
    steps = procedure.found(procedure.later[operation])
    return tuple(stage for step in steps for stage in _stages(step, one.amount(step.per)))


def procedure_of(architecture: Architecture) -> Procedure:
    """How guests of an architecture are handled.

    Raises:
        CapabilityError: no measured procedure was found for it.
    """
    for name in procedure_names():
        if architecture.name in load_procedure(name).architectures:
            return load_procedure(name)
    raise CapabilityError(f"{architecture.name} is refused: nobody's times of making or saving its guests were found")


def procedure_book(
    architecture: Architecture, host: Host, overrides: Mapping[str, float | str] | None = None
) -> CostBook:
    """Every cost of an architecture and of its procedure on a host.

    Raises:
        CapabilityError: it has no procedure.
        InputError: an override for a name that no table has, or a value that is no cost.
    """
    tables = (*architecture.costs, *procedure_of(architecture).costs)
    return host.book(*(cost_table(name) for name in tables), architecture.cost, overrides=dict(overrides or {}))
