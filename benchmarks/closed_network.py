"""One closed network, three engines: 50 customers, two processors, page tables, disk, link, all service exponential.

Raw SimPy is written as its documentation shows: a request, a timeout and a release for each visit. The plain heap is
the least that a discrete-event loop in Python needs. Ours keeps all statistics, checks and layers.
"""

from __future__ import annotations

import heapq
import random
from collections import deque

import simpy

from experiments.theory.models import US, A, B, C, D, at, closed, cpu, model
from simcore.distributions import EXPONENTIAL
from simcore.engines import engine
from simcore.totals import Settings

__all__ = ["CUSTOMERS", "MEANS_US", "heap", "ours", "raw_simpy"]

CUSTOMERS = 50
MEANS_US = (20.0, 2.0, 8.0, 5.0)
SERVERS = (2, 1, 1, 1)


def raw_simpy(visits: int) -> int:
    """Completed visits by SimPy resources and no statistics."""
    env = simpy.Environment()
    stations = [simpy.Resource(env, servers) for servers in SERVERS]
    draw = random.Random(1).expovariate
    done = 0

    def customer():  # type: ignore[no-untyped-def]
        nonlocal done
        while done < visits:
            for station, mean in zip(stations, MEANS_US, strict=True):
                with station.request() as turn:
                    yield turn
                    yield env.timeout(draw(1.0 / mean))
                done += 1

    for _ in range(CUSTOMERS):
        env.process(customer())
    env.run()
    return done


def heap(visits: int) -> int:
    """Completed visits by a heap and deques."""
    draw = random.Random(1).expovariate
    free, queues = list(SERVERS), [deque[int]() for _ in SERVERS]
    events: list[tuple[float, int, int, int]] = []
    done = number = 0
    now = 0.0

    def arrive(customer: int, station: int) -> None:
        nonlocal number
        if free[station]:
            free[station] -= 1
            number += 1
            heapq.heappush(events, (now + draw(1.0 / MEANS_US[station]), number, customer, station))
        else:
            queues[station].append(customer)

    for customer in range(CUSTOMERS):
        arrive(customer, 0)
    while events and done < visits:
        now, _, customer, station = heapq.heappop(events)
        done += 1
        free[station] += 1
        if queues[station]:
            arrive(queues[station].popleft(), station)
        arrive(customer, (station + 1) % len(SERVERS))
    return done


def ours(visits: int) -> int:
    """Completed visits by the reference engine, with everything it counts."""
    tasks = closed(
        cpu(20 * US, by=A),
        at(0, 2 * US, by=B),
        at(1, 8 * US, by=C),
        at(2, 5 * US, by=D),
        count=CUSTOMERS,
        varied=dict.fromkeys((A, B, C, D), EXPONENTIAL),
    )
    network = model(tasks, cores=2, vcpus=(2,), servers=(1, 1, 1), quantum=10**6 * US)
    window = engine("simpy")(network, Settings(operations=visits // 4))
    return sum(sum(totals.visits) for totals in window.whole.classes)
