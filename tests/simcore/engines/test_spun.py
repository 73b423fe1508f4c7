"""Locks that are waited for by spinning, at random: both engines agree, and every law holds."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.engines.compiled.spinners import chosen as compiled_chosen
from simcore.model import Kind, Lock, Model, Step, Tail, Visit
from simcore.spinning import KernelLock, Locks, Spinning, chosen
from tests.simcore.engines.test_compiled import agree_cut_off, agree_to_the_end, polling_models


@pytest.fixture(scope="module")
def each_engine() -> None:
    """Instead of the fixture beside: every test here runs both."""


@st.composite
def ways(draw: st.DrawFn) -> Spinning | None:
    """On and on, with exits that yield, halting, or in the host's kernel."""
    times = st.sampled_from([0, 1, 5])
    match draw(st.integers(0, 3)):
        case 0:
            return None
        case 1:
            return Spinning(draw(st.integers(1, 40)), draw(times), directed=draw(st.booleans()))
    return Spinning(draw(st.integers(1, 40)), draw(times), halts=True, kick_ticks=draw(times), wake_ticks=draw(times))


@st.composite
def spinning_models(draw: st.DrawFn) -> Model:
    """Domains that poll, have quotas or cores of their own, and tasks that take one of some locks."""
    made = draw(polling_models())
    long = made.quantum_ticks >= 30 and not any(domain.quota_ticks for domain in made.domains)
    locks = tuple(
        KernelLock(
            f"lock {n}", draw(st.sampled_from([0, 0, 3])), draw(st.sampled_from([0, 1])), long and draw(st.booleans())
        )
        for n in range(draw(st.integers(1, 3)))
    )
    first = draw(st.integers(0, len(locks) - 1))
    own = (Locks(first, len(locks) - first), Locks(0))

    def changed(step: Step) -> Step:
        if isinstance(step, Tail):
            return dataclasses.replace(step, visits=tuple(changed(visit) for visit in step.visits))  # type: ignore[misc]
        if not isinstance(step, Visit) or step.kind is not Kind.CPU or step.lock is not Lock.NONE:
            return step
        lock = draw(st.sampled_from([Lock.NONE, Lock.NONE, Lock.ADDRESS_SPACE, Lock.VM]))
        return dataclasses.replace(step, lock=lock, spin=-1 if lock else draw(st.sampled_from([-1, 0, 1])))

    classes = []
    for tasks in made.classes:
        program = dataclasses.replace(tasks.program, steps=tuple(changed(step) for step in tasks.program.steps))
        classes.append(dataclasses.replace(tasks, program=program, locks=own))
    domains = tuple(dataclasses.replace(domain, spinning=draw(ways())) for domain in made.domains)
    return dataclasses.replace(made, classes=tuple(classes), domains=domains, locks=locks)


@settings(max_examples=400)
@given(spinning_models(), st.integers(0, 5), st.booleans())
def test_random_models_that_spin(made: Model, warmup: int, deterministic: bool) -> None:
    agree_to_the_end(made, warmup, deterministic)


@settings(max_examples=150)
@given(
    spinning_models(), st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 2)), max_size=3), st.integers(0, 3000)
)
def test_random_models_that_spin_cut_off(made: Model, faults: list[tuple[int, int]], horizon: int) -> None:
    agree_cut_off(made, faults, horizon)


@given(
    st.integers(0, 2**64 - 1), st.integers(0, 10**4), st.integers(0, 10**7), st.integers(0, 10**3), st.integers(1, 9)
)
def test_both_engines_choose_the_same_lock(key: int, task: int, operation: int, visit: int, count: int) -> None:
    with np.errstate(over="ignore"):
        found = compiled_chosen.py_func(np.uint64(key), task, operation, visit, count)
    assert found == chosen(key, task, operation, visit, count)


def test_every_lock_is_chosen_as_often() -> None:
    found = np.bincount([chosen(2**63 + 5, task, n, 3, 5) for task in range(10) for n in range(1000)])
    assert ((found - 2000) ** 2 / 2000).sum() < 18.5  # chi squared of 4 degrees, one in a thousand
