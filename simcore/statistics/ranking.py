"""Rankings that admit ties.

Being apart is a statement about two architectures; "cannot be told apart" is not transitive (A ~ B and B ~ C, yet
A < C). So a ranking is a list of groups, each a largest set of which no two can be told apart; one name may be
in several groups, as in a compact letter display (Piepho 2004).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from simcore.errors import InputError
from simcore.statistics._distributions import t_two_sided
from simcore.statistics._samples import Array, checked, checked_fraction, mean_of, variance_of
from simcore.statistics.multiple import bonferroni_level, holm

Groups = tuple[tuple[str, ...], ...]


class Interval(Protocol):
    """What `Estimate` and `RatioEstimate` have in common."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def level(self) -> float: ...


def rank_with_ties(estimates: Mapping[str, Interval], level: float = 0.95) -> Groups:
    """Groups whose intervals overlap pairwise, smallest value first; all separations hold together at `level`.

    Use it where only intervals are known. It is conservative on common random numbers; `rank_paired` separates more.

    Raises:
        InputError: no estimates, or one made below `bonferroni_level(level, len(estimates))`.
    """
    if not estimates:
        raise InputError("estimates", "none", "one or more")
    needed = bonferroni_level(level, len(estimates))
    for name, estimate in estimates.items():
        if estimate.level < needed - 1e-12:
            raise InputError(
                f"level of {name}", estimate.level, f"{needed:.6g} or more, to rank {len(estimates)} at {level}"
            )

    def alike(a: str, b: str) -> bool:
        return estimates[a].low <= estimates[b].high and estimates[b].low <= estimates[a].high

    return _groups({name: estimate.value for name, estimate in estimates.items()}, alike)


def rank_paired(samples: Mapping[str, ArrayLike], level: float = 0.95) -> Groups:
    """Groups that paired t-tests with Holm's correction cannot tell apart, smallest mean first.

    Element k of every array comes from the same operations (common random numbers). All separations hold together at
    `level`. One replication tells nothing apart but is ranked by value.

    Raises:
        InputError: no samples, arrays of different length or not finite; level not in (0, 1).
    """
    error = 1.0 - checked_fraction("level", level)
    arrays = {name: checked(name, values) for name, values in samples.items()}
    if not arrays or len({array.size for array in arrays.values()}) != 1:
        raise InputError("samples", {name: array.size for name, array in arrays.items()}, "arrays of one length")
    pairs = list(itertools.combinations(arrays, 2))
    chance = holm([_paired_test(arrays[a] - arrays[b]) for a, b in pairs]) if pairs else np.empty(0)
    apart = {frozenset(pair) for pair, probability in zip(pairs, chance, strict=True) if probability < error}
    return _groups(
        {name: mean_of(array) for name, array in arrays.items()}, lambda a, b: frozenset((a, b)) not in apart
    )


def _paired_test(difference: Array) -> float:
    if difference.size == 1:
        return 1.0
    mean, variance = mean_of(difference), variance_of(difference)
    if variance == 0.0:
        return 0.0 if mean else 1.0
    return t_two_sided(mean / math.sqrt(variance / difference.size), difference.size - 1)


def _groups(values: Mapping[str, float], alike: Callable[[str, str], bool]) -> Groups:
    """Largest sets of names that are all alike (Bron and Kerbosch 1973), members and sets in order of value."""
    names = sorted(values, key=lambda name: (values[name], name))
    near = {a: {b for b in names if b != a and alike(a, b)} for a in names}
    found: list[tuple[str, ...]] = []

    def extend(chosen: set[str], possible: set[str], seen: set[str]) -> None:
        if not possible and not seen:
            found.append(tuple(name for name in names if name in chosen))
            return
        pivot = max(sorted(possible | seen), key=lambda name: len(near[name] & possible))
        for name in [name for name in names if name in possible - near[pivot]]:
            extend(chosen | {name}, possible & near[name], seen & near[name])
            possible, seen = possible - {name}, seen | {name}

    extend(set(), set(names), set())
    place = {name: index for index, name in enumerate(names)}
    return tuple(sorted(found, key=lambda group: [place[name] for name in group]))
