"""Distributions of mean 1 that multiply a mean.

A demand, a think time or a seek is a mean times a draw; so the mean is stated once, and deterministic mode replaces
every draw by 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simcore.counting import (
    CENTRAL,
    DROPPED_OF_LAYER,
    ENDS,
    HEIGHTS,
    LAST,
    LAYER,
    ONE,
    WIDTHS,
    central,
    exp,
    log,
    tail,
    threefry,
    uniform,
)
from simcore.errors import InputError
from simcore.streams import Words, tries_of

__all__ = ["CONSTANT", "EXPONENTIAL", "UNIFORM", "Distribution", "Family"]

Family = Literal["constant", "exponential", "uniform", "gamma", "lognormal"]


@dataclass(frozen=True)
class Distribution:
    """A family of mean 1.

    Attributes:
        family: `uniform` is on [0, 2]; `gamma` and `lognormal` take their coefficient of variation from `cv`.
        cv: coefficient of variation (gamma, lognormal), above 0 and at most 100.

    Raises:
        InputError: an unknown family, or a cv out of range.
    """

    family: Family = "constant"
    cv: float = 1.0

    def __post_init__(self) -> None:
        if self.family not in ("constant", "exponential", "uniform", "gamma", "lognormal"):
            raise InputError("distribution", self.family, "constant, exponential, uniform, gamma or lognormal")
        if not 0.0 < self.cv <= 100.0:
            raise InputError("cv", self.cv, "above 0 and at most 100")

    @property
    def is_constant(self) -> bool:
        """Whether every draw is 1."""
        return self.family == "constant"

    @property
    def most(self) -> float:
        """What no draw of a double-precision generator exceeds, up to its last 2^-53: the far end of the tail."""
        match self.family:
            case "constant":
                return 1.0
            case "uniform":
                return 2.0
            case "exponential":
                return TAIL
            case "gamma":
                shape, d = 1.0 / self.cv**2, max(1.0 / self.cv**2, 1.0)
                return TAIL if self.cv == 1.0 else d * (1.0 + NORMAL_TAIL / math.sqrt(9.0 * d - 3.0)) ** 3 / shape
            case "lognormal":
                variance = math.log1p(self.cv**2)
                return math.exp(NORMAL_TAIL * math.sqrt(variance) - variance / 2.0)

    @property
    def is_exponential(self) -> bool:
        """Whether draws are exponential, under either name."""
        return self.family == "exponential" or (self.family == "gamma" and self.cv == 1.0)

    @cached_property
    def form(self) -> tuple[int, float, float]:
        """How it is drawn: a kind, and two numbers that the kind needs."""
        match self.family:
            case "constant":
                return CONSTANTLY, 0.0, 0.0
            case "uniform":
                return UNIFORMLY, 0.0, 0.0
            case "lognormal":
                variance = float(log(np.array([1.0 + self.cv * self.cv]))[0])
                return LOGNORMALLY, math.sqrt(variance), 0.5 * variance
        if self.is_exponential:
            return EXPONENTIALLY, 0.0, 0.0
        shape = 1.0 / (self.cv * self.cv)
        return GAMMA, shape, (shape if shape >= 1.0 else shape + 1.0) - 1.0 / 3.0

    def draw(self, first: np.uint64, second: np.uint64, operations: Words, task: int) -> NDArray[np.float64]:
        """Draws of mean 1 for some operations of a task.

        The compiled engine draws the same, one by one (`simcore.engines.compiled.drawing.sample`).

        Args:
            first, second: the key; see `simcore.streams`.
        """
        kind, a, b = self.form
        if kind == CONSTANTLY:
            return np.ones(len(operations))
        tries = tries_of(task)
        if kind == GAMMA:
            return _gamma(a, b, first, second, operations, tries)
        if kind == EXPONENTIALLY:
            return _exponential(first, second, operations, tries)
        u = uniform(threefry(first, second, operations, tries)[0])
        if kind == UNIFORMLY:
            return 2.0 * u  # type: ignore[no-any-return]
        return exp(a * _normal(u) - b)  # type: ignore[no-any-return]


def _exponential(first: np.uint64, second: np.uint64, operations: Words, trial: Words) -> NDArray[np.float64]:
    """The ziggurat of `simcore.counting`."""
    found, left = np.empty(len(operations)), np.arange(len(operations))
    while len(left):
        x, y = threefry(first, second, operations[left], trial)
        layer, part = (x & LAYER).astype(np.intp), (x >> DROPPED_OF_LAYER).astype(np.int64)
        value = (part + 0.5) * WIDTHS[layer]
        inside = part < ENDS[layer]
        u = uniform(y)
        beyond = ~inside & (layer == 0)
        value = np.where(beyond, LAST - log(u), value)
        height = HEIGHTS[layer] + u * (HEIGHTS[layer - 1] - HEIGHTS[layer])
        good = inside | beyond | (height < exp(-np.minimum(value, -LEAST)))
        found[left[good]] = value[good]
        left = left[~good]
        trial = trial + ONE
    return found


def _normal(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard normal quantiles."""
    q = u - 0.5
    outer = np.sqrt(-log(np.where(q < 0.0, u, 1.0 - u)))
    return np.where(np.abs(q) <= CENTRAL, central(q), np.where(q < 0.0, -tail(outer), tail(outer)))  # type: ignore[no-any-return]


def _gamma(
    shape: float, d: float, first: np.uint64, second: np.uint64, operations: Words, tries: Words
) -> NDArray[np.float64]:
    """Marsaglia and Tsang, "A simple method for generating gamma variables" (ACM TOMS 26, 2000), of mean 1."""
    c = 1.0 / math.sqrt(9.0 * d)
    found = np.empty(len(operations))
    left = np.arange(len(operations))
    trial = tries
    while len(left):
        trial = trial + ONE
        x, y = threefry(first, second, operations[left], trial)
        z = _normal(uniform(x))
        v = 1.0 + c * z
        v = np.where(v > 0.0, v * v * v, 0.0)
        good = v > 0.0
        safe = np.where(good, v, 1.0)
        good &= log(uniform(y)) < 0.5 * z * z + d * (1.0 - safe + log(safe))
        found[left[good]] = d * v[good]
        left = left[~good]
    if shape < 1.0:
        u = uniform(threefry(first, second, operations, tries)[0])
        found = found * exp(np.maximum(log(u) / shape, LEAST))
    return found / shape


# kinds of draw: what the compiled engine knows of a family
CONSTANTLY, EXPONENTIALLY, UNIFORMLY, GAMMA, LOGNORMALLY = range(5)
LEAST = -700.0  # of the exponential function's argument
TAIL = 45.0  # of the exponential of mean 1, see `_exponential`: LAST - log(2^-53) is the most
NORMAL_TAIL = 9.0  # standard deviations: exceeded once in 2^62 draws

CONSTANT = Distribution()
EXPONENTIAL = Distribution("exponential")
UNIFORM = Distribution("uniform")
