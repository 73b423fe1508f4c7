"""Spinning by hand: who waits on its processor, for how long, and who goes without a core meanwhile."""

import pytest

from simcore.errors import InputError
from simcore.model import KernelLock, Locks, Model
from simcore.spinning import Spinning
from simcore.totals import Window
from tests.models import Log, closed, cpu, delay, model, run

ONE = (Locks(0),)


def ends(made: Model, horizon: int) -> tuple[list[tuple[int, int, int]], Window]:
    """When which visit of which class ended."""
    log = Log()
    window = run(made, horizon=horizon, deterministic=True, observer=log)
    return [(now, tasks, visit) for now, tasks, _, _, visit in log], window


def two(move: int = 0) -> Model:
    """Two on processors of their own come to a lock at 10, and hold it for 5."""
    one = closed(cpu(10), cpu(5, spin=0), delay(10_000), count=2, locks=ONE)
    return model(one, cores=2, vcpus=(2,), locks=(KernelLock("lock", move),))


def test_who_waits_spins_until_the_lock_is_given() -> None:
    found, window = ends(two(), 100)
    assert found == [(10, 0, 0), (10, 0, 0), (15, 0, 1), (20, 0, 1)]
    domain = window.whole.domains[0]
    assert (domain.busy, domain.spinning, domain.ready) == (30, 5, 0)


def test_moving_the_lock_takes_time_of_who_gets_it() -> None:
    found, window = ends(two(move=3), 100)
    assert found[-1] == (23, 0, 1)
    assert window.whole.domains[0].spinning == 5 + 3


def test_a_ticket_lock_moves_slower_the_more_wait() -> None:
    """Free, then with two who still wait, one, and none."""
    one = closed(cpu(10), cpu(5, spin=0), delay(10_000), count=4, locks=ONE)
    found, window = ends(model(one, cores=4, vcpus=(4,), locks=(KernelLock("lock", 3, 2),)), 100)
    assert [now for now, _, visit in found if visit == 1] == [15, 15 + 3 + 4 + 5, 27 + 3 + 2 + 5, 37 + 3 + 5]
    assert window.whole.domains[0].spinning == (27 - 5 - 10) + (37 - 5 - 10) + (45 - 5 - 10)


def test_neither_holder_nor_waiter_gives_its_processor_to_another_task() -> None:
    """One processor and a quantum of 4: the hold of 10 is not cut, and the turn that it overran ends with it."""
    one = closed(cpu(10, spin=0), cpu(4), delay(10_000), locks=ONE)
    other = closed(cpu(2), delay(10_000), name="other")
    found, _ = ends(model(one, other, quantum=4, locks=(KernelLock("lock"),)), 100)
    assert found == [(10, 0, 0), (12, 1, 0), (16, 0, 1)]


def preempted(how: Spinning | None) -> Model:
    """One core for two domains with turns of 20: the holder of the first loses it, and its other waits in vain.

    The first has two virtual processors on two cores; on one of these the other domain computes too.
    """
    holder = closed(cpu(18), cpu(8, spin=0), delay(10_000), locks=ONE, name="holder")
    waiter = closed(delay(22), cpu(3, spin=0), delay(10_000), locks=ONE, name="waiter")
    hog = closed(cpu(1000, 1), domain=1, name="hog", count=2)
    return model(
        holder,
        waiter,
        hog,
        cores=2,
        vcpus=(2, 2),
        quantum=20,
        preempt=False,
        locks=(KernelLock("lock"),),
        spinning=(how, None),
    )


def test_a_preempted_holder_makes_the_other_burn_its_turn() -> None:
    """At 20 the holder gives way, 6 before it is done; who comes to the lock later spins until it is."""
    found, window = ends(preempted(None), 200)
    freed = next(now for now, tasks, visit in found if (tasks, visit) == (0, 1))
    taken = next(now for now, tasks, visit in found if (tasks, visit) == (1, 1))
    assert taken >= freed
    assert window.whole.domains[0].busy == 18 + 8 + 3


def halting(how: Spinning) -> Model:
    """Two on processors of their own come to a lock at 10, and hold it for 50."""
    one = closed(cpu(10), cpu(50, spin=0), delay(10_000), count=2, locks=ONE)
    return model(one, cores=2, vcpus=(2,), locks=(KernelLock("lock"),), spinning=(how,))


def test_who_halts_sleeps_until_it_is_kicked() -> None:
    """It spins 20 and exits in 4; the lock is free at 60, the kick takes 3 of who gave it, the wake-up 6."""
    found, window = ends(halting(Spinning(20, 4, halts=True, kick_ticks=3, wake_ticks=6)), 200)
    assert [now for now, _, visit in found if visit == 1] == [63, 116]
    domain = window.whole.domains[0]
    assert (domain.busy, domain.spinning) == (120, 20 + 4 + 3 + 6)


