"""Confidence intervals for one quantity: a mean over replications, a mean over one long run, a quantile.

Replications are independent by construction, so their means get a Student t interval. Inside one run neighbours are
correlated; batch means make them nearly independent, and the batches are made larger until a test finds no correlation
left. Quantiles get an interval from order statistics, which assumes no distribution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simcore.errors import InputError, UnsettledError
from simcore.statistics._distributions import binomial_cdf, normal_quantile, t_critical
from simcore.statistics._samples import Array, checked, checked_fraction, is_constant, mean_of, variance_of

FEWEST_BATCHES = 8  # below this the test of correlation has no power and the t interval is wide
CORRELATION_TEST = 0.05  # size of the one-sided test at each batch count


@dataclass(frozen=True)
class Estimate:
    """A value with its confidence interval [low, high], in the unit of the samples.

    Attributes:
        n: independent pieces of evidence (replications, batches, or observations for a quantile).
        level: nominal probability that the interval covers the truth.

    Raises:
        InputError: low <= value <= high does not hold, n < 1, or the level is not in (0, 1).
    """

    value: float
    low: float
    high: float
    n: int
    level: float

    def __post_init__(self) -> None:
        checked_fraction("level", self.level)
        if self.n < 1:
            raise InputError("n", self.n, "1 or more")
        if not self.low <= self.value <= self.high:
            raise InputError("value", self.value, f"between low {self.low} and high {self.high}")

    @property
    def half_width(self) -> float:
        """Half the width of the interval; infinite where one end is."""
        return (self.high - self.low) / 2.0

    @property
    def relative_half_width(self) -> float:
        """Half width over the size of the value; 0 for an exact value, infinite for an inexact 0."""
        if self.half_width == 0.0:
            return 0.0
        return self.half_width / abs(self.value) if self.value else math.inf

    def covers(self, truth: float) -> bool:
        """Whether `truth` lies in the interval, ends included."""
        return self.low <= truth <= self.high


def mean_interval(samples: ArrayLike, level: float = 0.95) -> Estimate:
    """The mean of independent samples with its Student t interval (Student 1908).

    One sample says nothing of the spread: its interval is (-inf, inf). Equal samples give zero width.

    Raises:
        InputError: samples empty, not finite or not one-dimensional; level not in (0, 1).
    """
    array, level = checked("samples", samples), checked_fraction("level", level)
    n, value = array.size, mean_of(array)
    if n == 1:
        return Estimate(value, -math.inf, math.inf, n, level)
    half = t_critical(level, n - 1) * math.sqrt(variance_of(array) / n)
    return Estimate(value, value - half, value + half, n, level)


def batch_means(series: ArrayLike, level: float = 0.95, batches: int = 32) -> Estimate:
    """The mean of one long settled run by non-overlapping batch means (Law and Carson 1979; Fishman 1978).

    Where successive batches are positively correlated, the number of batches is halved, down to 8; the estimate's `n`
    says how many were used. Observations that do not fill a batch are left out at the start.

    Raises:
        InputError: fewer than two observations per batch, fewer than 8 batches, or as for `mean_interval`.
        UnsettledError: still correlated at the fewest batches, so an interval would be too narrow: run longer.
            (Independent batches are refused so once in a thousand.)
    """
    if batches < FEWEST_BATCHES:
        raise InputError("batches", batches, f"{FEWEST_BATCHES} or more")
    array = checked("series", series, at_least=2 * batches)
    while True:
        means = batched(array, array.size // batches)[-batches:]
        correlation, significant = lag_one(means)
        if not significant:
            return mean_interval(means, level)
        if batches // 2 < FEWEST_BATCHES:
            raise UnsettledError(
                f"{batches} batches of {array.size // batches} observations are still correlated "
                f"(lag 1: {correlation:.2f}): the run is too short for its memory"
            )
        batches //= 2


def batched(array: Array, size: int) -> Array:
    """Means of successive groups of `size`; observations that do not fill a group are left out at the start."""
    return np.asarray(array[array.size % size :].reshape(-1, size).mean(axis=1), dtype=np.float64)


def lag_one(means: Array) -> tuple[float, bool]:
    """Lag-1 correlation with von Neumann's end correction, and whether it is significantly positive.

    Under independence it has mean 0 and variance (n - 2) / (n^2 - 1) (Fishman 1978).
    """
    if is_constant(means):
        return 0.0, False
    n, centred = means.size, means - means.mean()
    ends = (centred[0] ** 2 + centred[-1] ** 2) / 2.0
    correlation = float((np.dot(centred[1:], centred[:-1]) + ends) / np.dot(centred, centred))
    critical = normal_quantile(1.0 - CORRELATION_TEST) * math.sqrt((n - 2) / (n * n - 1))
    return correlation, correlation > critical


def quantile_interval(samples: ArrayLike, probability: float, level: float = 0.95) -> Estimate:
    """A quantile of independent samples with its distribution-free interval from order statistics (David 1981).

    The point is Hyndman and Fan's (1996) type 8, median-unbiased. An end is infinite where too few samples exist to
    bound it: a 99th percentile has a finite 95 % upper end from 368 samples on. For the percentile of correlated
    observations within runs, take one percentile per replication and give those to `mean_interval`.

    Raises:
        InputError: samples as for `mean_interval`; probability or level not in (0, 1).
    """
    array = np.sort(checked("samples", samples))
    probability, level = checked_fraction("probability", probability), checked_fraction("level", level)
    tail, n = (1.0 - level) / 2.0, array.size
    below = binomial_cdf(n, probability)  # below[k]: at most k samples lie under the true quantile
    rank_low = int(np.searchsorted(below, tail, side="right"))  # the most ranks with P(B < rank) <= tail
    rank_high = int(np.searchsorted(below, 1.0 - tail, side="left")) + 1  # the least with P(B >= rank) <= tail
    low = float(array[rank_low - 1]) if rank_low >= 1 else -math.inf
    high = float(array[rank_high - 1]) if rank_high <= n else math.inf
    value = float(np.quantile(array, probability, method="median_unbiased"))
    return Estimate(min(max(value, low), high), low, high, n, level)
