"""Mitigations of side channels are a switch of the host: on calls, on exits, and in guests as on the bare machine."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from simcore.demands import Demand
from simcore.hosts import load_host
from vmarch.asking import scenario_of
from vmarch.provenance import lines
from workloads import load_workload

KINDS = ("none", "hardware", "2018")


def took(architecture: str, demands: Mapping[Demand, float], kind: str, host: str = "server") -> float:
    """Seconds of an operation with these demands, alone."""
    workload = load_workload("system-call").model_copy(update={"demands": dict(demands)})
    on = load_host(host).with_(mitigations=kind)
    return sum(line.seconds for line in lines(scenario_of(workload, architecture, host=on)))


@pytest.mark.parametrize(
    ("kind", "measured"),
    [
        ("2018", 236.0 / 62.0),  # Xeon E5-2650 v2, Ant Group on the gVisor blog
        ("2018", 470.0 / 146.0),  # Xeon 4114, FlexOS 2022
        ("2018", 0.22 / 0.06),  # Xeon Platinum 8269CY, PVM 2023, an input
        ("hardware", 222.0 / 154.0),  # i7-9700K, Unikraft 2021
    ],
)
def test_a_call_is_as_much_dearer_as_it_was_measured(kind: str, measured: float) -> None:
    call = {Demand.SYSTEM_CALLS: 1.0}
    assert took("native", call, kind) / took("native", call, "none") == pytest.approx(measured, rel=0.2)


@pytest.mark.parametrize("architecture", ["container", "kvm-vhost", "xen-hvm", "hyperv", "firecracker"])
def test_a_call_in_a_guest_is_dearer_by_what_it_is_on_the_bare_machine(architecture: str) -> None:
    call = {Demand.SYSTEM_CALLS: 1.0}
    ours, native = ([took(one, call, kind) for kind in KINDS] for one in (architecture, "native"))
    assert native == sorted(native)
    assert [a - ours[0] for a in ours] == pytest.approx([a - native[0] for a in native])


def test_an_exit_gains_what_filling_the_return_buffer_takes() -> None:
    """18 cycles (KVM list), at 2.7 GHz; twice where a privileged port access takes one exit and its neighbour none."""
    port = {Demand.PORT_ACCESSES: 1.0}
    none, hardware, _ = (took("kvm-vhost", port, kind) for kind in KINDS)
    assert hardware - none == pytest.approx(18 / 2.7e9, rel=1e-6)


def test_fifty_thousand_calls_a_second_lose_two_per_cent_to_isolation() -> None:
    """Gregg 2018: 2 % at 50,000 calls a second on a processor; what page tables do to the TLB is not in it."""
    each = {Demand.SYSTEM_CALLS: 1.0, Demand.USER_CYCLES: 2.7e9 / 50_000}
    lost = took("native", each, "2018") / took("native", each, "none") - 1.0
    assert 0.005 < lost < 0.02
