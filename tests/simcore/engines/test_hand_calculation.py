"""One task alone, without variation: a response time is the sum of the rows, to the tick, on every architecture.

Wake-ups and notifications are paid by whoever comes to a domain from elsewhere, for then it is idle; nothing else is
added, since a task alone waits for nothing and changes no processor.
"""

import dataclasses
import functools

import pytest

from architectures import architecture_names, load_architecture
from simcore.draws import Draws
from simcore.errors import CapabilityError
from simcore.hosts import load_host
from simcore.lowering import unit_ticks
from simcore.model import Kind, Model, Program, Row, Tail, TaskClass, Visit
from simcore.path import flat
from tests.models import run
from vmarch.scenario import Scenario
from workloads import Workload, load_workload, workload_names

every_pair = pytest.mark.parametrize(
    ("architecture", "workload"), [(a, w) for a in architecture_names() for w in workload_names()]
)


def one_task(workload: Workload, *, sync: bool) -> Workload:
    """Closed, with a pause to let what is behind end; if wanted, nothing goes on in the background."""
    tasks = workload.tasks.model_copy(update={"count": 1, "arrivals": "closed", "rate_per_s": 0.0, "think_s": 10.0})
    io = tuple(item.model_copy(update={"sync": True}) for item in workload.io) if sync else workload.io
    return workload.model_copy(update={"tasks": tasks, "io": io})


@functools.cache
def scenario(architecture: str, workload: str, *, sync: bool) -> Scenario:
    changed = one_task(load_workload(workload), sync=sync)
    try:
        return Scenario(changed, load_architecture(architecture), load_host("server"))
    except CapabilityError as refusal:
        pytest.skip(str(refusal))


def by_hand(tasks: TaskClass) -> int:
    """Ticks of an operation: each row of the foreground, idle ones where the task comes from elsewhere."""
    mean = tasks.means
    total, domain = 0, None
    for step in tasks.program.steps:
        if not isinstance(step, Visit):
            continue
        woken = domain != step.where
        ticks = 0
        for row in tasks.program.rows[step.first : step.last]:
            if not row.idle or (woken and step.kind is Kind.CPU):
                ticks += max(round(sum(amount * mean[variable] for variable, amount in row.ticks)), 1)
        if ticks:
            total += ticks
            domain = step.where if step.kind is Kind.CPU else None
    return total


def foreground(model: Model) -> Model:
    """The same without anything in the background."""
    (tasks,) = model.classes
    rows: list[Row] = []
    steps: list[Visit] = []
    for step in tasks.program.steps:
        if isinstance(step, Visit):
            first = len(rows)
            rows += tasks.program.rows[step.first : step.last]
            steps.append(dataclasses.replace(step, index=len(steps), first=first, last=len(rows)))
    program = Program(tuple(steps), tuple(rows))
    return dataclasses.replace(model, classes=(dataclasses.replace(tasks, program=program),))


def responses(model: Model) -> tuple[int, int, int]:
    """Of three operations: their response times, waits and switches, in ticks."""
    window = run(model, 3, deterministic=True)
    (totals,) = window.whole.classes
    switches = sum(d.task_switches + d.domain_switches for d in window.whole.domains)
    return totals.response, sum(totals.waits), switches


@every_pair
def test_a_response_is_the_sum_of_its_rows(architecture: str, workload: str) -> None:
    """The foreground alone; and the whole, where everything is waited for but what a back end writes later."""
    alone = foreground(scenario(architecture, workload, sync=False).model)
    assert responses(alone) == (3 * by_hand(alone.classes[0]), 0, 0)
    whole = scenario(architecture, workload, sync=True).model
    later = has_tail(whole.classes[0])
    assert not later or load_architecture(architecture).io == "serial-virtio"
    if later:
        whole = foreground(whole)
    if whole.classes[0].program != alone.classes[0].program:
        assert responses(whole) == (3 * by_hand(whole.classes[0]), 0, 0)


@every_pair
def test_the_background_never_makes_it_shorter(architecture: str, workload: str) -> None:
    """A tail may still be at work where the foreground comes next: then it waits, or finds the domain awake."""
    (tasks,) = scenario(architecture, workload, sync=False).model.classes
    if has_tail(tasks):
        response, *_ = responses(scenario(architecture, workload, sync=False).model)
        assert response >= 3 * by_hand(dataclasses.replace(tasks, program=awake(tasks.program)))


def has_tail(tasks: TaskClass) -> bool:
    return any(isinstance(step, Tail) for step in tasks.program.steps)


def awake(program: Program) -> Program:
    """With nothing to pay for idleness."""
    rows = tuple(dataclasses.replace(row, ticks=()) if row.idle else row for row in program.rows)
    return Program(program.steps, rows)


@every_pair
def test_the_rows_are_the_path_at_its_costs(architecture: str, workload: str) -> None:
    """From the path in symbols and the cost book, without the lowering: all stages, those when idle included."""
    made = scenario(architecture, workload, sync=True)
    (tasks,) = made.model.classes
    mean = tasks.means
    stages = flat(made.path)
    ticks = sum(unit_ticks(made.book, c) * mean[c.variable] for stage in stages for c in stage.charges)
    rows = sum(amount * mean[variable] for row in tasks.program.rows for variable, amount in row.ticks)
    assert rows == pytest.approx(ticks, rel=1e-9)


@pytest.mark.parametrize("workload", workload_names())
def test_native_beside_itself_is_the_same_model(workload: str) -> None:
    """So its slowdown is 1, exactly."""
    native = load_architecture("native")
    made = Scenario(load_workload(workload), native, load_host("server"))
    assert made.bare(native).model == made.model


@pytest.mark.parametrize(
    "architecture", [name for name in architecture_names() if load_architecture(name).io != "serial-virtio"]
)
def test_every_architecture_asks_the_same_of_the_devices(architecture: str) -> None:
    """The hardware is shared, and so are the draws: each operation has the same work at disk and link, to the tick.

    Not under serial-virtio, where the host reads ahead for a guest that asks page by page.
    """

    def devices(name: str) -> list[list[int]]:
        tasks = scenario(name, "oltp", sync=False).model.classes[0]
        stations = [visit for visit in tasks.program.visits if visit.kind is Kind.STATION]
        block = Draws(tasks, 0, 1, 0, deterministic=False).block()
        return [[visits[visit.index] for visit in stations] for visits in block.visits.tolist()]

    assert devices(architecture) == devices("native")
