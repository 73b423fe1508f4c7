"""Polling against a queue with set-up times: the first to come to an idle server pays for its sleep, if it slept."""

import math

import pytest

from simcore.distributions import EXPONENTIAL
from simcore.polling import Polling
from simcore.totals import Window
from tests.models import US, A, arriving, cpu, model
from tests.theory.agreement import agrees, estimates


def with_set_up(rate: float, service: float, set_up: float, window: float) -> tuple[float, float]:
    """Mean response of M/M/1 with a set-up after an idle time longer than a window, and how much it polls.

    An M/G/1 queue whose first customer of a busy period is served otherwise (Welch, Operations Research 12, 1964): the
    idle time is exponential, so the set-up comes with probability exp(-rate * window). It varies as the service does.
    """
    slept = math.exp(-rate * window)
    mean, square = service, 2.0 * service**2
    first = mean + slept * set_up
    first_square = (1.0 - slept) * square + slept * 2.0 * (service + set_up) ** 2
    empty = (1.0 - rate * mean) / (1.0 - rate * mean + rate * first)
    wait = rate * square / (2.0 * (1.0 - rate * mean))
    wait += rate * (first_square - square) / (2.0 * (1.0 - rate * (mean - first)))
    return wait + mean + empty * (first - mean), empty * (1.0 - slept)


def polled(window: Window) -> float:
    """The share of the time that the domain polled."""
    return window.measured.domains[0].polling / window.measured.now


@pytest.mark.parametrize(("load", "window"), [(0.1, 3.0), (0.3, 3.0), (0.3, 0.5), (0.6, 1.0), (0.3, 1e6)])
def test_polling_is_a_set_up_that_comes_less_often(load: float, window: float) -> None:
    service, set_up = 2.0, 3.0
    every = service / load
    tasks = arriving(cpu(service * US, by=A, asleep=set_up * US), every=round(every * US), varied={A: EXPONENTIAL})
    made = model(tasks, polling=(Polling(round(window * US)),))
    mean, share = with_set_up(load / service, service, set_up, window)
    found = estimates(made, lambda w: w.measured.classes[0].response / w.measured.classes[0].completed, polled)
    agrees(found[0], mean * US, within=0.1)
    agrees(found[1], share, within=0.1)


def test_no_window_is_the_set_up_always_and_a_long_one_never() -> None:
    """The ends of the formula: M/M/1, and Welch's queue with a set-up each time."""
    assert with_set_up(0.15, 2.0, 3.0, 1e9)[0] == pytest.approx(2.0 / (1.0 - 0.3))
    assert with_set_up(0.15, 2.0, 3.0, 0.0)[1] == 0.0
    assert with_set_up(0.15, 2.0, 0.0, 0.0)[0] == pytest.approx(2.0 / (1.0 - 0.3))
