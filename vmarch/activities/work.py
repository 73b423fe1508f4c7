"""What a unit of an activity's work is on a host: visits to processors, the network's ends and the wire.

A chunk of memory goes through the network stack of the host's own software, on both sides: the costs are those that any
message of that size has without a hypervisor.
"""

from __future__ import annotations

from dataclasses import dataclass

from architectures.mechanisms import devices
from architectures.mechanisms.drivers import receive, transmit
from simcore.costs import CostBook
from simcore.demands import Io, IoKind
from simcore.hosts import Host
from simcore.lowering import STATIONS, unit_ticks
from simcore.memory import PAGE_BYTES
from simcore.model import Kind, Program, Row, Visit
from simcore.path import ALWAYS, Layer, Stage, StageKind

__all__ = [
    "CHUNK_BYTES",
    "TRACK_PAGES",
    "Chunks",
    "carried_bytes_per_s",
    "fault_ticks",
    "one_page",
    "sending",
    "tracking",
    "waiting",
]

CHUNK_BYTES = 65536.0  # what Linux hands to a network interface at once (TSO): others' packets go in between
TRACK_PAGES = 256
FAULTS = ("nested_fault", "shadow_fault", "validated_fault", "software_fault", "nested_exit", "exception")
TX, RX = STATIONS.index(StageKind.NIC_TX), STATIONS.index(StageKind.NIC_RX)


@dataclass(frozen=True)
class Chunks:
    """Where chunks come from and go to: domains, and the first station of each host."""

    source: int
    target: int
    source_stations: int
    target_stations: int


def _message(size: float, host: Host) -> Io:
    return Io(kind=IoKind.SEND, size_bytes=size, packets=0.0, sync=True).packed(host.nic.payload_bytes)


def _ticks(book: CostBook, *stages: Stage) -> float:
    return sum(unit_ticks(book, charge) for stage in stages for charge in stage.charges)


def _program(*visits: tuple[Kind, int, Layer, float]) -> Program:
    rows = tuple(Row(layer, ((ALWAYS, max(amount, 1.0)),)) for _, _, layer, amount in visits)
    steps = tuple(Visit(n, kind, where, n, n + 1) for n, (kind, where, _, _) in enumerate(visits))
    return Program(steps, rows)


def sending(places: Chunks, host: Host, book: CostBook, size: float = CHUNK_BYTES) -> Program:
    """A message of this size from one host's software to another's."""
    io = _message(size, host)
    wire = _ticks(book, *(one for one in devices.send_wire(io) if one.kind is StageKind.DELAY))
    frame = _ticks(book, *(one for one in devices.send_wire(io) if one.kind is StageKind.NIC_TX))
    return _program(
        (Kind.CPU, places.source, Layer.HOST_OS, _ticks(book, *transmit(io))),
        (Kind.STATION, places.source_stations + TX, Layer.DEVICE, frame),
        (Kind.DELAY, 0, Layer.WIRE, wire),
        (Kind.STATION, places.target_stations + RX, Layer.DEVICE, frame),
        (Kind.CPU, places.target, Layer.HOST_OS, _ticks(book, *receive(io))),
    )


def fault_ticks(book: CostBook) -> float:
    """What the first write to a page costs that is write-protected to notice it: the architecture's own fault.

    QEMU under KVM protects pages in the nested tables, so a write exits; Xen puts a guest on shadow tables (log-dirty
    mode), whose faults the hypervisor takes.
    """
    name = next(one for one in FAULTS if one in book)
    return unit_ticks(book, _charge(name))


def _charge(name: str):  # type: ignore[no-untyped-def]
    from simcore.path import Charge

    return Charge(name)


def tracking(domain: int, book: CostBook) -> Program:
    """The faults of `TRACK_PAGES` first writes, on the guest's own processors."""
    return _program((Kind.CPU, domain, Layer.VMM, TRACK_PAGES * fault_ticks(book)))


def carried_bytes_per_s(host: Host) -> float:
    """What a host's network carries of a chunk in a second: its rate, less the headers of the packets that hold it."""
    packets = _message(CHUNK_BYTES, host).packets
    whole = CHUNK_BYTES + packets * host.nic.header_bytes
    return host.nic.bandwidth_bytes_per_s * CHUNK_BYTES / whole


def one_page(host: Host, book: CostBook) -> tuple[int, int]:
    """A page that a guest comes to and that is at another host: what it waits for beside the sender, and the sending.

    The fault, a request to the other host and the answer, each through both network stacks.
    """
    request, page = _message(64.0, host), _message(PAGE_BYTES, host)
    stacks = _ticks(book, *transmit(request), *receive(request), *transmit(page), *receive(page))
    wire = _ticks(book, *(one for one in devices.send_wire(page) if one.kind is StageKind.DELAY))
    frame = _ticks(book, *(one for one in devices.send_wire(page) if one.kind is StageKind.NIC_TX))
    return round(fault_ticks(book) + stacks + 2 * wire), max(round(frame), 1)


def waiting() -> Program:
    """Nothing but time."""
    return _program((Kind.DELAY, 0, Layer.WIRE, 1.0))
