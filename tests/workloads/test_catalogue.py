"""The presets load, are complete, and say where their numbers come from."""

import pytest

from simcore.demands import Demand, IoKind
from workloads import Workload, load_workload, workload_names

MICRO = {
    "system-call": Demand.SYSTEM_CALLS,
    "exception": Demand.EXCEPTIONS,
    "page-fault": Demand.PAGE_FAULTS,
    "page-table-update": Demand.PAGE_TABLE_UPDATES,
    "context-switch": Demand.ADDRESS_SPACE_SWITCHES,
    "fork": Demand.FORKS,
    "exec": Demand.EXECS,
    "privileged-operation": Demand.PRIVILEGED_INSTRUCTIONS,
    "port-access": Demand.PORT_ACCESSES,
    "ipi": Demand.IPIS,
    "timer-tick": Demand.TIMER_TICKS,
    "memory-walk": Demand.TLB_MISSES,
    "compute": Demand.USER_CYCLES,
}
MICRO_IO = {
    "disk-read-random": [IoKind.DISK_READ],
    "disk-read-sequential": [IoKind.DISK_READ],
    "disk-write-random": [IoKind.DISK_WRITE],
    "disk-write-sequential": [IoKind.DISK_WRITE],
    "fsync": [IoKind.DISK_WRITE, IoKind.DISK_FLUSH],
    "tcp-rr": [IoKind.RECEIVE, IoKind.SEND],
    "tcp-stream-out": [IoKind.SEND],
    "tcp-stream-in": [IoKind.RECEIVE],
    "small-packets": [IoKind.SEND],
}
DEEP = [name for name in MICRO_IO if name.startswith("disk")]
MACRO = [
    "kernel-build",
    "web-server",
    "oltp",
    "key-value",
    "file-server",
    "java-server",
    "hpc",
    "desktop-boot",
]

presets = pytest.mark.parametrize("workload", [load_workload(name) for name in workload_names()], ids=lambda w: w.name)
macros = pytest.mark.parametrize("workload", [load_workload(name) for name in MACRO], ids=lambda w: w.name)


@presets
def test_name_is_the_stem_and_words_are_there(workload: Workload) -> None:
    assert workload.name in workload_names()
    assert load_workload(workload.name) is workload
    assert len(workload.source) > 20
    assert workload.title
    assert workload.unit
    assert workload.guest.os == "linux"


@presets
def test_basis_is_about_what_the_file_has(workload: Workload) -> None:
    kinds = {str(item.kind) for item in workload.operation.io}
    assert set(workload.basis) <= {*map(str, workload.operation.demands), *kinds, "tasks"}


@pytest.mark.parametrize("name", MICRO)
def test_a_micro_workload_is_one_demand(name: str) -> None:
    workload = load_workload(name)
    assert workload.kind == "micro"
    assert set(workload.operation.demands) == {MICRO[name]}
    assert not workload.operation.io
    assert workload.tasks.count == 1


@pytest.mark.parametrize("name", MICRO_IO)
def test_a_micro_workload_is_one_kind_of_io(name: str) -> None:
    workload = load_workload(name)
    assert workload.kind == "micro"
    assert not workload.operation.demands
    assert [item.kind for item in workload.operation.io] == MICRO_IO[name]


@pytest.mark.parametrize("name", DEEP)
def test_depth_is_tasks(name: str) -> None:
    one, deep = load_workload(name), load_workload(f"{name}-depth32")
    assert deep.operation == one.operation
    assert (one.tasks.count, deep.tasks.count) == (1, 32)


@macros
def test_every_number_of_a_macro_workload_has_a_basis(workload: Workload) -> None:
    assert workload.kind == "macro"
    needed = {*map(str, workload.operation.demands), *(str(item.kind) for item in workload.operation.io), "tasks"}
    assert set(workload.basis) == needed


@macros
def test_a_macro_workload_walks_and_ticks_in_proportion(workload: Workload) -> None:
    demands = workload.operation.demands
    cycles = demands[Demand.USER_CYCLES] + demands.get(Demand.KERNEL_CYCLES, 0.0)
    assert 1e-4 < demands[Demand.TLB_MISSES] / cycles < 1e-2
    assert 2e-8 < demands[Demand.TIMER_TICKS] / cycles < 6e-7
    assert sum(item.count for item in workload.operation.io) < 25


def test_nothing_is_missing_and_nothing_is_left_over() -> None:
    deep = {f"{name}-depth32" for name in DEEP}
    assert {*MICRO, *MICRO_IO, *deep, *MACRO} == set(workload_names())


def test_a_compilation_is_the_measured_one() -> None:
    demands = load_workload("kernel-build").operation.demands
    assert demands[Demand.SYSTEM_CALLS] == pytest.approx(49_670 / 22, rel=1e-3)
    assert demands[Demand.PAGE_FAULTS] == pytest.approx(75_456 / 22, rel=1e-3)
    assert (demands[Demand.FORKS], demands[Demand.EXECS]) == (66 / 22, 88 / 22)


def test_a_web_request_is_the_published_traffic() -> None:
    """180 Mb/s on a core of 2.4 GHz: what a request sends and what it computes must agree."""
    workload = load_workload("web-server")
    sent = next(item.size_bytes for item in workload.operation.io if item.kind is IoKind.SEND)
    requests_per_s = 180e6 / 8.0 / sent
    demands = workload.operation.demands
    assert demands[Demand.USER_CYCLES] + demands[Demand.KERNEL_CYCLES] < 2.4e9 / requests_per_s
    assert demands[Demand.USER_CYCLES] + demands[Demand.KERNEL_CYCLES] > 0.8 * 2.4e9 / requests_per_s
