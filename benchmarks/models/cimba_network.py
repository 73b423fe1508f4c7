"""Cimba's Python package: a model that numba compiles to run on Cimba's C engine, a coroutine for each customer.

A model is a class, so each network is one; an open network is, as in its documentation, a queue and a server.
"""

from __future__ import annotations

import functools

import cimba
from cimba import inputs

from benchmarks.networks import CLOSED, MM1, Measured, Network

FIRST, SECOND, THIRD, FOURTH = CLOSED.means_us


class Closed(cimba.Model):  # type: ignore[misc]
    first: cimba.Input[float] = inputs.dist.exponential(mean=FIRST)
    second: cimba.Input[float] = inputs.dist.exponential(mean=SECOND)
    third: cimba.Input[float] = inputs.dist.exponential(mean=THIRD)
    fourth: cimba.Input[float] = inputs.dist.exponential(mean=FOURTH)
    processors: cimba.Resource = cimba.Resource(capacity=CLOSED.servers[0])
    page_tables: cimba.Resource
    disk: cimba.Resource
    link: cimba.Resource
    done: cimba.Output[float]
    total: cimba.Output[float]

    @cimba.on_start
    def begin(self):  # type: ignore[no-untyped-def]
        self.done = 0.0
        self.total = 0.0

    @cimba.process(copies=CLOSED.customers)
    def customer(self):  # type: ignore[no-untyped-def]
        while True:
            began = cimba.now()
            self.processors.acquire()
            cimba.hold(self.first.next())
            self.processors.release()
            self.page_tables.acquire()
            cimba.hold(self.second.next())
            self.page_tables.release()
            self.disk.acquire()
            cimba.hold(self.third.next())
            self.disk.release()
            self.link.acquire()
            cimba.hold(self.fourth.next())
            self.link.release()
            self.done += 1.0
            self.total += cimba.now() - began


class Open(cimba.Model):  # type: ignore[misc]
    gap: cimba.Input[float] = inputs.dist.exponential(mean=MM1.every_us)
    service: cimba.Input[float] = inputs.dist.exponential(mean=MM1.means_us[0])
    queue: cimba.Store[float]
    done: cimba.Output[float]
    total: cimba.Output[float]

    @cimba.on_start
    def begin(self):  # type: ignore[no-untyped-def]
        self.done = 0.0
        self.total = 0.0

    @cimba.process
    def arrive(self):  # type: ignore[no-untyped-def]
        while True:
            cimba.hold(self.gap.next())
            self.queue.put(cimba.now())

    @cimba.process
    def serve(self):  # type: ignore[no-untyped-def]
        while True:
            began = self.queue.get()
            cimba.hold(self.service.next())
            self.done += 1.0
            self.total += cimba.now() - began


@functools.cache
def _model(network: Network) -> cimba.Model:
    return {CLOSED: Closed, MM1: Open}[network]()


def run(network: Network, until: float) -> Measured:
    model = _model(network)
    found = cimba.Experiment(model, window=cimba.Window(duration=until), seed=1).run()[model]
    done, total = (float(output.values[0, 0]) for output in (found.done, found.total))
    return Measured(round(done), total / done)
