"""The few distribution functions the estimators need.

They come from `scipy.special`, which loads in a fraction of the time of `scipy.stats` and gives the same digits.
It is read when a function is first called: most commands that only show something never call one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def t_critical(level: float, freedom: int) -> float:
    """The Student t value exceeded in absolute terms with probability 1 - level."""
    from scipy import special  # type: ignore[import-untyped, unused-ignore]

    return -float(special.stdtrit(freedom, (1.0 - level) / 2.0))


def t_two_sided(statistic: float, freedom: int) -> float:
    """The probability that a Student t variable is at least as far from 0 as `statistic`."""
    from scipy import special  # type: ignore[import-untyped, unused-ignore]

    return 2.0 * float(special.stdtr(freedom, -abs(statistic)))


def normal_quantile(probability: float) -> float:
    """The standard normal quantile."""
    from scipy import special  # type: ignore[import-untyped, unused-ignore]

    return float(special.ndtri(probability))


def binomial_cdf(trials: int, probability: float) -> NDArray[np.float64]:
    """P(B <= k) for k = 0 .. trials, B binomial."""
    from scipy import special  # type: ignore[import-untyped, unused-ignore]

    return np.asarray(special.bdtr(np.arange(trials + 1), trials, probability), dtype=np.float64)
