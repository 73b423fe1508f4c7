"""Files of the host in a guest: virtio-fs or 9p. The guest's kernel has no file system of its own for them, it asks.

The file server is a program of the host, or of the partition that has the drivers.

    look-up, opening, change, read, write   guest kernel ──ring, kick── file server ── host kernel
    everything else                         as under hardware assist

A trip is what a virtio request is, with a call of the host's file system in place of the disk and a server
that does more than a back end. What the guest keeps in
caches of its own makes no trip: how much that is depends on how it is mounted, and is a matter of costs.
"""

from __future__ import annotations

from typing import ClassVar

from architectures.mechanisms.base import Stages, back_end, charge, guest, host_os, scaled, vmm, when_idle
from architectures.mechanisms.processor import HardwareAssist
from simcore.demands import Demand
from simcore.path import Charge, Role, Stage

__all__ = ["ParentFiles", "SharedFiles"]

# How many trips one of a demand makes, and what the file server asks of the host for each.
TRIPS: dict[Demand, tuple[str, tuple[str, ...]]] = {
    Demand.PATH_LOOKUPS: ("shared_lookup_trips", ("path_lookup", "system_call", "system_call")),
    Demand.FILE_OPENS: ("shared_open_trips", ("file_open", "system_call")),
    Demand.FILE_CHANGES: ("shared_change_trips", ("file_change", "system_call")),
    Demand.FILE_BYTES: ("shared_read_trips", ("system_call",)),
    Demand.WRITTEN_BYTES: ("shared_write_trips", ("system_call",)),
}
COPIED = {Demand.FILE_BYTES: "file_byte", Demand.WRITTEN_BYTES: "written_byte"}


class SharedFiles(HardwareAssist):
    """Hardware assist, with files that are the host's."""

    name = "hardware-assist-shared-files"
    role: ClassVar[Role] = Role.HOST  # of the domain in which the file server is

    def stages(self, demand: Demand) -> Stages:
        native = super().stages(demand)
        if demand not in TRIPS:
            return native
        trips, asked = TRIPS[demand]
        copy = (charge(COPIED[demand]),) if demand in COPIED else ()
        return (*native, *self._trip(trips, asked, copy))

    def _trip(self, trips: str, asked: tuple[str, ...], copy: tuple[Charge, ...]) -> Stages:
        """As many trips as the ratio says, and what is copied for each unit of the demand whatever their number."""
        role = self.role

        def each(stage: Stage) -> Stage:
            return scaled(stage, trips)

        host = (*(charge(cost, 1.0, trips) for cost in asked), *copy)
        return (
            each(guest("front_end_request", label="file request on the ring")),
            each(when_idle(vmm("notify_back_end", label="notification", role=role))),
            each(when_idle(vmm("back_end_wake", label="file server scheduled", role=role))),
            each(back_end("file_server", label="file server", role=role)),
            host_os(*host, label="file system of the host", role=role),
            each(vmm("notify_guest", label="hypervisor's part: event to the guest", role=role)),
            each(when_idle(vmm("file_trip_wake", label="woken on either side"))),
            *(each(stage) for stage in (*self.wake_up(), *self.interrupt())),
        )


class ParentFiles(SharedFiles):
    """The same with a file server in the parent partition, which has the drivers too."""

    name = "hardware-assist-parent-files"
    role = Role.BACK_END
