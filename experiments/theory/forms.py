"""What queueing theory says, in units of the mean service time unless told otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial, inf

__all__ = ["Centre", "erlang_c", "mm1k", "mmc_response", "mva", "pollaczek_khinchine", "repairman"]


def erlang_c(servers: int, load: float) -> float:
    """Probability of waiting in M/M/c; `load` in servers (Erlang 1917)."""
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (sum(load**n / factorial(n) for n in range(servers)) + last)


def mmc_response(servers: int, load: float) -> float:
    """Response time in M/M/c; `load` in servers."""
    return 1.0 + erlang_c(servers, load) / (servers - load)


def pollaczek_khinchine(load: float, cv: float) -> float:
    """Response time in M/G/1, first come first served."""
    return 1.0 + load * (1.0 + cv**2) / 2.0 / (1.0 - load)


def mm1k(load: float, most: int) -> list[float]:
    """Probabilities of 0 .. `most` customers in M/M/1/K."""
    weights = [load**n for n in range(most + 1)]
    return [weight / sum(weights) for weight in weights]


def repairman(customers: int, think: float) -> float:
    """Throughput of M/M/1//N: each customer thinks, then is served."""
    weights = [1.0]
    for n in range(customers):
        weights.append(weights[-1] * (customers - n) / think)
    return 1.0 - weights[0] / sum(weights)


@dataclass(frozen=True)
class Centre:
    """A station of a closed network: mean service time, and servers (infinite for a delay)."""

    service: float
    servers: float = 1


def mva(centres: Sequence[Centre], customers: int) -> tuple[float, list[float]]:
    """Throughput and response time at each centre, by exact load-dependent MVA (Reiser and Lavenberg 1980).

    The marginal probabilities of a centre with n customers follow from those of a network with one customer fewer.
    """
    marginal = [[1.0] + [0.0] * customers for _ in centres]
    throughput, times = 0.0, [0.0] * len(centres)
    for present in range(1, customers + 1):
        for i, centre in enumerate(centres):
            if centre.servers == inf:
                times[i] = centre.service
            else:
                times[i] = sum(
                    n * centre.service / min(n, centre.servers) * marginal[i][n - 1] for n in range(1, present + 1)
                )
        throughput = present / sum(times)
        for i, centre in enumerate(centres):
            old = marginal[i]
            new = [0.0] * (customers + 1)
            for n in range(1, present + 1):
                new[n] = throughput * centre.service / min(n, centre.servers) * old[n - 1]
            new[0] = max(0.0, 1.0 - sum(new))
            marginal[i] = new
    return throughput, list(times)
