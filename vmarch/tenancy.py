"""One host that guests of several kinds share, as a scenario file describes it.

    host = "server"

    [[guest]]
    name = "web"
    count = 3
    workload = "web-server"
    architecture = "kvm-vhost"
    vcpus = 2

What guests of one kind are called names their domains and their random streams, so that a kind draws the same whoever
is beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from architectures import Architecture, load_architecture
from architectures.mechanisms.base import Poller
from architectures.placement import PLACEMENTS
from architectures.spec import LockWaits, Scope
from simcore.errors import InputError, unknown
from simcore.fields import Seconds
from simcore.hosts import Host, load_host
from simcore.memory import Memory
from simcore.model import Model
from simcore.schema import LONGEST_TITLE, Described, read_toml, validated
from vmarch.activities.entries import ActivityEntry, MachineEntry
from vmarch.calling import MOST_CALLS, Calls, check_calls, connected
from vmarch.limits import PERIOD_S, Limits, cores_of
from vmarch.overcommit import Technique
from vmarch.placing import check_room, frames_of
from vmarch.scenario import MOST_TASKS, MOST_VCPUS, Scenario, assemble
from workloads import Workload, load_workload
from workloads.spec import Tasks

__all__ = ["GuestEntry", "ScenarioFile", "Tenancy", "beside", "host_in", "kinds_of", "load_scenario", "tenancy_of"]


BACK_END = ("back_end_vcpus", "network_threads", "disk_threads", "queues", "back_end_lock")  # keys of a file


class CallsEntry(BaseModel):
    """Guests as clients of others on the host.

    Attributes:
        guest: the name of the kind that is called.
        count: operations of it that each operation calls, one after the other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    guest: str
    count: int = Field(default=1, ge=1, le=MOST_CALLS)


