"""Checks and moments shared by the estimators.

Samples enter here once: they become a finite one-dimensional float array or an error that names the argument. The
moments are exact for constant samples, so that "no variance" means zero and not a rounding error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simcore.errors import InputError

Array = NDArray[np.float64]


def checked(field: str, samples: ArrayLike, *, at_least: int = 1) -> Array:
    """Returns the samples as a finite float array of one dimension.

    Raises:
        InputError: not numbers, not one-dimensional, shorter than `at_least`, or holding NaN or infinity.
    """
    try:
        array = np.asarray(samples, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(field, samples, "numbers") from None
    if array.ndim != 1 or array.size < at_least:
        raise InputError(field, f"shape {array.shape}", f"one dimension of {at_least} or more samples")
    if not np.isfinite(array).all():
        raise InputError(field, array[~np.isfinite(array)][0].item(), "finite samples")
    return array


def checked_fraction(field: str, value: float) -> float:
    """Returns a number strictly between 0 and 1, such as a confidence level.

    Raises:
        InputError: outside (0, 1), or NaN.
    """
    if not 0.0 < value < 1.0:
        raise InputError(field, value, "strictly between 0 and 1")
    return float(value)


def mean_of(array: Array) -> float:
    """The mean; exactly the common value where all samples are equal."""
    return float(array[0]) if is_constant(array) else float(array.mean())


def variance_of(array: Array) -> float:
    """The unbiased sample variance; exactly 0 where all samples are equal. Needs two samples."""
    return 0.0 if is_constant(array) else float(array.var(ddof=1))


def is_constant(array: Array) -> bool:
    """Whether all samples are equal to the last bit."""
    return bool((array == array[0]).all())
