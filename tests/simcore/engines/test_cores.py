"""Scheduling by hand: who runs when, and what switching costs. Times are in ticks, everything is constant."""

import pytest

from simcore.errors import InputError
from simcore.model import Model
from tests.models import Log, arriving, at, closed, cpu, delay, model, run

Q = 100  # the quantum


def ends(made: Model, operations: int) -> list[tuple[int, int, int]]:
    """When, class and task of the first visits to end."""
    log = Log()
    run(made, operations, deterministic=True, observer=log)
    return log.ends()[:operations]


def test_tasks_of_a_domain_take_turns_of_a_quantum() -> None:
    """Each has 250: two rounds of 100 for each, then 50. The rest of a turn goes to the next in the queue."""
    made = model(closed(cpu(250), delay(10_000), count=3), quantum=Q)
    assert ends(made, 3) == [(650, 0, 0), (700, 0, 1), (750, 0, 2)]


def test_a_turn_goes_on_from_operation_to_operation() -> None:
    """Without rest the first ends at 250 + 200 + 200 and works on until the end of its turn at 700."""
    made = model(closed(cpu(250), count=3), quantum=Q)
    assert ends(made, 3) == [(650, 0, 0), (750, 0, 1), (850, 0, 2)]


def test_virtual_processors_take_turns_of_a_quantum() -> None:
    made = model(closed(cpu(250), delay(10_000), count=3), vcpus=(3,), quantum=Q)
    assert ends(made, 3) == [(650, 0, 0), (700, 0, 1), (750, 0, 2)]


def test_domains_take_turns_of_a_quantum() -> None:
    tasks = [closed(cpu(250, n), delay(10_000), domain=n) for n in range(3)]
    assert ends(model(*tasks, vcpus=(1, 1, 1), quantum=Q), 3) == [(650, 0, 0), (700, 1, 0), (750, 2, 0)]


def test_a_turn_ends_only_where_somebody_waits() -> None:
    """The second comes at 130, in the middle of the first one's second turn, which ends at 200."""
    made = model(closed(cpu(450), delay(10_000)), closed(delay(130), cpu(50), delay(10_000)), quantum=Q)
    log = Log()
    run(made, 4, deterministic=True, observer=log)
    assert log.ends()[:3] == [(130, 1, 0), (250, 1, 0), (500, 0, 0)]


def test_a_turn_lasts_the_quantum_times_the_weight_over_the_mean() -> None:
    """Weights 1 and 3: turns of 50 and 150."""
    tasks = [closed(cpu(140, n), delay(10_000), domain=n) for n in range(2)]
    made = model(*tasks, vcpus=(1, 1), weights=(1.0, 3.0), quantum=Q)
    assert ends(made, 2) == [(190, 1, 0), (280, 0, 0)]


@pytest.mark.parametrize("weights", [(1.0, 1.0), (1.0, 3.0), (5.0, 2.0)])
def test_shares_are_as_the_weights(weights: tuple[float, float]) -> None:
    tasks = [closed(cpu(7777, n), domain=n) for n in range(2)]
    made = model(*tasks, vcpus=(1, 1), weights=weights, quantum=7 * Q)
    busy = [totals.busy for totals in run(made, horizon=10**6).whole.domains]
    assert sum(busy) == 10**6
    assert busy[0] / busy[1] == pytest.approx(weights[0] / weights[1], rel=2e-3)


def computing_and_woken(*, preempt: bool, visit: int = 30) -> Model:
    """One domain computes without end, the other works shortly after each rest, first at 230."""
    return model(
        closed(cpu(1000)),
        closed(delay(230), cpu(visit, 1), delay(10_000), domain=1),
        vcpus=(1, 1),
        quantum=Q,
        preempt=preempt,
    )


def test_woken_takes_a_core_from_one_that_was_not() -> None:
    log = Log()
    window = run(computing_and_woken(preempt=True), 1, deterministic=True, observer=log)
    assert log.ends()[:3] == [(230, 1, 0), (260, 1, 0), (1030, 0, 0)]
    assert [totals.preemptions for totals in window.whole.domains] == [1, 0]