def test_who_is_given_the_lock_while_it_exits_does_not_sleep() -> None:
    found, window = ends(halting(Spinning(48, 4, halts=True, kick_ticks=3, wake_ticks=6)), 200)
    assert [now for now, _, visit in found if visit == 1] == [60, 62 + 50]
    assert window.whole.domains[0].spinning == 48 + 4


def test_with_nobody_to_yield_to_it_spins_again() -> None:
    """Windows of 20 and exits of 4 until 60: the exit of 78 has not come."""
    found, window = ends(halting(Spinning(20, 4)), 200)
    assert [now for now, _, visit in found if visit == 1] == [60, 110]
    assert window.whole.domains[0].spinning == 50


def test_who_exits_gives_its_core_to_the_holder_of_its_own_domain() -> None:
    """One core: the holder waits behind the hog, which is passed over where the yield is directed."""
    holder = closed(cpu(15, spin=0), delay(10_000), locks=ONE, name="holder")
    waiter = closed(delay(1), cpu(5, spin=0), delay(10_000), locks=ONE, name="waiter")
    hog = closed(delay(2), cpu(1000, 1), domain=1, name="hog")
    freed = {}
    for directed in (False, True):
        made = model(
            holder,
            waiter,
            hog,
            cores=1,
            vcpus=(2, 1),
            quantum=10,
            preempt=False,
            locks=(KernelLock("lock"),),
            spinning=(Spinning(2, 0, directed=directed), None),
        )
        found, _ = ends(made, 200)
        freed[directed] = next(now for now, tasks, _ in found if tasks == 0)
    assert freed == {False: 10 + 2 + 10 + 5, True: 10 + 2 + 5}


@pytest.mark.parametrize(("preemptible", "held", "waited", "spun"), [(True, 35, 26, 0), (False, 50, 55, 20)])
def test_a_preemptible_lock_is_given_back_with_the_core(preemptible: bool, held: int, waited: int, spun: int) -> None:
    """One core: the holder of 30 loses it at 21 to one that is woken and comes to the lock too.

    That one has the lock at once and is done at 26; or spins for its turn of 20, and gets the lock at 50.
    """
    holder = closed(cpu(30, spin=0), delay(10_000), locks=ONE, name="holder")
    waiter = closed(delay(21), cpu(5, spin=0), delay(10_000), locks=ONE, name="waiter")
    locks = (KernelLock("lock", preemptible=preemptible),)
    found, window = ends(model(holder, waiter, vcpus=(2,), quantum=20, locks=locks), 300)
    assert {tasks: now for now, tasks, visit in found if visit == tasks} == {0: held, 1: waited}
    assert window.whole.domains[0].busy == 35
    assert window.whole.domains[0].spinning == spun


def test_a_task_gives_a_preemptible_lock_back_with_its_virtual_processor() -> None:
    """Turns of 4: at 4 the other task, at 6 it asks again, from 10 on it is done and its own next."""
    one = closed(cpu(10, spin=0), cpu(4), delay(10_000), locks=ONE)
    other = closed(cpu(2), delay(10_000), name="other")
    found, _ = ends(model(one, other, quantum=4, locks=(KernelLock("lock", preemptible=True),)), 100)
    assert found == [(6, 1, 0), (12, 0, 0), (16, 0, 1)]


def test_who_waits_for_a_preemptible_lock_gives_way_and_asks_anew() -> None:
    """The waiter's turn ends while it spins: a third, who comes later, has the lock before it."""
    holder = closed(cpu(35, spin=0), delay(10_000), locks=ONE, name="holder")
    waiter = closed(delay(10), cpu(5, 1, spin=0), delay(10_000), locks=ONE, name="waiter", domain=1)
    third = closed(delay(32), cpu(7, 2, spin=0), delay(10_000), locks=ONE, name="third", domain=2)
    hog = closed(delay(12), cpu(40, 1), delay(10_000), domain=1, name="hog")
    locks = (KernelLock("lock", preemptible=True),)
    made = model(holder, waiter, third, hog, cores=3, vcpus=(1, 1, 1), quantum=20, locks=locks)
    found, _ = ends(made, 300)
    assert (35, 0, 0) in found
    assert (42, 2, 1) in found
    assert (55, 1, 1) in found


@pytest.mark.parametrize("values", [(-1,), (1, -1), (2**61,)])
def test_what_is_no_way_to_wait_is_refused(values: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="spinning"):
        Spinning(*values)  # type: ignore[arg-type]


def test_a_visit_names_locks_that_there_are() -> None:
    with pytest.raises(InputError, match="locks"):
        model(closed(cpu(1, spin=0), locks=(Locks(0, 2),)), locks=(KernelLock("lock"),))
    with pytest.raises(InputError, match="locks"):
        model(closed(cpu(1, spin=0)), locks=(KernelLock("lock"),))
