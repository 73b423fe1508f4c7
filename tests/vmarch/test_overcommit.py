"""More memory asked for than there is: who gets what, what touches find, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vmarch
from simcore.demands import IoKind
from simcore.engines import engine
from simcore.errors import CapabilityError, InputError
from simcore.memory import Memory
from simcore.totals import Settings
from tests.models import Log
from vmarch.overcommit import TECHNIQUES, allotted, limits, reach_of, saved, squeezed
from vmarch.scenario import Scenario
from vmarch.tenancy import load_scenario

GIB = 2.0**30
HOST = vmarch.load_host("server")  # 256 GiB
BIG: dict[str, Any] = {"size": 32 * GIB, "resident": 30 * GIB, "written": 2 * GIB, "hot": 0.9, "touches": 40.0}


def scenario(architecture: str, overcommit: tuple[str, ...], guests: int = 12, **memory: Any) -> Scenario:
    workload = vmarch.load_workload("web-server").model_copy(update={"memory": Memory(**{**BIG, **memory})})
    return Scenario(workload, vmarch.load_architecture(architecture), HOST, guests, 2, overcommit=overcommit)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.floats(1.0, 100.0), st.floats(0.1, 100.0)), min_size=1, max_size=5),
    st.floats(0.0, 5000.0),
)
def test_all_is_shared_out_and_nobody_has_more_than_it_needs(
    needs: list[tuple[int, float, float]], room: float
) -> None:
    found = allotted(needs, room)
    assert all(0.0 <= each <= need * (1 + 1e-9) for each, (_, _, need) in zip(found, needs, strict=True))
    given_out = sum(count * each for each, (count, _, _) in zip(found, needs, strict=True))
    assert given_out == pytest.approx(min(room, sum(count * need for count, _, need in needs)), abs=1e-6)


def test_what_was_not_touched_costs_nothing() -> None:
    idle = scenario("kvm-vhost", ("balloon",), resident=15 * GIB)
    assert idle.squeezed is not None
    assert idle.operation == idle.workload.operation


def test_each_technique_has_its_own_faults() -> None:
    kinds = {
        ("balloon",): {IoKind.DISK_READ, IoKind.DISK_WRITE},
        ("swap",): {IoKind.PAGE_IN, IoKind.PAGE_OUT},
        ("compress", "swap"): {IoKind.PAGE_IN, IoKind.PAGE_OUT, IoKind.PAGE_UNPACK},
        ("share", "swap"): {IoKind.PAGE_IN, IoKind.PAGE_OUT, IoKind.PAGE_COPY},
    }
    for techniques, expected in kinds.items():
        one = scenario("kvm-vhost", techniques, stores=0.3, shared=0.15)
        added = {io.kind for io in one.operation.io[len(one.workload.operation.io) :]}
        assert added == expected, techniques
    reads_only = scenario("kvm-vhost", ("swap",)).operation.io[-1]
    assert reads_only.kind is IoKind.PAGE_IN


def test_techniques_save_one_another_work() -> None:
    def swapped(*techniques: str) -> float:
        found = scenario("kvm-vhost", techniques, shared=0.15, stores=0.3).squeezed
        assert found is not None
        return found.swapped

    assert swapped("share", "compress", "swap") < swapped("compress", "swap") < swapped("swap")
    assert swapped("balloon", "swap") == 0.0


def test_a_host_that_puts_away_any_page_swaps_more() -> None:
    random, lru = (scenario(name, ("swap",)).squeezed for name in ("assist-nested", "kvm-vhost"))
    assert random is not None
    assert lru is not None
    assert random.swapped > 1.05 * lru.swapped


def test_who_swaps_beneath_a_balloon_that_ends_pays_twice() -> None:
    """A balloon takes 65 % of a guest at most; what the guest then puts out may be on the host's disk already."""
    found = scenario("kvm-vhost", ("balloon", "swap"), guests=30, stores=0.5).squeezed
    assert found is not None
    assert found.twice > 0.0
    assert found.paged > 0.0
    assert found.swapped > 0.0


