"""Many comparisons at once: levels at which all statements hold together.

Twenty 95 % intervals are expected to miss once. Bonferroni widens each so that all cover together, whatever their
dependence (common random numbers make ours dependent). Holm does the same for tests and loses less.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from simcore.errors import InputError
from simcore.statistics._samples import Array, checked, checked_fraction


def bonferroni_level(level: float, comparisons: int) -> float:
    """The level for each of some intervals so that all cover together with probability `level` (Dunn 1961).

    Raises:
        InputError: level not in (0, 1) or fewer than one comparison.
    """
    return 1.0 - (1.0 - checked_fraction("level", level)) / _counted(comparisons)


def holm_levels(level: float, comparisons: int) -> tuple[float, ...]:
    """The level of each test, from the smallest probability on, up to the first that fails (Holm 1979).

    Raises:
        InputError: level not in (0, 1) or fewer than one comparison.
    """
    error = 1.0 - checked_fraction("level", level)
    return tuple(1.0 - error / left for left in range(_counted(comparisons), 0, -1))


def holm(probabilities: ArrayLike) -> Array:
    """Probabilities by chance adjusted for their number, in the order given (Holm 1979).

    Those below 1 - level are significant together at that level.

    Raises:
        InputError: empty, or a probability outside [0, 1].
    """
    array = checked("probabilities", probabilities)
    if (array < 0.0).any() or (array > 1.0).any():
        raise InputError("probabilities", float(array[(array < 0.0) | (array > 1.0)][0]), "between 0 and 1")
    order = np.argsort(array, kind="stable")
    stepped = np.maximum.accumulate(array[order] * np.arange(array.size, 0, -1))
    adjusted = np.empty_like(array)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def _counted(comparisons: int) -> int:
    if comparisons < 1:
        raise InputError("comparisons", comparisons, "1 or more")
    return comparisons
