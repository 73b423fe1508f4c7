"""Mechanisms: whose time each stage is, in which domain, and what is paid only when idle."""

from __future__ import annotations

from dataclasses import replace

import pytest

from architectures import Architecture, architecture_names, load_architecture
from architectures.mechanisms.base import CpuMechanism, IoMechanism, Stages
from architectures.mechanisms.drivers import (
    TRANSLATED,
    BridgedDrivers,
    ContainerDrivers,
    HypervisorDrivers,
    HypervisorRings,
    NativeDrivers,
    PassThrough,
    SoftInterrupts,
    TapDrivers,
)
from architectures.mechanisms.hosted import Hosted
from architectures.mechanisms.memory import (
    DirectPaging,
    HostMappings,
    NativePaging,
    NestedPaging,
    ShadowPaging,
    SoftwareMmu,
)
from architectures.mechanisms.processor import BinaryTranslation, Direct, Emulation, HardwareAssist, Hypercall
from architectures.mechanisms.split import SerialVirtio, SplitDriver, Virtio
from simcore.demands import Demand, Io, IoKind
from simcore.hosts import load_host
from simcore.path import Layer, Role, StageKind

NAMES = architecture_names()
CPU = Hypercall()
READ = Io(kind=IoKind.DISK_READ, size_bytes=4096.0)
SEND = Io(kind=IoKind.SEND, size_bytes=4096.0, packets=3.0, segments=1.0)
RECEIVE = Io(kind=IoKind.RECEIVE, size_bytes=4096.0, packets=3.0, segments=1.0)
ITEMS = (READ, SEND, RECEIVE)
DRIVERS = {"block_request", "bridge_packet", "host_packet", "interrupt"}  # work of whoever has the real device's driver
HARDWARE = {Layer.DEVICE, Layer.WIRE}


def stages(mechanism: IoMechanism, io: Io) -> Stages:
    match io.kind:
        case IoKind.SEND:
            return mechanism.send(io, CPU)
        case IoKind.RECEIVE:
            return mechanism.receive(io, CPU)
        case _:
            return mechanism.disk(io, CPU)


def of(architecture: Architecture, io: Io) -> Stages:
    return stages(architecture.io_mechanism, io)


def names(found: Stages, layer: Layer) -> set[str]:
    return {charge.cost for stage in found if stage.layer is layer for charge in stage.charges}


def layers(found: Stages) -> list[Layer]:
    """In order of first appearance."""
    return list(dict.fromkeys(stage.layer for stage in found))


# where the drivers are


@pytest.mark.parametrize("io", ITEMS, ids=lambda io: io.kind)
@pytest.mark.parametrize("name", [n for n in NAMES if load_architecture(n).capabilities.drivers_in == "driver domain"])
def test_a_micro_kernel_hypervisor_has_no_drivers(name: str, io: Io) -> None:
    found = of(load_architecture(name), io)
    assert not names(found, Layer.VMM) & DRIVERS
    assert names(found, Layer.BACK_END) & DRIVERS
    assert {stage.role for stage in found if stage.layer is Layer.BACK_END} == {Role.BACK_END}


@pytest.mark.parametrize("io", ITEMS, ids=lambda io: io.kind)
@pytest.mark.parametrize("name", [n for n in NAMES if load_architecture(n).io.startswith("hypervisor")])
def test_a_monolithic_hypervisor_has_them(name: str, io: Io) -> None:
    found = of(load_architecture(name), io)
    assert names(found, Layer.VMM) & {"hypervisor_request", "hypervisor_packet"}
    assert {stage.role for stage in found if stage.role} == {Role.GUEST}
    assert not {Layer.BACK_END, Layer.HOST_OS} & set(layers(found))


@pytest.mark.parametrize("io", ITEMS, ids=lambda io: io.kind)
def test_rings_add_the_exchange_of_a_received_packets_page(io: Io) -> None:
    more = [stage for stage in stages(HypervisorRings(), io) if stage not in stages(HypervisorDrivers(), io)]
    flips = [(c.cost, c.count) for stage in more for c in stage.charges]
    assert flips == ([("page_flip", io.packets)] if io is RECEIVE else [])


