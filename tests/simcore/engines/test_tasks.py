"""Tasks by hand: tails and rings, locks, arrivals, faults, runs that are stuck, horizons."""

import importlib
from dataclasses import replace

import pytest

from simcore.distributions import CONSTANT
from simcore.engines import ENGINES, engine
from simcore.errors import InputError, StuckError
from simcore.model import Lock, Serial
from tests.models import Log, arriving, at, behind, closed, cpu, delay, model, run

SPACE, VM = Lock.ADDRESS_SPACE, Lock.VM


def test_a_tail_goes_on_while_its_task_does() -> None:
    """Visits 0 (10), then 1 in the background (100) beside 2 (20)."""
    log = Log()
    window = run(model(closed(cpu(10), behind(at(0, 100)), cpu(20)), servers=(1,), slots=(4,)), 1, observer=log)
    assert [(now, visit) for now, *_, visit in log] == [(10, 0), (30, 2), (110, 1)]
    totals = window.whole.classes[0]
    assert (totals.response, totals.tails_started, totals.tails_completed, totals.ring_wait) == (30, 1, 1, 0)
    assert window.drained


def test_a_task_waits_while_the_ring_is_full_until_a_tail_has_ended() -> None:
    """Slot taken at 10, wanted again at 20, given back at 110 after the last of two visits."""
    log = Log()
    made = model(closed(cpu(10), behind(at(0, 60), delay(40))), servers=(5,), slots=(1,))
    window = run(made, 2, observer=log)
    assert [(now, operation, visit) for now, _, _, operation, visit in log] == [
        (10, 0, 0),
        (20, 1, 0),
        (70, 0, 1),
        (110, 0, 2),
        (170, 1, 1),
        (210, 1, 2),
    ]
    assert window.whole.classes[0].ring_wait == 90
    assert [totals.response for totals in window.whole.classes] == [10 + 100]


@pytest.mark.parametrize(("slots", "most"), [(1, 1), (2, 2), (3, 3), (9, 4)])
def test_a_ring_limits_tails_at_once(slots: int, most: int) -> None:
    """The station could serve four at once, and so many fit into the time between two of them."""
    window = run(model(closed(cpu(25), behind(at(0, 100))), servers=(9,), slots=(slots,)), horizon=10_000)
    assert window.whole.stations[0].population / 10_000 == pytest.approx(min(most, slots * 100 / 100), rel=0.02)


def test_a_tail_of_another_ring_does_not_wait() -> None:
    tasks = closed(behind(delay(100), ring=0), cpu(10), behind(delay(100), ring=1), cpu(10))
    assert run(model(tasks, slots=(1, 1)), 1).whole.classes[0].response == 20


def two_tasks_under(lock: Lock) -> list[int]:
    log = Log()
    tasks = closed(cpu(50, lock=lock), delay(10_000), count=2)
    run(model(tasks, tasks, cores=8, vcpus=(8,)), 4, deterministic=True, observer=log)
    return [now for now, *_ in log[:4]]


def test_locks_are_for_an_address_space_or_for_the_vm() -> None:
    assert two_tasks_under(Lock.NONE) == [50, 50, 50, 50]
    assert two_tasks_under(SPACE) == [50, 50, 50, 50]
    assert two_tasks_under(VM) == [50, 100, 150, 200]


def test_serial_visits_are_made_by_one_request_at_a_time_from_the_first_to_the_last() -> None:
    """The device could serve all three at once, and has another processor than the work before it."""
    log = Log()
    device, done = replace(at(0, 100), serial=Serial.HOLDS), replace(cpu(20, 1), serial=Serial.ENDS)
    tasks = closed(cpu(10), device, done, delay(10_000), count=3)
    window = run(model(tasks, cores=8, vcpus=(3, 1), servers=(9,)), 3, observer=log)
    assert [(now, visit) for now, *_, visit in log[:9]] == [
        *[(10, 0)] * 3,
        *[(110, 1), (130, 2), (230, 1), (250, 2), (350, 1), (370, 2)],
    ]
    assert window.drained


