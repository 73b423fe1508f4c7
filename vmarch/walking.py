"""One request's way: each step that it takes, when, in which layer and domain, and where it waits.

The SimPy engine runs the scenario with every draw at its mean, and tells of each visit what was waiting. Within a visit
the steps stand in the order of the path, its waiting before them; of several requests one is followed: that whose
response is nearest to the mean, or the slowest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from architectures import Architecture, load_architecture
from simcore.engines import engine
from simcore.engines.seen import Seen, Sight
from simcore.errors import InputError, unknown
from simcore.hosts import Host, load_host
from simcore.lowering import unit_ticks
from simcore.model import Kind, Model, Tail, TaskClass
from simcore.path import Stage
from simcore.results import resource
from simcore.summing import added
from simcore.totals import Settings
from simcore.units import seconds
from vmarch.asking import scenario_of
from vmarch.loading import Load
from vmarch.runs import Plan, check_length
from vmarch.scenario import Scenario
from workloads import Workload, load_workload

__all__ = ["Price", "Step", "Walk", "steps", "walk", "walked"]

ROUNDS = 4  # operations of each task: in the first, all come at the same moment
MOST_TASKS = 256
FOLLOWED = ("typical", "slowest")
SWITCH = "another task or domain has the processor: switch"


@dataclass(frozen=True)
class Price:
    """So many of a cost, ratios included."""

    cost: str
    count: float


@dataclass(frozen=True)
class Step:
    """A step, or waiting before it.

    Attributes:
        label: the step in words; of waiting, what is waited for.
        layer: whose time it is; of waiting, that of the step that follows.
        where: a domain, a device, or "outside".
        began_s: since the request began.
        tail: 0 for what the request waits for; else the number of the work in the background.
        prices: what it pays.
    """

    label: str
    layer: str
    where: str
    began_s: float
    seconds: float
    is_wait: bool = False
    when_idle: bool = False
    tail: int = 0
    prices: tuple[Price, ...] = ()


@dataclass(frozen=True)
class Walk:
    """A request's way through a scenario.

    Attributes:
        steps: of the request itself, one after the other, then those in the background, by tail.
        response_s: of this request; mean_s: of all that were made.
    """

    scenario: Scenario
    steps: Sequence[Step]
    response_s: float
    mean_s: float


def walked(
    workload: str | Workload,
    architecture: str | Architecture,
    *,
    clients: int = 1,
    think: str | float | None = None,
    cores: int | None = None,
    back_end_vcpus: int | None = None,
    follow: str = "typical",
    **options: Any,
) -> Walk:
    """One request's way, alone or among the requests of others.

    Args:
        clients, think: tasks of each guest, and their pause: none unless stated.
        cores, back_end_vcpus: see `vmarch.loading.Load`.
        follow: of several requests, the `typical` one or the `slowest`.
        options: of the scenario: host, guests, vcpus, costs, demands.

    Raises:
        InputError: a value out of range, or too many tasks to follow one.
        CapabilityError: the combination is refused.
        StuckError: the run could not proceed.
    """
    load = Load("clients", clients=None, think=think or 0.0, cores=cores, back_end_vcpus=back_end_vcpus)
    if clients < 1 or clients * options.get("guests", 1) > MOST_TASKS:
        raise InputError("clients", clients, f"1 or more, and at most {MOST_TASKS} in all guests")
    asked = load_workload(workload) if isinstance(workload, str) else workload
    under = load_architecture(architecture) if isinstance(architecture, str) else architecture
    host = options.pop("host", "server")
    on = host if isinstance(host, Host) else load_host(host)
    tasks = {"count": clients, "arrivals": "closed", "rate": 0.0, "rate_distribution": None}
    closed = load.workload(asked.with_(tasks=tasks), clients)
    return walk(scenario_of(closed, load.architecture(under), host=load.host(on), **options), follow)


def walk(scenario: Scenario, follow: str = "typical") -> Walk:
    """One request's way through a scenario of closed tasks.

    Raises:
        InputError: none that can be followed, or a run would take no time, or too long to count.
        StuckError: the run could not proceed.
    """
    if follow not in FOLLOWED:
        raise unknown("follow", follow, FOLLOWED)
    check_length(scenario, Plan(deterministic=True))
    model = scenario.model
    tasks = sum(one.count for one in model.classes)
    seen: dict[tuple[int, int], list[Seen]] = {}  # of the first guest, by task and operation
    sight = Sight(model)

    def record(records: list[list[int]]) -> None:
        for one in sight.follow(records):
            if one.tasks == 0:
                seen.setdefault((one.task, one.operation), []).append(one)

    operations = tasks * ROUNDS if tasks > 1 else 1
    window = engine("simpy")(model, Settings(operations=operations, deterministic=True), None, record)
    totals = window.whole.classes
    mean_s = seconds(sum(one.response for one in totals)) / sum(one.completed for one in totals)
    tails = _tails(model.classes[0])
    found = {key: _response(mine, tails) for key, mine in seen.items()}
    slowest, typical = (lambda ticks: -ticks), (lambda ticks: abs(seconds(ticks) - mean_s))
    far = slowest if follow == "slowest" else typical
    followed = min(found, key=lambda key: (far(found[key]), key))
    mine = seen[followed]
    began = min(one.came for one in mine)
    return Walk(scenario, tuple(steps(scenario, model, mine, began)), seconds(found[followed]), mean_s)


def _tails(tasks: TaskClass) -> list[int]:
    """For each visit, the number of the tail that it is in; 0 for the request's own."""
    numbers = [0] * len(tasks.program.visits)
    for number, step in enumerate((step for step in tasks.program.steps if isinstance(step, Tail)), start=1):
        for visit in step.visits:
            numbers[visit.index] = number
    return numbers