@pytest.mark.parametrize("io", ITEMS, ids=lambda io: io.kind)
@pytest.mark.parametrize("mechanism", [SplitDriver(), Virtio()])
def test_every_request_passes_the_back_end_on_its_way(mechanism: SplitDriver, io: Io) -> None:
    found = stages(mechanism, io)
    device = next(n for n, stage in enumerate(found) if stage.layer is Layer.DEVICE)
    before, after = found[:device], found[device:]
    sides = [after] if io.kind is IoKind.RECEIVE else [before] if io.kind is IoKind.SEND else [before, after]
    for side in sides:
        assert any(stage.role is mechanism.role and not stage.when_idle for stage in side)


def test_vhost_has_its_driver_in_the_host_os() -> None:
    found = stages(Virtio(), READ)
    assert names(found, Layer.HOST_OS) == {"block_request", "interrupt"}
    assert {stage.role for stage in found} == {Role.GUEST, Role.HOST, None}


# the four mappings of a hosted VM


def test_hosted_layers() -> None:
    disk = stages(Hosted(), READ)
    assert layers(disk) == [Layer.GUEST_KERNEL, Layer.VMM, Layer.BACK_END, Layer.HOST_OS, Layer.DEVICE]
    for io in ITEMS:
        found = stages(Hosted(), io)
        assert set(layers(found)) - HARDWARE == {Layer.GUEST_KERNEL, Layer.VMM, Layer.BACK_END, Layer.HOST_OS}
        assert {stage.role for stage in found} == {Role.GUEST, None}  # one process of the host
        assert names(found, Layer.HOST_OS) & DRIVERS
        assert not names(found, Layer.VMM) & (DRIVERS - {"interrupt"})


def test_a_disk_request_switches_worlds_there_and_back() -> None:
    switches = [
        c for stage in stages(Hosted(), READ) for c in stage.charges if c.cost == "world_switch" and not c.factors
    ]
    assert sum(charge.count for charge in switches) == 2.0


@pytest.mark.parametrize(("io", "factors"), [(SEND, ("packet_triggers",)), (RECEIVE, ())], ids=["send", "receive"])
def test_a_hosted_interface_interrupts_for_each_packet(io: Io, factors: tuple[str, ...]) -> None:
    """It knows no polling; a driver may combine what it sends, but not what it receives."""
    delivered = [c for stage in stages(Hosted(), io) for c in stage.charges if "event_upcalls" in c.factors]
    assert [(charge.count, charge.factors) for charge in delivered] == [(io.packets, ("event_upcalls", *factors))]


@pytest.mark.parametrize("io", [READ, RECEIVE], ids=lambda io: io.kind)
def test_a_hosted_guest_is_woken_by_the_world_switch_and_its_own_kernel(io: Io) -> None:
    """The processor mechanism's rescheduling would be a second way back to the VMM."""
    woken = [(s.layer, c.cost) for s in stages(Hosted(), io) if s.when_idle for c in s.charges if "wake" in c.cost]
    assert woken == [(Layer.HOST_OS, "wake_up"), (Layer.GUEST_KERNEL, "wake_up")]


def test_the_real_interface_interrupts_for_what_was_sent_in_the_background() -> None:
    behind = stages(Hosted(), replace(SEND, sync=False))
    sent = behind[len(stages(Hosted(), SEND)) - 1 :]  # after the NIC; who waits has the wire there
    assert [(c.cost, c.count, c.factors) for stage in sent for c in stage.charges] == [
        ("world_switch", 6.0, ("sent_interrupts",)),
        ("interrupt", 3.0, ("sent_interrupts",)),
    ]


