"""Samples of costs over their ranges, and the sum by hand against the simulation."""

import numpy as np
import pytest

from architectures import load_architecture
from simcore.costs import Kind, Resolved, Status
from simcore.hosts import load_host
from vmarch.runs import Plan, simulate
from vmarch.scenario import Scenario
from vmarch.sensitivity.ranges import Sample, at_quantiles, bare, decisive, ends, seconds_of, used
from workloads import load_workload


def cost(value: float, low: float, high: float) -> Resolved:
    return Resolved("c", Kind.TIME, value, low, high, None, Status.ASSUMED, "for a test")


def scenario(workload: str, architecture: str) -> Scenario:
    return Scenario(load_workload(workload), load_architecture(architecture), load_host("server"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (cost(2.0, 1.0, 4.0), [1.0, 2.0, 4.0]),
        (cost(2.0, 2.0, 2.0), [2.0, 2.0, 2.0]),
        (cost(0.0, 0.0, 4.0), [0.0, 2.0, 4.0]),
        (cost(1.0, 0.0, 1.0), [1e-3, 1e-3**0.5, 1.0]),
    ],
)
def test_quantiles_are_logarithmic_from_low_to_high(given: Resolved, expected: list[float]) -> None:
    assert at_quantiles(given, np.array([0.0, 0.5, 1.0])) == pytest.approx(expected)


def test_a_sample_begins_with_the_nominal_value_and_stays_in_the_range() -> None:
    book = scenario("tcp-rr", "xen-pv").book
    sample = Sample(book, 50)
    for name in ("hypercall", "bridge_packet"):
        drawn, known = sample[name], book[name]
        assert drawn[0] == known.value
        assert drawn.shape == (51,)
        assert np.all((drawn[1:] >= known.low) & (drawn[1:] <= known.high))
    assert np.array_equal(Sample(book, 50)["hypercall"], sample["hypercall"])
    assert not np.array_equal(Sample(book, 50, seed=2)["hypercall"], sample["hypercall"])


@pytest.mark.parametrize("workload", ["tcp-rr", "fork", "fsync", "page-fault"])
@pytest.mark.parametrize("architecture", ["native", "kvm-vhost", "xen-pv", "workstation-translation"])
def test_by_hand_is_what_is_simulated_where_nothing_waits(workload: str, architecture: str) -> None:
    one = scenario(workload, architecture)
    plan = Plan(replications=1, operations=5, deterministic=True)
    hand = float(np.ravel(seconds_of(one, Sample(one.book, 1)))[0])
    assert hand == pytest.approx(simulate(one, plan).metric("response_s")[0], rel=1e-6)


def test_demands_alone_have_no_input_and_output() -> None:
    one = bare(scenario("oltp", "native"), {"system_calls": 3})
    assert used(one) == ("system_call",)
    assert seconds_of(one, {"system_call": np.array([2e12])}) == pytest.approx([6.0])


def test_ends_move_one_cost_at_a_time_and_the_widest_is_decisive() -> None:
    one = scenario("page-fault", "xen-pv")
    found = ends(one)
    nominal = float(np.ravel(seconds_of(one, Sample(one.book, 1)))[0])
    assert found
    for name, (low, high) in found.items():
        assert one.book[name].low < one.book[name].high
        assert low * (1 - 1e-9) <= nominal <= high * (1 + 1e-9)
    worst, factor = decisive(found)
    assert factor == max(high / low for low, high in found.values())
    assert found[worst][1] / found[worst][0] == factor
    assert decisive({}) == ("", 1.0)
