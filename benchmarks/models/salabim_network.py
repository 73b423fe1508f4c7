"""salabim: components that request resources, with monitors off."""

from __future__ import annotations

import salabim

from benchmarks.networks import Measured, Network


def run(network: Network, until: float) -> Measured:
    salabim.yieldless(False)
    env = salabim.Environment(trace=False, random_seed=1)
    stations = [salabim.Resource(f"station {n}", servers, env=env) for n, servers in enumerate(network.servers)]
    for station in stations:
        for monitor in (station.capacity, station.claimed_quantity, station.available_quantity, station.occupancy):
            monitor.monitor(False)
        for queue in (station.requesters(), station.claimers()):
            queue.length.monitor(False)
            queue.length_of_stay.monitor(False)
    services = [salabim.Exponential(mean, env=env) for mean in network.means_us]
    done, total = 0, 0.0

    class Customer(salabim.Component):  # type: ignore[misc]
        def process(self):  # type: ignore[no-untyped-def]
            nonlocal done, total
            while True:
                began = env.now()
                for station, service in zip(stations, services, strict=True):
                    yield self.request(station)
                    yield self.hold(service.sample())
                    self.release(station)
                done += 1
                total += env.now() - began
                if not network.customers:
                    return

    class Arrivals(salabim.Component):  # type: ignore[misc]
        def process(self):  # type: ignore[no-untyped-def]
            gap = salabim.Exponential(network.every_us, env=env)
            while True:
                yield self.hold(gap.sample())
                Customer(env=env, mode=None)

    for _ in range(network.customers):
        Customer(env=env)
    if network.every_us:
        Arrivals(env=env)
    env.run(till=until)
    return Measured(done, total / done)
