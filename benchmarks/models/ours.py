"""vmarch's engines, with all they count: layers, percentiles, integrals, and the checks of a run's laws."""

from __future__ import annotations

import functools

from benchmarks.networks import Measured, Network
from experiments.theory.models import US, A, B, C, D, arriving, at, closed, cpu, model
from simcore.checks import check
from simcore.distributions import EXPONENTIAL
from simcore.engines import engine
from simcore.model import Model
from simcore.totals import Settings


@functools.cache
def made(network: Network) -> Model:
    """The first station is the processors; the others are devices."""
    drawn = (A, B, C, D)[: len(network.servers)]
    first, *others = (round(mean * US) for mean in network.means_us)
    steps = [cpu(first, by=A), *(at(n, mean, by=drawn[n + 1]) for n, mean in enumerate(others))]
    varied = dict.fromkeys(drawn, EXPONENTIAL)
    if network.customers:
        tasks = closed(*steps, count=network.customers, varied=varied)
    else:
        tasks = arriving(*steps, every=round(network.every_us * US), varied=varied)
    cores, *servers = network.servers
    return model(tasks, cores=cores, vcpus=(cores,), servers=tuple(servers))


def _run(name: str, network: Network, until: float) -> Measured:
    window = engine(name)(made(network), Settings(operations=round(until * network.exact[0])))
    check(made(network), window)
    (totals,) = window.measured.classes
    return Measured(totals.completed, totals.response / totals.completed / US)


def simpy(network: Network, until: float) -> Measured:
    return _run("simpy", network, until)


def compiled(network: Network, until: float) -> Measured:
    return _run("compiled", network, until)
