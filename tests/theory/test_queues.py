"""Queues of a back end against their closed forms: all work in one queue, or dealt out to several."""

from __future__ import annotations

import math

import pytest
from scipy.optimize import brentq

from simcore.distributions import EXPONENTIAL
from simcore.model import Model, Threads
from tests.models import US, A, arriving, cpu, model
from tests.simcore.engines.test_threads import served
from tests.theory.agreement import agrees, estimate


def dealt(queues: int, load: float) -> Model:
    """Requests that arrive at a back end of so many queues, each a thread; processors to spare."""
    work = arriving(cpu(US, 1, by=A), every=round(US / load / queues), varied={A: EXPONENTIAL})
    return served(model(work, cores=8, vcpus=(1, 8)), Threads(0, queues))


def dealt_response(queues: int, load: float) -> float:
    """In services: each queue has every k-th of Poisson arrivals, so it is E_k/M/1 (Kleinrock 1975, section 6.4).

    The response is 1 / (1 - s) services, s being the root below 1 of s = A(1 - s), where A is the transform of the
    time between arrivals.
    """
    if queues == 1:
        return 1.0 / (1.0 - load)
    root = brentq(lambda s: (queues * load / (queues * load + 1.0 - s)) ** queues - s, 0.0, 1.0 - 1e-9)
    return 1.0 / (1.0 - float(root))


@pytest.mark.parametrize(("queues", "load"), [(1, 0.6), (2, 0.7), (4, 0.7)])
def test_requests_dealt_out_to_queues(queues: int, load: float) -> None:
    """However many virtual processors there are: a queue is served by one thread."""
    truth = dealt_response(queues, load)
    assert math.isfinite(truth)
    agrees(estimate(dealt(queues, load), operations=8000), truth * US, within=0.1)
