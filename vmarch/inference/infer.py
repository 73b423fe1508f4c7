"""From a job's times on some architectures to its demands, and from these to its times on the others.

A time is a sum over demands: amount times what one of it takes there. So a few measured times are a few equations for
some twenty amounts, far too few; the rest has to come from what is known of jobs in general (prior.py). Each
draw takes every cost somewhere in its range and a mix of known workloads, scaled to the times; mixes and costs that
explain the times badly are left behind (importance resampling, by the marginal likelihood in closed form). Then the
amounts nearest to that mix that meet the times, none negative, are found by non-negative least squares with a ridge;
since the mix and the times are shaken by their own errors, the draws spread as the posterior of a linear Gaussian model
does (randomized maximum likelihood: Oliver, He and Reynolds 1996).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize  # type: ignore[import-untyped, unused-ignore]

from simcore.errors import InputError
from simcore.streams import stream
from simcore.summing import added
from vmarch.inference.prior import OFF, Prior
from vmarch.sensitivity.ranges import Floats

__all__ = ["Inferred", "Measured", "check_known", "infer"]

SPREAD = 0.5  # relative standard deviation of a demand about a mix: how far the times may move it at little cost
LEAST_LEFT = 0.01  # of a time, for what was not counted
TINY = 1e-300
CERTAIN = 1e-3  # relative standard error of what is given as exact


@dataclass(frozen=True)
class Measured:
    """A time of the job on an architecture, and the standard error of its logarithm."""

    architecture: str
    seconds: float
    error: float


@dataclass(frozen=True)
class Inferred:
    """What was found.

    Attributes:
        amounts: of each component (columns) in each draw (rows).
        before: amounts in mixes that nothing but the total of the times has touched, for comparison.
        best: the amounts that meet the times at nominal costs, nearest to the mean of the mixes that were kept.
        times: seconds on each architecture in each draw, the draw's costs in both.
        effective: how many of the mixes drawn count for the times; few where nothing known resembles the job.
    """

    components: tuple[str, ...]
    amounts: Floats
    before: Floats
    best: Floats
    times: dict[str, Floats]
    effective: float


def infer(
    prior: Prior,
    takes: Mapping[str, Floats],
    measured: Sequence[Measured],
    known: Mapping[str, float],
    *,
    keep: int,
    seed: int,
) -> Inferred:
    """Demands and times of a job.

    Args:
        takes: for each architecture, seconds of one of each component: row 0 at nominal costs, then one for each draw.
        known: amounts of components that were counted.
        keep: draws kept of those made.
    """
    draws = len(next(iter(takes.values()))) - 1
    random = stream(seed, 0, "infer")
    times = np.array([item.seconds for item in measured])
    errors = np.array([max(item.error, CERTAIN) for item in measured])
    rows = np.stack([takes[item.architecture] for item in measured], axis=1) / times[:, None]  # (draws + 1, times, n)
    mixes = prior.draw(draws, random)
    means, spreads, logs = _scaled(prior, mixes, rows[1:], errors, known)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    places = (random.random() + np.arange(keep)) / keep  # systematic: each draw about as often as its weight says
    chosen = np.minimum(np.searchsorted(np.cumsum(weights), places), draws - 1)

    shaken_means = means[chosen] + spreads[chosen] * random.standard_normal((keep, len(prior.components)))
    shaken_times = 1.0 + errors * random.standard_normal((keep, len(times)))
    amounts = np.array(
        [
            _nearest(rows[1 + k], shaken_times[i], errors, shaken_means[i], spreads[k])
            for i, k in enumerate(chosen.tolist())
        ]
    )
    typical = means[chosen].mean(axis=0)
    best = _nearest(rows[0], np.ones(len(times)), errors, typical, spreads[chosen].mean(axis=0))
    found = {name: np.einsum("ij,ij->i", table[1 + chosen], amounts) for name, table in takes.items()}
    before = np.maximum(means + spreads * random.standard_normal(means.shape), 0.0)
    return Inferred(prior.components, amounts, before, best, found, float(1.0 / np.sum(weights**2)))


def _scaled(
    prior: Prior, mixes: Floats, rows: Floats, errors: Floats, known: Mapping[str, float]
) -> tuple[Floats, Floats, Floats]:
    """Means and standard deviations of the amounts for each mix, and the log of how well it explains the times.

    A mix is first scaled to the times as a whole, or to what the counted demands leave of them. The rest is the
    marginal likelihood of a linear Gaussian model.
    """
    columns = [prior.components.index(name) for name in known]
    amounts = np.array(list(known.values()))
    rest = mixes.copy()
    rest[:, columns] = 0.0
    left = np.maximum(1.0 - rows[:, :, columns] @ amounts, LEAST_LEFT)
    level = np.exp(np.mean(np.log(left / np.maximum(np.einsum("kan,kn->ka", rows, rest), TINY)), axis=1))
    means = rest * level[:, None]
    spreads = SPREAD * means
    means[:, columns] = amounts
    spreads[:, columns] = CERTAIN * amounts
    usual = mixes[:, columns] * level[:, None]
    count = (usual > 0.0) & (amounts > 0.0)  # what no mix has says nothing about any of them
    surprise = np.sum(np.log(np.where(count, amounts, 1.0) / np.where(count, usual, 1.0)) ** 2, axis=1) / OFF**2
    off = 1.0 - np.einsum("kan,kn->ka", rows, means)
    wide = rows * spreads[:, None, :]
    covariance = wide @ wide.transpose(0, 2, 1) + np.diag(errors**2)
    solved = np.linalg.solve(covariance, off[:, :, None])[:, :, 0]
    misfit = np.einsum("ka,ka->k", off, solved)
    return means, spreads, -0.5 * (misfit + np.linalg.slogdet(covariance)[1] + surprise)


def _nearest(rows: Floats, times: Floats, errors: Floats, means: Floats, spreads: Floats) -> Floats:
    """The amounts of 0 or more that meet the times, each within its error, nearest to the means, each by its spread."""
    free = spreads > 0.0
    matrix = np.vstack([rows[:, free] * spreads[free] / errors[:, None], np.eye(int(free.sum()))])
    right = np.concatenate([times / errors, means[free] / spreads[free]])
    amounts = np.zeros(len(means))
    amounts[free] = optimize.nnls(matrix, right)[0] * spreads[free]
    return amounts


def check_known(
    known: Mapping[str, float], components: Sequence[str], takes: Mapping[str, Floats], measured: Sequence[Measured]
) -> None:
    """Refuses counts that alone take longer than a measured time, wherever the costs are in their ranges.

    Raises:
        InputError: as above.
    """
    for item in measured:
        table = takes[item.architecture]
        alone = added(amount * table[:, components.index(name)] for name, amount in known.items())
        least = float(np.min(alone)) if known else 0.0
        if least > item.seconds * float(np.exp(3.0 * item.error)):
            given = ", ".join(f"{name}={amount:g}" for name, amount in known.items())
            most = (
                f"counts that fit the {item.seconds:g} s measured under {item.architecture}: these take {least:.3g} s"
            )
            raise InputError("--demand", given, most)
