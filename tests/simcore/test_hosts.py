"""Hosts: every preset loads, resolves and is sane; a file that describes none is one line."""

import tomllib
from pathlib import Path

import pytest

from simcore import hosts
from simcore.costs import Kind, Status, mitigation_costs, native_costs
from simcore.errors import InputError
from simcore.hosts import Host, host_names, load_host
from simcore.schema import validated

FOLDER = Path(hosts.__file__).parent / "hosts"
NATIVE = sorted({cost.name for cost in native_costs()})


@pytest.mark.parametrize("name", host_names())
def test_preset(name: str) -> None:
    host = load_host(name)
    assert host.name == name
    assert host == load_host(str(FOLDER / f"{name}.toml"))
    assert host.hardware_assist or not host.nested_paging
    assert host.source
    assert len(host.title) < 100


@pytest.mark.parametrize("name", host_names())
def test_every_cost_resolves_on_every_host(name: str) -> None:
    book = load_host(name).book()
    assert set(NATIVE) <= set(book.names)
    for cost in book.names:
        found = book[cost]
        assert 0.0 <= found.low <= found.value <= found.high < float("inf")
        assert (found.carried_from is not None) == (found.rule is not None)


# nanoseconds on any machine of 1998 to 2024
SANE = {
    "system_call": (20, 1000),
    "exception": (100, 2000),
    "page_fault": (200, 10_000),
    "address_space_switch": (300, 3000),
    "fork": (50_000, 700_000),
    "exec": (50_000, 2_000_000),
    "tlb_miss": (5, 150),
    "interrupt": (300, 6000),
    "wake_up": (1000, 20_000),
    "port_access": (500, 2000),
    "send_packet": (500, 30_000),
    "receive_packet": (500, 30_000),
    "wire": (500, 20_000),
    "domain_switch": (1000, 15_000),
    "disk_read": (10_000, 1_000_000),
}


@pytest.mark.parametrize("name", host_names())
def test_figures_are_sane(name: str) -> None:
    host = load_host(name)
    book = host.book()
    for cost, (low, high) in SANE.items():
        assert low <= book[cost].value / 1000.0 <= high, cost
    assert book["cycle"].value == pytest.approx(1e12 / host.frequency_hz)
    assert book["page_fault"].value > book["system_call"].value
    assert book["nested_walk"].value > 0.0
    assert book["disk_byte"].value == pytest.approx(1e12 / host.disk.bandwidth_bytes_per_s)
    assert book["disk_rotation"].value == pytest.approx(host.disk.rotation_s / 2 * 1e12)  # half a revolution on average
    assert book["nic_header"].value == host.nic.header_bytes


def test_vm_exits_fall_by_generation() -> None:
    """Agesen et al. USENIX ATC 2012, table 1."""
    table = {"prescott": 3963, "merom": 1579, "penryn": 1266, "nehalem": 1009, "westmere": 761, "sandy-bridge": 784}
    for name, cycles in table.items():
        found = load_host(name).book()["vm_exit"]
        assert found.cycles == pytest.approx(cycles)
        assert found.status is Status.MEASURED
    years = [load_host(name).year for name in table]
    assert years == sorted(years)
    times = [load_host(name).book()["vm_exit"].value for name in table]
    assert times == sorted(times, reverse=True)


def test_presets_are_sorted_by_year() -> None:
    assert host_names() == tuple(sorted(host_names(), key=lambda name: (load_host(name).year, name)))
    assert set(host_names()) == {path.stem for path in FOLDER.glob("*.toml")}


def test_measured_on_names_a_preset_or_comes_with_clock_and_year() -> None:
    for cost in native_costs():
        assert cost.measured_on in (None, *host_names()) or (cost.clock and cost.year)


def test_an_assumed_device_has_a_range_and_its_mark() -> None:
    found = load_host("server").book()["disk_read"]
    assert found.status is Status.MEASURED
    found = load_host("pentium3-733").book()["disk_read"]
    assert (found.status, found.low, found.high) == (Status.ASSUMED, found.value / 2, found.value * 2)


def test_the_disks_own_time_varies_as_stated() -> None:
    assert load_host("server").disk.access.is_constant
    assert load_host("xeon-e5-2665").disk.access.cv == 0.15


TOY = """
name = "toy"
title = "A toy"
year = 2020
isa = "aarch64"
cores = 2
frequency = "1 GHz"
memory = "1 GiB"
hardware_assist = false
nested_paging = false
source = "made up for a test"
[disk]
kind = "flash"
read = "100 us"
write = "50 us"
flush = "1 ms"
bandwidth = "1 GB/s"
channels = 4
source = "made up for a test"
[nic]
bandwidth = "1 Gbit/s"
mtu = "1500 B"
wire = "5 us"
source = "made up for a test"
[[cost]]
name = "system_call"
value = 123
unit = "cycles"
source = "made up for a test"
"""


