"""What lies beyond the bare machine: it adds up, and says on whose authority."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from architectures import architecture_names, load_architecture
from simcore.costs import Status
from simcore.demands import Demand
from simcore.errors import CapabilityError
from simcore.hosts import load_host
from vmarch.asking import scenario_of
from vmarch.overhead import SHOWN, overhead, reach
from vmarch.provenance import by_status, lines
from vmarch.scenario import Scenario
from workloads import load_workload

NATIVE = load_architecture("native")


def pair(workload: str, architecture: str, host: str = "server", **costs: float | str) -> tuple[Scenario, Scenario]:
    one = scenario_of(workload, architecture, host=host, costs=costs)
    return one, one.bare(NATIVE)


@pytest.mark.parametrize("architecture", architecture_names())
@pytest.mark.parametrize("workload", ["tcp-rr", "web-server", "fork"])
def test_more_and_less_add_up_to_the_difference(workload: str, architecture: str) -> None:
    try:
        one, bare = pair(workload, architecture)
    except CapabilityError:
        pytest.skip("refused on this host")
    found = overhead(one, bare)
    difference = sum(by_status(one).values()) - sum(by_status(bare).values())
    assert found.seconds - found.saved == pytest.approx(difference, abs=1e-9 * sum(by_status(one).values()) * 50)
    assert found.seconds >= 0.0 <= found.saved
    shown = found.seconds >= SHOWN * sum(by_status(one).values())
    assert sum(found.shares.values()) == pytest.approx(1.0 if shown else 0.0)
    assert (found.heaviest != "") == shown
    assert 0.0 <= found.weight <= 1.0
    if found.heaviest:
        assert found.heaviest.split(" x ")[0] in one.book
    if found.years:
        first, last = found.years
        years = {one.book[line.cost].year for line in lines(one)}
        assert {first, last} <= years
        assert first <= last


def test_what_no_slowdown_shows_has_no_shares() -> None:
    """A transaction in Java takes a hundredth of a microsecond of 33 more: 1.000 times as long."""
    found = overhead(*pair("java-server", "xen-pv-64"))
    assert 0.0 < found.seconds < 1e-7
    assert (sum(found.shares.values()), found.heaviest, found.years) == (0.0, "", None)


def test_the_bare_machine_has_none() -> None:
    one, bare = pair("oltp", "native")
    found = overhead(one, bare)
    assert (found.seconds, found.saved, found.heaviest, found.years, found.era) == (0.0, 0.0, "", None, "")
    assert reach(one, bare) == (1.0, 1.0)


def test_by_hand() -> None:
    """The bridge is dear and the bare machine has none: an override is assumed, and weighs by its time."""
    one, bare = pair("tcp-rr", "xen-pv", bridge_packet="100 us")
    found = overhead(one, bare)
    (mine,) = {line.seconds for line in lines(one) if line.cost == "bridge_packet"}
    times = sum(line.seconds for line in lines(one) if line.cost == "bridge_packet")
    assert mine == pytest.approx(100e-6)
    assert found.heaviest == "bridge_packet"
    assert found.weight == pytest.approx(times / found.seconds)
    assert found.shares[Status.ASSUMED] > 0.9


def test_old_software_on_a_new_machine_says_its_years() -> None:
    old, _ = pair("tcp-rr", "workstation-translation")
    new, _ = pair("tcp-rr", "container")
    year = load_host("server").year
    old_years, new_years = overhead(old, old.bare(NATIVE)).years, overhead(new, new.bare(NATIVE)).years
    assert old_years is not None
    assert new_years is not None
    assert old_years[1] < year - 10 < new_years[0]


@given(st.sampled_from(["tcp-rr", "oltp", "kernel-build"]), st.sampled_from(["xen-pv", "kvm-vhost", "container"]))
def test_the_reach_is_that_of_the_draws(workload: str, architecture: str) -> None:
    one, bare = pair(workload, architecture)
    low, high = reach(one, bare, size=200)
    assert 0.0 < low <= high
    assert (low, high) == reach(one, bare, size=200)
    wide = reach(one, bare, size=2000)
    assert np.log(high / low) == pytest.approx(np.log(wide[1] / wide[0]), abs=0.15)


def test_costs_without_ranges_narrow_the_reach() -> None:
    one, bare = pair("fork", "kvm-vhost")
    costs = {line.cost for line in lines(one)}
    fixed = {name: f"{cycles} cycles" for name in costs if (cycles := one.book[name].cycles) is not None}
    sure, sure_bare = pair("fork", "kvm-vhost", **fixed)
    assert all(sure.book[name].low == sure.book[name].high for name in fixed)
    wide, narrow = reach(one, bare), reach(sure, sure_bare)
    assert np.log(narrow[1] / narrow[0]) < 0.5 * np.log(wide[1] / wide[0])


@pytest.mark.parametrize("architecture", ["container", "kvm-vhost", "xen-pv", "workstation-translation"])
def test_own_computation_is_no_overhead(architecture: str) -> None:
    """What both sides compute alike drops out, however much it is."""
    workload = load_workload("web-server")
    cycles = workload.operation.demands[Demand.USER_CYCLES]
    more = workload.with_(demands={"user_cycles": 10 * cycles})
    found, other = (
        overhead(one, one.bare(NATIVE)) for one in (scenario_of(each, architecture) for each in (workload, more))
    )
    assert other.shares == pytest.approx(found.shares, rel=1e-3)
    assert other.seconds == pytest.approx(found.seconds, rel=1e-3)


def test_workloads_of_the_background_are_judged_by_what_is_busiest() -> None:
    one, bare = pair("tcp-stream-out", "xen-pv")
    assert load_workload("tcp-stream-out").operation.io[0].sync is False
    low, high = reach(one, bare)
    assert low <= high
