"""From an operation to a path: each mechanism's stages, in order.

Processor work is spread evenly over the gaps before, between and after the items of input and output. An item that the
operation does not wait for goes on in the background from the first stage that is not the guest's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from architectures.local import Client
from architectures.mechanisms import devices
from architectures.mechanisms.base import IoMechanism, Stages, charge, guest
from architectures.mechanisms.paging import PAGING, paging
from architectures.spec import Architecture
from architectures.threads import threaded
from simcore.demands import Demand, Io, IoKind, Operation
from simcore.path import ALWAYS, Background, Calling, Layer, Path, Role, Stage, StageKind, costs_of, flat

__all__ = ["MEMORY", "WINDOWS", "charged", "compose", "conversation", "switch_stages"]

MEMORY = {
    Demand.PAGE_FAULTS,
    Demand.FILE_FAULTS,
    Demand.COPIED_FAULTS,
    Demand.PAGE_TABLE_UPDATES,
    Demand.ADDRESS_SPACE_SWITCHES,
    Demand.FORKS,
    Demand.EXECS,
    Demand.TLB_MISSES,
}


# Entries into the guest's kernel from a program; not of a kernel that its hypervisor enters for it (`hypercall`).
ENTRIES = {Demand.SYSTEM_CALLS, Demand.EXCEPTIONS, Demand.PAGE_FAULTS, Demand.FILE_FAULTS, Demand.COPIED_FAULTS}
WINDOWS = ("longest", "start", "growth", "shrinkage")  # of polling, as cost tables name them
UNSLOWED = frozenset({"wake_up"})  # leaving idleness is the processor's work, not code


def compose(
    architecture: Architecture, operation: Operation, segment_bytes: float, payload_bytes: float = 1448.0
) -> Path:
    """The path of an operation under an architecture.

    Args:
        segment_bytes: the largest segment that the host's network interface cuts into frames by itself.
        payload_bytes: what a packet of the host's network carries.
    """
    found = conversation(architecture, operation, segment_bytes, payload_bytes)
    return tuple(item for item in found if not isinstance(item, Calling))


def conversation(
    architecture: Architecture,
    operation: Operation,
    segment_bytes: float,
    payload_bytes: float = 1448.0,
    client: Client | None = None,
    calls: Sequence[int] = (),
) -> tuple[Stage | Background | Calling, ...]:
    """The path of an operation that guests of the host call, or that calls others.

    Args:
        segment_bytes, payload_bytes: see `compose`.
        client: who calls it, and with whom it exchanges its messages; None for somebody on another host.
        calls: whom it calls, one after the other: before its last message is sent, or at the end.
    """
    slots, kept = operation.slots, _holds(architecture, operation)
    items = _spread(slots, kept)
    share = 1.0 / (len(items) + 1)
    stages = [stage.times(share) for stage in _processor(architecture, operation)]
    work = sorted(stages, key=lambda stage: stage.kind is StageKind.MMU)  # one hold of the lock, not many
    path: list[Stage | Background | Calling] = [*work]
    sent = [n for n, item in enumerate(items) if not isinstance(item, Stage) and item[1].kind is IoKind.SEND]
    before = sent[-1] if sent else len(items)
    for number, item in enumerate(items):
        if number == before:
            path += map(Calling, calls)
        if isinstance(item, Stage):
            path += [item, *work]
            continue
        variable, io = item
        packed = io.packed(payload_bytes)

        def segments(one: Architecture, packed: Io = packed) -> Io:
            return _segmented(packed, segment_bytes if one.offload else 0.0)

        if client is not None and io.kind in _NETWORK:
            path += _local(variable, client.message(architecture, segments, _slowed), segments(architecture))
        else:
            path += _item(architecture, variable, segments(architecture))
        path += work
    if before == len(items):
        path += map(Calling, calls)
    return tuple(_polled(item) for item in path) if architecture.back_end_polls else tuple(path)


def _holds(architecture: Architecture, operation: Operation) -> list[Stage]:
    """Each time that an operation holds a lock of the guest's kernel, those of all its locks in turn."""
    found: list[tuple[float, Stage]] = []
    for number, lock in enumerate(operation.locks):
        hold = guest(charge("cycle", lock.hold_cycles), label=f"holds a {lock.name} lock")
        stage = replace(_slowed(architecture, (hold,))[0], spin=number)
        found += [((turn + 0.5) / lock.count, stage) for turn in range(lock.count)]
    return [stage for _, stage in sorted(found, key=lambda one: one[0])]


def _spread(slots: Sequence[tuple[str, Io]], kept: Sequence[Stage]) -> list[tuple[str, Io] | Stage]:
    """Input and output with holds of locks between, both evenly."""
    places: list[tuple[float, tuple[str, Io] | Stage]] = [((n + 0.5) / len(slots), one) for n, one in enumerate(slots)]
    places += [((n + 0.5) / len(kept), stage) for n, stage in enumerate(kept)]
    return [one for _, one in sorted(places, key=lambda place: place[0])]


def _polled(item: Stage | Background | Calling) -> Stage | Background | Calling:
    """Of a back end that polls: who comes to it need not tell it or wake it."""
    if isinstance(item, Calling):
        return item
    if isinstance(item, Background):
        return replace(item, stages=tuple(replace(s, asleep=_spared(s)) for s in item.stages))
    return replace(item, asleep=_spared(item))


