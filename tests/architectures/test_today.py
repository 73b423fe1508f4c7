"""Compositions of today: what they spare and add beside their neighbours."""

from __future__ import annotations

import pytest

from architectures import compose, load_architecture
from simcore.demands import Demand, Operation
from simcore.hosts import load_host
from simcore.path import Role, flat
from vmarch.asking import scenario_of
from vmarch.provenance import lines
from workloads import workload_names

SERVER = load_host("server")


def time_us(workload: str, architecture: str) -> float:
    return sum(line.seconds for line in lines(scenario_of(workload, architecture))) * 1e6


@pytest.mark.parametrize("workload", workload_names())
@pytest.mark.parametrize(("one", "other"), [("xen-pvh", "xen-hvm"), ("wsl2", "hyperv")])
def test_what_runs_costs_what_it_does_under_the_neighbour(workload: str, one: str, other: str) -> None:
    assert time_us(workload, one) == time_us(workload, other)


def test_a_paravirtual_guest_in_a_hardware_container_takes_no_device_model() -> None:
    pvh, hvm = (load_architecture(name).takes(SERVER) for name in ("xen-pvh", "xen-hvm"))
    assert pvh.host_bytes == hvm.host_bytes
    assert hvm.guest_bytes - pvh.guest_bytes == pytest.approx(29.6e6, rel=0.01)  # QEMU


def test_files_of_windows_are_asked_of_the_partition_that_has_the_drivers() -> None:
    """A stat is two messages of 9p, each of half a millisecond; files of its own make none."""
    operation = Operation(demands={Demand.SYSTEM_CALLS: 1.0, Demand.PATH_LOOKUPS: 1.0})
    own, windows = (
        flat(compose(load_architecture(f"wsl2{end}"), operation, 65536.0)) for end in ("", "-windows-files")
    )
    assert {stage.role for stage in own} == {Role.GUEST}
    assert {stage.role for stage in windows} == {Role.GUEST, Role.BACK_END}
    book = load_architecture("wsl2-windows-files").book(SERVER)
    server = [c for stage in windows for c in stage.charges if c.cost == "file_server"]
    assert [book[factor].value for charge in server for factor in charge.factors] == [2.0]
    assert book["file_server"].value == pytest.approx(0.49e9)