def test_a_host_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "toy.toml"
    path.write_text(TOY)
    host = load_host(str(path))
    assert (host.cores, host.frequency_hz, host.memory_bytes, host.quantum_s, host.os) == (
        2,
        1e9,
        2.0**30,
        0.01,
        "linux",
    )
    assert [host.disk.read_s, host.nic.wire_s] == pytest.approx([1e-4, 5e-6])
    own = host.book()["system_call"]
    assert own.cycles == pytest.approx(123.0)
    assert own.status is Status.MEASURED
    carried = host.book()["exception"]
    assert (carried.status, carried.carried_from) == (Status.CARRIED, "xeon-8269cy")
    assert host.book()["nic_byte"].kind is Kind.TIME_PER_BYTE


BAD = [
    # a line of TOY, what stands there instead, the field at fault
    ("cores = 2", "cores = 0", "cores"),
    ("cores = 2", "cores = 1.5", "cores"),
    ("cores = 2", 'cores = "2"', "cores"),
    ("cores = 2", "cores = true", "cores"),
    ("cores = 2", "cores = 1_000_000", "cores"),
    ('frequency = "1 GHz"', 'frequency = "-1 GHz"', "frequency"),
    ('frequency = "1 GHz"', 'frequency = "1 GB"', "frequency"),
    ('frequency = "1 GHz"', "frequency = nan", "frequency"),
    ('frequency = "1 GHz"', "frequency = " + "9" * 400, "frequency"),
    ('frequency = "1 GHz"', "", "frequency"),
    ('memory = "1 GiB"', 'memory = "0 B"', "memory"),
    ('isa = "aarch64"', 'isa = "z80"', "isa"),
    ("year = 2020", "year = 1900", "year"),
    ("year = 2020", 'year = 2020\nquantum = "0 s"', "quantum"),
    ("year = 2020", 'year = 2020\nquantom = "1 s"', "quantom"),
    ("year = 2020", 'year = 2020\nos = ""', "os"),
    ('name = "toy"', 'name = "A Toy"', "name"),
    ("hardware_assist = false", "hardware_assist = 0", "hardware_assist"),
    ("made up for a test", "made up", "source"),
    ('kind = "flash"', 'kind = "tape"', "disk.kind"),
    ('read = "100 us"', 'read = "100 MB"', "disk.read"),
    ('read = "100 us"', 'read = "-1 us"', "disk.read"),
    ('read = "100 us"', 'raed = "1 us"', "disk.raed"),
    ('bandwidth = "1 GB/s"', 'bandwidth = "0 B/s"', "disk.bandwidth"),
    ('bandwidth = "1 GB/s"', 'bandwidth = "1 GB"', "disk.bandwidth"),
    ("channels = 4", "channels = 0", "disk.channels"),
    ("channels = 4", 'seek = "3 ms"', "disk.seek"),
    ("channels = 4", 'rotation = "3 ms"', "disk.rotation"),
    ("channels = 4", "cv = nan", "disk.cv"),
    ('kind = "flash"', 'kind = "rotating"', "disk.channels"),
    ('mtu = "1500 B"', 'mtu = "1500 us"', "nic.mtu"),
    ('wire = "5 us"', 'wire = "1 h"', "nic.wire"),
    ("[nic]", "[nik]", "nik"),
    ("value = 123", "value = -123", "cost.0.value"),
    ('unit = "cycles"', 'unit = "cycles"\ncarri = "time"', "cost.0.carri"),
]


@pytest.mark.parametrize(("line", "instead", "field"), BAD)
def test_bad_files(line: str, instead: str, field: str) -> None:
    assert line in TOY
    with pytest.raises(InputError) as caught:
        validated(Host, tomllib.loads(TOY.replace(line, instead, 1)), "toy.toml")
    assert caught.value.field == f"toy.toml.{field}"


def test_a_missing_disk() -> None:
    raw = tomllib.loads(TOY)
    del raw["disk"]
    with pytest.raises(InputError, match=r"^toy\.toml\.disk is missing; expected a table$"):
        validated(Host, raw, "toy.toml")


def test_no_such_host() -> None:
    with pytest.raises(InputError, match=r"^--host: 'nehalm' .*did you mean 'nehalem'"):
        load_host("nehalm")
    with pytest.raises(InputError, match=r"^file: 'none\.toml' .*No such file"):
        load_host("none.toml")


MITIGATED = ("2018", "hardware")


def test_mitigations_make_the_way_into_the_kernel_dearer() -> None:
    host = load_host("server")
    calls = [host.with_(mitigations=kind).book()["system_call"].value for kind in ("none", "hardware", "2018")]
    assert calls == sorted(calls)
    assert len(set(calls)) == 3
    assert host.with_(mitigations="hardware").book()["vm_exit"].value > host.book()["vm_exit"].value
    assert host.with_(mitigations="none") == host


@pytest.mark.parametrize("kind", MITIGATED)
def test_mitigations_change_native_costs_only_and_say_where_from(kind: str) -> None:
    for cost in mitigation_costs(kind):
        assert cost.name in NATIVE
        assert cost.unit == "count" or cost.measured_on in host_names() or (cost.clock and cost.year)


@pytest.mark.parametrize("kind", MITIGATED)
def test_mitigations_of_other_processors_are_refused(kind: str) -> None:
    with pytest.raises(InputError, match=r"mitigations: '.*' is not allowed; expected none on aarch64"):
        load_host("x-gene").with_(mitigations=kind)
