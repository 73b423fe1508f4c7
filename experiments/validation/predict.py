"""From a case to predictions: solve the unknowns, run the model, and say how far the costs' ranges reach.

Time on an unloaded machine is linear in the demands and multilinear in the costs. So the unknowns of a workload are one
small system of equations, and a sample of the costs over their ranges gives a sample of predictions, unknowns solved
anew in each. Where tasks wait for each other, or part of an operation goes on behind its back, the prediction itself is
simulated, and the sample widens it in proportion; of a workload that leaves work behind its back, the time is that of
the busiest processor or device.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import optimize  # type: ignore[import-untyped, unused-ignore]

from experiments.validation.case import Case, Inferred, Target, _Modelled
from experiments.validation.doing import predicted
from experiments.validation.quantity import PERCENTILES
from experiments.validation.sharing import in_use
from simcore.demands import Demand
from simcore.errors import MISSING, InputError
from simcore.path import StageKind
from vmarch.left_out import OPERATIONS, TAKEN, parts
from vmarch.placing import beside_bytes
from vmarch.runs import Plan
from vmarch.scenario import Scenario
from vmarch.sensitivity.ranges import Floats, Sample, bare, decisive, ends, leaves_behind, needed, seconds_at
from workloads import Workload

__all__ = ["Prediction", "predict", "scenario_of"]

SAMPLES = 400
SIMULATED = ("cycles", "cycles to native", "percent idle", "percent used", *PERCENTILES)
LONGEST = 1_000_000  # operations of a run
READ = {  # what is read of a simulation for a quantity that is not a time
    "rate": "throughput_per_s",
    "rate to native": "throughput_per_s",
    "cycles": "cpu_cycles",
    "cycles to native": "cpu_cycles",
    "percent idle": "busy",
    "percent used": "used",
    **{name: name for name in PERCENTILES},
}
MEMORY = ("memory", "memory beside it")


@dataclass(frozen=True)
class Prediction:
    """A row of a case, measured and predicted.

    Attributes:
        low, high: where 90 % of predictions lie when every cost is drawn over its range, and the nominal one.
        kind: predicted, inferred or input.
        decisive: the cost whose range moves the prediction most, and by what factor from its low to its high end.
        family: of its architecture.
        spent: seconds of its operation by part, as in `vmarch.left_out`.
    """

    case: str
    paper: str
    table: str
    benchmark: str
    system: str
    metric: str
    unit: str
    measured: float
    predicted: float
    low: float
    high: float
    kind: str
    mechanism: str = ""
    counted: bool = True
    cause: str = ""
    tried: str = ""
    decisive: str = ""
    family: str = ""
    spent: Mapping[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Predicted over measured; 1 for an input of 0, which is both."""
        return self.predicted / self.measured if self.measured else 1.0

    @property
    def error(self) -> float:
        """|ln(predicted / measured)|: 0.14 is 15 % either way."""
        return abs(float(np.log(self.ratio))) if self.ratio > 0.0 else float("inf")


class _Model:
    """One workload of a case on one system."""

    def __init__(self, case: Case, workload: Workload, system: str) -> None:
        self.system = found = next(item for item in case.system if item.name == system)
        host = case.on_host
        if found.cores:
            host = host.model_copy(update={"cores": found.cores})
        if found.mitigations:
            host = host.model_copy(update={"mitigations": found.mitigations})
        self.scenario = Scenario(
            workload,
            case.composed(found),
            host,
            guests=found.guests,
            vcpus=found.vcpus,
            overrides=found.costs,
            limits=found.limits,
            guest_isa=found.guest_isa,
        )
        self.sample = Sample(self.scenario.book, SAMPLES)

    @property
    def simple(self) -> bool:
        """Whether nobody waits for anybody, nothing goes on in the background, and nobody polls."""
        scenario, under = self.scenario, self.scenario.architecture
        if self.system.beside or scenario.limits or under.polling != "none" or under.back_end_polls:
            return False
        return scenario.workload.tasks.count == scenario.guests == 1 and not leaves_behind(scenario.workload)

    def cost(self, demands: Mapping[str, float] | None = None) -> Floats:
        """Seconds that an operation needs, for each draw; with `demands`, those alone (without input and output)."""
        scenario = self.scenario if demands is None else bare(self.scenario, demands)
        return np.zeros(SAMPLES + 1) + needed(scenario, self.sample)

    def processors(self) -> Floats:
        """Seconds of processor work in an operation, for each draw."""
        return np.zeros(SAMPLES + 1) + seconds_at(self.scenario, self.sample)[StageKind.CPU]


