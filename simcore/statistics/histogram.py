"""Response times as an integer histogram of constant relative width.

Engines count each response time, in clock ticks, in one of 3712 buckets: 64 per octave, found from the position of the
leading bit and the six bits after it, as in HdrHistogram (Tene 2012). It takes no floating point, so every engine
counts alike to the bit; it needs 30 kB whatever the length of the run; histograms of replications merge by adding.
Ticks below 128 have a bucket each; above, a bucket is less than 1/64 of its values wide, so a quantile read from it is
within 1/64 (1.6 %) of the sample's own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simcore.errors import InputError
from simcore.statistics._samples import checked

SUB_BITS = 6
SUB_BUCKETS = 1 << SUB_BITS
LARGEST = (1 << 63) - 1
BUCKETS = SUB_BUCKETS * (63 - SUB_BITS + 1)  # for 0 .. LARGEST
RELATIVE_WIDTH = 1.0 / SUB_BUCKETS


def bucket_of(ticks: int) -> int:
    """The bucket that counts a duration in ticks.

    Raises:
        InputError: ticks below 0 or of more than 63 bits.
    """
    if not 0 <= ticks <= LARGEST:
        raise InputError("ticks", ticks, "0 to 2**63 - 1")
    shift = ticks.bit_length() - SUB_BITS - 1
    return ticks if shift <= 0 else (shift << SUB_BITS) + (ticks >> shift)


def buckets_of(ticks: ArrayLike) -> NDArray[np.int64]:
    """`bucket_of` for an array of integers, of the same shape.

    Raises:
        InputError: not integers, or one below 0 or of more than 63 bits.
    """
    array = np.asarray(ticks)
    if not np.issubdtype(array.dtype, np.integer):
        raise InputError("ticks", str(array.dtype), "integers of at most 63 bits")
    if array.size and (int(array.min()) < 0 or int(array.max()) > LARGEST):
        raise InputError("ticks", int(array.min()) if int(array.min()) < 0 else int(array.max()), "0 to 2**63 - 1")
    whole = array.astype(np.int64)
    bits = np.frexp(whole.astype(np.float64))[1].astype(np.int64)
    bits -= (whole >> np.maximum(bits - 1, 0)) == 0  # the float may have been rounded up to the next power of two
    shift = np.maximum(bits - SUB_BITS - 1, 0)
    return (shift << SUB_BITS) + (whole >> shift)


def bucket_bounds(bucket: int) -> tuple[int, int]:
    """The first and the last tick that a bucket counts, both included.

    Raises:
        InputError: not in 0 .. BUCKETS - 1.
    """
    if not 0 <= bucket < BUCKETS:
        raise InputError("bucket", bucket, f"0 to {BUCKETS - 1}")
    shift = max((bucket >> SUB_BITS) - 1, 0)
    first = (bucket - (shift << SUB_BITS)) << shift
    return first, first + (1 << shift) - 1


def quantile(counts: ArrayLike, probability: float) -> float:
    """The quantile of the counted ticks, linear between the ticks of its bucket.

    It lies in the bucket of the sample's inverse distribution function (Hyndman and Fan 1996, type 1), hence within
    RELATIVE_WIDTH of it, and is exact below 128 ticks.

    Raises:
        InputError: as for `quantiles`.
    """
    return float(quantiles(counts, [probability])[0])


def quantiles(counts: ArrayLike, probabilities: ArrayLike) -> NDArray[np.float64]:
    """`quantile` for several probabilities.

    Raises:
        InputError: counts not of shape (BUCKETS,), negative or all 0; a probability outside [0, 1].
    """
    array = checked("counts", counts)
    if array.size != BUCKETS or (array < 0).any() or not array.any():
        raise InputError("counts", f"{array.size} with sum {array.sum()}", f"{BUCKETS} counts of 0 or more, not all 0")
    wanted = checked("probabilities", probabilities)
    if (wanted < 0.0).any() or (wanted > 1.0).any():
        raise InputError("probabilities", wanted.tolist(), "between 0 and 1")
    filled = np.flatnonzero(array)
    upto = np.cumsum(array[filled])
    # 0.07 * 100 is a little above 7 in floating point: without the nudge it would mean the eighth sample
    position = wanted * upto[-1] * (1.0 - 4.0 * np.finfo(np.float64).eps)
    index = np.searchsorted(upto, position, side="left")
    count = array[filled[index]]
    part = np.clip((position - (upto[index] - count)) / count, 0.0, 1.0)
    bounds = np.array([bucket_bounds(int(bucket)) for bucket in filled[index]], dtype=np.float64)
    return np.asarray(bounds[:, 0] + part * (bounds[:, 1] - bounds[:, 0]), dtype=np.float64)
