"""Threads with queues of their own, by hand: who serves what, who is told, and what they hold besides."""

from __future__ import annotations

import dataclasses

import pytest

from simcore.engines.analytic import bounds, qualifies
from simcore.errors import InputError
from simcore.model import Lock, Model, Threads, Visit
from simcore.results import summarize
from tests.models import Log, To, arriving, behind, closed, cpu, delay, model, run


def served(made: Model, *threads: Threads, visit: int = 0, lock: Lock = Lock.NONE) -> Model:
    """The same, a visit of each class being done by threads: its own, in order of the classes."""
    classes = []
    for tasks, one in zip(made.classes, threads, strict=True):
        steps = tuple(
            dataclasses.replace(step, thread=0, lock=lock) if isinstance(step, Visit) and step.index == visit else step
            for step in tasks.program.steps
        )
        program = dataclasses.replace(tasks.program, steps=steps)
        classes.append(dataclasses.replace(tasks, program=program, threads=(one,), shared=4))
    return dataclasses.replace(made, classes=tuple(classes), threads=("a", "b", "c", "d", "lock"))


BACK = cpu(10, 1, idle=5)  # work of a back end, which is told of it where it is idle


def pair(*threads: Threads, lock: Lock = Lock.NONE, back: To = BACK) -> list[int]:
    """When the first operations of two tasks of different guests end, where the back end has processors to spare."""
    classes = [closed(back, delay(1000), domain=0, name=f"{n}") for n in range(2)]
    log = Log()
    made = model(*classes, cores=4, vcpus=(1, 4))
    run(served(made, *threads, lock=lock), 2, observer=log)
    return sorted(now for now, _, _, operation, visit in log if operation == visit == 0)


def test_a_thread_serves_one_at_a_time_and_is_told_when_it_sleeps() -> None:
    """At 0 the first wakes the thread (5) and takes 10; the second finds it awake, and takes 10 after it."""
    assert pair(Threads(0), Threads(0)) == [15, 25]
    assert pair(Threads(0), Threads(1)) == [15, 15]


def test_threads_that_share_a_lock_sleep_apart_and_work_one_after_the_other() -> None:
    """Each is told (5), and the second has the lock after the first."""
    assert pair(Threads(0), Threads(1), lock=Lock.SHARED) == [15, 30]
    assert pair(Threads(0), Threads(0), lock=Lock.SHARED) == [15, 25]


def test_a_thread_goes_on_where_it_was() -> None:
    """The virtual processor that has just done one request of a thread does the next: it changes the domain once."""
    classes = [closed(cpu(10, 1), delay(1000), domain=0, name=f"{n}") for n in range(3)]
    before = closed(cpu(1, 0), delay(5000), name="before")
    made = model(*classes, before, cores=1, vcpus=(1, 4), domain_switch=3, preempt=False)
    window = run(served(made, *[Threads(0)] * 3, Threads(1), visit=0), horizon=900)
    assert window.whole.domains[1].busy == 3 * 10
    assert window.whole.domains[0].domain_switches == 1
    assert window.whole.domains[1].domain_switches == 0


def test_a_task_keeps_its_queue_and_what_arrives_is_dealt_out() -> None:
    """Four connections on two queues: two each. Of operations that arrive, every other one goes to either queue."""
    log = Log()
    made = model(closed(cpu(10, 1), delay(1000), count=4), cores=4, vcpus=(1, 4))
    run(served(made, Threads(0, 2)), 4, observer=log)
    assert [now for now, *_, operation, visit in log if operation == visit == 0] == [10, 10, 20, 20]
    log = Log()
    made = model(arriving(cpu(10, 1), every=4), cores=4, vcpus=(1, 4))
    run(served(made, Threads(0, 2)), 6, observer=log, deterministic=True)
    assert [now for now, *_ in log][:6] == [14, 18, 24, 28, 34, 38]


def test_in_turn_a_tasks_operations_go_to_one_after_the_other() -> None:
    """A task alternates between two queues; another always finds the one that the first is not in."""
    log = Log()
    made = model(closed(cpu(10, 1), count=2), cores=4, vcpus=(1, 4))
    run(served(made, Threads(0, 2, in_turn=True)), 8, observer=log)
    assert [now for now, *_ in log][:8] == [10, 10, 20, 20, 30, 30, 40, 40]


def test_tails_are_served_by_threads_too() -> None:
    log = Log()
    tail = behind(cpu(10, 1))
    made = model(closed(tail, delay(1), count=2), cores=4, vcpus=(1, 4), slots=(9,))
    classes = [
        dataclasses.replace(
            tasks,
            program=dataclasses.replace(
                tasks.program,
                steps=(
                    dataclasses.replace(
                        tasks.program.steps[0],
                        visits=(dataclasses.replace(tasks.program.visits[0], thread=0),),  # type: ignore[arg-type]
                    ),
                    *tasks.program.steps[1:],
                ),
            ),
            threads=(Threads(0),),
        )
        for tasks in made.classes
    ]
    run(dataclasses.replace(made, classes=tuple(classes), threads=("a",)), 2, observer=log)
    assert [now for now, *_, visit in log if visit == 0][:2] == [10, 20]


def test_a_thread_bounds_the_throughput_and_is_waited_for_by_name() -> None:
    made = model(closed(cpu(10, 1), count=8), cores=8, vcpus=(1, 8))
    one, two = (served(made, Threads(0, many)) for many in (1, 2))
    assert bounds(one).throughput_per_s == pytest.approx(1e12 / 10)
    assert bounds(two).throughput_per_s == pytest.approx(2e12 / 10)
    assert bounds(one).limit == "the a"
    result = summarize(one, run(one, 100))
    assert list(result.waiting_s) == ["back end's threads and processors"]
    assert any("threads with queues" in reason for reason in qualifies(one))


def test_threads_that_are_not_there_are_refused() -> None:
    made = model(closed(cpu(10, 1)), vcpus=(1, 1))
    with pytest.raises(InputError, match="threads"):
        dataclasses.replace(served(made, Threads(0)), threads=("a",))
    with pytest.raises(InputError, match="threads"):
        Threads(0, 0)
