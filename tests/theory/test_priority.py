"""Woken first: a domain whose work is short and comes from outside, against one that computes without end.

Visits of the first are shorter than a quantum and have a virtual processor each, so they are served first come first
served in the woken class and none ever loses it. The second has used up its turn long ago, so it is not woken. Then
theory has two exact forms. With preemption it is preemptive resume: the first sees M/G/1 as if alone, and a visit of
the second of length s takes s / (1 - load). Without, the second's turns are vacations of one quantum: M/G/1 with
multiple vacations (Levy and Yechiali 1975), which adds half a quantum to the wait.
"""

import pytest

from simcore.distributions import CONSTANT, Distribution
from simcore.model import Model
from simcore.totals import Window
from tests.models import US, A, arriving, closed, cpu, model, response
from tests.theory.agreement import agrees, estimate
from tests.theory.closed_forms import pollaczek_khinchine

LOAD = 0.5
QUANTUM = 2 * US
LONG = 31 * US  # a visit of the one that computes


def two(*, preempt: bool, service: Distribution = CONSTANT) -> Model:
    woken = arriving(cpu(US, 0, by=A), every=round(US / LOAD), varied={A: service})
    computing = closed(cpu(LONG, 1), domain=1)
    return model(woken, computing, vcpus=(60, 1), quantum=QUANTUM, preempt=preempt)


def second(window: Window) -> float:
    return response(window, 1)


def test_preemptive_resume_hides_the_second_class_from_the_first() -> None:
    agrees(estimate(two(preempt=True)), pollaczek_khinchine(LOAD, 0.0) * US, within=0.05)


def test_preemptive_resume_stretches_the_second_class() -> None:
    agrees(estimate(two(preempt=True), second), LONG / (1.0 - LOAD), within=0.05)


def test_preemptive_resume_with_random_service() -> None:
    """Uniform on [0, 2]: never longer than the quantum."""
    found = estimate(two(preempt=True, service=Distribution("uniform")), operations=8000)
    agrees(found, pollaczek_khinchine(LOAD, 3**-0.5) * US, 0.05)


def test_without_preemption_turns_are_vacations() -> None:
    truth = pollaczek_khinchine(LOAD, 0.0) * US + QUANTUM / 2
    agrees(estimate(two(preempt=False)), truth, within=0.05)


@pytest.mark.slow
def test_vacations_longer() -> None:
    truth = pollaczek_khinchine(LOAD, 0.0) * US + QUANTUM / 2
    agrees(estimate(two(preempt=False), operations=20_000, warmup=2000, replications=20), truth, within=0.01)
