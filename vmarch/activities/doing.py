"""An operation of a guest's life as an activity of a run: the steps of its procedure, and what they do to the guest.

A guest that is made begins when that is done: until then its tasks wait. One that is saved or paused stays as it is
until it is restored or resumed; one that is restored lazily goes on at once, and fetches its pages from the disk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from architectures import Architecture
from architectures.procedures import Guest as Described
from architectures.procedures import page_stages, phases, procedure_book, procedure_of
from simcore.errors import InputError
from simcore.hosts import Host
from simcore.life.activity import Guest, Phase, Script
from simcore.life.rules import Command, Paging
from simcore.lowering import STATIONS, lower, unit_ticks
from simcore.memory import PAGE_BYTES
from simcore.model import Program
from simcore.path import Role, StageKind
from simcore.units import ticks
from vmarch.activities.entries import ActivityEntry
from vmarch.scenario import Scenario

__all__ = ["MAKES", "Spot", "later_pages", "leaves_pages", "scripted"]

MAKES = ("create", "clone", "full-clone", "instant-clone")  # the guest is not there before
STOPS = ("destroy", "pause", "save")
GOES_ON = ("resume", "restore", "lazy-restore")
STANDS_STILL = ("snapshot", "roll-back")  # while it lasts
RUNS_ON = ("grow", "shrink", "plug", "unplug")
MANAGEMENT, DAEMON, OWN = range(3)  # what programs call domains before they have their places


@dataclass(frozen=True)
class Spot:
    """Where an operation's steps are done: domains of the model, and the host's first station."""

    host: str
    management: int
    daemon: int
    guest: int
    stations: int


def scripted(
    entry: ActivityEntry,
    guest: Guest,
    kind: Scenario,
    host: Host,
    spot: Spot,
    clock: int,
    before: int,
    after: Guest,
    directed: Callable[[Program], int],
) -> Script:
    """The activity.

    Args:
        before: guests that are there already.
        after: the guest with the processors that it has when all is done.
        directed: puts a program, whose domains are numbered as above, into the model as work that is told when to run.

    Raises:
        CapabilityError: the architecture has no such operation.
        InputError: the guest's memory is out of range.
    """
    procedure, book = procedure_of(kind.architecture), procedure_book(kind.architecture, host, kind.overrides)
    roles = {Role.MANAGEMENT: MANAGEMENT, Role.DAEMON: DAEMON, Role.GUEST: OWN}
    described = _described(entry, kind, before)
    parts = phases(procedure, entry.do, described)
    begins, ends = _effects(entry.do, guest)
    if entry.do in procedure.later:
        ends = (*guest.owe(round(described.touched_bytes / PAGE_BYTES)), *ends)
    if after != guest:
        ends = (*ends, *after.visits(spot.host))
    last = len(parts) - 1
    steps = tuple(
        Phase(
            part.name,
            directed(lower(part.stages, book, host, roles, {})),
            part.units,
            begins=begins if number == 0 else (),
            ends=ends if number == last else (),
            running=spot.host if entry.do in RUNS_ON else "",
        )
        for number, part in enumerate(parts)
    )
    title = f"{entry.do} {guest.name}"
    return Script(title, ticks(entry.at_s), clock, guest, spot.host, steps, runs=entry.do not in STOPS)


def _described(entry: ActivityEntry, kind: Scenario, before: int) -> Described:
    memory = kind.workload.memory
    vcpus = kind.vcpus or 1
    if memory is None:
        raise InputError("guest.memory", "none", f"a memory of {entry.guest}, for {entry.do}")
    return Described(
        memory.size_bytes,
        memory.resident_bytes,
        memory.written_bytes,
        entry.disk_bytes or Described().image_bytes,
        vcpus,
        networks=1,
        guests=before,
        given_bytes=entry.memory_bytes or 0.0,
        plugged=entry.processors,
    )


def _effects(do: str, guest: Guest) -> tuple[tuple[Command, ...], tuple[Command, ...]]:
    """What happens to the guest when the operation begins, and when it ends."""
    if do in MAKES:
        return (), guest.begin()
    if do == "pause":
        return (), guest.pause()
    if do in STOPS:
        return guest.pause(), ()
    if do in GOES_ON:
        return (), guest.resume()
    return (guest.pause(), guest.resume()) if do in STANDS_STILL else ((), ())


def leaves_pages(entry: ActivityEntry, architecture: Architecture) -> bool:
    """Whether a guest goes on after it with pages that come later."""
    if entry.do == "migrate":
        return entry.method == "post-copy"
    return entry.is_operation and entry.do in procedure_of(architecture).later


def later_pages(do: str, tasks: int, stations: int, kind: Scenario, host: Host) -> Paging | None:
    """How a page comes that an operation left for later: a fault, and a read of the disk; None where it leaves none."""
    procedure, book = procedure_of(kind.architecture), procedure_book(kind.architecture, host, kind.overrides)
    stages = page_stages(procedure, do)
    if not stages:
        return None
    read, handled = (
        sum(
            unit_ticks(book, charge)
            for stage in stages
            for charge in stage.charges
            if (stage.kind in (StageKind.DISK, StageKind.DISK_BUS)) == device
        )
        for device in (True, False)
    )
    return Paging(tasks, round(handled), stations + STATIONS.index(StageKind.DISK), max(round(read), 1))
