"""Lowering, by hand: what merges, which row is whose, and what disks and locks do."""

from dataclasses import replace
from typing import Any, Literal

import pytest

from simcore.costs import CostBook, CostEntry, Machine
from simcore.errors import InputError
from simcore.hosts import Host, load_host
from simcore.lowering import STATIONS, lower, ring_table, stations, ticks_by_layer, unit_ticks
from simcore.model import Kind, Lock, Program, Row, Serial, Tail, Visit
from simcore.path import ALWAYS, Background, Charge, Layer, Path, Role, Stage, StageKind

SOURCE = "a paper, table 1"
BOOK = CostBook(
    [
        [
            CostEntry(name="work", value=100, unit="ns", source=SOURCE),
            CostEntry(name="more", value=30, unit="cycles", source=SOURCE),  # 10 ns at 3 GHz
            CostEntry(name="copy", value=1, unit="ns/byte", source=SOURCE),
            CostEntry(name="factor", value=1.5, unit="ratio", source=SOURCE),
            CostEntry(name="free", value=0, unit="us", source=SOURCE),
        ]
    ],
    "toy",
    Machine(3e9, 2020),
    {},
)
ROLES = {Role.GUEST: 0, Role.BACK_END: 1, Role.HOST: 2}
FLASH, ROTATING = load_host("server"), load_host("pentium3-733")
ONE = Charge("work")


def cpu(layer: Layer, *charges: Charge, role: Role = Role.GUEST, idle: bool = False) -> Stage:
    return Stage(StageKind.CPU, layer, charges or (ONE,), role, idle)


def mmu(lock: Literal["address space", "vm"]) -> Stage:
    return Stage(StageKind.MMU, Layer.VMM, (ONE,), Role.GUEST, lock=lock)


def device(kind: StageKind, charge: Charge = ONE) -> Stage:
    return Stage(kind, Layer.DEVICE, (charge,))


def about(ticks: int) -> Any:
    return pytest.approx(ticks, rel=1e-12)


def lowered(*path: Stage | Background, host: Host = FLASH) -> Program:
    return lower(path, BOOK, host, ROLES, {"disk": 0, "network": 1})


def test_unit_ticks_are_count_times_cost_times_factors() -> None:
    assert unit_ticks(BOOK, ONE) == pytest.approx(100_000.0)
    assert unit_ticks(BOOK, Charge("more", 3.0)) == pytest.approx(30_000.0)
    assert unit_ticks(BOOK, Charge("copy", 1000.0, ("factor", "factor"))) == pytest.approx(2_250_000.0)


def test_neighbours_in_one_domain_are_one_visit_with_a_row_for_each_layer() -> None:
    user, kernel = cpu(Layer.USER), cpu(Layer.GUEST_KERNEL, ONE, Charge("work", 2.0, variable="system_calls"))
    found = lowered(user, kernel, cpu(Layer.VMM), kernel)
    assert found.steps == (Visit(0, Kind.CPU, 0, 0, 3),)
    assert found.rows == (
        Row(Layer.USER, ((ALWAYS, about(100_000)),)),
        Row(Layer.GUEST_KERNEL, ((ALWAYS, about(200_000)), ("system_calls", about(400_000)))),
        Row(Layer.VMM, ((ALWAYS, about(100_000)),)),
    )


def test_another_domain_is_another_visit() -> None:
    found = lowered(
        cpu(Layer.USER), cpu(Layer.BACK_END, role=Role.BACK_END), cpu(Layer.USER), cpu(Layer.HOST_OS, role=Role.HOST)
    )
    assert [(visit.kind, visit.where) for visit in found.visits] == [
        (Kind.CPU, 0),
        (Kind.CPU, 1),
        (Kind.CPU, 0),
        (Kind.CPU, 2),
    ]
    assert [(visit.index, visit.first, visit.last) for visit in found.visits] == [(n, n, n + 1) for n in range(4)]


def test_roles_of_one_domain_merge() -> None:
    same = dict.fromkeys(Role, 0)
    found = lower((cpu(Layer.USER), cpu(Layer.HOST_OS, role=Role.HOST)), BOOK, FLASH, same, {})
    assert found.steps == (Visit(0, Kind.CPU, 0, 0, 2),)


def test_idle_rows_are_apart_from_paid_ones_of_the_same_layer() -> None:
    found = lowered(cpu(Layer.VMM), cpu(Layer.VMM, Charge("more"), idle=True), cpu(Layer.VMM, idle=True))
    assert found.steps == (Visit(0, Kind.CPU, 0, 0, 2),)
    assert [(row.layer, row.idle) for row in found.rows] == [(Layer.VMM, False), (Layer.VMM, True)]
    assert found.rows[1].ticks == ((ALWAYS, about(110_000)),)
    assert found.busy.tolist() == [1, 0]