def test_what_a_stream_receives_under_one_interrupt_shares_switches_and_status_ports() -> None:
    alone, stream = stages(Hosted(), RECEIVE), stages(Hosted(), replace(RECEIVE, sync=False))
    one_by_one = [(c.cost, c.factors) for stage in alone for c in stage.charges]
    shared = [(c.cost, c.factors) for stage in stream for c in stage.charges if "received_interrupts" in c.factors]
    assert "received_interrupts" not in {ratio for _, ratios in one_by_one for ratio in ratios}
    assert {cost for cost, _ in shared} >= {"world_switch", "device_port", "application_port"}
    assert not {cost for cost, _ in shared} & {"host_packet", "application_packet", "receive_byte", "receive_packet"}


# the others


@pytest.mark.parametrize("io", ITEMS, ids=lambda io: io.kind)
def test_native_and_pass_through(io: Io) -> None:
    native = NativeDrivers()
    found = (
        native.disk(io, Direct())
        if io is READ
        else native.send(io, Direct())
        if io is SEND
        else native.receive(io, Direct())
    )
    assert set(layers(found)) - HARDWARE == {Layer.GUEST_KERNEL}
    through = stages(PassThrough(), io)
    assert set(layers(through)) - HARDWARE <= {Layer.GUEST_KERNEL, Layer.VMM}
    assert names(through, Layer.VMM) <= {"hypercall_exception", "hypercall", "vcpu_wake"}  # interrupts, that is


def test_a_container_adds_only_the_shared_kernels_work() -> None:
    for costs, io in ((["overlay_request"], READ), (["bridge_packet", *TRANSLATED], SEND)):
        container, host = of(load_architecture("container"), io), of(load_architecture("container-host-network"), io)
        extra = [stage for stage in container if stage not in host]
        assert [stage.layer for stage in extra] == [Layer.HOST_OS]
        assert [charge.cost for stage in extra for charge in stage.charges] == costs
        assert extra[0].role is Role.GUEST


@pytest.mark.parametrize("name", NAMES)
def test_user_code_runs_directly_in_the_guest(name: str) -> None:
    (found,) = load_architecture(name).cpu_mechanism.stages(Demand.USER_CYCLES)
    assert (found.layer, found.role, found.kind) == (Layer.USER, Role.GUEST, StageKind.CPU)
    assert [charge.cost for charge in found.charges] == ["cycle"]
    assert (Layer.USER in load_architecture(name).cpu_mechanism.slows) == name.startswith("qemu-")


@pytest.mark.parametrize(
    ("mechanism", "free"),
    [
        (BinaryTranslation(), set()),
        (HardwareAssist(), {Demand.SYSTEM_CALLS}),  # no exit
        (Hypercall(), set()),
        (Emulation(), {Demand.SYSTEM_CALLS}),  # a jump within translated code
    ],
)
def test_which_events_reach_the_vmm(mechanism: CpuMechanism, free: set[Demand]) -> None:
    events = {
        *(Demand.SYSTEM_CALLS, Demand.EXCEPTIONS, Demand.PRIVILEGED_INSTRUCTIONS, Demand.PORT_ACCESSES),
        *(Demand.IPIS, Demand.TIMER_TICKS),
    }
    reach = {demand for demand in events if Layer.VMM in layers(mechanism.stages(demand))}
    assert reach == events - free
    assert Layer.VMM in layers(mechanism.interrupt())


def test_a_hypercall_replaces_the_trap() -> None:
    for demand in (Demand.PRIVILEGED_INSTRUCTIONS, Demand.PORT_ACCESSES):
        assert [c.cost for stage in Hypercall().stages(demand) for c in stage.charges] == ["hypercall"]


