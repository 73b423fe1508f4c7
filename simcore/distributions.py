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
    WIDTHS,
    central,
    exp,
    log,
    tail,
    uniform,
)
from simcore.errors import InputError
from simcore.streams import Bits, Words

__all__ = ["CONSTANT", "EXPONENTIAL", "UNIFORM", "Distribution", "Family"]

Floats = NDArray[np.float64]
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

    def draw(self, bits: Bits) -> Floats:
        """Draws of mean 1, of the shape of the bits.

        The compiled engine draws the same, one by one (`simcore.engines.compiled.drawing.sample`).
        """
        kind, a, b = self.form
        if kind == CONSTANTLY:
            return np.ones(bits.shape)
        if kind == GAMMA:
            return _gamma(a, b, bits)
        if kind == EXPONENTIALLY:
            return _exponential(bits)
        u = uniform(bits(0)[0])
        if kind == UNIFORMLY:
            return 2.0 * u  # type: ignore[no-any-return]
        return exp(a * _normal(u) - b)  # type: ignore[no-any-return]


def _exponential(bits: Bits) -> Floats:
    """The ziggurat of `simcore.counting`."""
    x, y = bits(0)
    found, layer, outside = _points(x)
    value, at, u = found[outside], np.nonzero(outside), uniform(y[outside])  # few of a hundred
    layer, trial = layer[outside], 0
    while len(value):
        inside = HEIGHTS[layer] + u * (HEIGHTS[layer - 1] - HEIGHTS[layer]) < exp(-np.minimum(value, -LEAST))
        found[at] = np.where(layer == 0, LAST - log(u), value)
        left = ~inside & (layer != 0)
        at, trial = (at[0][left], at[1][left]), trial + 1
        x, y = bits(trial, at)
        value, layer, outside = _points(x)
        found[at] = value
        at, u = (at[0][outside], at[1][outside]), uniform(y[outside])
        value, layer = value[outside], layer[outside]
    return found


def _points(x: Words) -> tuple[Floats, NDArray[np.intp], NDArray[np.bool_]]:
    """Points of the ziggurat: how far out they are, their layers, and whether they may lie outside these."""
    layer, part = (x & LAYER).astype(np.intp), (x >> DROPPED_OF_LAYER).astype(np.int64)
    return (part + 0.5) * WIDTHS[layer], layer, part >= ENDS[layer]


def _normal(u: Floats) -> Floats:
    """Standard normal quantiles."""
    q = u - 0.5
    outer = np.sqrt(-log(np.where(q < 0.0, u, 1.0 - u)))
    return np.where(np.abs(q) <= CENTRAL, central(q), np.where(q < 0.0, -tail(outer), tail(outer)))  # type: ignore[no-any-return]


def _gamma(shape: float, d: float, bits: Bits) -> Floats:
    """Marsaglia and Tsang, "A simple method for generating gamma variables" (ACM TOMS 26, 2000), of mean 1."""
    c = 1.0 / math.sqrt(9.0 * d)
    found = np.empty(bits.shape)
    at: tuple[NDArray[np.intp], ...] = tuple(np.indices(bits.shape).reshape(2, -1))
    trial = 1
    x, y = (words.ravel() for words in bits(trial))
    while True:
        z = _normal(uniform(x))
        v = 1.0 + c * z
        v = np.where(v > 0.0, v * v * v, 0.0)
        good = v > 0.0
        safe = np.where(good, v, 1.0)
        good &= log(uniform(y)) < 0.5 * z * z + d * (1.0 - safe + log(safe))
        found[at] = d * v
        at = at[0][~good], at[1][~good]
        if not len(at[0]):
            break
        trial += 1
        x, y = bits(trial, at)
    if shape < 1.0:
        u = uniform(bits(0)[0])
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
