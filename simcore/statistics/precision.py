"""Run until precise: how many replications a wanted precision takes, and when to stop.

Caveat: stopping as soon as an interval is narrow favours samples whose variance came out low, so the interval covers
less often than its level says; it reaches the level only as the precision tightens (Chow and Robbins 1965; Law and
Kelton 1982). A minimum number of replications limits the loss; a fixed number of replications has none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from numpy.typing import ArrayLike

from simcore.errors import InputError
from simcore.statistics._distributions import t_critical
from simcore.statistics._samples import checked, checked_fraction, mean_of, variance_of
from simcore.statistics.intervals import Estimate, mean_interval
from simcore.statistics.ratio import RatioEstimate, paired_ratio

Observation = float | tuple[float, float]


def replications_needed(samples: ArrayLike, relative_half_width: float, level: float = 0.95) -> int:
    """The number of replications in all, at least as many as given, expected to reach the relative half-width.

    The smallest n with t(level, n - 1) s / sqrt(n) <= relative_half_width |mean|, taking mean and s from the samples.

    Raises:
        InputError: fewer than two samples, a mean of 0 with spread, a half-width not above 0, level not in (0, 1).
    """
    array, level = checked("samples", samples, at_least=2), checked_fraction("level", level)
    wanted = _positive(relative_half_width) * abs(mean_of(array))
    deviation = math.sqrt(variance_of(array))
    if deviation == 0.0:
        return array.size
    if wanted == 0.0:
        raise InputError("samples", "mean 0", "a mean other than 0, for a relative half-width")

    def reached(n: int) -> bool:
        return t_critical(level, n - 1) * deviation <= wanted * math.sqrt(n)

    low, high = array.size, array.size
    while not reached(high):
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle + 1, high)
    return low


class Sequential:
    """Collects replications until every metric is as precise as wanted, or the cap is hit.

    A metric is a number per replication, judged by `mean_interval`, or a pair (treated, baseline), judged by
    `paired_ratio`. The state depends on the replications added only, so stored ones can be added first.

    Args:
        relative_half_width: wanted for every metric; 0.01 is 1 %.
        level: of each interval; see `bonferroni_level` for several metrics together.
        minimum: replications before the first look; fewer makes coverage worse (see the module).
        cap: replications after which to stop anyway.

    Raises:
        InputError: half-width not above 0, level not in (0, 1), minimum < 2 or cap < minimum.
    """

    def __init__(self, relative_half_width: float, level: float = 0.95, *, minimum: int = 10, cap: int = 1000) -> None:
        self.relative_half_width = _positive(relative_half_width)
        self.level = checked_fraction("level", level)
        if minimum < 2:
            raise InputError("minimum", minimum, "2 or more")
        if cap < minimum:
            raise InputError("cap", cap, f"at least the minimum, {minimum}")
        self.minimum, self.cap = minimum, cap
        self.n = 0
        self._metrics: dict[str, list[Observation]] = {}

    def add(self, replication: Mapping[str, Observation]) -> None:
        """Adds one replication's metrics, the same names each time.

        Raises:
            InputError: no metrics, or other names than before.
        """
        if not replication or (self.n and replication.keys() != self._metrics.keys()):
            raise InputError("replication", sorted(replication), f"the metrics {sorted(self._metrics) or 'to judge'}")
        for name, value in replication.items():
            self._metrics.setdefault(name, []).append(value)
        self.n += 1

    def estimates(self) -> dict[str, Estimate | RatioEstimate]:
        """Every metric with its interval so far.

        Raises:
            InputError: a metric mixes numbers and pairs, or is not finite.
        """
        return {name: _judge(name, values, self.level) for name, values in self._metrics.items()}

    @property
    def short(self) -> dict[str, float]:
        """The relative half-width of each metric that is not yet precise."""
        widths = {name: estimate.relative_half_width for name, estimate in self.estimates().items()}
        return {name: width for name, width in widths.items() if width > self.relative_half_width}

    @property
    def reached(self) -> bool:
        """Whether every metric is as precise as wanted, after the minimum."""
        return self.n >= self.minimum and not self.short

    @property
    def done(self) -> bool:
        """Whether to stop: precise, or at the cap."""
        return self.n >= self.cap or self.reached

    @property
    def message(self) -> str:
        """One line for the user: how far it got."""
        asked = f"{self.relative_half_width:.3g} at level {self.level:g}"
        if self.reached:
            return f"reached relative half-width {asked} after {self.n} replications"
        missing = ", ".join(f"{name} {width:.3g}" for name, width in sorted(self.short.items()))
        state = f"stopped at the cap of {self.cap}" if self.n >= self.cap else f"running, {self.n}"
        return f"{state} replications short of relative half-width {asked}: {missing or 'below the minimum'}"


def _judge(name: str, values: list[Observation], level: float) -> Estimate | RatioEstimate:
    pairs = [value for value in values if isinstance(value, tuple)]
    if not pairs:
        return mean_interval([value for value in values if not isinstance(value, tuple)], level)
    if len(pairs) != len(values):
        raise InputError(name, "numbers and pairs", "one kind")
    return paired_ratio([pair[0] for pair in pairs], [pair[1] for pair in pairs], level)


def _positive(relative_half_width: float) -> float:
    if not 0.0 < relative_half_width < math.inf:
        raise InputError("relative_half_width", relative_half_width, "above 0")
    return float(relative_half_width)
