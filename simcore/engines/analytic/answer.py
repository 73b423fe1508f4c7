"""From a solved network to a result: means, without percentiles, which product forms do not give."""

from __future__ import annotations

from collections.abc import Iterable

from simcore.engines.analytic.bounds import Bounds, balanced_job, bounds
from simcore.engines.analytic.form import Plan, plan
from simcore.engines.analytic.mva import Centre, Solution, solve
from simcore.errors import CapabilityError, CheckError
from simcore.model import Kind, Model
from simcore.results import LAYERS, Result, resource
from simcore.summing import added
from simcore.units import TICKS_PER_S, format_seconds, seconds

__all__ = ["answer", "refusal"]


def refusal(model: Model, name: str = "the model") -> CapabilityError | None:
    """Why a model has no exact answer, with the bounds that it has anyway; None if it has."""
    reasons, found = plan(model).reasons, bounds(model)
    if not reasons:
        return None
    return CapabilityError(
        f"{name} has no exact solution: {'; '.join(reasons)}. Bounds: "
        f"throughput at most {found.throughput_per_s:.4g}/s (set by {found.limit}), "
        f"response at least {format_seconds(found.response_s)}"
    )


def answer(model: Model, name: str = "the model") -> Result:
    """The exact means of a model.

    Raises:
        CapabilityError: the model has no product form; the text gives each reason, and the bounds.
        CheckError: the solution breaks the bounds.
    """
    refused = refusal(model, name)
    if refused is not None:
        raise refused
    network = plan(model)
    tasks = model.classes[0]
    own = [added(network.rows[visit.first : visit.last]) for visit in tasks.program.visits]
    centres = [Centre(added(own[index] for index in place.visits), place.servers) for place in network.queues]
    queued = {index for place in network.queues for index in place.visits}
    think = tasks.think_ticks + added(ticks for index, ticks in enumerate(own) if index not in queued)
    solved = solve(centres, think, network.customers)
    _check(centres, think, network.customers, solved, bounds(model))
    return _result(model, network, own, solved)


def _check(centres: list[Centre], think: float, customers: int, solved: Solution, limit: Bounds) -> None:
    low, high = 0.0, limit.throughput_per_s / TICKS_PER_S
    if centres and all(centre.servers == 1 for centre in centres):
        low, most = balanced_job([centre.demand for centre in centres], think, customers)
        high = min(high, most)
    if not low * (1.0 - 1e-9) <= solved.throughput <= high * (1.0 + 1e-9):
        raise CheckError(
            f"the solution {solved.throughput} is not within its bounds {low} to {high}: please report this"
        )


def _result(model: Model, network: Plan, own: list[float], solved: Solution) -> Result:
    tasks = model.classes[0]
    rows, visits = tasks.program.rows, tasks.program.visits
    waits = [0.0] * len(own)
    for place, residence in zip(network.queues, solved.residence, strict=True):
        demand = added(own[index] for index in place.visits)
        for index in place.visits:
            waits[index] = (residence - demand) * own[index] / demand  # one mean, so the same for each time it is made
    rate = solved.throughput

    def by_layer(kinds: Iterable[Kind]) -> dict[str, float]:
        parts = {
            layer: added(
                network.rows[n]
                for visit in visits
                if visit.kind in kinds
                for n in range(visit.first, visit.last)
                if rows[n].layer == layer
            )
            for layer in LAYERS
        }
        return {layer: ticks for layer, ticks in parts.items() if ticks}

    waiting: dict[str, float] = {}
    for visit in visits:
        if waits[visit.index]:
            name = resource(model, tasks, visit)
            waiting[name] = waiting.get(name, 0.0) + seconds(waits[visit.index])
    busy = {"cores": rate * added(own[v.index] for v in visits if v.kind is Kind.CPU) / model.cores}
    queue = {}
    named = [
        *((Kind.STATION, n, station.name, station.servers) for n, station in enumerate(model.stations)),
        *((Kind.CPU, n, domain.name, domain.vcpus) for n, domain in enumerate(model.domains)),
    ]
    for kind, number, name, servers in named:
        here = [v.index for v in visits if v.kind is kind and v.where == number]
        locks = {index for place in network.queues if "lock" in place.name for index in place.visits}
        busy[name] = rate * added(own[index] for index in here) / servers
        queue[name] = rate * added(own[index] + (0.0 if index in locks else waits[index]) for index in here)
    return Result(
        operations=0,
        elapsed_s=0.0,
        throughput_per_s=rate * TICKS_PER_S,
        response_s=seconds(added(own) + added(waits)),
        percentiles_s={},
        service_s={layer: seconds(ticks) for layer, ticks in by_layer(Kind).items()},
        waiting_s=dict(sorted(waiting.items())),
        background_s={},
        cycles={layer: seconds(ticks) * model.frequency_hz for layer, ticks in by_layer((Kind.CPU,)).items()},
        utilisation=busy,
        queue=queue,
        notifications=network.notified,
        switches=0.0,
        events_per_visit=0.0,
    )