def test_each_guest_serves_its_own_requests_and_those_in_the_background_too() -> None:
    log = Log()
    one = replace(at(0, 100), serial=Serial.ENDS)
    tasks = [closed(delay(10), behind(one, ring=n), delay(10_000), count=2, domain=n) for n in range(2)]
    run(model(*tasks, cores=8, vcpus=(2, 2), servers=(9,), slots=(9, 9)), 4, observer=log)
    assert sorted((now, one) for now, one, _, _, visit in log if visit == 1)[:4] == [
        (110, 0),
        (110, 1),
        (210, 0),
        (210, 1),
    ]


def test_each_vm_has_its_own_lock_wherever_the_visit_is_made() -> None:
    """Both work in domain 2 on the page tables of their own VM."""
    log = Log()
    tasks = [closed(cpu(50, 2, lock=VM), delay(10_000), count=2, domain=n) for n in range(2)]
    run(model(*tasks, cores=8, vcpus=(1, 1, 8)), 4, deterministic=True, observer=log)
    assert [now for now, *_ in log[:4]] == [50, 50, 100, 100]


def test_arrivals_of_one_class_share_the_lock_of_their_address_space() -> None:
    log = Log()
    tasks = arriving(cpu(50, lock=SPACE), every=10, arrival=CONSTANT)
    run(model(tasks, cores=8, vcpus=(8,)), 3, observer=log)
    assert [now for now, *_ in log[:3]] == [60, 110, 160]


def test_who_waits_for_a_page_table_lock_spins() -> None:
    """Two processors: one has the holder, the other who spins until 50; a third computes after that."""
    locked = closed(cpu(50, lock=VM), delay(10_000), count=2)
    log = Log()
    made = model(locked, closed(cpu(10), delay(10_000)), cores=2, vcpus=(2,))
    window = run(made, 3, deterministic=True, observer=log)
    assert log.ends()[:3] == [(50, 0, 0), (60, 1, 0), (100, 0, 1)]
    assert window.whole.domains[0].spinning == 50


def test_a_turn_that_ends_gives_the_page_table_lock_back() -> None:
    """One processor, turns of 20: the first task has 30 to do under the lock, the other 10; the first asks anew."""
    log = Log()
    tasks = [closed(cpu(ticks, lock=VM), delay(10_000), name=str(ticks)) for ticks in (30, 10)]
    run(model(*tasks, quantum=20), 2, deterministic=True, observer=log)
    assert log.ends()[:2] == [(30, 1, 0), (40, 0, 0)]


def test_arrivals_do_not_wait_for_one_another() -> None:
    log = Log()
    run(model(arriving(delay(100), every=30, arrival=CONSTANT)), 4, observer=log)
    assert [now for now, *_ in log[:4]] == [130, 160, 190, 220]


def test_closed_tasks_think_first_and_between() -> None:
    log = Log()
    window = run(model(closed(cpu(10), think=100)), 3, observer=log)
    assert [now for now, *_ in log] == [110, 220, 330]
    assert window.whole.classes[0].think == 300
    assert window.whole.classes[0].response == 30


def test_a_station_serves_first_come_first_served() -> None:
    log = Log()
    run(model(closed(at(0, 10), count=5), servers=(2,)), 10, observer=log)
    assert log.ends()[:6] == [(10, 0, 0), (10, 0, 1), (20, 0, 2), (20, 0, 3), (30, 0, 4), (30, 0, 0)]


def test_a_warm_up_is_left_out_exactly() -> None:
    whole = run(model(closed(cpu(10), think=90)), 5)
    later = run(model(closed(cpu(10), think=90)), 5, warmup=7)
    assert whole.measured.now == later.measured.now == 500
    assert later.measured.classes[0].completed == 5
    assert later.whole.classes[0].completed == 12