def _response(mine: Sequence[Seen], tails: Sequence[int]) -> int:
    own = [one for one in mine if not tails[one.visit]]
    return max(one.ended for one in own) - min(one.came for one in own) if own else 0


def steps(scenario: Scenario, model: Model, mine: Sequence[Seen], began: int) -> Iterator[Step]:
    """The steps of one request, from its visits; those of its tails last.

    Args:
        scenario: that of its guest; model: of the whole host.
        began: when, in ticks.
    """
    stages = scenario.stages
    tasks = model.classes[mine[0].tasks if mine else 0]
    tails = _tails(tasks)
    last: Seen | None = None
    for one in sorted(mine, key=lambda one: (tails[one.visit], one.came, one.visit)):
        visit, tail = tasks.program.visits[one.visit], tails[one.visit]
        where = _where(model, visit.kind, visit.where)
        if last is not None and tails[last.visit] == tail and one.came > last.ended:
            gap = seconds(one.came - last.ended)
            yield Step("a slot of the ring", "guest kernel", where, seconds(last.ended - began), gap, True, tail=tail)
        last = one
        at = one.came
        shares = list(_shares(scenario, stages[one.visit], tasks.means, paid=bool(one.idle)))
        layer = str((shares[0][0] if shares else stages[one.visit][0]).layer)
        if one.waited:
            yield Step(
                resource(model, tasks, visit), layer, where, seconds(at - began), seconds(one.waited), True, tail=tail
            )
            at += one.waited
        if one.switching:
            layers = (*model.domains[visit.where].entry, *model.domains[visit.where].switch)
            yield Step(SWITCH, str(layers[0][0]), where, seconds(at - began), seconds(one.switching), tail=tail)
            at += one.switching
        scale = (one.ended - at) / (added(ticks for _, ticks in shares) or 1.0)
        passed = 0.0
        for stage, ticks in shares:
            prices = tuple(_prices(scenario, stage, tasks.means))
            head = (stage.label or stage.charges[0].cost, str(stage.layer), where)
            yield Step(
                *head, seconds(at - began + passed), seconds(ticks * scale), False, stage.when_idle, tail, prices
            )
            passed += ticks * scale


def _where(model: Model, kind: Kind, where: int) -> str:
    if kind is Kind.CPU:
        return model.domains[where].name
    return model.stations[where].name if kind is Kind.STATION else "outside"


def _shares(
    scenario: Scenario, stages: Sequence[Stage], means: dict[str, float], *, paid: bool
) -> Iterator[tuple[Stage, float]]:
    """The stages that cost something, with their ticks; those of an idle domain only if they were paid."""
    for stage in stages:
        ticks = added(unit_ticks(scenario.book, charge) * means[charge.variable] for charge in stage.charges)
        if ticks and (paid or not stage.when_idle):
            yield stage, ticks


def _prices(scenario: Scenario, stage: Stage, means: dict[str, float]) -> Iterator[Price]:
    for charge in stage.charges:
        count = charge.count * means[charge.variable]
        for factor in charge.factors:
            count *= scenario.book[factor].value
        if count and unit_ticks(scenario.book, charge):
            yield Price(charge.cost, count)
