"""Hosts on a network, with guests on them and what happens to these, as a scenario file describes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simcore.errors import CapabilityError, InputError, unknown
from simcore.hosts import Host, load_host
from simcore.schema import read_toml, validated
from vmarch.activities.entries import FIRST, ActivityEntry
from vmarch.placing import check_room
from vmarch.scenario import Scenario
from vmarch.tenancy import ScenarioFile, Tenancy, beside, host_in, kinds_of

__all__ = ["Cluster", "Machine", "check_coming", "happens", "load_cluster"]


@dataclass(frozen=True)
class Machine:
    """A host with its name and the kinds of guests that begin on it."""

    name: str
    host: Host
    groups: tuple[Scenario, ...] = ()


@dataclass(frozen=True)
class Cluster:
    """Hosts on a network.

    Attributes:
        machines: the first is that of the file.
        activities: what happens.
        title: in a few words.

    Raises:
        InputError: two hosts or kinds of one name, or an activity of a guest or a host that is not there.
    """

    machines: tuple[Machine, ...]
    activities: tuple[ActivityEntry, ...]
    title: str = ""

    def __post_init__(self) -> None:
        names = [machine.name for machine in self.machines]
        kinds = [group.called for machine in self.machines for group in machine.groups]
        for field, one in (("machine.name", names), ("guest.name", kinds)):
            if twice := [name for n, name in enumerate(one) if name in one[:n]]:
                raise InputError(field, twice[0], "a name of its own for each")
        for machine in self.machines:
            if machine.groups:
                Tenancy(machine.groups)
        for entry in self.activities:
            if entry.do == "migrate" or entry.is_operation:
                self._check_alone(entry)
            if entry.do == "migrate":
                machine, _, _ = self.guest(entry.guest)
                if not entry.to:
                    raise InputError("to", "none", f"a host: {', '.join(names)}")
                self.machine(entry.to)
                if entry.to == machine.name:
                    raise InputError("to", entry.to, f"another host than where {entry.guest} is")
            elif not entry.is_operation and entry.do != "drop-link":
                self.machine(entry.to)

    def _check_alone(self, entry: ActivityEntry) -> None:
        """Refuses what is not known how to be taken from one host, or from those who ask for it, to elsewhere.

        Raises:
            InputError: a guest that others call; and of one that is migrated, calls of others, threads of its back end,
                or locks of a kernel that stays.
        """
        machine, kind, _ = self.guest(entry.guest)
        if callers := [one.called for one in machine.groups for call in one.calls if call.guest == kind.called]:
            raise InputError("guest", entry.guest, f"a guest that nobody calls: {', '.join(callers)} does")
        if entry.do != "migrate":
            return
        under = kind.architecture
        if kind.calls:
            called = ", ".join(call.guest for call in kind.calls)
            raise InputError("guest.calls", called, "none of a guest that is migrated")
        for field in ("network_threads", "disk_threads"):
            if (given := getattr(under, field)) != "any":
                raise InputError(field, given, "any for a guest that is migrated: its threads stay")
        if kind.workload.operation.locks and under.placement == "shared-kernel":
            raise InputError("lock", "stated", "none of a container that is migrated: its kernel stays")

    def machine(self, name: str) -> Machine:
        """A host by its name.

        Raises:
            InputError: there is none.
        """
        for machine in self.machines:
            if machine.name == name:
                return machine
        raise unknown("to", name, [machine.name for machine in self.machines])

    def guest(self, name: str) -> tuple[Machine, Scenario, int]:
        """A guest by its name: where it begins, its kind, and its number there.

        Raises:
            InputError: there is none.
        """
        kinds = {group.called: (machine, group) for machine in self.machines for group in machine.groups}
        kind, number = name, 0
        if name not in kinds and (found := re.fullmatch(r"(.+)\.(\d+)", name)):
            kind, number = found.group(1), int(found.group(2))
        if kind not in kinds:
            raise unknown("guest", name, kinds)
        machine, group = kinds[kind]
        if kind == name and group.guests > 1:
            raise InputError("guest", name, f"{name}.0 to {name}.{group.guests - 1}")
        if number >= group.guests:
            raise InputError("guest", name, f"{kind}.0 to {kind}.{group.guests - 1}")
        return machine, group, number


def load_cluster(path: str | Path, activities: Sequence[ActivityEntry] = ()) -> Cluster:
    """The hosts that a TOML file describes, with what happens there.

    A host that a migration goes to and that the file does not describe is one like the first, without guests.

    Args:
        activities: further ones.

    Raises:
        InputError: no such file, or one that does not describe hosts in use.
        CapabilityError: an architecture that cannot carry its guest.
    """
    file = Path(path)
    told = validated(ScenarioFile, read_toml(file), file.name)
    first = host_in(told, file)
    entries = (*told.activity, *activities)
    hosts = {FIRST: first}
    for machine in told.machine:
        host = load_host(beside(machine.host, file)) if machine.host else first
        hosts[machine.name] = host.with_(cores=machine.cores) if machine.cores else host
    for entry in entries:
        if entry.do == "migrate" and entry.to and not told.machine:
            hosts.setdefault(entry.to, first)
    for n, one in enumerate(told.guest):
        if (one.on or FIRST) not in hosts:
            raise unknown(f"{file.name}.guest.{n}.on", one.on, hosts)
    moved = {entry.guest.rsplit(".", 1)[0] for entry in entries} | {entry.guest for entry in entries}
    machines = []
    for name, host in hosts.items():
        kinds = kinds_of(told, host, file, lambda one, name=name: (one.on or FIRST) == name)  # type: ignore[misc]
        groups = tuple(_apart(kind) if kind.called in moved else kind for kind in kinds)
        machines.append(Machine(name, host, groups))
    return Cluster(tuple(machines), entries, told.title or file.stem)


def happens(path: str | Path) -> bool:
    """Whether a scenario file says that something happens, or has several hosts.

    Raises:
        InputError: no such file, or one that is not TOML.
    """
    told = read_toml(Path(path))
    return "activity" in told or "machine" in told


def _apart(kind: Scenario) -> Scenario:
    """A container that something happens to has limits of its own: it can be paused while others of its kernel run."""
    shared = kind.architecture.placement == "shared-kernel" and kind.vcpus is None and not kind.limits
    return replace(kind, vcpus=kind.host.cores) if shared else kind


def check_coming(machine: Machine, coming: Sequence[Scenario]) -> None:
    """Refuses guests that a host's memory has no room for.

    Raises:
        CapabilityError: with what is asked for, and what there is.
    """
    try:
        check_room((*machine.groups, *coming))
    except CapabilityError as error:
        raise CapabilityError(f"{machine.name} is refused as a target: {error}") from None