class GuestEntry(BaseModel):
    """Guests that are alike.

    Attributes:
        name: what they are called; the workload's name unless stated.
        count: how many.
        workload: a name of the catalogue, the path of a file from this one, or a workload's keys as a table.
        architecture: a name of the catalogue, or the path of a file from this one.
        vcpus: virtual processors of each; as many as the host has cores unless stated.
        polling: who polls before a virtual processor sleeps: `none`, `host` or `guest`; as the architecture says unless
            stated.
        lock_waits: how a virtual processor waits for its kernel's locks: `spin`, `exit` or `halt`; as the architecture
            says unless stated.
        tasks: who runs the operation, closed with a think time or open with a rate, in place of the workload's tasks.
        weight: share of each where cores are short, in per cent of a core; 100 a virtual processor unless stated.
        cap: the most that each uses in a period, in per cent of a core: 150 is one core and a half. No limit unless
            stated.
        period: of the cap.
        cores: those that they may run on, such as '0-3,8'; all unless stated.
        interrupts: where its devices interrupt: `any` of its virtual processors, `one`, one for each `device`, or all
            in `turn`; the architecture's unless stated.
        memory: of each, in place of the workload's; not counted where neither states it.
        calls: other kinds of guests whose operations one of theirs calls and waits for: one table, or several.
        start: when they begin.
        operations: of each that a replication measures; the workload's number unless stated, 0 to wait for none.
        on: the name of the host where they begin, where there are several; the file's own unless stated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9._-]*)?$")
    count: int = Field(default=1, ge=1, le=10_000)
    workload: str | dict[str, Any]
    architecture: str
    vcpus: int | None = Field(default=None, ge=1, le=4096)
    polling: Poller | None = None
    lock_waits: LockWaits | None = None
    tasks: Tasks | None = None
    weight: float | None = Field(default=None, ge=1.0, le=1e6)
    cap: float | None = Field(default=None, ge=1.0, le=409_600.0)
    period_s: Seconds = Field(default=PERIOD_S, ge=1e-3, le=1.0, alias="period")
    cores: str | None = Field(default=None, min_length=1)
    interrupts: Literal["any", "one", "device", "turn"] | None = None
    memory: Memory | None = None
    calls: tuple[CallsEntry, ...] = Field(default=(), strict=False)
    start_s: Seconds = Field(default=0.0, ge=0.0, le=86400.0, alias="start")
    operations: int | None = Field(default=None, ge=0, le=10**9)
    on: str = ""

    @field_validator("calls", mode="before")
    @classmethod
    def _several(cls, given: object) -> object:
        """One table stands for a list of one."""
        return [given] if isinstance(given, dict) else given


class ScenarioFile(Described):
    """A host in use.

    Attributes:
        title: in a few words, for tables and figures.
        host: a name of the catalogue, or the path of a file from this one.
        cores: of the host, in place of its own.
        quantum: of the host's scheduler, in place of its own.
        back_end_vcpus: virtual processors of back ends (the driver domain, each guest's I/O threads), in place of the
            architectures' own.
        network_threads, disk_threads: who carries out back ends' requests: `any` of their virtual processors, or
            threads that serve one at a time: one for `all` guests, or one for each `processor`, `guest` or `queue`; the
            architectures' own unless stated.
        queues: of each guest's device, at most.
        back_end_lock: what threads hold beside while they work: `none`, a lock of each `guest`, or one for `all`.
        back_end_polls: whether they poll always, in place of what the architectures say.
        overcommit: techniques for more memory asked for than there is: `share`, `balloon`, `compress`, `swap`. Without
            any, what does not fit is refused.
        guest: kinds of guests, each a table `[[guest]]`.
        machine: further hosts on the network, each a table `[[machine]]`.
        activity: what happens in the run, each a table `[[activity]]`.
    """

    title: str = Field(default="", max_length=LONGEST_TITLE)
    host: str = "server"
    cores: int | None = Field(default=None, ge=1, le=4096)
    quantum_s: Seconds | None = Field(default=None, gt=0.0, le=10.0, alias="quantum")
    back_end_vcpus: int | None = Field(default=None, ge=1, le=4096)
    network_threads: Scope | None = None
    disk_threads: Scope | None = None
    queues: int | None = Field(default=None, ge=1, le=4096)
    back_end_lock: Literal["none", "guest", "all"] | None = None
    back_end_polls: bool | None = None
    overcommit: tuple[Technique, ...] = Field(default=(), strict=False)
    guest: tuple[GuestEntry, ...] = Field(min_length=1, strict=False)
    machine: tuple[MachineEntry, ...] = Field(default=(), strict=False)
    activity: tuple[ActivityEntry, ...] = Field(default=(), strict=False)


@dataclass(frozen=True)
class Tenancy:
    """A host and the groups of guests on it.

    Attributes:
        groups: each of guests that are alike, all on the same host; each with a name of its own.
        title: in a few words.

    Raises:
        CapabilityError: two of the architectures cannot have guests on one host, or its memory has no room for all.
        InputError: two groups of one name, groups of different hosts, or too many virtual processors or tasks in all.
    """

    groups: tuple[Scenario, ...]
    title: str = ""

    def __post_init__(self) -> None:
        if not self.groups:
            raise InputError("guest", "none", "at least one kind of guests")
        for one, other in combinations(self.groups, 2):
            if one.name == other.name:
                raise InputError("guest.name", other.name or other.workload.name, "a name of its own for each kind")
            if one.host != other.host:
                raise InputError("host", other.host.name, f"one host for all guests, {one.host.name}")
            one.architecture.check_beside(other.architecture)
        check_room(self.groups)
        check_calls(self.groups)
        vcpus = sum(group.guests * (group.vcpus or self.host.cores) for group in self.groups)
        tasks = sum(g.guests * g.workload.tasks.count for g in self.groups if g.workload.tasks.arrivals == "closed")
        for field, value, most in (("virtual processors", vcpus, MOST_VCPUS), ("tasks", tasks, MOST_TASKS)):
            if value > most:
                raise InputError("guest.count", f"{value} {field}", f"at most {most} in all")
        if any(group.overcommit for group in self.groups):
            self._share_out()
        if not any(group.measured for group in self.groups):
            raise InputError("guest.operations", 0, "at least one kind of guests whose operations are waited for")

    def _share_out(self) -> None:
        """Gives each group its frames of the overcommitted memory."""
        found = zip(self.groups, frames_of(self.groups), strict=True)
        groups = tuple(group if frames is None else replace(group, frames=frames) for group, frames in found)
        _ = [group.squeezed for group in groups]  # refuses what the techniques cannot give
        object.__setattr__(self, "groups", groups)

    @property
    def host(self) -> Host:
        """The host of all."""
        return self.groups[0].host

    @cached_property
    def model(self) -> Model:
        """What engines run."""
        return assemble(self.host, self.groups)

    @property
    def names(self) -> tuple[str, ...]:
        """What the groups are called, in order."""
        return tuple(group.called for group in self.groups)

    def numbered(self, name: str) -> int:
        """The place of a group, by its name.

        Raises:
            InputError: there is none.
        """
        if name not in self.names:
            raise unknown("guest", name, self.names)
        return self.names.index(name)

    def alone(self, name: str) -> Tenancy:
        """One guest of a group, with the host to itself and to one of each kind that it calls, or that calls it.

        Raises:
            InputError: there is no such group.
        """
        which = self.numbered(name)
        own = [self.groups[n] for n in connected(self.groups, which)]
        asked = any(group.measured for group in own)
        return Tenancy(
            tuple(
                replace(
                    one,
                    guests=1,
                    start_s=0.0,
                    operations=one.operations if asked else one.operations or None,
                    frames=None,
                )
                for one in own
            ),
            self.title,
        )

    def with_count(self, name: str, count: int) -> Tenancy:
        """The same with another number of guests in a group.

        Raises:
            InputError: there is no such group, or the number is out of range.
        """
        which = self.numbered(name)
        groups = (replace(g, guests=count) if n == which else g for n, g in enumerate(self.groups))
        return Tenancy(tuple(groups), self.title)

    def __repr__(self) -> str:
        """One line: who is on which host."""
        return f"<Tenancy of {self.host.name}: {', '.join(f'{g.guests} x {g.called}' for g in self.groups)}>"


def load_scenario(path: str | Path) -> Tenancy:
    """The host in use that a TOML file describes.

    Raises:
        InputError: no such file, or one that does not describe a host in use.
        CapabilityError: an architecture that cannot carry its guest, or two that cannot share a host.
    """
    file = Path(path)
    told = validated(ScenarioFile, read_toml(file), file.name)
    if told.machine or told.activity:
        raise InputError(f"{file.name}.activity", "something happens", "a file of one host in a steady state")
    return Tenancy(tuple(kinds_of(told, host_in(told, file), file)), told.title or file.stem)


def tenancy_of(what: str | Path | Tenancy) -> Tenancy:
    """A host in use by the path of its file, or itself.

    Raises:
        InputError, CapabilityError: as for `load_scenario`.
    """
    return what if isinstance(what, Tenancy) else load_scenario(what)


def host_in(told: ScenarioFile, file: Path) -> Host:
    """The host of a file.

    Raises:
        InputError: there is none of that name, or a value that is not allowed.
    """
    host = load_host(beside(told.host, file))
    if changes := {key: v for key, v in (("cores", told.cores), ("quantum", told.quantum_s)) if v is not None}:
        host = host.with_(**changes)
    return host


def kinds_of(
    told: ScenarioFile, host: Host, file: Path, there: Callable[[GuestEntry], bool] = lambda _: True
) -> Iterable[Scenario]:
    """The kinds of guests of a file, or those of them that are on one of its hosts.

    Raises:
        InputError, CapabilityError: a guest that there cannot be on the host.
    """
    for number, entry in enumerate(told.guest):
        if not there(entry):
            continue
        where = f"{file.name}.guest.{number}"
        workload = _workload(entry, file, f"{where}.workload")
        yield Scenario(
            workload,
            _architecture(entry, told, file, where),
            host,
            guests=entry.count,
            vcpus=entry.vcpus,
            name=entry.name or workload.name,
            limits=_limits(entry, host, where),
            start_s=entry.start_s,
            operations=entry.operations if entry.operations is not None or not _is_called(told, entry, workload) else 0,
            calls=_calls(entry),
            overcommit=told.overcommit,
        )


def _workload(entry: GuestEntry, file: Path, where: str) -> Workload:
    if isinstance(entry.workload, str):
        workload = load_workload(beside(entry.workload, file))
    else:
        workload = validated(Workload, entry.workload, where)
    own = {"tasks": entry.tasks, "memory": entry.memory}
    changes = {key: value for key, value in own.items() if value is not None}
    return workload.model_copy(update=changes) if changes else workload


def _calls(entry: GuestEntry) -> tuple[Calls, ...]:
    return tuple(Calls(one.guest, one.count) for one in entry.calls)


def _is_called(told: ScenarioFile, entry: GuestEntry, workload: Workload) -> bool:
    """Whether others call a kind: how many operations it has is for them to say."""
    return any(call.guest == (entry.name or workload.name) for one in told.guest for call in _calls(one))


def _limits(entry: GuestEntry, host: Host, where: str) -> Limits:
    try:
        cores = cores_of(entry.cores) if entry.cores else ()
        limits = Limits(entry.weight, entry.cap, entry.period_s, cores)
        limits.check(host)
    except InputError as error:
        raise InputError(f"{where}.{error.field}", error.value, error.allowed) from None
    return limits


def _architecture(entry: GuestEntry, told: ScenarioFile, file: Path, where: str) -> Architecture:
    one = load_architecture(beside(entry.architecture, file))
    changes = {key: getattr(told, key) for key in BACK_END}
    changes |= {"interrupts": entry.interrupts, "polling": entry.polling, "lock_waits": entry.lock_waits}
    changes["back_end_polls"] = told.back_end_polls if PLACEMENTS[one.placement].extra else None
    return one.variant({key: value for key, value in changes.items() if value is not None}, where)


def beside(name: str, file: Path) -> str:
    """A name as it is; a path from the folder of the file that names it."""
    return str(file.parent / name) if name.endswith(".toml") or "/" in name else name