def predict(case: Case) -> list[Prediction]:
    """Every row of a case: inputs as they are, inferred rows, and predictions.

    Raises:
        InputError, CapabilityError: the case cannot be run.
    """
    rows = [
        Prediction(case.name, case.paper, *row.key, row.unit, row.value, row.value, row.value, row.value, "input")
        for row in case.inputs
    ]
    for name in case.workload:
        workload = case.workload_named(name)
        unknowns = [item for item in case.inferred if item.workload == name]
        factors = _solve(case, workload, unknowns)
        targets = [item for item in case.target if item.workload == name]
        for kind, items in (("inferred", unknowns), ("predicted", targets)):
            for item in items:
                scenario = replace(
                    _Model(case, workload, item.runs_on).scenario, workload=_solved(workload, unknowns, factors)
                )
                row = _row(case, item, *_predicted(case, workload, unknowns, factors, item), kind)
                spent = {TAKEN: 1.0} if item.quantity.startswith("memory") else parts(scenario)
                rows.append(replace(row, family=scenario.architecture.family, spent=spent))
    done = [item for item in case.target if item.workload in case.operation]
    families = {system.name: case.composed(system).family for system in case.system}
    for item in done:
        row = _row(case, item, *predicted(case.storm(item), case.operation[item.workload].row, item.scale), "predicted")
        rows.append(replace(row, family=families[item.runs_on], spent={OPERATIONS: 1.0}))
    for item in (item for item in case.target if item.workload in case.migration):
        system = next(system for system in case.system if system.name == item.runs_on)
        course = case.migration[item.workload].course(case.composed(system), case.on_host)
        value = item.scale * course.read(item.quantity, item.round)
        row = _row(case, item, value, value, value, "", "predicted")
        rows.append(replace(row, family=families[item.runs_on], spent={OPERATIONS: 1.0}))
    return rows


def scenario_of(case: Case, item: Target) -> Scenario:
    """What a row is predicted from, the unknowns of its workload at their nominal amounts."""
    return _Model(case, _named(case, item.workload), item.runs_on).scenario


def _time_of(item: Inferred) -> float:
    """The time of an operation that a row stands for."""
    value = item.value / item.scale
    return 1.0 / value if item.quantity == "rate" else value


def _solve(case: Case, workload: Workload, unknowns: list[Inferred]) -> Floats:
    """How many times each unknown mix the workload has, for each draw of the costs; shape (unknowns, SAMPLES + 1).

    Non-negative least squares: where a row cannot be met by an amount of 0 or more, the nearest is taken.
    """
    if not unknowns:
        return np.zeros((0, SAMPLES + 1))
    n = len(unknowns)
    matrix = np.zeros((SAMPLES + 1, n, n))
    right = np.zeros((SAMPLES + 1, n))
    for r, row in enumerate(unknowns):
        model = _Model(case, workload, row.runs_on)
        right[:, r] = _time_of(row) - (model.processors() if leaves_behind(workload) else model.cost())
        for c, unknown_mix in enumerate(unknowns):
            matrix[:, r, c] = model.cost(unknown_mix.demands)
    weight = np.array([1.0 / _time_of(row) for row in unknowns])
    found = [optimize.nnls(matrix[k] * weight[:, None], right[k] * weight)[0] for k in range(SAMPLES + 1)]
    return np.array(found).T


def _predicted(
    case: Case, workload: Workload, unknowns: list[Inferred], factors: Floats, item: _Modelled
) -> tuple[float, float, float, str]:
    """The value of a row, the ends of its interval, and the decisive cost."""
    if item.quantity in MEMORY:
        return _of_memory(case, workload, item)
    work = item.quantity in SIMULATED
    ours = _times(case, workload, unknowns, factors, item.runs_on, work)
    other = item.against or case.native
    theirs = _times(case, workload, unknowns, factors, other, work) if "native" in item.quantity else None
    values = _value(item, ours, theirs)
    nominal = float(values[0])
    paused = item.quantity.startswith("rate") and workload.tasks.think_s > 0.0
    if item.quantity in SIMULATED or paused or not _Model(case, workload, item.runs_on).simple:
        nominal = _simulated(case, workload, unknowns, factors, item)
    if item.quantity == "percent used":  # whoever wants more than there is uses the same at any cost
        return nominal, nominal, nominal, ""
    low, high = np.quantile(values[1:] / values[0], [0.05, 0.95])
    low, high = min(low, 1.0), max(high, 1.0)  # a cost may lie at an end of its range, as a difference of nothing does
    decisive = _decisive(case, workload, item, unknowns, factors)
    if item.quantity == "percent idle":  # what varies is the busy rest
        idle = [max(0.0, 100.0 - (100.0 - nominal) * float(end)) for end in (high, low)]
        return nominal, idle[0], idle[1], decisive
    return nominal, nominal * float(low), nominal * float(high), decisive


