"""Random models with threads, locks that they share, and operations that others call: both engines are the same."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.checks import check
from simcore.model import Call, Fault, Kind, Lock, Model, Program, Step, Tail, TaskClass, Threads, Visit
from simcore.totals import Settings
from tests.simcore.engines.test_compiled import agree, agree_cut_off, agree_to_the_end, limited
from tests.simcore.engines.test_laws import models


@pytest.fixture(scope="module")
def each_engine() -> None:
    """Instead of the fixture beside: every test here runs both."""


@st.composite
def threaded_models(draw: st.DrawFn) -> Model:
    """Visits that threads with queues of their own share out, some with a lock besides, some in turn."""
    made = draw(models())
    names = tuple(f"thread {n}" for n in range(4))

    def changed(step: Step) -> Step:
        if isinstance(step, Tail):
            return dataclasses.replace(step, visits=tuple(changed(visit) for visit in step.visits))  # type: ignore[misc]
        if not isinstance(step, Visit) or step.kind is not Kind.CPU or step.lock is not Lock.NONE:
            return step
        thread, lock = draw(st.integers(-1, 1)), draw(st.sampled_from([Lock.NONE, Lock.NONE, Lock.SHARED]))
        return dataclasses.replace(step, thread=thread, lock=lock)

    classes = []
    for one in made.classes:
        program = Program(tuple(changed(step) for step in one.program.steps), one.program.rows)
        firsts = draw(st.tuples(st.integers(0, 1), st.integers(0, 1)))
        threads = tuple(Threads(n, draw(st.integers(1, 3)), draw(st.booleans())) for n in firsts)
        classes.append(dataclasses.replace(one, program=program, threads=threads, shared=3))
    return dataclasses.replace(made, classes=tuple(classes), threads=names)


@settings(max_examples=300)
@given(threaded_models(), st.integers(0, 5), st.booleans())
def test_random_models_with_threads(made: Model, warmup: int, deterministic: bool) -> None:
    """A thread and the lock it shares are held for as long as a visit lasts, so no more is done than they have time."""
    agree_to_the_end(made, warmup, deterministic)


@settings(max_examples=60)
@given(
    threaded_models(), st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 2)), max_size=2), st.integers(0, 3000)
)
def test_random_models_with_threads_cut_off(made: Model, faults: list[tuple[int, int]], horizon: int) -> None:
    agree_cut_off(made, faults, horizon)


@st.composite
def calling_models(draw: st.DrawFn) -> Model:
    """Classes that call others, which may call others: the later ones the earlier; the caller does some of the work."""
    made = draw(threaded_models() | models())
    classes: list[TaskClass] = []
    for n, one in enumerate(made.classes):
        called = n + 1 < len(made.classes) and draw(st.booleans())
        there = [k for k, other in enumerate(classes) if other.called]
        calls = tuple(draw(st.lists(st.sampled_from(there), max_size=2))) if there else ()
        steps: list[Step] = []
        for step in one.program.steps:
            if called and isinstance(step, Visit) and step.kind is Kind.CPU and step.lock is Lock.NONE:
                step = dataclasses.replace(step, client=draw(st.booleans()))
            steps.append(step)
        for _ in range(draw(st.integers(0, 3)) if calls else 0):
            steps.insert(draw(st.integers(0, len(steps))), Call(draw(st.integers(0, len(calls) - 1))))
        program = Program(tuple(steps), one.program.rows)
        one = dataclasses.replace(one, program=program, calls=calls, called=called, group=n)
        if called:
            one = dataclasses.replace(one, count=1, think_ticks=0, interarrival_ticks=0)
        classes.append(one)
    return dataclasses.replace(made, classes=tuple(classes))


@settings(max_examples=300)
@given(calling_models(), st.integers(0, 5), st.booleans())
def test_random_models_that_call_each_other(made: Model, warmup: int, deterministic: bool) -> None:
    operations = tuple(0 if tasks.called else 20 for tasks in made.classes)
    warmups = tuple(0 if tasks.called else warmup for tasks in made.classes)
    with pytest.MonkeyPatch.context() as patch:
        limited(patch, 50)
        window = agree(made, Settings(operations=operations, warmup=warmups, deterministic=deterministic))
    if not isinstance(window, str):
        check(made, window)
        for n, (tasks, totals) in enumerate(zip(made.classes, window.whole.classes, strict=True)):
            calls = [
                (window.whole.classes[k].started, step)
                for k, other in enumerate(made.classes)
                for step in other.program.steps
                if isinstance(step, Call) and other.calls[step.to] == n
            ]
            assert not tasks.called or totals.started == sum(started for started, _ in calls)


@settings(max_examples=60)
@given(calling_models(), st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 2)), max_size=2), st.integers(0, 3000))
def test_random_models_that_call_cut_off(made: Model, faults: list[tuple[int, int]], horizon: int) -> None:
    operations = (0,) * (made.groups - 1) + (1,)
    made = dataclasses.replace(made, faults=tuple(Fault(*fault) for fault in faults))
    agree(made, Settings(operations=operations, horizon_ticks=horizon))
