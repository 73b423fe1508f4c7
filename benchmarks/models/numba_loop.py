"""A minimal loop that numba compiles: a heap of events, queues, and the integrals of busy servers and of visits."""

from __future__ import annotations

import numba
import numpy as np

from benchmarks.networks import Measured, Network

MOST = 4096  # customers present in an open network
ARRIVAL = -1


@numba.njit(inline="always")  # type: ignore[untyped-decorator]
def _push(times, stations, customers, pending, at, station, customer):  # type: ignore[no-untyped-def]
    place = pending
    while place > 0 and at < times[(place - 1) >> 1]:
        above = (place - 1) >> 1
        times[place], stations[place], customers[place] = times[above], stations[above], customers[above]
        place = above
    times[place], stations[place], customers[place] = at, station, customer


@numba.njit(inline="always")  # type: ignore[untyped-decorator]
def _remove_first(times, stations, customers, pending):  # type: ignore[no-untyped-def]
    """Of `pending` events; one less are left."""
    last = pending - 1
    at, station, customer = times[last], stations[last], customers[last]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= last:
            break
        if below + 1 < last and times[below + 1] < times[below]:
            below += 1
        if at < times[below]:
            break
        times[place], stations[place], customers[place] = times[below], stations[below], customers[below]
        place = below
    times[place], stations[place], customers[place] = at, station, customer


@numba.njit(inline="always")  # type: ignore[untyped-decorator]
def _settle(station, now, servers, free, waiting, since, busy, present):  # type: ignore[no-untyped-def]
    time = now - since[station]
    busy[station] += time * (servers[station] - free[station])
    present[station] += time * (servers[station] - free[station] + waiting[station])
    since[station] = now


@numba.njit  # type: ignore[untyped-decorator]
def _loop(servers, means, population, every, until, generator):  # type: ignore[no-untyped-def]
    last = len(servers) - 1
    size = max(population, 1) if every == 0.0 else MOST
    times, where, whose = np.empty(size + 2), np.empty(size + 2, np.int64), np.empty(size + 2, np.int64)
    queues, first, waiting = np.empty((last + 1, size), np.int64), np.zeros(last + 1, np.int64), servers * 0
    free, since, busy, present = servers.copy(), means * 0.0, means * 0.0, means * 0.0
    began = np.zeros(size)
    pending = done = arrived = 0
    total = now = 0.0
    for customer in range(population):
        if free[0]:
            free[0] -= 1
            _push(times, where, whose, pending, means[0] * generator.standard_exponential(), 0, customer)
            pending += 1
        else:
            queues[0, waiting[0]] = customer
            waiting[0] += 1
    if every > 0.0:
        _push(times, where, whose, pending, every * generator.standard_exponential(), ARRIVAL, 0)
        pending += 1
    while times[0] <= until:
        now, station, customer = times[0], where[0], whose[0]
        _remove_first(times, where, whose, pending)
        pending -= 1
        if station == ARRIVAL:
            _push(times, where, whose, pending, now + every * generator.standard_exponential(), ARRIVAL, 0)
            pending += 1
            customer = arrived % size
            arrived += 1
            began[customer] = now
            to = 0
        else:
            _settle(station, now, servers, free, waiting, since, busy, present)
            if waiting[station]:
                head = first[station]
                following = queues[station, head]
                first[station] = head + 1 if head + 1 < size else 0
                waiting[station] -= 1
                at = now + means[station] * generator.standard_exponential()
                _push(times, where, whose, pending, at, station, following)
                pending += 1
            else:
                free[station] += 1
            to = station + 1
            if station == last:
                total += now - began[customer]
                done += 1
                began[customer] = now
                to = 0
                if every > 0.0:
                    continue
        _settle(to, now, servers, free, waiting, since, busy, present)
        if free[to]:
            free[to] -= 1
            at = now + means[to] * generator.standard_exponential()
            _push(times, where, whose, pending, at, to, customer)
            pending += 1
        else:
            place = first[to] + waiting[to]
            queues[to, place if place < size else place - size] = customer
            waiting[to] += 1
            if waiting[to] == size:
                break
    return done, total, busy, present


def run(network: Network, until: float) -> Measured:
    servers, means = np.array(network.servers, np.int64), np.array(network.means_us)
    generator = np.random.Generator(np.random.SFC64(1))
    done, total, _, _ = _loop(servers, means, network.customers, network.every_us, until, generator)
    return Measured(done, total / done)
