"""The analytic engine: exact where theory has an exact form, bounds everywhere, and a reason for each refusal."""

from __future__ import annotations

import dataclasses
import math
import random
from fractions import Fraction

import pytest

from architectures import architecture_names, load_architecture
from experiments.theory.forms import Centre as Textbook
from experiments.theory.forms import mva
from simcore.checks import check
from simcore.distributions import EXPONENTIAL, Distribution
from simcore.engines.analytic import Centre, answer, balanced_job, bounds, exceeded, qualifies, refusal, solve
from simcore.errors import CapabilityError, CheckError
from simcore.hosts import load_host
from simcore.model import Lock, Model, Serial
from simcore.results import summarize
from simcore.totals import Window
from tests.models import US, A, B, C, arriving, at, behind, closed, cpu, delay, model, response, run
from tests.theory.agreement import agrees, estimate
from vmarch.scenario import Scenario
from workloads import load_workload, workload_names


def throughput(window: Window) -> float:
    return sum(totals.completed for totals in window.measured.classes) / window.measured.now


def test_mva_by_hand() -> None:
    """Demands 1 and 2. One customer: 1 + 2, queues 1/3 and 2/3. Two: 4/3 + 10/3, queues 4/7 and 10/7. Three: 45/7."""
    centres = [Centre(1.0), Centre(2.0)]
    for customers, exact in ((1, Fraction(1, 3)), (2, Fraction(3, 7)), (3, Fraction(7, 15))):
        assert solve(centres, 0.0, customers).throughput == pytest.approx(float(exact), rel=1e-14)
    assert solve(centres, 0.0, 2).residence == pytest.approx((4 / 3, 10 / 3), rel=1e-14)


def test_mva_with_two_servers_by_hand() -> None:
    """Three customers think 2, two servers take 1: weights 1, 3/2, 3/4, 3/16; (3/2 + 3/2 + 3/8) / (55/16)."""
    assert solve([Centre(1.0, 2)], 2.0, 3).throughput == pytest.approx(54 / 55, rel=1e-14)


def test_mva_is_the_textbooks() -> None:
    drawn = random.Random(4)
    for _ in range(40):
        centres = [(drawn.uniform(0.1, 3.0), drawn.choice([1, 1, 2, 3])) for _ in range(drawn.randint(1, 4))]
        think, customers = drawn.choice([0.0, drawn.uniform(0.0, 10.0)]), drawn.randint(1, 15)
        rate, times = mva([*(Textbook(*c) for c in centres), Textbook(think, math.inf)], customers)
        found = solve([Centre(*c) for c in centres], think, customers)
        assert found.throughput == pytest.approx(rate, rel=1e-9)
        assert found.residence == pytest.approx(times[:-1], rel=1e-9)


def test_mva_stays_exact_under_heavy_load() -> None:
    found = solve([Centre(80.0, 80), Centre(0.5), Centre(3.0, 4)], 10.0, 2000)
    assert found.throughput == pytest.approx(1.0, rel=1e-9)
    assert sum(found.residence) == pytest.approx(2000 / found.throughput - 10.0, rel=1e-12)


def test_balanced_job_bounds_hold_the_exact_answer() -> None:
    drawn = random.Random(5)
    for _ in range(100):
        demands = [drawn.uniform(0.01, 3.0) for _ in range(drawn.randint(1, 6))]
        think, customers = drawn.uniform(0.0, 20.0), drawn.randint(1, 40)
        low, high = balanced_job(demands, think, customers)
        exact = solve([Centre(demand) for demand in demands], think, customers).throughput
        assert low * (1 - 1e-12) <= exact <= high * (1 + 1e-12)


def network(customers: int) -> Model:
    tasks = closed(
        cpu(2 * US, by=A),
        at(0, 3 * US, by=B),
        delay(4 * US),
        at(1, US, by=C),
        count=customers,
        think=5 * US,
        varied=dict.fromkeys((A, B, C), EXPONENTIAL),
    )
    return model(tasks, cores=2, vcpus=(8,), servers=(3, 1))