def test_without_preemption_woken_waits_for_the_end_of_a_turn() -> None:
    log = Log()
    window = run(computing_and_woken(preempt=False), 1, deterministic=True, observer=log)
    assert log.ends()[:3] == [(230, 1, 0), (330, 1, 0), (1030, 0, 0)]
    assert [totals.preemptions for totals in window.whole.domains] == [0, 0]


def test_what_was_woken_itself_keeps_its_core_for_a_turn() -> None:
    """Both were woken: the one that runs since 100 goes on to 200, where its turn ends and the other's begins."""
    made = model(
        closed(delay(100), cpu(250), delay(10_000)),
        closed(delay(130), cpu(30, 1), delay(10_000), domain=1),
        vcpus=(1, 1),
        quantum=Q,
    )
    log = Log()
    window = run(made, 2, deterministic=True, observer=log)
    assert log.ends()[:4] == [(100, 0, 0), (130, 1, 0), (230, 1, 0), (380, 0, 0)]
    assert [totals.preemptions for totals in window.whole.domains] == [0, 0]


def test_one_that_lost_its_core_was_not_woken_afterwards() -> None:
    """It comes back at 260 and loses the core again at once when another wakes at 270."""
    first, second = (closed(delay(when), cpu(10, n), delay(10_000), domain=n) for n, when in ((1, 250), (2, 270)))
    log = Log()
    window = run(
        model(closed(cpu(1000)), first, second, vcpus=(1, 1, 1), quantum=Q), 2, deterministic=True, observer=log
    )
    assert (260, 1, 0) in log.ends()
    assert (280, 2, 0) in log.ends()
    assert window.whole.domains[0].preemptions == 2


def test_woken_come_before_those_that_wait_longer() -> None:
    """Domains 0 and 1 take turns. At 250 the core is free: 1 has waited since 200, but 2 was woken at 230."""
    made = model(
        closed(cpu(150), delay(10_000)),
        closed(cpu(150, 1), delay(10_000), domain=1),
        closed(delay(230), cpu(20, 2), delay(10_000), domain=2),
        vcpus=(1, 1, 1),
        quantum=Q,
        preempt=False,
    )
    log = Log()
    run(made, 3, deterministic=True, observer=log)
    assert log.ends()[:4] == [(230, 2, 0), (250, 0, 0), (270, 2, 0), (320, 1, 0)]


def test_a_task_that_goes_on_keeps_its_processor() -> None:
    """Two visits in a row are one stretch, though another task waits; only the end of the turn parts them."""
    two = closed(cpu(30), cpu(30), delay(10_000), count=2)
    log = Log()
    run(model(two, quantum=Q), 1, deterministic=True, observer=log)
    assert log.ends()[:4] == [(30, 0, 0), (60, 0, 0), (90, 0, 1), (120, 0, 1)]


def test_a_task_whose_turn_ends_between_its_visits_gives_way() -> None:
    two = closed(cpu(Q), cpu(30), delay(10_000), count=2)
    log = Log()
    run(model(two, quantum=Q), 1, deterministic=True, observer=log)
    assert log.ends()[:4] == [(100, 0, 0), (200, 0, 1), (230, 0, 0), (260, 0, 1)]


def test_each_change_of_task_costs_a_switch() -> None:
    """First of all nothing, then 7 before each slice of another task; a switch uses up its task's turn."""
    made = model(closed(cpu(150), think=1000, count=2), quantum=Q, task_switch=7)
    log = Log()
    window = run(made, 2, deterministic=True, observer=log)
    assert log.ends()[:2] == [(1257, 0, 0), (1321, 0, 1)]  # 100 | 7 93 | 7 50 | 7 57
    assert window.measured.domains[0].task_switches == 3
    assert window.measured.classes[0].task_switches == [3]


def test_a_task_that_comes_back_to_its_processor_pays_no_switch() -> None:
    made = model(closed(cpu(50), delay(20)), quantum=Q, task_switch=7, cores=4, vcpus=(4,))
    assert run(made, 20).whole.domains[0].task_switches == 0


def test_tasks_with_a_processor_each_pay_no_switch() -> None:
    made = model(closed(cpu(50), delay(20), count=4), quantum=Q, task_switch=7, cores=4, vcpus=(4,))
    assert run(made, 80).whole.domains[0].task_switches == 0