def test_a_horizon_ends_the_run_on_the_tick() -> None:
    window = run(model(closed(cpu(30))), horizon=100)
    assert window.whole.now == window.measured.now == 100
    assert window.whole.classes[0].completed == 3
    assert window.whole.domains[0].busy == 100
    assert not window.drained


def test_what_happens_at_the_horizon_still_happens() -> None:
    assert run(model(closed(cpu(50))), horizon=100).whole.classes[0].completed == 2


def test_a_horizon_while_nothing_happens() -> None:
    window = run(model(closed(cpu(50), think=1000)), horizon=500)
    assert (window.whole.now, window.whole.classes[0].started, window.drained) == (500, 0, True)


FAULTY = model(closed(cpu(100), think=10), closed(cpu(100, 1), think=10, domain=1), cores=2, vcpus=(1, 1))


def test_a_fault_stalls_its_domain_and_no_other() -> None:
    made = model(*FAULTY.classes, cores=2, vcpus=(1, 1), faults=((555, 0),))
    window = run(made, 20)
    assert [totals.completed for totals in window.whole.classes] == [5, 15]
    assert window.whole.domains[0].busy == 500
    assert not window.drained


def test_a_fault_frees_the_core_for_others() -> None:
    """Two domains share one core; after the fault the other has it alone."""
    tasks = [closed(cpu(100, n), domain=n) for n in range(2)]
    log = Log()
    run(model(*tasks, vcpus=(1, 1), quantum=100, faults=((1050, 0),)), horizon=2050, observer=log)
    assert sum(tasks == 1 for _, tasks, _ in log.ends()) == 5 + 10
    assert (1150, 1, 0) in log.ends()


def test_a_fault_stalls_who_comes_to_the_domain_later() -> None:
    made = model(closed(cpu(100), cpu(50, 1), at(0, 5)), cores=2, vcpus=(1, 1), servers=(1,), faults=((10, 1),))
    with pytest.raises(StuckError, match=r"task 0 of closed in domain 0 waits at processors of domain 1 since 0.1 ns"):
        run(made, 3)


def test_a_stuck_run_names_each_task_where_it_waits_and_since_when() -> None:
    holder = closed(cpu(10), cpu(100, lock=VM), count=2, name="locker")
    ring = closed(behind(cpu(100, 1)), cpu(1, 1), name="sender", domain=1)
    made = model(holder, ring, cores=4, vcpus=(2, 1), slots=(1,), faults=((50, 0), (50, 1)))
    with pytest.raises(StuckError) as caught:
        run(made, 10)
    text = str(caught.value)
    assert text.startswith("nothing can happen after ")
    assert "task 0 of locker in domain 0 waits at processors of domain 0 since 0.01 ns" in text
    assert "task 1 of locker in domain 0 waits at processors of domain 0 since 0.01 ns" in text
    assert text.count("of sender in domain 1 waits at processors of domain 1 since 0") == 2  # the task and its tail


def test_a_stuck_run_of_many_tasks_is_short() -> None:
    made = model(closed(cpu(100), count=50), faults=((10, 0),))
    with pytest.raises(StuckError, match=r"and 30 more$"):
        run(made, 10)


def test_a_task_that_waits_for_a_ring_is_found_there() -> None:
    made = model(closed(cpu(10), behind(cpu(100, 1))), cores=2, vcpus=(1, 1), slots=(1,), faults=((15, 1),))
    with pytest.raises(StuckError, match=r"waits at ring 0 since 0.02 ns"):
        run(made, 10)


def test_arrivals_that_nobody_serves_do_not_go_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("compiled.layout", "simpy_engine.run"):
        monkeypatch.setattr(importlib.import_module(f"simcore.engines.{module}"), "MOST_LIVE", 100)
    with pytest.raises(StuckError, match="arrivals outrun service at"):
        run(model(arriving(cpu(10), every=20), faults=((200, 0),)), 50)


def test_an_unknown_engine_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'simpy'"):
        engine("simpi")
    assert "simpy" in ENGINES