@pytest.mark.parametrize("customers", [1, 5, 12])
def test_the_answer_is_what_simulation_finds(customers: int) -> None:
    made = network(customers)
    exact = answer(made)
    agrees(estimate(made, throughput, operations=2500), exact.throughput_per_s / 1e12, within=0.05)
    agrees(estimate(made, operations=2500), exact.response_s * 1e12, within=0.08)
    found = summarize(made, run(made, 20_000, warmup=2000))
    assert found.utilisation == pytest.approx(exact.utilisation, rel=0.05)
    assert found.queue == pytest.approx(exact.queue, rel=0.2)
    assert found.waiting_s == pytest.approx(exact.waiting_s, rel=0.2, abs=1e-8)
    assert exact.percentiles_s == {}
    assert sum(exact.service_s.values()) + sum(exact.waiting_s.values()) == pytest.approx(exact.response_s, rel=1e-12)


def test_a_page_table_lock_with_processors_to_spare_is_a_queue() -> None:
    visit = cpu(US, by=A, lock=Lock.VM)
    tasks = closed(visit, count=7, think=5 * US, thinking=EXPONENTIAL, varied={A: EXPONENTIAL})
    made = model(tasks, cores=7, vcpus=(7,))
    agrees(estimate(made, throughput), answer(made).throughput_per_s / 1e12, within=0.04)


def cells() -> list[tuple[str, str, Model]]:
    host = load_host("server")
    found = []
    for workload in workload_names():
        for architecture in architecture_names():
            try:
                made = Scenario(load_workload(workload), load_architecture(architecture), host).model
            except CapabilityError:
                continue
            found.append((workload, architecture, made))
    return found


@pytest.mark.slow
def test_bounds_hold_and_answers_agree_for_the_whole_catalogue() -> None:
    """Without variation: no throughput over its bound, and one task alone takes exactly what the answer says."""
    solved = 0
    for workload, architecture, made in cells():
        window = run(made, 40, warmup=40, deterministic=True)
        tasks = made.classes[0].count
        limit = bounds(made).throughput_per_s / 1e12
        slots = sum(ring.slots for ring in made.rings)
        assert throughput(window) <= limit * (1.0 + (tasks + slots) / 40), (workload, architecture)
        assert (refusal(made) is None) == (qualifies(made) == [])
        if not qualifies(made):
            solved += 1
            if tasks == 1:
                exact = answer(made)
                assert response(window) == pytest.approx(exact.response_s * 1e12, rel=1e-6), (workload, architecture)
                assert sum(window.measured.classes[0].idle) / 40 == pytest.approx(exact.notifications, abs=1e-9)
    assert solved > 300


FIXED = cpu(US)
SPREAD = {A: EXPONENTIAL}
GAMMA = {A: Distribution("gamma", 2.0)}


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (model(arriving(cpu(US, by=A), every=2 * US, varied=SPREAD)), "open arrivals"),
        (model(closed(cpu(US), behind(at(0, US))), servers=(1,), slots=(4,)), "in the background"),
        (model(closed(cpu(US), domain=0), closed(cpu(US, 1), domain=1), vcpus=(1, 1), cores=2), "domains of their own"),
        (model(closed(cpu(US)), closed(cpu(2 * US)), vcpus=(2,), cores=2), "different kinds"),
        (model(closed(cpu(US)), faults=((US, 0),)), "no steady state"),
        (model(closed(cpu(US), cpu(US, 1), count=4), vcpus=(4, 4), cores=2), "two levels"),
        (model(closed(cpu(US), cpu(US, 1)), vcpus=(1, 1), cores=1, domain_switch=5), "changes between domains"),
        (model(closed(cpu(US, by=A), count=4, think=US, varied=SPREAD), task_switch=5), "changes of task"),
        (model(closed(cpu(US, idle=5), count=4, think=US)), "only when it is idle"),
        (model(closed(cpu(US, lock=Lock.VM), count=4, think=US)), "page-table lock"),
        (
            model(closed(dataclasses.replace(at(0, US), serial=Serial.ENDS), count=4), servers=(9,)),
            "one after the other",
        ),
        (model(closed(cpu(US, by=A), count=4, varied=SPREAD)), "goes on with its next visit"),
        (model(closed(at(0, US), count=4), servers=(1,)), "fixed or not exponential: the station 0"),
        (model(closed(at(0, US, by=A), count=4, varied=GAMMA), servers=(1,)), "fixed or not exponential"),
        (model(closed(cpu(US), count=4, think=US), quantum=US // 2), "turns of 500 ns"),
        (model(closed(at(0, US, by=A), at(1, US, by=A), count=4, varied=SPREAD), servers=(1, 1)), "one draw of"),
        (
            model(
                closed(at(0, US, by=A), at(0, 2 * US, by=B), count=4, varied={A: EXPONENTIAL, B: EXPONENTIAL}),
                servers=(1,),
            ),
            "different means",
        ),
    ],
)
def test_each_reason_has_its_name(made: Model, reason: str) -> None:
    reasons = qualifies(made)
    assert any(reason in text for text in reasons), reasons
    with pytest.raises(CapabilityError, match="Bounds: throughput at most"):
        answer(made)


