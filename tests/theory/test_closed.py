"""Closed networks against exact MVA, the machine repairman, a bounded ring against M/M/1/K, and asymptotic bounds."""

from math import inf

import pytest

from simcore.distributions import CONSTANT, EXPONENTIAL
from simcore.model import Lock, Model
from simcore.totals import Window
from simcore.units import TICKS_PER_S
from tests.models import US, A, B, C, D, at, behind, closed, cpu, model
from tests.theory.agreement import agrees, estimate, estimates
from tests.theory.closed_forms import Centre, mm1k, mva, repairman


def throughput(window: Window) -> float:
    """Operations for each US."""
    measured = window.measured
    return sum(totals.completed for totals in measured.classes) / measured.now * US


@pytest.mark.parametrize("place", ["processor", "address-space lock", "lock of the VM", "station"])
def test_machine_repairman(place: str) -> None:
    """Seven customers, one server; each has an address space of its own, so only its processor is shared there."""
    lock = {"address-space lock": Lock.ADDRESS_SPACE, "lock of the VM": Lock.VM}.get(place, Lock.NONE)
    visit = at(0, US, by=A) if place == "station" else cpu(US, by=A, lock=lock)
    tasks = closed(visit, count=7, think=5 * US, thinking=EXPONENTIAL, varied={A: EXPONENTIAL})
    many = 7 if place == "lock of the VM" else 1
    made = model(tasks, cores=many, vcpus=(many,), servers=(1,))
    agrees(estimate(made, throughput), repairman(7, 5.0), within=0.04)


def test_address_spaces_do_not_lock_each_other_out() -> None:
    """With a processor each, tasks under their own locks never wait."""
    visit = cpu(US, by=A, lock=Lock.ADDRESS_SPACE)
    tasks = closed(visit, count=7, think=5 * US, thinking=EXPONENTIAL, varied={A: EXPONENTIAL})
    agrees(estimate(model(tasks, cores=7, vcpus=(7,)), throughput), 7.0 / 6.0, within=0.03)


CENTRES = (Centre(2.0, 2), Centre(0.5), Centre(3.0, 3), Centre(0.9), Centre(8.0, inf))


def network(customers: int) -> Model:
    """Processors (two), page tables in a domain of their own, a disk (three channels), a link (one), and thinking."""
    tasks = closed(
        cpu(2 * US, by=A),
        cpu(US // 2, 1, by=B),
        at(0, 3 * US, by=C),
        at(1, 0.9 * US, by=D),
        count=customers,
        think=8 * US,
        thinking=EXPONENTIAL,
        varied=dict.fromkeys((A, B, C, D), EXPONENTIAL),
    )
    return model(tasks, cores=3, vcpus=(2, 1), servers=(3, 1))


@pytest.mark.parametrize("customers", [1, 4, 12])
def test_a_closed_network_is_exact_mva(customers: int) -> None:
    found = estimate(network(customers), throughput, operations=2500, warmup=250)
    agrees(found, mva(CENTRES, customers)[0], within=0.05)


def test_time_at_each_station_is_mvas() -> None:
    _, times = mva(CENTRES, 12)

    def disk(window: Window) -> float:
        return window.measured.stations[0].sojourn / window.measured.stations[0].completions

    def processors(window: Window) -> float:
        return window.measured.domains[0].sojourn / window.measured.domains[0].completions

    found = estimates(network(12), processors, disk, operations=2500)
    agrees(found[0], times[0] * US, within=0.08)
    agrees(found[1], times[2] * US, within=0.08)


@pytest.mark.slow
@pytest.mark.parametrize("customers", [2, 8, 30])
def test_a_closed_network_longer(customers: int) -> None:
    found = estimate(network(customers), throughput, operations=10_000, warmup=1000, replications=12)
    agrees(found, mva(CENTRES, customers)[0], within=0.025)


def test_mva_knows_what_is_known_otherwise() -> None:
    assert mva((Centre(1.0), Centre(5.0, inf)), 7)[0] == pytest.approx(repairman(7, 5.0), rel=1e-12)
    assert mva((Centre(1.0), Centre(1.0)), 5)[0] == pytest.approx(5 / 6, rel=1e-12)  # balanced: N / (N + M - 1)
    assert mva((Centre(2.0, 4),), 4)[0] == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize("slots", [1, 3])
def test_a_bounded_ring_is_mm1k(slots: int) -> None:
    """One producer whose background visits hold slots, and which waits for one while the ring is full.

    Blocked after its own work is done, it stands for one more in the queue: states 0 .. slots + 1, so M/M/1/K with
    K = slots + 1, where nothing is lost; the rate of completion is the rate of what is produced while not blocked.
    """
    load = 0.8
    tasks = closed(cpu(US, by=A), behind(at(0, load * US, by=B)), varied={A: EXPONENTIAL, B: EXPONENTIAL})
    made = model(tasks, servers=(1,), slots=(slots,))
    states = mm1k(load, slots + 1)

    def blocked(window: Window) -> float:
        return window.measured.classes[0].ring_wait / window.measured.now

    def busy(window: Window) -> float:
        return window.measured.stations[0].busy / window.measured.now

    found = estimates(made, throughput, blocked, busy)
    agrees(found[0], 1.0 - states[-1], within=0.03)
    agrees(found[1], states[-1], within=0.1)
    agrees(found[2], (1.0 - states[-1]) * load, within=0.03)


@pytest.mark.parametrize("customers", [1, 2, 3, 5, 9])
def test_asymptotic_bounds_are_met_without_variation(customers: int) -> None:
    """With constant times nobody waits until the bottleneck is full, and then it is never idle."""
    tasks = closed(cpu(US), at(0, 2 * US), count=customers, think=5 * US, thinking=CONSTANT)
    found = estimate(model(tasks, servers=(1,)), throughput, operations=2000, warmup=100, replications=2)
    assert found.value == pytest.approx(min(customers / 8.0, 1.0 / 2.0), rel=2e-3)
    assert TICKS_PER_S == 10**6 * US
