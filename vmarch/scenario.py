"""A scenario: guests that are alike, with a workload, an architecture and a host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import get_args

from architectures import Architecture, compose
from simcore.costs import CostBook
from simcore.errors import InputError, unknown
from simcore.hosts import Host
from simcore.lowering import visited
from simcore.model import Model
from simcore.path import Path, Stage
from vmarch.assembly import assemble, planned
from workloads import Workload

__all__ = ["Scenario"]


@dataclass(frozen=True)
class Scenario:
    """What is run.

    Attributes:
        guests: identical guests on the host, each with the workload's tasks.
        vcpus: virtual processors of each guest; None for as many as the host has cores.
        overrides: costs by name, in place of the tables'.
        guest_os, guest_isa, modifiable: of the guest, in place of what the workload needs; None to leave it.
        faults: (time in seconds, name of the domain that stops).
        name: of the guests, where a host has several kinds; their domains and random streams are called by it.
        start_s: when their tasks begin.
        operations: of each guest that a replication measures; None for the workload's own number, 0 to wait for none.

    Raises:
        CapabilityError: the architecture cannot carry this guest on this host.
        InputError: guests or vcpus out of range, an unknown instruction set, cost or domain, or, once the model is
            asked for, a placement without a domain that the path needs.
    """

    workload: Workload
    architecture: Architecture
    host: Host
    guests: int = 1
    vcpus: int | None = None
    overrides: Mapping[str, float | str] = field(default_factory=dict)
    guest_os: str | None = None
    guest_isa: str | None = None
    modifiable: bool | None = None
    faults: tuple[tuple[float, str], ...] = ()
    name: str = ""
    start_s: float = 0.0
    operations: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.guests <= MOST_GUESTS:
            raise InputError("--guests", self.guests, f"1 to {MOST_GUESTS}")
        if self.vcpus is not None and not 1 <= self.vcpus <= 4096:
            raise InputError("--vcpus", self.vcpus, "1 to 4096")
        vcpus = self.guests * (self.vcpus or self.host.cores)
        if vcpus > MOST_VCPUS:
            raise InputError("--guests", self.guests, f"at most {MOST_VCPUS} virtual processors in all, not {vcpus}")
        tasks = self.guests * self.workload.tasks.count
        if tasks > MOST_TASKS and self.workload.tasks.arrivals == "closed":
            raise InputError("--guests", self.guests, f"at most {MOST_TASKS} tasks in all, not {tasks}")
        if self.guest_isa and self.guest_isa not in ISAS:
            raise unknown("--guest-isa", self.guest_isa, ISAS)
        guest = self.workload.guest
        self.architecture.check(
            self.host,
            guest_os=self.guest_os if self.guest_os is not None else guest.os,
            guest_isa=self.guest_isa if self.guest_isa is not None else guest.isa,
            modifiable=self.modifiable if self.modifiable is not None else guest.modifiable,
        )

    def bare(self, native: Architecture) -> Scenario:
        """The same on the bare machine: the guest's tasks, overrides that concern it, and no fault."""
        known = native.book(self.host)
        return replace(
            self,
            architecture=native,
            overrides={name: value for name, value in self.overrides.items() if name in known},
            guest_os=self.host.os,
            guest_isa="",
            modifiable=None,
            faults=(),
        )

    @cached_property
    def book(self) -> CostBook:
        """All costs on the host."""
        return self.architecture.book(self.host, dict(self.overrides))

    @cached_property
    def path(self) -> Path:
        """One operation, in symbols."""
        nic = self.host.nic
        return compose(self.architecture, self.workload.operation, nic.segment_bytes, nic.payload_bytes)

    @cached_property
    def model(self) -> Model:
        """What engines run."""
        return assemble(self.host, [self])

    @property
    def stages(self) -> tuple[tuple[Stage, ...], ...]:
        """The stages of each visit of a guest's program, by the visit's index."""
        return visited(self.path, self.book, self.host, planned(self)[1][0])

    @property
    def groups(self) -> tuple[Scenario, ...]:
        """Itself: all its guests are alike."""
        return (self,)

    @property
    def title(self) -> str:
        """What is run, in words."""
        return f"{self.workload.name} under {self.architecture.name}"

    @property
    def called(self) -> str:
        """What its guests are called: names their random streams."""
        return self.name or self.workload.name

    @property
    def measured(self) -> int:
        """Operations of all its guests that a replication measures, unless a plan says otherwise."""
        return self.guests * (self.workload.operations if self.operations is None else self.operations)


MOST_VCPUS = 1_000_000  # in all guests: each has a state of its own
MOST_TASKS = 200_000
MOST_GUESTS = 10_000
ISAS: tuple[str, ...] = get_args(Host.model_fields["isa"].annotation)