def test_each_change_of_domain_costs_a_switch() -> None:
    """Slices of 100, of 5 + 95, of 5 + 50, and of 5 + 55."""
    tasks = [closed(cpu(150, n), think=1000, domain=n) for n in range(2)]
    log = Log()
    window = run(model(*tasks, vcpus=(1, 1), quantum=Q, domain_switch=5), 2, deterministic=True, observer=log)
    assert log.ends()[:2] == [(1255, 0, 0), (1315, 1, 0)]
    assert [totals.domain_switches for totals in window.measured.domains] == [1, 2]
    assert [totals.domain_switches for totals in window.measured.classes] == [[1], [2]]


def test_domains_with_a_core_each_pay_no_switch() -> None:
    """One task goes back and forth between two domains; each finds the core that ran it last."""
    tasks = closed(cpu(50), cpu(30, 1), at(0, 10), cpu(30, 1))
    made = model(tasks, cores=3, vcpus=(2, 2), servers=(1,), quantum=Q, domain_switch=5, task_switch=7)
    window = run(made, 50)
    assert [totals.domain_switches for totals in window.whole.domains] == [0, 0]
    assert [totals.task_switches for totals in window.whole.domains] == [0, 0]


def test_idle_rows_are_paid_where_the_domain_is_idle() -> None:
    made = model(closed(delay(100), cpu(50, idle=9)))
    log = Log()
    window = run(made, 3, deterministic=True, observer=log)
    assert [now for now, *_, visit in log if visit == 1] == [159, 318, 477]
    assert window.whole.classes[0].idle == [0, 3]


def test_idle_rows_are_not_paid_where_it_is_busy() -> None:
    """The second finds the only virtual processor at work."""
    made = model(closed(cpu(1000)), closed(delay(100), cpu(50, idle=9), delay(100)), quantum=Q)
    totals = run(made, horizon=2000).whole.classes[1]
    assert totals.completed == totals.visits[1] > 0
    assert totals.idle == [0, 0, 0]


def test_idle_rows_are_not_paid_by_a_task_that_goes_on() -> None:
    made = model(closed(delay(100), cpu(50), cpu(50, idle=9)), cores=2, vcpus=(2,))
    assert run(made, 5).whole.classes[0].idle == [0, 0, 0]


def test_a_visit_of_idle_rows_only_may_cost_nothing() -> None:
    made = model(closed(cpu(1000)), closed(delay(100), cpu(0, idle=9), delay(50)))
    log = Log()
    run(made, horizon=160, observer=log)
    assert log.ends() == [(100, 1, 0), (100, 1, 0), (150, 1, 0)]


def test_virtual_processors_limit_what_a_domain_does_at_once() -> None:
    tasks = closed(cpu(100), delay(10_000), count=3)
    assert [now for now, *_ in ends(model(tasks, cores=3, vcpus=(2,)), 3)] == [100, 100, 200]
    assert [now for now, *_ in ends(model(tasks, cores=3, vcpus=(3,)), 3)] == [100, 100, 100]
    assert [now for now, *_ in ends(model(tasks, cores=2, vcpus=(3,)), 3)] == [100, 100, 200]


def test_arrivals_of_one_class_share_an_address_space() -> None:
    """Three operations overlap: they take turns, but nothing is switched."""
    made = model(arriving(cpu(250), every=10), quantum=Q, task_switch=7)
    window = run(made, 3, deterministic=True)
    assert window.whole.domains[0].task_switches == 0


@pytest.mark.parametrize(("task", "domain"), [(50, 0), (0, 100), (20, 60)])
def test_a_turn_that_only_switches_is_refused(task: int, domain: int) -> None:
    """It would go on for ever without any work done."""
    with pytest.raises(InputError, match=r"quantum: 'a turn of 100 ticks' is not allowed"):
        run(model(closed(cpu(150), count=3), quantum=Q, task_switch=task, domain_switch=domain))


def test_switches_that_take_longer_than_a_turn_do_no_harm_where_nobody_waits() -> None:
    made = model(closed(cpu(150), delay(30), count=3), cores=3, vcpus=(3,), quantum=Q, task_switch=400)
    assert run(made, 30, deterministic=True).whole.domains[0].task_switches == 0
