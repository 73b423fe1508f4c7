"""Distributions of mean 1 that multiply a mean.

A demand, a think time or a seek is a mean times a draw; so the mean is stated once, and deterministic mode replaces
every draw by 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simcore.errors import InputError

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
                return max(1.0, self.cv**2) * TAIL + 1.0
            case "lognormal":
                variance = math.log1p(self.cv**2)
                return math.exp(NORMAL_TAIL * math.sqrt(variance) - variance / 2.0)

    @property
    def is_exponential(self) -> bool:
        """Whether draws are exponential, under either name."""
        return self.family == "exponential" or (self.family == "gamma" and self.cv == 1.0)

    def draw(self, stream: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws of mean 1, shape (size,)."""
        match self.family:
            case "constant":
                return np.ones(size)
            case "exponential":
                return stream.exponential(1.0, size)
            case "uniform":
                return stream.uniform(0.0, 2.0, size)
            case "gamma":
                shape = 1.0 / self.cv**2
                return stream.gamma(shape, 1.0 / shape, size)
            case "lognormal":
                variance = np.log1p(self.cv**2)
                return stream.lognormal(-variance / 2.0, np.sqrt(variance), size)


TAIL = 40.0  # an exponential of mean 1 exceeds it once in 2^57 draws
NORMAL_TAIL = 9.0  # standard deviations: exceeded once in 2^62 draws

CONSTANT = Distribution()
EXPONENTIAL = Distribution("exponential")
UNIFORM = Distribution("uniform")