def test_what_costs_nothing_leaves_no_row_and_no_visit() -> None:
    found = lowered(
        cpu(Layer.USER), cpu(Layer.BACK_END, Charge("free"), role=Role.BACK_END), cpu(Layer.VMM, Charge("work", 0.0))
    )
    assert found.steps == (Visit(0, Kind.CPU, 0, 0, 1),)
    assert lowered(device(StageKind.DISK, Charge("free"))) == Program((), ())


def test_a_rotating_disk_transfers_within_the_access() -> None:
    path = (device(StageKind.DISK), device(StageKind.DISK_BUS, Charge("copy", 50.0)))
    found = lowered(*path, host=ROTATING)
    assert found.steps == (Visit(0, Kind.STATION, STATIONS.index(StageKind.DISK), 0, 1),)
    assert found.rows == (Row(Layer.DEVICE, ((ALWAYS, about(150_000)),)),)


def test_a_flash_disk_transfers_over_a_bus_of_its_own() -> None:
    found = lowered(device(StageKind.DISK), device(StageKind.DISK_BUS, Charge("copy", 50.0)))
    assert [(visit.kind, visit.where) for visit in found.visits] == [(Kind.STATION, 0), (Kind.STATION, 1)]


def test_delays_go_nowhere_and_network_interfaces_to_their_side() -> None:
    kinds = (StageKind.NIC_TX, StageKind.DELAY, StageKind.NIC_RX)
    found = lowered(*(device(kind) for kind in kinds))
    assert [(v.kind, v.where) for v in found.visits] == [(Kind.STATION, 2), (Kind.DELAY, 0), (Kind.STATION, 3)]


def test_serial_stages_keep_the_turn_until_the_last_of_them() -> None:
    def serial(stage: Stage) -> Stage:
        return replace(stage, serial=True)

    plain, disk = cpu(Layer.VMM), device(StageKind.DISK)
    found = lowered(plain, serial(plain), serial(plain), serial(disk), serial(plain), plain, serial(plain))
    kinds = [Serial.NO, Serial.HOLDS, Serial.HOLDS, Serial.ENDS, Serial.NO, Serial.ENDS]
    assert [visit.serial for visit in found.visits] == kinds


def test_locks_split_visits_and_equal_locks_merge() -> None:
    found = lowered(cpu(Layer.USER), mmu("vm"), mmu("vm"), mmu("address space"), cpu(Layer.USER))
    assert [visit.lock for visit in found.visits] == [Lock.NONE, Lock.VM, Lock.ADDRESS_SPACE, Lock.NONE]
    assert all((visit.kind, visit.where) == (Kind.CPU, 0) for visit in found.visits)
    assert found.rows[1] == Row(Layer.VMM, ((ALWAYS, about(200_000)),))


def test_a_background_item_is_a_tail_and_divides_what_is_around_it() -> None:
    path: Path = (
        cpu(Layer.USER),
        Background("network", (cpu(Layer.BACK_END, role=Role.BACK_END), device(StageKind.NIC_TX))),
        cpu(Layer.USER),
    )
    found = lowered(*path)
    before, tail, after = found.steps
    assert before == Visit(0, Kind.CPU, 0, 0, 1)
    assert tail == Tail(1, (Visit(1, Kind.CPU, 1, 1, 2), Visit(2, Kind.STATION, 2, 2, 3)))
    assert after == Visit(3, Kind.CPU, 0, 3, 4)
    assert [visit.index for visit in found.visits] == [0, 1, 2, 3]


def test_an_unknown_cost_is_refused() -> None:
    with pytest.raises(InputError, match=r"^cost: 'wrok' .*did you mean 'work'"):
        lowered(cpu(Layer.USER, Charge("wrok")))


def test_stations() -> None:
    assert [(s.name, s.servers) for s in stations(FLASH)] == [
        ("disk", FLASH.disk.channels),
        ("disk bus", 1),
        ("NIC transmit", 1),
        ("NIC receive", 1),
    ]
    assert stations(ROTATING)[0].servers == 1
    assert len(STATIONS) == len(stations(FLASH))


def test_each_guest_has_two_rings_and_finds_them() -> None:
    rings, tables = ring_table(2, 128, 64)
    assert [(ring.name, ring.slots) for ring in rings] == [
        ("guest 0 disk ring", 128),
        ("guest 0 network ring", 64),
        ("guest 1 disk ring", 128),
        ("guest 1 network ring", 64),
    ]
    assert tables == ({"disk": 0, "network": 1}, {"disk": 2, "network": 3})


def test_ticks_by_layer_are_whole_and_leave_out_what_is_free() -> None:
    stages = (cpu(Layer.VMM), cpu(Layer.USER, Charge("free")), cpu(Layer.VMM, Charge("work", 1e-6)))
    assert ticks_by_layer(BOOK, stages) == ((Layer.VMM, 100_000),)
    assert ticks_by_layer(BOOK, ()) == ()
