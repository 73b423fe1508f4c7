"""An architecture, a host, a workload and a cost of one's own: one file each, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from architectures import load_architecture
from simcore.costs import Status
from simcore.hosts import load_host
from vmarch.provenance import by_status, costs_used, lines
from vmarch.runs import Plan, replicate
from vmarch.scenario import Scenario
from workloads import load_workload

ARCHITECTURE = """
name = "toy"
title = "A toy"
family = "toys"
cpu = "hypercall"
mmu = "direct"
io = "split-driver"
placement = "driver-domain"
costs = ["xen"]
[capabilities]
drivers_in = "driver domain"
[[cost]] # in place of the table's
name = "hypercall_system_call"
value = 1
unit = "us"
source = "made up for a test"
"""

HOST = """
name = "toy-host"
title = "A toy"
year = 2003
isa = "x86"
cores = 4
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
value = 500
unit = "ns"
source = "made up for a test"
[[cost]]
name = "page_fault"
value = 2000
unit = "cycles"
source = "made up for a test"
"""

CPU_ONLY = """
name = "toy-work"
title = "A toy"
kind = "micro"
unit = "operation"
source = "made up for a test"
[demands]
user_cycles = 10_000
system_calls = 2
page_faults = 1
"""

WITH_DISK = f"""{CPU_ONLY}
[[io]]
kind = "disk_read"
size = "4000 B"
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    for name, text in (("arch", ARCHITECTURE), ("host", HOST), ("cpu", CPU_ONLY), ("disk", WITH_DISK)):
        (tmp_path / f"{name}.toml").write_text(text)
    return tmp_path


def scenario(toy: Path, workload: str, **overrides: float | str) -> Scenario:
    return Scenario(
        load_workload(toy / f"{workload}.toml"),
        load_architecture(str(toy / "arch.toml")),
        load_host(str(toy / "host.toml")),
        vcpus=1,
        overrides=overrides,
    )


def response_us(found: Scenario) -> float:
    result, reason = replicate(found, Plan(deterministic=True, operations=200, warmup=10), 0)
    assert not reason
    return result.response_s * 1e6


def test_processor_work_end_to_end(toy: Path) -> None:
    """User 10 us; 2 calls of 0.5 + 1 us; a fault of 2 us and, from Xen's table, (0.34 + 0.97) us x 2.4 GHz at 1 GHz."""
    assert response_us(scenario(toy, "cpu")) == pytest.approx(10.0 + 2 * 1.5 + 2.0 + 1.31 * 2.4, abs=1e-5)


def test_a_cost_overridden_end_to_end(toy: Path) -> None:
    plain = response_us(scenario(toy, "cpu"))
    dearer = scenario(toy, "cpu", hypercall_system_call="3 us", validated_fault="500 cycles")
    assert response_us(dearer) == pytest.approx(plain + 2 * 2.0 + 0.5 - 0.97 * 2.4, abs=1e-5)


def test_a_disk_read_end_to_end(toy: Path) -> None:
    """With nothing else to do every domain is idle, so the run takes what the explanation adds up to."""
    found = scenario(toy, "disk", domain_switch=0)
    explained = [line for line in lines(found) if not line.background]
    assert response_us(found) == pytest.approx(sum(line.seconds for line in explained) * 1e6, rel=1e-6)
    disk = {line.cost: line.seconds for line in explained if line.layer == "device"}
    assert disk == {"disk_read": pytest.approx(100e-6), "disk_byte": pytest.approx(4e-6)}
    assert sum(by_status(found).values()) == pytest.approx(sum(line.seconds for line in lines(found)))
    assert {line.cost: line.status for line in explained}["hypercall_system_call"] is Status.MEASURED
    assert {line.cost: line.status for line in explained}["validated_fault"] is Status.CARRIED
    assert {"system_call", "back_end_request", "disk_read"} <= set(costs_used(found))


def test_the_bare_machine_beside_it(toy: Path) -> None:
    bare = scenario(toy, "cpu", validated_fault=0, hypercall_exception=0).bare(load_architecture("native"))
    assert bare.overrides == {}
    assert response_us(bare) == pytest.approx(10.0 + 2 * 0.5 + 2.0, abs=1e-5)


def test_many_toys_share_the_back_end(toy: Path) -> None:
    one = scenario(toy, "disk")
    three = Scenario(one.workload, one.architecture, one.host, guests=3, vcpus=1)
    assert [domain.name for domain in three.model.domains] == ["guest 0", "guest 1", "guest 2", "driver domain"]
    result, _ = replicate(three, Plan(operations=300, warmup=30), 0)
    assert result.operations >= 300
    assert 0.0 < result.utilisation["driver domain"] < 1.0