def test_what_cannot_be_given_is_refused_in_one_line() -> None:
    with pytest.raises(CapabilityError, match=r"xen-pv does not overcommit memory by swap: it can balloon"):
        scenario("xen-pv", ("swap",))
    with pytest.raises(CapabilityError, match=r"native does not overcommit memory by swap: it has no way to"):
        scenario("native", ("swap",))
    with pytest.raises(InputError, match=r"overcommit: 'swop' is not allowed.*did you mean 'swap'"):
        scenario("kvm-vhost", ("swop",))
    with pytest.raises(CapabilityError, match=r"GiB of each guest beyond what share can give.*overcommit by swap"):
        scenario("kvm-vhost", ("share",), shared=0.1)
    with pytest.raises(CapabilityError, match=r"beyond what compress can give"):
        scenario("container", ("compress",), guests=16)


@given(
    st.floats(0.05, 1.2),
    st.sets(st.sampled_from(TECHNIQUES)),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    st.integers(1, 64),
    st.sampled_from(["lru", "random"]),
)
def test_chances_are_chances(
    part: float, techniques: set[str], shared: float, stores: float, guests: int, policy: Any
) -> None:
    memory = Memory(**{**BIG, "shared": shared, "stores": stores})
    used = [*techniques, "swap"]
    found = squeezed(memory, part * memory.resident_bytes, guests, used, policy, reach_of("Linux"))
    chances = (found.paged, found.unpacked, found.swapped, found.twice, found.copied)
    assert all(0.0 <= one <= 1.0 for one in chances)
    assert found.paged + found.unpacked + found.swapped <= 1.0 + 1e-9
    if part >= 1.0:
        assert not any(chances[:4])
    assert 0.0 <= saved(memory, guests, used) <= memory.resident_bytes


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(["kvm-vhost", "assist-nested", "container", "firecracker", "gvisor-kvm", "hyperv", "xen-hvm"]),
    st.sets(st.sampled_from(TECHNIQUES), min_size=1),
    st.floats(0.0, 1.0),
    st.integers(9, 20),
)
def test_both_engines_agree(architecture: str, techniques: set[str], stores: float, guests: int) -> None:
    try:
        one = scenario(architecture, tuple(sorted(techniques)), guests=guests, stores=stores, shared=0.2)
    except CapabilityError:
        return
    logs = [Log(), Log()]
    for log, name in zip(logs, ("simpy", "compiled"), strict=True):
        engine(name)(one.model, Settings(operations=40), log)
    assert logs[0] == logs[1]


OVER = """
host = "server"
cores = 4
overcommit = ["{technique}"]

[[guest]]
name = "web"
count = 12
workload = "web-server"
architecture = "kvm-vhost"
vcpus = 2
memory = {{ size = "32 GiB", resident = "30 GiB", written = "2 GiB", hot = 0.9, touches = 400, stores = 0.3 }}
tasks = {{ count = 2, think = "20 ms" }}
operations = 400
"""


@pytest.mark.parametrize("technique", ["balloon", "swap"])
def test_major_faults_wait_for_the_disk(technique: str, tmp_path: Path) -> None:
    path = tmp_path / "over.toml"
    path.write_text(OVER.format(technique=technique), "utf-8")
    found = vmarch.tenants(path, replications=2, jobs=1).cells[0]
    assert found.slowdown().ratio > 1.5  # against one guest alone, which has all the memory it needs
    disk = found.runs.results[0].utilisation["disk"]
    alone = found.native.results[0].utilisation["disk"]
    assert disk > 12 * alone


def test_who_is_alone_has_all_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "over.toml"
    path.write_text(OVER.format(technique="swap"), "utf-8")
    many = load_scenario(path)
    assert many.groups[0].frames == pytest.approx(255.6 * GIB / 12, rel=0.01)
    alone = many.alone("web").groups[0]
    assert alone.operation == alone.workload.operation
    text = OVER.format(technique="zip")
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"over\.toml\.overcommit\.0: 'zip' .*expected 'share', 'balloon'"):
        load_scenario(path)


def test_how_far_a_technique_goes_is_of_the_hosts_software() -> None:
    esx, linux, other = (reach_of(name) for name in ("ESX", "Linux", "Xen"))
    assert (esx.balloon, linux.balloon, other.balloon) == (0.65, 0.65, 0.65)
    assert (esx.pool, linux.pool, other.pool) == (0.1, 0.2, 0.0)
    assert {one.name for one in limits() if one.assumed} == {"balloon"}
    by_hand = squeezed(Memory(size=GIB, resident=GIB), 0.9 * GIB, 1, ("compress",), "lru", linux)
    # 0.1 GiB is missing: a pool of as much holds twice of it, so that 0.8 GiB are as they were
    assert by_hand.unpacked == pytest.approx(0.2, rel=1e-6)
