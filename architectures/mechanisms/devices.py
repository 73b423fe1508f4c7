"""The devices' own part of a path: the same for every architecture, since they share the hardware."""

from __future__ import annotations

from architectures.mechanisms.base import Stages, charge
from simcore.demands import Io, IoKind
from simcore.path import Charge, Layer, Stage, StageKind

__all__ = ["disk", "outside", "receive_wire", "send_wire"]


def disk(io: Io) -> Stages:
    """The disk's work for one read, write or flush."""
    if io.kind is IoKind.DISK_FLUSH:
        return (Stage(StageKind.DISK, Layer.DEVICE, (charge("disk_flush"),), label="disk: flush"),)
    access: tuple[Charge, ...] = (charge(str(io.kind), draw="access"), charge("disk_request_byte", io.size_bytes))
    byte = "disk_byte" if io.kind is IoKind.DISK_READ else "disk_written_byte"
    if io.pattern == "random":
        access = (*access, charge("disk_seek", draw="seek"), charge("disk_rotation", draw="rotation"))
    return (
        Stage(StageKind.DISK, Layer.DEVICE, access, label="disk: access"),
        Stage(StageKind.DISK_BUS, Layer.DEVICE, (charge(byte, io.size_bytes),), label="disk: transfer"),
    )


def send_wire(io: Io) -> Stages:
    """Transmission; where the operation waits for it, also the way to the other end."""
    frame = (charge("nic_byte", io.size_bytes), charge("nic_byte", io.packets, "nic_header"))
    transmit = Stage(StageKind.NIC_TX, Layer.DEVICE, frame, label="NIC: transmit")
    return (transmit, Stage(StageKind.DELAY, Layer.WIRE, (charge("wire"),), label="wire")) if io.sync else (transmit,)


def receive_wire(io: Io) -> Stages:
    """Reception; where the operation waits for it, also the client that sends and the way from there."""
    frame = (charge("nic_byte", io.size_bytes), charge("nic_byte", io.packets, "nic_header"))
    receive = Stage(StageKind.NIC_RX, Layer.DEVICE, frame, label="NIC: receive")
    client = Stage(StageKind.DELAY, Layer.WIRE, (charge("client"), charge("wire")), label="client and wire")
    return (client, receive) if io.sync else (receive,)


def outside(io: Io) -> Stages:
    """Waiting on something outside the host."""
    wait = charge("outside", io.wait_s, draw="wait")
    return (Stage(StageKind.DELAY, Layer.WIRE, (wait,), label="wait"),)
