"""Whole sample paths, to the tick: recursions that know nothing of events give the same response times."""

import heapq

import pytest

from simcore.distributions import EXPONENTIAL, Distribution
from simcore.draws import Draws
from simcore.model import Model, TaskClass
from tests.models import US, A, To, arriving, at, cpu, model, run

N = 3000
GAMMA = Distribution("gamma", 3.0)


def tasks(visit: To, service: Distribution) -> TaskClass:
    return arriving(visit, every=round(US / 0.7), varied={A: service})


def drawn(of: TaskClass, replication: int) -> tuple[list[int], list[int]]:
    """When the first N operations arrive, and what they ask for."""
    draws = Draws(of, 0, 1, replication, deterministic=False)
    services: list[int] = []
    while len(services) < N:
        services += [visits[0] for visits in draws.block().visits]
    now, arrivals = 0, []
    for _ in range(N):
        now += draws.arrivals.next()
        arrivals.append(now)
    return arrivals, services[:N]


def kiefer_wolfowitz(arrivals: list[int], services: list[int], servers: int) -> int:
    """All response times of a queue with several servers, first come first served (with one: Lindley's)."""
    free = [0] * servers
    total = 0
    for arrived, service in zip(arrivals, services, strict=True):
        ended = max(arrived, heapq.heappop(free)) + service
        heapq.heappush(free, ended)
        total += ended - arrived
    return total


@pytest.mark.parametrize("service", [EXPONENTIAL, GAMMA], ids=["exponential", "gamma"])
@pytest.mark.parametrize("servers", [1, 2])
@pytest.mark.parametrize("place", ["station", "virtual processors", "cores"])
def test_first_come_first_served(place: str, servers: int, service: Distribution) -> None:
    def made(visit: To) -> Model:
        return model(tasks(visit, service), cores=cores, vcpus=(vcpus,), servers=(servers,))

    cores, vcpus = {"station": (1, 1), "virtual processors": (4, servers), "cores": (servers, 2000)}[place]
    of = made(at(0, US, by=A) if place == "station" else cpu(US, by=A))
    arrivals, services = drawn(of.classes[0], 0)
    ends: dict[int, int] = {}

    def observe(now: int, tasks: int, task: int, operation: int, visit: int) -> None:
        ends[operation] = now

    run(of, N, observer=observe)
    responses = sum(ends[number] - arrivals[number] for number in range(N))
    assert responses == kiefer_wolfowitz(arrivals, services, servers)
