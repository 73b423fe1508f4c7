"""The few distribution functions the estimators need.

They come from `scipy.special`, which loads in a fraction of the time of `scipy.stats` and gives the same digits.
It is read when a function is first called: most commands that only show something never call one, and the usual
interval of a few replications takes its Student t from the table below, for loading SciPy takes longer than they run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

USUAL = 0.95
T_USUAL = (  # by degrees of freedom from 1, as SciPy gives them; a test compares
    12.706204736174694,
    4.302652729749462,
    3.1824463052837078,
    2.7764451051977934,
    2.5705818356363146,
    2.4469118511449786,
    2.364624251592784,
    2.306004135204166,
    2.262157162798205,
    2.228138851986274,
    2.200985160091639,
    2.1788128296672284,
    2.1603686564627913,
    2.144786687917804,
    2.131449545559776,
    2.1199052992212546,
    2.1098155778333156,
    2.1009220402410382,
    2.0930240544083087,
    2.085963447265864,
    2.0796138447276795,
    2.0738730679040254,
    2.0686576104190486,
    2.0638985616280245,
    2.0595385527532972,
    2.0555294386428735,
    2.0518305164802846,
    2.0484071417952454,
    2.045229642132703,
    2.0422724563012378,
    2.039513446396408,
    2.0369333434601016,
    2.0345152974493383,
    2.0322445093177186,
    2.030107928250343,
    2.0280940009804502,
    2.0261924630291093,
    2.0243941639119694,
    2.022690920036761,
    2.021075390306273,
)


def t_critical(level: float, freedom: int) -> float:
    """The Student t value exceeded in absolute terms with probability 1 - level."""
    if level == USUAL and 1 <= freedom <= len(T_USUAL):
        return T_USUAL[freedom - 1]
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
