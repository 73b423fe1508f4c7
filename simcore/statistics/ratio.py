"""A slowdown: the ratio of two means measured on common random numbers.

Replication k of both sides ran the same operations, so most of the noise cancels in the ratio. Both methods estimate
the ratio of the means (not the mean of the ratios): `log` linearises the logarithm of the ratio, keeps the interval
positive and treats slowdown and speed-up alike; `fieller` is exact where the pairs are normal. The variance reduction
says what the pairing was worth: how many times more independent replications the same interval would have taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from simcore.errors import InputError
from simcore.statistics._distributions import t_critical
from simcore.statistics._samples import Array, checked, checked_fraction, mean_of, variance_of
from simcore.statistics.intervals import Estimate

Method = Literal["log", "fieller"]


@dataclass(frozen=True)
class RatioEstimate:
    """A ratio of means (dimensionless) with its confidence interval [low, high].

    Attributes:
        n: pairs.
        level: nominal probability that the interval covers the truth.
        method: how the interval was made.
        variance_reduction: variance of the log ratio had the two sides been independent, over its variance as paired;
            infinite where pairing leaves no variance, None where there is none to reduce or one pair cannot show it.
    """

    ratio: float
    low: float
    high: float
    n: int
    level: float
    method: Method
    variance_reduction: float | None

    @property
    def value(self) -> float:
        """The ratio, under the name every estimate has."""
        return self.ratio

    @property
    def half_width(self) -> float:
        """Half the width of the interval; infinite for one pair."""
        return (self.high - self.low) / 2.0

    @property
    def relative_half_width(self) -> float:
        """Half width over the ratio."""
        return self.half_width / self.ratio

    def covers(self, truth: float) -> bool:
        """Whether `truth` lies in the interval, ends included."""
        return self.low <= truth <= self.high


def paired_ratio(
    treated: ArrayLike, baseline: ArrayLike, level: float = 0.95, *, method: Method = "log"
) -> RatioEstimate:
    """The ratio of the means of `treated` over `baseline`, element k of both from the same operations.

    `log`: t interval on the log ratio by the delta method (Cox 1990). `fieller`: Fieller 1954, cut at 0; unbounded,
    [0, inf), where the baseline mean is not significantly positive. Identical arrays give exactly 1 with zero width,
    except that one pair always gives [0, inf).

    Raises:
        InputError: arrays of different length, empty, not finite, negative, or all zero; level not in (0, 1);
            an unknown method.
    """
    level = checked_fraction("level", level)
    if method not in ("log", "fieller"):
        raise InputError("method", method, "'log' or 'fieller'")
    top, bottom = _positive("treated", treated), _positive("baseline", baseline)
    if top.size != bottom.size:
        raise InputError("treated", f"{top.size} samples", f"as many as baseline ({bottom.size})")
    n, ratio = top.size, mean_of(top) / mean_of(bottom)
    if n == 1:
        return RatioEstimate(ratio, 0.0, math.inf, n, level, method, None)
    top, bottom = top / mean_of(top), bottom / mean_of(bottom)
    paired = variance_of(top - bottom)
    if paired == 0.0:
        low = high = 1.0
    elif method == "log":
        half = t_critical(level, n - 1) * math.sqrt(paired / n)
        low, high = math.exp(-half), _exp(half)
    else:
        low, high = _fieller(top, bottom, paired, t_critical(level, n - 1))
    unpaired = variance_of(top) + variance_of(bottom)
    return RatioEstimate(ratio, ratio * low, ratio * high, n, level, method, _reduction(unpaired, paired))


def ratio_of(top: Estimate, bottom: Estimate) -> RatioEstimate:
    """The ratio of two estimates whose errors are independent, by the delta method on its logarithm.

    For two long runs, where there are no pairs. Common random numbers make it wider than need be, not narrower.

    Raises:
        InputError: a value that is not above 0, or different levels.
    """
    for name, estimate in (("top", top), ("bottom", bottom)):
        if estimate.value <= 0.0:
            raise InputError(name, estimate.value, "above 0")
    if top.level != bottom.level:
        raise InputError("level", bottom.level, f"that of the other, {top.level}")
    ratio = top.value / bottom.value
    half = math.hypot(top.relative_half_width, bottom.relative_half_width)
    n = min(top.n, bottom.n)
    return RatioEstimate(ratio, ratio * math.exp(-half), ratio * _exp(half), n, top.level, "log", None)


def _positive(field: str, samples: ArrayLike) -> Array:
    array = checked(field, samples)
    if (array < 0.0).any() or not array.any():
        raise InputError(field, float(array.min()), "samples of 0 or more, not all 0")
    return array


def _exp(exponent: float) -> float:
    return math.exp(exponent) if exponent < 700.0 else math.inf


def _fieller(top: Array, bottom: Array, paired: float, critical: float) -> tuple[float, float]:
    """Fieller's limits for two samples of mean 1; `paired` is the variance of their difference."""
    n, spread = top.size, variance_of(bottom)
    g = critical**2 * spread / n
    if g >= 1.0:
        return 0.0, math.inf
    covariance = float(np.dot(top - 1.0, bottom - 1.0)) / (n - 1)
    slope = covariance / spread if spread else 0.0
    residual = max(variance_of(top) - slope * covariance, 0.0)
    half = critical * math.sqrt(max(paired - g * residual, 0.0) / n)
    centre = 1.0 - g * slope
    low, high = (centre - half) / (1.0 - g), (centre + half) / (1.0 - g)
    return max(min(low, 1.0), 0.0), max(high, 1.0)


def _reduction(unpaired: float, paired: float) -> float | None:
    if unpaired == 0.0:
        return None
    return unpaired / paired if paired else math.inf
