"""When a run has forgotten its start, and whether it ever did.

MSER-5 cuts where the remaining data estimate the mean best: groups of five observations smooth the series, then the
cut minimises the marginal standard error. It always answers, also for a system that never settles. So the answer is
checked: a minimum at the limit of the search, or a trend in what is left, means that there is no steady state to
average.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simcore.errors import InputError, UnsettledError
from simcore.statistics._distributions import t_two_sided
from simcore.statistics._samples import Array, checked, is_constant
from simcore.statistics.intervals import batched

GROUP = 5  # observations per group in MSER-5
FEWEST_GROUPS = 20  # a shorter run cannot be judged
TREND_BATCHES = 10  # few and long, so that their correlation hardly counts
TREND_TEST = 1e-4  # a comparison tests hundreds of replications, and correlation inflates the false alarms


@dataclass(frozen=True)
class WarmUp:
    """What to cut from the start of a run.

    Attributes:
        cut: elements of the given series to leave out.
        settled: whether the rest can be averaged.
        reason: one line for the user; empty where settled.
    """

    cut: int
    settled: bool
    reason: str

    def require(self) -> int:
        """Returns the cut.

        Raises:
            UnsettledError: the run did not settle.
        """
        if not self.settled:
            raise UnsettledError(self.reason)
        return self.cut


def mser(batch_means: ArrayLike) -> int:
    """The index from which on to keep, by the marginal standard error rule (White 1997), in the first half.

    It minimises sum((x_i - mean)^2) / (n - d)^2 over cuts d = 0 .. n // 2; the earliest of equals.

    Raises:
        InputError: series empty, not finite or not one-dimensional.
    """
    array = checked("batch_means", batch_means)
    if is_constant(array):
        return 0
    n = array.size
    centred = array - array[n // 2 :].mean()  # near the answer, so that the sums of squares do not cancel
    kept = np.arange(n, 0, -1)
    sums, squares = np.cumsum(centred[::-1])[::-1], np.cumsum(centred[::-1] ** 2)[::-1]
    error = np.maximum(squares - sums**2 / kept, 0.0) / kept.astype(np.float64) ** 2
    return int(np.argmin(error[: n // 2 + 1]))


def settled(batch_means: ArrayLike) -> WarmUp:
    """The MSER cut of a series of group means, in groups, checked.

    Unsettled are: fewer than 20 groups; a minimum at the limit of the search (White, Cobb and Spratt 2000); or a slope
    over 10 super-batches of the rest that a t-test at 0.0001 finds significant, as in an overloaded open system.

    Raises:
        InputError: series empty, not finite or not one-dimensional.
    """
    array = checked("batch_means", batch_means)
    n, cut = array.size, mser(array)
    if n < FEWEST_GROUPS:
        return WarmUp(cut, False, f"the run is too short to judge: {n} groups, {FEWEST_GROUPS} needed")
    if cut >= n // 2:
        reason = f"the warm-up takes at least half of the run ({cut} of {n} groups): too short a run, or overloaded"
        return WarmUp(cut, False, reason)
    change, probability = _trend(batched(array[cut:], (n - cut) // TREND_BATCHES)[-TREND_BATCHES:])
    if probability < TREND_TEST:
        way = "grows" if change > 0.0 else "falls"
        return WarmUp(
            cut,
            False,
            f"the series still {way} after the warm-up, by {abs(change):.3g}: overloaded, or too short a run",
        )
    return WarmUp(cut, True, "")


def warm_up(series: ArrayLike, group: int = GROUP) -> WarmUp:
    """The MSER-5 cut of raw observations in their order, in observations, checked as `settled` does.

    Raises:
        InputError: fewer observations than one group, or not finite; group < 1.
    """
    if group < 1:
        raise InputError("group", group, "1 or more")
    array = checked("series", series, at_least=group)
    whole = array.size // group * group
    found = settled(batched(array[:whole], group))
    return WarmUp(found.cut * group, found.settled, found.reason)


def _trend(means: Array) -> tuple[float, float]:
    """Change over the series along the least-squares line, and the two-sided probability of its slope by chance."""
    if is_constant(means):
        return 0.0, 1.0
    n = means.size
    time = np.arange(n) - (n - 1) / 2.0
    centred = means - means.mean()
    correlation = float(np.dot(time, centred) / math.sqrt(np.dot(time, time) * np.dot(centred, centred)))
    change = float(np.dot(time, centred) / np.dot(time, time)) * (n - 1)
    left = max(1.0 - correlation**2, 1e-15)
    return change, t_two_sided(correlation * math.sqrt((n - 2) / left), n - 2)
