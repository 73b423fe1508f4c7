"""Output statistics: pure functions from arrays of results to figures with their uncertainty.

Nothing here knows of engines or models. Samples are in any unit, and estimates come back in the same.
"""

from simcore.statistics.histogram import (
    BUCKETS,
    RELATIVE_WIDTH,
    bucket_bounds,
    bucket_of,
    buckets_of,
    quantile,
    quantiles,
)
from simcore.statistics.intervals import Estimate, batch_means, mean_interval, quantile_interval
from simcore.statistics.multiple import bonferroni_level, holm, holm_levels
from simcore.statistics.precision import Sequential, replications_needed
from simcore.statistics.ranking import Interval, rank_paired, rank_with_ties
from simcore.statistics.ratio import RatioEstimate, paired_ratio, ratio_of
from simcore.statistics.warmup import WarmUp, mser, settled, warm_up

__all__ = [
    "BUCKETS",
    "RELATIVE_WIDTH",
    "Estimate",
    "Interval",
    "RatioEstimate",
    "Sequential",
    "WarmUp",
    "batch_means",
    "bonferroni_level",
    "bucket_bounds",
    "bucket_of",
    "buckets_of",
    "holm",
    "holm_levels",
    "mean_interval",
    "mser",
    "paired_ratio",
    "quantile",
    "quantile_interval",
    "quantiles",
    "rank_paired",
    "rank_with_ties",
    "ratio_of",
    "replications_needed",
    "settled",
    "warm_up",
]