def _of_memory(case: Case, workload: Workload, item: _Modelled) -> tuple[float, float, float, str]:
    """Bytes of the host that a guest takes, over the range of what its architecture takes beside it."""
    group, memory = _Model(case, workload, item.runs_on).scenario, workload.memory
    if memory is None:
        raise InputError(f"workload.{workload.name}.memory", MISSING, "a table: a row speaks of its memory")
    found, beside = group.architecture.takes(group.host), beside_bytes(group)
    own = memory.resident_bytes if item.quantity == "memory" else 0.0
    nominal, low, high = (item.scale * (own + part * beside) for part in (1.0, found.low, found.high))
    return nominal, low, high, ""


def _value(item: _Modelled, ours: Floats, theirs: Floats | None) -> Floats:
    if item.quantity == "rate":
        return np.asarray(item.scale / ours)
    if item.quantity == "percent of native" and theirs is not None:
        return np.asarray(100.0 * item.scale * theirs / ours)
    if item.quantity == "rate to native" and theirs is not None:
        return np.asarray(item.scale * theirs / ours)
    if item.quantity == "time beyond native" and theirs is not None:
        return np.asarray(item.scale * (ours - theirs))
    if theirs is not None:
        return np.asarray(item.scale * ours / theirs)
    return ours * item.scale


def _times(
    case: Case, workload: Workload, unknowns: list[Inferred], factors: Floats, system: str, work: bool
) -> Floats:
    """Seconds of an operation for each draw; with `work`, of its processor work."""
    model = _Model(case, workload, system)
    total = model.processors() if work else model.cost()
    for unknown_mix, factor in zip(unknowns, factors, strict=True):
        total = total + factor * model.cost(unknown_mix.demands)
    return total


def _solved(workload: Workload, unknowns: list[Inferred], factors: Floats) -> Workload:
    """The workload with its unknowns at their nominal values."""
    demands = dict(workload.demands)
    for item, factor in zip(unknowns, factors, strict=True):
        for name, amount in item.demands.items():
            demands[Demand(name)] = demands.get(Demand(name), 0.0) + float(factor[0]) * amount
    return workload.model_copy(update={"demands": demands})


def _simulated(case: Case, workload: Workload, unknowns: list[Inferred], factors: Floats, item: _Modelled) -> float:
    """The value by simulation: where tasks or guests wait for each other, or what goes on in the background counts."""
    solved = _solved(workload, unknowns, factors)
    plan = Plan(replications=2, operations=min(solved.operations, LONGEST))

    def result(system: str) -> float:
        model = _Model(case, solved, system)
        there = in_use(model.system, model.scenario, lambda name: _named(case, name), plan)
        return there.read(READ.get(item.quantity, "response_s"))

    value = result(item.runs_on)
    native = item.against or case.native
    match item.quantity:
        case "percent idle":
            value = 100.0 * (1.0 - value)
        case "percent used":
            value = 100.0 * value
        case "cycles to native" | "ratio to native" | "rate to native":
            value /= result(native)
        case "time beyond native":
            value -= result(native)
        case "percent of native":
            value = 100.0 * result(native) / value
    return value * item.scale


def _named(case: Case, name: str) -> Workload:
    """A workload of the case, its unknowns at their nominal amounts."""
    workload = case.workload_named(name)
    unknowns = [one for one in case.inferred if one.workload == name]
    return _solved(workload, unknowns, _solve(case, workload, unknowns))


def _decisive(case: Case, workload: Workload, item: _Modelled, unknowns: list[Inferred], factors: Floats) -> str:
    """The cost whose range moves the time most, all others nominal."""
    scenario = _Model(case, workload, item.runs_on).scenario
    worst, span = decisive(ends(replace(scenario, workload=_solved(workload, unknowns, factors))))
    return f"{worst} ({span:.2f}x)" if worst and span > 1.01 else ""


def _row(
    case: Case, item: Inferred | Target, value: float, low: float, high: float, decisive: str, kind: str
) -> Prediction:
    made = Prediction(
        case.name, case.paper, *item.key, item.unit, item.value, value, low, high, kind, decisive=decisive
    )
    if isinstance(item, Target):
        return replace(made, mechanism=item.mechanism, counted=item.counted, cause=item.cause, tried=item.tried)
    return made