@pytest.mark.parametrize(
    "made",
    [
        model(
            closed(cpu(US, idle=5), at(0, 3 * US), cpu(US, 1, lock=Lock.VM), cpu(US, 0)),
            vcpus=(1, 1),
            cores=2,
            servers=(1,),
        ),
        model(
            closed(cpu(US, idle=5), at(0, US), count=4), vcpus=(4,), cores=4, servers=(4,), task_switch=7, quantum=100
        ),
        model(closed(at(0, US, by=A), count=4, varied={A: Distribution("gamma", 1.0)}), servers=(1,)),
        model(closed(cpu(US, by=A), count=9, think=US, varied=SPREAD), vcpus=(3,), cores=2, quantum=US // 5),
        model(closed(cpu(US, lock=Lock.ADDRESS_SPACE), count=3), vcpus=(3,), cores=3),
    ],
)
def test_what_nobody_can_notice_is_no_reason(made: Model) -> None:
    assert qualifies(made) == []
    found = [throughput(run(made, 4000, replication=k, warmup=100)) * 1e12 for k in range(3)]
    assert answer(made).throughput_per_s == pytest.approx(sum(found) / 3, rel=0.05)


def test_bounds_by_hand() -> None:
    tasks = closed(cpu(2 * US), at(0, 6 * US), delay(US), count=5, think=11 * US)
    made = model(tasks, cores=4, vcpus=(1,), servers=(2,))
    found = bounds(made)
    assert found.throughput_per_s == pytest.approx(5 / 20e-6)
    assert found.limit == "the number of tasks of closed"
    assert found.response_s == pytest.approx(9e-6)
    found = bounds(dataclasses.replace(made, classes=(dataclasses.replace(made.classes[0], count=50),)))
    assert found.throughput_per_s == pytest.approx(1 / 3e-6)  # the disk's two channels
    assert found.limit == "the station 0"
    assert found.response_s == pytest.approx(50 * 3e-6 - 11e-6)


def test_bounds_count_the_background_and_its_ring() -> None:
    made = model(closed(cpu(US), behind(delay(30 * US))), slots=(2,))
    assert bounds(made).throughput_per_s == pytest.approx(2 / 30e-6)
    assert bounds(made).limit == "the ring 0"
    assert bounds(made).response_s == pytest.approx(15e-6)


def test_bounds_of_open_arrivals_are_their_rate() -> None:
    assert bounds(model(arriving(cpu(US), every=4 * US))).throughput_per_s == pytest.approx(1 / 4e-6)


def test_bounds_of_several_guests_add_up_but_share_the_cores() -> None:
    guests = [closed(cpu(US, domain), domain=domain, count=2) for domain in range(3)]
    assert bounds(model(*guests, vcpus=(1, 1, 1), cores=8)).throughput_per_s == pytest.approx(3 / 1e-6)
    assert bounds(model(*guests, vcpus=(1, 1, 1), cores=2)).throughput_per_s == pytest.approx(2 / 1e-6)


@pytest.mark.parametrize("customers", [1, 12])
def test_a_run_faster_than_its_bound_fails(customers: int) -> None:
    made = network(customers)
    window = run(made, 500)
    assert list(exceeded(made, window)) == []
    whole = dataclasses.replace(window.whole, now=window.whole.now // 3)
    assert list(exceeded(made, dataclasses.replace(window, whole=whole)))
    with pytest.raises(CheckError, match="the bound set by"):
        check(made, dataclasses.replace(window, whole=whole))


def test_a_window_faster_than_its_bound_fails_and_its_edges_are_allowed_for() -> None:
    """Constant times: four tasks at one server, so the window may hold no more than four operations too many."""
    made = model(closed(at(0, US), count=4, think=US), servers=(1,))
    window = run(made, 100, warmup=10)
    for over, fails in ((4, False), (5, True)):
        totals = dataclasses.replace(window.measured.classes[0], completed=window.measured.now // US + over)
        measured = dataclasses.replace(window.measured, classes=[totals])
        assert bool(list(exceeded(made, dataclasses.replace(window, measured=measured)))) is fails
