"""The two networks that all simulators are compared on, their exact answers, and how a run is timed.

A customer visits the stations in order, first come first served, all times exponential. In a closed network it begins
anew at once; in an open one customers arrive. Times are in microseconds.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass
from functools import cached_property

from simcore.engines.analytic.mva import Centre, solve

__all__ = ["CLOSED", "MM1", "NETWORKS", "Measured", "Network", "spent"]


@dataclass(frozen=True)
class Network:
    """Stations in order.

    Attributes:
        servers, means_us: of each station: servers, mean service.
        customers: of a closed network; 0 where customers arrive.
        every_us: mean time between arrivals; 0 in a closed network.
    """

    name: str
    servers: tuple[int, ...]
    means_us: tuple[float, ...]
    customers: int = 0
    every_us: float = 0.0

    @cached_property
    def exact(self) -> tuple[float, float]:
        """Customers through all stations a microsecond, and the mean microseconds of one: MVA, or M/M/1."""
        if self.customers:
            centres = [Centre(mean, count) for mean, count in zip(self.means_us, self.servers, strict=True)]
            throughput = solve(centres, 0.0, self.customers).throughput
            return throughput, self.customers / throughput
        (mean,), (count,) = self.means_us, self.servers
        assert count == 1
        return 1.0 / self.every_us, mean / (1.0 - mean / self.every_us)

    def until_us(self, visits: int) -> float:
        """Simulated time in which there are about so many visits."""
        return visits / (len(self.servers) * self.exact[0])


CLOSED = Network("closed network", (2, 1, 1, 1), (20.0, 2.0, 8.0, 5.0), customers=50)
MM1 = Network("M/M/1", (1,), (5.0,), every_us=10.0)
NETWORKS = (CLOSED, MM1)


@dataclass(frozen=True)
class Measured:
    """What a run counted: customers that went through all stations, and their mean response."""

    customers: int
    response_us: float


def spent() -> float:
    """Processor seconds of this process and of its children that have ended."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
