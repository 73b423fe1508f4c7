"""What the model leaves out: parts of a time, and how far a slowdown is widened by theirs."""

from math import log

import pytest

from architectures import load_architecture
from simcore.hosts import load_host
from vmarch.left_out import ALL, OPERATIONS, PARTS, TAKEN, LeftOut, left_out, parts, widened
from vmarch.provenance import lines
from vmarch.scenario import Scenario
from workloads import load_workload


def scenario(workload: str, architecture: str) -> Scenario:
    return Scenario(load_workload(workload), load_architecture(architecture), load_host("server"))


@pytest.mark.parametrize("workload", ["web-server", "oltp", "hpc", "kernel-build", "tcp-rr"])
def test_parts_are_the_whole_time_without_waiting_outside(workload: str) -> None:
    one = scenario(workload, "kvm-vhost")
    outside = sum(line.seconds for line in lines(one) if line.cost == "cycle" and line.kind == "delay")
    spent = parts(one)
    assert set(spent) <= set(PARTS)
    assert sum(spent.values()) == pytest.approx(sum(line.seconds for line in lines(one)) - outside, rel=1e-6)


def test_a_part_is_taken_of_the_family_then_of_any_then_of_everything() -> None:
    told = LeftOut({("f", "disk"): 0.1, (ALL, "disk"): 0.2, (ALL, ALL): 0.3})
    assert [told.of(*key) for key in (("f", "disk"), ("g", "disk"), ("g", "network"))] == [0.1, 0.2, 0.3]
    assert LeftOut({}).of("f", "disk") == 0.0


def test_parts_widen_by_their_shares_and_the_same_ones_not() -> None:
    told = LeftOut({(ALL, "disk"): log(2.0), (ALL, ALL): log(4.0)})
    assert told.factor("f", {"disk": 3.0, "network": 1.0}) == pytest.approx(2.5)
    assert told.factor("f", {"disk": 3.0, "network": 1.0}, {"network"}) == pytest.approx(1.75)
    assert told.factor("f", {}) == 1.0


def test_what_is_as_on_the_bare_machine_is_not_widened() -> None:
    bare = scenario("page-fault", "native")
    assert widened((0.9, 1.1), 1.0, bare, bare) == (0.9, 1.1)
    assert widened((1.0, 1.0), 1.0, scenario("page-fault", "container"), bare) == (1.0, 1.0)


def test_a_range_is_widened_but_not_below_the_bare_machine() -> None:
    low, high = widened((0.95, 1.1), 1.05, scenario("page-fault", "kvm-vhost"), scenario("page-fault", "native"))
    assert low == pytest.approx(0.95)
    assert high > 1.1
    low, _ = widened((0.9, 1.1), 3.0, scenario("page-fault", "xen-pv"), scenario("page-fault", "native"))
    assert 1.0 / 3.0 <= low < 0.9


def test_the_table_is_written_by_validation_and_says_of_everything() -> None:
    told = left_out()
    assert told.factors[ALL, ALL] > 0.0
    assert all(part in (*PARTS, OPERATIONS, TAKEN, ALL) for _, part in told.factors)
