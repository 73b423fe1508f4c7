"""Guests in a host's memory: who fits, who is refused, and what is full first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vmarch
from simcore.errors import CapabilityError
from simcore.memory import Memory
from vmarch.placing import beside_bytes, memory_note, most_guests, taken
from vmarch.scenario import Scenario
from vmarch.tenancy import load_scenario

GIB = 2.0**30
HOST = vmarch.load_host("server")  # 256 GiB
COMPUTE = vmarch.load_workload("compute")


def guests(count: int, size_gib: float, architecture: str = "kvm-vhost") -> Scenario:
    memory = Memory(size=size_gib * GIB)
    workload = COMPUTE.model_copy(update={"memory": memory})
    return Scenario(workload, vmarch.load_architecture(architecture), HOST, guests=count, vcpus=2)


def test_who_states_no_memory_is_not_counted() -> None:
    one = Scenario(COMPUTE, vmarch.load_architecture("xen-pv"), HOST, guests=500, vcpus=1)
    assert taken([one]).total == 0.0
    assert most_guests([one], 0) is None


def test_what_does_not_fit_is_refused_in_one_line() -> None:
    guests(31, 8.0)
    with pytest.raises(CapabilityError) as caught:
        guests(32, 8.0, "xen-pv")
    assert str(caught.value) == (
        "guest.memory: '32 x 8 GiB, beside 2.09 GiB for their virtual machines' is not allowed; expected at most the "
        "256 GiB of server less 741 MiB that are taken before the first guest"
    )


@given(
    st.integers(1, 60), st.floats(0.5, 64.0), st.sampled_from(["container", "firecracker", "xen-hvm", "assist-nested"])
)
def test_as_many_fit_as_the_sum_says(count: int, size_gib: float, architecture: str) -> None:
    one = guests(1, size_gib, architecture)
    most = most_guests([one], 0)
    assert most is not None
    each = size_gib * GIB + beside_bytes(one)
    assert most * each + taken([one]).before <= HOST.memory_bytes
    if count <= most:
        assert taken([guests(count, size_gib, architecture)]).share <= 1.0
    else:
        with pytest.raises(CapabilityError, match=r"guest\.memory"):
            guests(count, size_gib, architecture)


def test_the_bare_machine_has_memory_for_all() -> None:
    bare = guests(30, 8.0).bare(vmarch.load_architecture("native"))
    assert bare.workload.memory is None


TWO = """
host = "server"
cores = 8

[[guest]]
name = "big"
workload = "compute"
architecture = "kvm-vhost"
vcpus = 1
memory = { size = "200 GiB" }

[[guest]]
name = "small"
count = 5
workload = "compute"
architecture = "container"
vcpus = 1
memory = { size = "10 GiB" }
operations = 20
"""


def test_kinds_share_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    path.write_text(TWO, "utf-8")
    both = load_scenario(path)
    assert most_guests(both.groups, 1) == 5
    with pytest.raises(CapabilityError, match="1 x 200 GiB and 6 x 10 GiB"):
        both.with_count("small", 6)


def test_capacity_says_when_memory_is_full_first(tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    path.write_text(TWO, "utf-8")
    found = vmarch.capacity(path, "small.response <= 10 s", replications=2, jobs=1)
    (one,) = found.found.values()
    assert (one.guests, one.low, one.high) == (5, 5, 5)
    assert one.broken is not None
    assert one.broken.state == "memory full"
    (line,) = found.table.rows
    assert line[4:6] == ["memory", "98 %"]
    assert found.rows[-1]["status"] == "memory full"
    assert found.rows[0]["memory"] == pytest.approx(210.0 / 256.0, rel=0.01)
    loose = vmarch.capacity(path, "small.response <= 1 us", replications=2, jobs=1)
    assert loose.table.rows[0][4] != "memory"


def test_what_is_asked_for_is_said() -> None:
    assert memory_note([guests(2, 8.0)]) == "Memory: 16 GiB asked for, 89.2 MiB taken beside them, of 256 GiB."
    plain = Scenario(COMPUTE, vmarch.load_architecture("container"), HOST)
    assert memory_note([plain]) == ""
    crowded = replace(guests(2, 8.0), guests=40, overcommit=("balloon", "swap"))
    assert memory_note([crowded]).endswith("of 256 GiB; overcommitted by balloon and swap.")
