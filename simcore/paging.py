"""How often a page is away that is touched, when a guest has fewer frames than it has touched pages.

Touches are independent of each other and fall on sets of pages, each page of a set equally often (the independent
reference model). Then a page of rate r is there with probability 1 - exp(-rT) where the page longest untouched leaves
(LRU; Che, Tung and Wang 2002), and rT / (1 + rT) where any page leaves, or the oldest (random and FIFO, which miss
equally often: Gelenbe 1973); T is what makes the pages that are there as many as there are frames.
"""

from __future__ import annotations

import math
from typing import Literal

from simcore.errors import InputError
from simcore.memory import Memory
from simcore.summing import added

__all__ = ["Policy", "away"]

Policy = Literal["lru", "random"]
STEPS = 200  # of bisection: far beyond the precision of a double


def away(memory: Memory, frames_bytes: float, policy: Policy = "lru") -> float:
    """The probability that a touched page is away.

    Args:
        frames_bytes: for the guest's pages.
        policy: which page leaves for another.

    Raises:
        InputError: less than nothing, or no frames.
    """
    if not frames_bytes > 0.0:
        raise InputError("frames", frames_bytes, "above 0 bytes")
    sets = [(size, share) for size, share in memory.sets if share]
    if frames_bytes >= added(size for size, _ in sets):
        return 0.0
    rates = [share / size for size, share in sets]

    def there(rate: float, horizon: float) -> float:
        return -math.expm1(-rate * horizon) if policy == "lru" else rate * horizon / (1.0 + rate * horizon)

    def filled(horizon: float) -> float:
        return added(size * there(rate, horizon) for (size, _), rate in zip(sets, rates, strict=True))

    low, high = 0.0, 1.0 / max(rates)
    while filled(high) < frames_bytes and high < 1e300:
        low, high = high, high * 2.0
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if filled(middle) < frames_bytes else (low, middle)
    return added(share * (1.0 - there(rate, high)) for (_, share), rate in zip(sets, rates, strict=True))