@pytest.mark.parametrize(
    ("mechanism", "layer", "locks"),
    [
        (NativePaging(), None, None),
        (ShadowPaging("vm"), Layer.VMM, "vm"),
        (ShadowPaging("address space"), Layer.VMM, "address space"),
        (DirectPaging("vm"), Layer.VMM, "vm"),
        (NestedPaging("vm"), Layer.VMM, None),  # the page tables are the guest's own
        (SoftwareMmu("vm"), Layer.VMM, None),
    ],
)
def test_paging(mechanism: NativePaging, layer: Layer | None, locks: str | None) -> None:
    for demand in (Demand.PAGE_FAULTS, Demand.PAGE_TABLE_UPDATES, Demand.ADDRESS_SPACE_SWITCHES):
        native, *extra = mechanism.stages(demand)
        assert native.layer is Layer.GUEST_KERNEL
        *delivered, work = extra if layer else (None,)
        assert (work.layer, work.lock) == (layer, locks) if work else layer is None
        told = isinstance(mechanism, DirectPaging) and demand is Demand.PAGE_FAULTS
        assert [stage.charges[0].cost for stage in delivered] == (["hypercall_exception"] if told else [])


def test_page_walks() -> None:
    walks = {
        kind: kind().stages(Demand.TLB_MISSES)[0] for kind in (NativePaging, ShadowPaging, NestedPaging, SoftwareMmu)
    }
    assert [walk.layer for walk in walks.values()] == [Layer.MMU, Layer.MMU, Layer.MMU, Layer.VMM]
    assert [charge.cost for charge in walks[NestedPaging].charges] == ["tlb_miss", "nested_walk"]
    assert walks[ShadowPaging] == walks[NativePaging]


@pytest.mark.parametrize(("demand", "ratio"), [(Demand.FORKS, "fork_page_faults"), (Demand.EXECS, "exec_page_faults")])
def test_a_fork_pays_the_extra_of_its_page_faults(demand: Demand, ratio: str) -> None:
    native, *more = DirectPaging().stages(demand)
    faults = DirectPaging().extra(Demand.PAGE_FAULTS)
    assert native == NativePaging().stages(demand)[0]
    for extra, fault in zip(more, faults, strict=True):
        assert [(c.cost, c.factors) for c in extra.charges] == [(c.cost, (*c.factors, ratio)) for c in fault.charges]
        assert (extra.lock, extra.kind) == (fault.lock, fault.kind)


# what is paid only when idle


@pytest.mark.parametrize("name", NAMES)
def test_waking_is_paid_only_when_idle_and_an_interrupt_always(name: str) -> None:
    cpu = load_architecture(name).cpu_mechanism
    assert cpu.wake_up()
    assert all(stage.when_idle and stage.role is Role.GUEST for stage in cpu.wake_up())
    assert not any(stage.when_idle for stage in cpu.interrupt())


WAKING = ["vcpu_wake", "wake_up"]  # under hypercalls, and with the interrupt:
INTERRUPTED = ["hypercall", "hypercall_exception", "interrupt", *WAKING]
TOLD = ["back_end_wake", "notify_back_end"]
RECEIVED = ["back_end_wake", "interrupt", "notify_guest", *INTERRUPTED]


@pytest.mark.parametrize(
    ("mechanism", "disk", "sent", "received"),
    [
        (NativeDrivers(), WAKING, [], INTERRUPTED),
        (HypervisorDrivers(), WAKING, [], ["interrupt", *INTERRUPTED]),
        (SplitDriver(), [*TOLD, "back_end_wake", "notify_guest", *WAKING], TOLD, RECEIVED),
        (Virtio(), [*TOLD, "back_end_wake", "notify_guest", *WAKING], TOLD, RECEIVED),
        (SerialVirtio(), [*TOLD, "back_end_wake", "notify_guest", *WAKING], TOLD, RECEIVED),
        (Hosted(), ["wake_up", "wake_up"], [], ["interrupt", "wake_up", "wake_up"]),  # of the host, and of the guest
    ],
)
def test_idle_stages_are_notifications_wake_ups_and_the_interrupts_of_a_poller(
    mechanism: IoMechanism, disk: list[str], sent: list[str], received: list[str]
) -> None:
    for io, expected in zip(ITEMS, (disk, sent, received), strict=True):
        idle = [stage for stage in stages(mechanism, io) if stage.when_idle]
        assert sorted(c.cost for stage in idle for c in stage.charges) == sorted(expected)
        assert all(stage.kind is StageKind.CPU for stage in idle)


