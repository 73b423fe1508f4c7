"""Ciw: a network of nodes. It keeps a record of every visit; there is no way to keep less."""

from __future__ import annotations

import math

import ciw

from benchmarks.networks import Measured, Network


def run(network: Network, until: float) -> Measured:
    stations = len(network.servers)
    ahead = [[1.0 if to == at + 1 else 0.0 for to in range(stations)] for at in range(stations)]
    at_first = ciw.dists.Exponential(1.0 / network.every_us) if network.every_us else None
    if network.customers:
        ahead[-1][0] = 1.0
        at_first = ciw.dists.Sequential([0.0, math.inf])  # all at once, at the start
    made = ciw.create_network(
        arrival_distributions=[at_first, *[None] * (stations - 1)],
        batching_distributions=[ciw.dists.Deterministic(network.customers or 1)] * stations,
        service_distributions=[ciw.dists.Exponential(1.0 / mean) for mean in network.means_us],
        number_of_servers=list(network.servers),
        routing=ahead,
    )
    ciw.seed(1)
    simulation = ciw.Simulation(made)
    simulation.simulate_until_max_time(until)
    records = simulation.get_all_records()
    done = sum(record.node == stations for record in records)
    waited = sum(record.exit_date - record.arrival_date for record in records)
    return Measured(done, waited / done)