def _spared(stage: Stage) -> bool:
    return stage.asleep or (stage.when_idle and stage.role is not Role.GUEST)


EVERYTHING = Operation(
    demands=dict.fromkeys(Demand, 1.0),
    io=tuple(
        Io(kind=kind, size_bytes=1.0, packets=1.0, pattern=pattern, sync=sync, wait_s=1.0)
        for kind in IoKind
        for pattern in ("random", "sequential")
        for sync in (True, False)
    ),
)


def charged(architecture: Architecture) -> frozenset[str]:
    """The names of all costs and ratios that any operation may be charged under an architecture."""
    path = compose(architecture, EVERYTHING, 65536.0)
    who = architecture.polling
    windows = [] if who == "none" else [f"{who}_poll_{part}" for part in WINDOWS]
    cpu, how = architecture.cpu_mechanism, architecture.lock_waits
    waits = (*cpu.spun_out(), *cpu.kick(), *cpu.kicked()) if how != "spin" else ()
    windows += ["line_transfer"] if how == "spin" else ["line_transfer", f"lock_{how}_window"]
    return frozenset(costs_of((*flat(path), *switch_stages(architecture), *waits))) | {"domain_switch", *windows}


def _processor(architecture: Architecture, operation: Operation) -> Iterator[Stage]:
    for demand, amount in operation.demands.items():
        if not amount:
            continue
        mechanism = architecture.mmu_mechanism if demand in MEMORY else architecture.cpu_mechanism
        variable = demand.value if demand in operation.varied else ALWAYS
        kind = architecture.mmu_mechanism.taken_as(demand) if demand in MEMORY else demand
        yield from (stage.times(amount, variable) for stage in _slowed(architecture, mechanism.stages(kind)))
        if demand in ENTRIES and architecture.cpu_mechanism.own_entry:
            yield from (stage.times(amount, variable) for stage in architecture.mmu_mechanism.isolation())


def _item(architecture: Architecture, slot: str, io: Io) -> list[Stage | Background]:
    mechanism = architecture.io_mechanism
    left = () if io.kind in PAGING else mechanism.behind(io)
    stages, behind = (
        [_bound(stage, slot, io) for stage in threaded(architecture, io, _slowed(architecture, part))]
        for part in (_stages(mechanism, architecture, io), left)
    )
    if io.sync or io.kind is IoKind.WAIT:
        return [*stages, *([Background("disk", tuple(behind))] if behind else [])]
    own = next((n for n, stage in enumerate(stages) if stage.role is not Role.GUEST), len(stages))
    rest = (*stages[own:], *behind)
    return [*stages[:own], Background("network" if io.kind in _NETWORK else "disk", rest)]


def _local(slot: str, stages: Stages, io: Io) -> list[Stage | Background]:
    """A message between guests of one host."""
    bound = [_bound(stage, slot, io) for stage in stages]
    if io.sync:
        return [*bound]
    own = next((n for n, stage in enumerate(bound) if stage.role is not Role.GUEST), len(bound))
    return [*bound[:own], Background("network", tuple(bound[own:]))]


def _segmented(io: Io, segment_bytes: float) -> Io:
    if io.kind not in _NETWORK:
        return io
    fewest = math.ceil(io.size_bytes / segment_bytes) if segment_bytes else io.packets
    return replace(io, segments=min(io.packets, max(1.0, fewest)))


_NETWORK = (IoKind.SEND, IoKind.RECEIVE)


def _stages(mechanism: IoMechanism, architecture: Architecture, io: Io) -> Stages:
    cpu = architecture.cpu_mechanism
    match io.kind:
        case IoKind.SEND:
            return mechanism.send(io, cpu)
        case IoKind.RECEIVE:
            return mechanism.receive(io, cpu)
        case IoKind.WAIT:
            return (*devices.outside(io), *cpu.wake_up())
        case kind if kind in PAGING:
            in_hypervisor = architecture.capabilities.drivers_in == "hypervisor"
            return paging(io, cpu, Layer.VMM if in_hypervisor else Layer.HOST_OS)
        case _:
            return mechanism.disk(io, cpu)


def _bound(stage: Stage, slot: str, io: Io) -> Stage:
    """Names the variables of one item: whether it happens, and its draws."""
    happens = ALWAYS if io.count == 1.0 else slot
    charges = tuple(
        replace(c, variable=happens if c.variable == ALWAYS else f"{slot}.{c.variable}") for c in stage.charges
    )
    return replace(stage, charges=charges)


def _slowed(architecture: Architecture, stages: Stages) -> Stages:
    """Guest work at the speed that the processor mechanism gives it."""
    slows = architecture.cpu_mechanism.slows

    def slowed(stage: Stage) -> Stage:
        own = stage.kind is StageKind.CPU and stage.role is Role.GUEST and stage.layer in slows
        if not own:
            return stage
        factor = slows[Layer(stage.layer)]
        return replace(
            stage,
            charges=tuple(c if c.cost in UNSLOWED else replace(c, factors=(*c.factors, factor)) for c in stage.charges),
        )

    return tuple(slowed(stage) for stage in stages)


def switch_stages(architecture: Architecture) -> Stages:
    """What a change of task on a virtual processor costs."""
    return _slowed(architecture, architecture.mmu_mechanism.stages(Demand.ADDRESS_SPACE_SWITCHES))