def test_a_packet_over_the_bridge_is_one_cost_whoever_is_behind_its_port() -> None:
    host = load_host("server")
    prices = {load_architecture(name).book(host)["bridge_packet"] for name in ("container", "kvm-vhost", "xen-pv")}
    assert len(prices) == 1
    for io in (SEND, RECEIVE):
        assert {"bridge_packet", *TRANSLATED} <= names(stages(ContainerDrivers(), io), Layer.HOST_OS)
        for mechanism in (BridgedDrivers(), TapDrivers()):
            bridged = names(stages(mechanism, io), Layer.HOST_OS)
            assert "bridge_packet" in bridged
            assert not {*TRANSLATED} & bridged


def test_packets_to_a_container_pass_the_bridge_elsewhere_in_soft_interrupts() -> None:
    (bridge,) = (stage for stage in SoftInterrupts().receive(RECEIVE, CPU) if stage.role is Role.HOST)
    assert bridge == replace(ContainerDrivers()._bridge(RECEIVE), role=Role.HOST)
    assert SoftInterrupts().send(SEND, CPU) == ContainerDrivers().send(SEND, CPU)
    assert {stage.role for stage in ContainerDrivers().receive(RECEIVE, CPU)} == {None, Role.GUEST}


def test_frames_through_a_tap_are_system_calls_of_the_host_and_a_signal_each() -> None:
    def calls(found: Stages, cost: str) -> list[tuple[float, bool]]:
        return [(c.count, stage.when_idle) for stage in found for c in stage.charges if c.cost == cost]

    sent, received = TapDrivers().send(SEND, CPU), TapDrivers().receive(RECEIVE, CPU)
    assert (calls(sent, "system_call"), calls(received, "system_call")) == ([(3.0, False)], [(9.0, False)])
    assert (calls(sent, "hypercall_exception"), calls(received, "hypercall_exception")) == ([], [(3.0, False)])
    assert {c.count for stage in (*sent, *received) for c in stage.charges if c.cost == "file_byte"} == {4096.0}
    calls_of_host = [c for stage in (*sent, *received) for c in stage.charges if c.cost == "hypercall"]
    flags = [(c.count, c.factors) for c in calls_of_host if "event_hypercalls" not in c.factors]
    assert flags == [(3.0, ("sent_flag_calls",)), (3.0, ("received_flag_calls",))]


@pytest.mark.parametrize(("demand", "count"), [(Demand.FORKS, "fork_unmaps"), (Demand.EXECS, "exec_unmaps")])
def test_a_new_address_space_is_emptied_by_calls_of_the_host(demand: Demand, count: str) -> None:
    *direct, emptied = HostMappings().stages(demand)
    assert tuple(direct) == DirectPaging().stages(demand)
    assert [(c.cost, c.factors) for c in emptied.charges] == [("system_call", (count,)), ("mapping_call", (count,))]
    assert HostMappings().stages(Demand.PAGE_FAULTS) == DirectPaging().stages(Demand.PAGE_FAULTS)


@pytest.mark.parametrize(
    ("mechanism", "cost", "times"),
    [
        (NativeDrivers(), "block_request", 1.0),
        (HypervisorDrivers(), "block_request", 1.0),
        (HypervisorDrivers(), "hypervisor_request", 1.0),
        (SplitDriver(), "block_request", 2.0),  # a block layer in the guest and one where the driver is
        (Virtio(), "block_request", 2.0),
        (Hosted(), "block_request", 2.0),
        (NativeDrivers(), "interrupt", 1.0),
        (HypervisorDrivers(), "interrupt", 2.0),  # the device's and the virtual one
        (SplitDriver(), "interrupt", 2.0),
        (Hosted(), "interrupt", 2.0),
    ],
)
def test_a_disk_request_costs_each_block_layer_once_and_each_kernel_an_interrupt(
    mechanism: IoMechanism, cost: str, times: float
) -> None:
    assert sum(c.count for stage in stages(mechanism, READ) for c in stage.charges if c.cost == cost) == times
