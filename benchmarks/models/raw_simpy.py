"""SimPy as its documentation shows: a request, a timeout and a release for each visit, and no statistics."""

from __future__ import annotations

import random

import simpy

from benchmarks.networks import Measured, Network


def run(network: Network, until: float) -> Measured:
    env = simpy.Environment()
    stations = [simpy.Resource(env, servers) for servers in network.servers]
    draw = random.Random(1).expovariate
    rates = [1.0 / mean for mean in network.means_us]
    done, total = 0, 0.0

    def customer(again):  # type: ignore[no-untyped-def]
        nonlocal done, total
        while True:
            began = env.now
            for station, rate in zip(stations, rates, strict=True):
                with station.request() as turn:
                    yield turn
                    yield env.timeout(draw(rate))
            done += 1
            total += env.now - began
            if not again:
                return

    def arrivals():  # type: ignore[no-untyped-def]
        while True:
            yield env.timeout(draw(1.0 / network.every_us))
            env.process(customer(False))

    for _ in range(network.customers):
        env.process(customer(True))
    if network.every_us:
        env.process(arrivals())
    env.run(until)
    return Measured(done, total / done)
