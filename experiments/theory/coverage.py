"""Coverage: how often nominal intervals hold the truth, over many independent repetitions.

A repetition is what a user does: some replications, each after its warm-up, and a t interval over their means.
Repetition e is replications of master seed `seed + e`, so repetitions share no draw. Long-tailed means need long runs:
at load 0.9 the mean response over a short run is so skewed that any t interval over few runs is too low.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from experiments.theory.checks import throughput
from experiments.theory.forms import Centre, mva
from experiments.theory.models import US, A, B, C, arriving, at, closed, cpu, model, response, run
from simcore.distributions import EXPONENTIAL
from simcore.model import Model
from simcore.statistics import mean_interval
from simcore.totals import Window

__all__ = ["TRIALS", "Trial", "coverage"]

LEVEL = 0.95


@dataclass(frozen=True)
class Trial:
    """An experiment to repeat.

    Attributes:
        what: the quantity whose interval is judged.
        warmup, operations: of each replication.
        long_enough: whether the nominal level is to be expected of runs of this length.
    """

    name: str
    what: str
    truth: float
    replications: int
    warmup: int
    operations: int
    long_enough: bool = True


def _mm1(load: float) -> Model:
    return model(arriving(at(0, US, by=A), every=round(US / load), varied={A: EXPONENTIAL}), servers=(1,))


def _network() -> Model:
    tasks = closed(
        cpu(2 * US, by=A),
        at(0, 3 * US, by=B),
        at(1, US, by=C),
        count=6,
        think=8 * US,
        thinking=EXPONENTIAL,
        varied=dict.fromkeys((A, B, C), EXPONENTIAL),
    )
    return model(tasks, cores=2, vcpus=(2,), servers=(2, 1))


def _response(window: Window) -> float:
    return response(window) / US


CENTRES = (Centre(2.0, 2), Centre(3.0, 2), Centre(1.0), Centre(8.0, float("inf")))

MODELS: dict[str, tuple[Model, Callable[[Window], float]]] = {
    "M/M/1, load 0.5": (_mm1(0.5), _response),
    "M/M/1, load 0.9": (_mm1(0.9), _response),
    "closed network, 6": (_network(), throughput),
}
TRIALS: tuple[Trial, ...] = (
    Trial("M/M/1, load 0.5", "mean response", 2.0, 5, 50, 500),
    Trial("M/M/1, load 0.9", "mean response", 10.0, 3, 1000, 16_000),
    Trial("closed network, 6", "throughput", mva(CENTRES, 6)[0], 5, 30, 200),
    Trial("M/M/1, load 0.9", "mean response", 10.0, 5, 1000, 1000, long_enough=False),
)


def _covered(trial: Trial, first_seed: int, repetition: int) -> bool:
    made, of = MODELS[trial.name]
    samples = [
        of(run(made, trial.operations, seed=first_seed + repetition, replication=k, warmup=trial.warmup))
        for k in range(trial.replications)
    ]
    return mean_interval(samples, LEVEL).covers(trial.truth)


def coverage(trial: Trial, repetitions: int = 1000, *, seed: int = 1, jobs: int = 2) -> float:
    """The share of repetitions whose 95 % interval holds the truth; the result does not depend on `jobs`."""
    one = partial(_covered, trial, seed)
    if jobs == 1:
        return sum(map(one, range(repetitions))) / repetitions
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as executor:
        return sum(executor.map(one, range(repetitions), chunksize=10)) / repetitions
