"""The least that a discrete-event loop in Python needs: a heap, a deque for each station, and no statistics."""

from __future__ import annotations

import random
from collections import deque
from heapq import heappop, heappush

from benchmarks.networks import Measured, Network

ARRIVAL = -1


def run(network: Network, until: float) -> Measured:
    draw = random.Random(1).expovariate
    rates, last = [1.0 / mean for mean in network.means_us], len(network.servers) - 1
    free, queues = list(network.servers), [deque[float]() for _ in network.servers]
    events: list[tuple[float, int, int, float]] = []  # time, number, station, when the customer began
    number = done = 0
    now = total = 0.0

    def arrive(station: int, began: float) -> None:
        nonlocal number
        if free[station]:
            free[station] -= 1
            number += 1
            heappush(events, (now + draw(rates[station]), number, station, began))
        else:
            queues[station].append(began)

    for _ in range(network.customers):
        arrive(0, 0.0)
    if network.every_us:
        heappush(events, (draw(1.0 / network.every_us), 0, ARRIVAL, 0.0))
    while True:
        now, _, station, began = heappop(events)
        if now > until:
            return Measured(done, total / done)
        if station == ARRIVAL:
            number += 1
            heappush(events, (now + draw(1.0 / network.every_us), number, ARRIVAL, 0.0))
            arrive(0, now)
            continue
        free[station] += 1
        if queues[station]:
            arrive(station, queues[station].popleft())
        if station < last:
            arrive(station + 1, began)
        else:
            done += 1
            total += now - began
            if network.customers:
                arrive(0, now)
