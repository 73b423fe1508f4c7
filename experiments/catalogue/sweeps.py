"""What sweeps need: workloads made of given demands, ratios between two cells, and where a curve crosses a line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from experiments.experiment import Asked
from simcore.demands import Demand
from simcore.statistics import RatioEstimate, paired_ratio
from simcore.summing import added
from vmarch.comparison import Cell
from vmarch.provenance import lines
from vmarch.scenario import Scenario
from workloads import Workload, load_workload
from workloads.spec import Tasks

__all__ = ["against", "clients", "crossing", "exact_s", "made", "mean"]


def made(
    name: str,
    demands: Mapping[Demand, float],
    io: Sequence[Mapping[str, object]] = (),
    varied: Sequence[Demand] = (),
    tasks: int = 1,
) -> Workload:
    """A workload of an operation with these demands; those in `varied` are exponential: tasks must not march in step.

    Args:
        io: items as in a workload's file.
    """
    return Workload.model_validate(
        {
            "name": name,
            "title": name,
            "kind": "micro",
            "unit": "operation",
            "source": "made for a sweep of an experiment",
            "demands": {demand.value: amount for demand, amount in demands.items() if amount},
            "varied": {demand.value: {"family": "exponential"} for demand in varied},
            "io": tuple(dict(item) for item in io),
            "tasks": {"count": tasks},
        }
    )


def clients(workload: str, count: int, think_s: float = 0.0) -> Workload:
    """A workload of the catalogue, run by so many tasks in each guest with exponential pauses."""
    pause = {"think": think_s, "think_distribution": {"family": "exponential"}} if think_s else {}
    tasks = Tasks.model_validate({"count": count, **pause})
    return load_workload(workload).model_copy(update={"tasks": tasks})


def against(one: Cell, other: Cell, metric: str = "response_s") -> RatioEstimate:
    """A metric of one cell over that of another, paired on common random numbers."""
    return paired_ratio(one.runs.metric(metric), other.runs.metric(metric))


def mean(values: Sequence[float]) -> float:
    """The mean, with the same last digits in every version of Python."""
    return added(values) / len(values)


def exact_s(asked: Asked) -> float:
    """Seconds of one operation that has the machine to itself, every draw at its mean, background left out.

    Raises:
        CapabilityError: the combination is refused.
    """
    scenario = asked[2]
    if not isinstance(scenario, Scenario):
        raise scenario
    return sum(line.seconds for line in lines(scenario) if not line.background)


def crossing(x: Sequence[float], ratios: Sequence[float]) -> float | None:
    """Where a curve of ratios first crosses 1, by interpolation on logarithmic axes; None if it does not."""
    logs = [math.log(ratio) for ratio in ratios]
    for (x0, y0), (x1, y1) in zip(zip(x, logs, strict=True), list(zip(x, logs, strict=True))[1:], strict=False):
        if y0 == 0.0:
            return x0
        if y0 * y1 < 0.0:
            return math.exp(math.log(x0) + (math.log(x1) - math.log(x0)) * y0 / (y0 - y1))
    return x[-1] if logs[-1] == 0.0 else None
