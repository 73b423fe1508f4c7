"""Where something stops being true: by bisection where it is exact, by a sweep where it is simulated; line fits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special  # type: ignore[import-untyped, unused-ignore]

from simcore.errors import InputError
from simcore.statistics import Estimate

__all__ = ["between", "bracket", "crossing", "line_fit"]

STEPS = 60  # halvings: beyond the digits of a float


def crossing(value: Callable[[float], float], low: float, high: float, target: float) -> float | None:
    """Where a monotone function of a positive number passes a target, to one part in a million; None if it does not."""
    first, last = value(low) - target, value(high) - target
    if first == 0.0:
        return low
    if first * last > 0.0:
        return None
    for _ in range(STEPS):
        middle = math.sqrt(low * high)
        here = value(middle) - target
        if here * first > 0.0:
            low = middle
        else:
            high = middle
        if high / low < 1.0 + 1e-6:
            break
    return math.sqrt(low * high)


def bracket(points: Sequence[float], holds: Callable[[float], bool]) -> tuple[float | None, float | None]:
    """The last of rising points at which something holds, and the first at which it no longer does; None if none."""
    last: float | None = None
    for point in points:
        if not holds(point):
            return last, point
        last = point
    return last, None


def between(found: tuple[float | None, float | None], what: str = "") -> str:
    """A bracket in words."""
    last, first = found
    if first is None:
        return f"none up to {last:g}{what}"
    if last is None:
        return f"at {first:g}{what} already"
    return f"between {last:g} and {first:g}{what}"


def line_fit(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> tuple[Estimate, Estimate]:
    """Intercept and slope of the least-squares line, with Student t intervals.

    Raises:
        InputError: fewer than three points, or all at one x.
    """
    xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if xs.size < 3 or xs.size != ys.size or np.ptp(xs) == 0.0:
        raise InputError("points", xs.size, "three or more, at different x")
    n, centre = xs.size, xs.mean()
    spread = float(((xs - centre) ** 2).sum())
    slope = float(((xs - centre) * ys).sum()) / spread
    intercept = float(ys.mean()) - slope * float(centre)
    rest = ys - intercept - slope * xs
    variance = float((rest**2).sum()) / (n - 2)
    critical = -float(special.stdtrit(n - 2, (1.0 - level) / 2.0))
    half = critical * math.sqrt(variance / spread)
    half_intercept = critical * math.sqrt(variance * (1.0 / n + float(centre) ** 2 / spread))
    return (
        Estimate(intercept, intercept - half_intercept, intercept + half_intercept, n, level),
        Estimate(slope, slope - half, slope + half, n, level),
    )
