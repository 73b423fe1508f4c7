"""What every architecture of the catalogue owes; a new file joins by itself."""

from __future__ import annotations

from functools import cache

import pytest

from architectures import Architecture, architecture_names, compose, load_architecture, plan, switch_stages
from architectures.procedures import load_procedure, procedure_names
from architectures.spec import FOLDER, cost_table
from simcore.demands import Demand, Io, IoKind, Operation
from simcore.errors import CapabilityError
from simcore.hosts import Host, host_names, load_host
from simcore.lowering import lower, unit_ticks
from simcore.path import Layer, Path, Role, StageKind, flat

NAMES = architecture_names()
TABLES = sorted(path.stem for path in (FOLDER / "costs").glob("*.toml"))
SEGMENT_BYTES = 65536.0
DEVICES = (StageKind.DISK, StageKind.DISK_BUS, StageKind.NIC_TX, StageKind.NIC_RX, StageKind.DELAY)

IO = (
    *(
        Io(kind=kind, size_bytes=4096.0, packets=3.0, pattern=pattern, sync=sync)
        for kind in (IoKind.DISK_READ, IoKind.DISK_WRITE, IoKind.SEND, IoKind.RECEIVE)
        for pattern in ("random", "sequential")
        for sync in (True, False)
    ),
    Io(kind=IoKind.DISK_FLUSH),
    Io(kind=IoKind.WAIT, wait_s=1e-3),
)
EVERYTHING = Operation(demands=dict.fromkeys(Demand, 1.0), io=IO)

# names that a table keeps for other uses than the catalogue's, with the reason
SPARE = {
    "kvm": {  # how long an idle virtual processor polls: read where `polling` asks for it, charged to nobody
        f"{who}_poll_{what}" for who in ("guest", "host") for what in ("start", "growth", "longest", "shrinkage")
    }
    | {"poll_wake", "sleep_wake"}
}


@cache
def everything(name: str) -> Path:
    return compose(load_architecture(name), EVERYTHING, SEGMENT_BYTES)


def costs(name: str) -> set[str]:
    stages = (*flat(everything(name)), *switch_stages(load_architecture(name)))
    return {cost for stage in stages for charge in stage.charges for cost in (charge.cost, *charge.factors)}


def carries(architecture: Architecture, host: Host) -> bool:
    try:
        architecture.check(host, guest_os=host.os, guest_isa="", modifiable=True)
    except CapabilityError:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_file(name: str) -> None:
    found = load_architecture(name)
    assert found.name == name
    assert found == load_architecture(str(FOLDER / "catalogue" / f"{name}.toml"))
    assert 3 <= len(found.title) <= 32  # it heads columns and labels bars
    assert found.family
    able = found.capabilities
    assert able.drivers_in in ("kernel", "guest kernel", "outer guest", "hypervisor", "driver domain", "host OS")
    assert able.fails_with != "nothing"
    assert len(able.rings) >= 2
    assert any("applications" in what for what in able.rings.values())


def test_titles_and_names_differ() -> None:
    assert len({load_architecture(name).title for name in NAMES}) == len(NAMES)
    assert NAMES[0] == "native"
    assert set(NAMES) == {path.stem for path in (FOLDER / "catalogue").glob("*.toml")}


@pytest.mark.parametrize("name", NAMES)
def test_every_cost_resolves_on_every_host_that_it_accepts(name: str) -> None:
    architecture = load_architecture(name)
    accepted = [host for host in map(load_host, host_names()) if carries(architecture, host)]
    assert accepted or "trapping-isa" in architecture.capabilities.needs
    for host in accepted:
        book = architecture.book(host)
        for cost in costs(name):
            found = book[cost]
            assert 0.0 <= found.low <= found.value <= found.high
            assert len(found.source) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_composing_is_deterministic(name: str) -> None:
    assert compose(load_architecture(name), EVERYTHING, SEGMENT_BYTES) == everything(name)


@pytest.mark.parametrize("host", [load_host("pentium4-672"), load_host("server")], ids=["rotating", "flash"])
@pytest.mark.parametrize("item", IO, ids=lambda io: f"{io.kind}-{io.pattern}-{'sync' if io.sync else 'background'}")
def test_devices_do_the_same_work_for_all(host: Host, item: Io) -> None:
    """The hardware is shared: an architecture may add work before and after it, but not to it."""
    operation = Operation(demands={}, io=(item,))

    def work(name: str) -> dict[tuple[str, str], float]:
        architecture = load_architecture(name)
        book, sums = architecture.book(host), dict[tuple[str, str], float]()
        for stage in flat(compose(architecture, operation, host.nic.segment_bytes)):
            if stage.kind in DEVICES:
                assert stage.role is None
                assert stage.layer in (Layer.DEVICE, Layer.WIRE)
                for charge in stage.charges:
                    key = (stage.kind.value, charge.variable)
                    sums[key] = sums.get(key, 0.0) + unit_ticks(book, charge)
        return sums

    native = work("native")
    assert sum(native.values()) > 0.0
    assert {name: work(name) for name in NAMES} == dict.fromkeys(NAMES, native)


@pytest.mark.parametrize("name", NAMES)
def test_every_role_has_a_domain_and_every_stage_a_label(name: str) -> None:
    architecture = load_architecture(name)
    domains, roles = plan(architecture.placement, 4, 3, 2, 1)
    used = {stage.role for stage in flat(everything(name)) if stage.role}
    assert Role.GUEST in used
    for guest in roles:
        assert used <= set(guest)
        assert all(0 <= domain < len(domains) for domain in guest.values())
    assert all(stage.label for stage in flat(everything(name)))


@pytest.mark.parametrize("name", NAMES)
def test_it_lowers(name: str) -> None:
    architecture, host = load_architecture(name), load_host("server")
    _, roles = plan(architecture.placement, 4, 1, 2, 1)
    program = lower(everything(name), architecture.book(host), host, roles[0], {"disk": 0, "network": 1})
    assert [visit.index for visit in program.visits] == list(range(len(program.visits)))
    assert all(ticks > 0.0 for row in program.rows for _, ticks in row.ticks)


@pytest.mark.parametrize("name", NAMES)
def test_only_the_bare_machine_changes_what_the_host_owns(name: str) -> None:
    assert load_architecture(name).capabilities.writes_host_state == (name == "native")


@pytest.mark.parametrize("table", TABLES)
def test_no_cost_is_unused(table: str) -> None:
    able = {name: load_architecture(name) for name in NAMES}
    users = [name for name, one in able.items() if table in (*one.costs, *one.capabilities.foreign_costs)]
    handlers = [one for one in map(load_procedure, procedure_names()) if table in one.costs]
    assert users or handlers, f"no architecture and no procedure uses the table {table}"
    taken = [costs(name) for name in users]
    taken += [{step.cost for name in one.steps for step in one.found(name)} for one in handlers]
    unused = {cost.name for cost in cost_table(table)} - set().union(*taken)
    assert unused == SPARE.get(table, set())


@pytest.mark.parametrize("name", NAMES)
def test_its_own_costs_are_used(name: str) -> None:
    assert {cost.name for cost in load_architecture(name).cost} <= costs(name)


@pytest.mark.parametrize("table", TABLES)
def test_sources_and_machines(table: str) -> None:
    for cost in cost_table(table):
        assert cost.measured_on in (None, *host_names()) or (cost.clock and cost.year), cost.name
        assert cost.assumed or not cost.source.lower().startswith("assumed"), cost.name
        assert (
            cost.measured_on is None
            or cost.measured_on.lower().replace(" ", "-") not in host_names()
            or (cost.measured_on in host_names())
        ), cost.name
