"""Coverage: how often nominal intervals hold the truth, over many independent experiments.

An experiment is what a user does: some replications, each after its warm-up, and a t interval over their means.
Experiment e is replications of master seed `seed + e`, so experiments share no draw. Long-tailed means need long runs:
at load 0.9 the mean response over a short run is so skewed that any t interval over few runs is too low.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from experiments.theory.cases import throughput
from experiments.theory.forms import Centre, mva
from experiments.theory.models import US, A, B, C, arriving, at, closed, cpu, model, response, run
from simcore.distributions import EXPONENTIAL
from simcore.model import Model
from simcore.statistics import mean_interval
from simcore.totals import Window

__all__ = ["STUDIES", "Study", "coverage"]

LEVEL = 0.95


@dataclass(frozen=True)
class Study:
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
STUDIES: tuple[Study, ...] = (
    Study("M/M/1, load 0.5", "mean response", 2.0, 5, 50, 500),
    Study("M/M/1, load 0.9", "mean response", 10.0, 3, 1000, 16_000),
    Study("closed network, 6", "throughput", mva(CENTRES, 6)[0], 5, 30, 200),
    Study("M/M/1, load 0.9", "mean response", 10.0, 5, 1000, 1000, long_enough=False),
)


def _covered(study: Study, first_seed: int, experiment: int) -> bool:
    made, of = MODELS[study.name]
    samples = [
        of(run(made, study.operations, seed=first_seed + experiment, replication=k, warmup=study.warmup))
        for k in range(study.replications)
    ]
    return mean_interval(samples, LEVEL).covers(study.truth)


def coverage(study: Study, experiments: int = 1000, *, seed: int = 1, jobs: int = 2) -> float:
    """The share of experiments whose 95 % interval holds the truth; the result does not depend on `jobs`."""
    one = partial(_covered, study, seed)
    if jobs == 1:
        return sum(map(one, range(experiments))) / experiments
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as executor:
        return sum(executor.map(one, range(experiments), chunksize=10)) / experiments
