"""Exact mean value analysis of a closed network with one class of customers (Reiser and Lavenberg 1980).

    a customer who arrives sees the network as it is without him
    residence = demand x (1 + customers seen before him)          at a single server
    throughput = customers / (think time + sum of residences)     Little's law for the whole network
    queue = throughput x residence                                Little's law for each centre

A centre with c servers also needs the probabilities that 0 .. c - 1 are busy. The textbook gets that of none as one
less the others, which cancels to nothing under load; here it follows from the throughput of the network without that
centre (Reiser 1981), where all terms are positive and nothing cancels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simcore.summing import added

__all__ = ["Centre", "Solution", "solve"]


@dataclass(frozen=True)
class Centre:
    """A queue with its servers.

    Attributes:
        demand: service of one operation in all its visits, in any unit of time.
    """

    demand: float
    servers: int = 1


@dataclass(frozen=True)
class Solution:
    """A solved network.

    Attributes:
        throughput: operations per unit of time.
        residence: time at each centre, waiting included, of one operation.
    """

    throughput: float
    residence: tuple[float, ...]


def solve(centres: Sequence[Centre], think: float, customers: int) -> Solution:
    """The network with `customers` in it; `think` is the time of one operation at no queue at all."""
    return _populations(tuple(centres), think, customers)[-1]


def _populations(centres: tuple[Centre, ...], think: float, most: int) -> list[Solution]:
    """The network with 1, 2, ... customers."""
    without = {
        i: _populations(centres[:i] + centres[i + 1 :], think, most)
        for i, centre in enumerate(centres)
        if centre.servers > 1
    }
    queue = [0.0] * len(centres)
    busy = [[1.0] + [0.0] * (centre.servers - 1) for centre in centres]  # probability of 0 .. servers - 1 present
    found: list[Solution] = []
    for n in range(1, most + 1):
        residence = [_residence(*each) for each in zip(centres, queue, busy, strict=True)]
        cycle = think + added(residence)
        throughput = n / cycle if cycle > 0.0 else math.inf
        for i, centre in enumerate(centres):
            queue[i] = throughput * residence[i]
            if i in without:
                rest = without[i][n - 1].throughput
                ratio = 0.0 if math.isinf(rest) else throughput / rest
                old, work = busy[i], throughput * centre.demand
                busy[i] = [old[0] * ratio, *(work / k * old[k - 1] for k in range(1, centre.servers))]
        found.append(Solution(throughput, tuple(residence)))
    return found


def _residence(centre: Centre, queue: float, busy: Sequence[float]) -> float:
    spare = added((centre.servers - 1 - k) * chance for k, chance in enumerate(busy[:-1]))
    return centre.demand / centre.servers * (1.0 + queue + spare)
