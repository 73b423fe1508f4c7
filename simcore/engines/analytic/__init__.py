"""The analytic engine: exact answers in milliseconds where a model has a product form, bounds where it has not."""

from simcore.engines.analytic.answer import answer, refusal
from simcore.engines.analytic.bounds import Bounds, balanced_job, bounds, exceeded
from simcore.engines.analytic.form import qualifies
from simcore.engines.analytic.mva import Centre, Solution, solve

__all__ = [
    "Bounds",
    "Centre",
    "Solution",
    "answer",
    "balanced_job",
    "bounds",
    "exceeded",
    "qualifies",
    "refusal",
    "solve",
]
