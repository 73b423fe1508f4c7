"""Operations that others call, by hand and against a closed form."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import pytest

from simcore.distributions import EXPONENTIAL
from simcore.engines.analytic import qualifies
from simcore.errors import InputError
from simcore.model import Call, Model, Step, TaskClass, Visit
from simcore.results import summarize
from simcore.totals import Settings
from tests.models import US, A, B, Log, closed, cpu, delay, model, run
from tests.theory.agreement import agrees, estimate


def calling(tasks: TaskClass, *places: int, calls: Sequence[int] = (0,)) -> TaskClass:
    """The same, with a call of the first of `calls` before each of some steps."""
    steps: list[Step] = []
    for n, step in enumerate((*tasks.program.steps, None)):
        steps += [Call(0)] * places.count(n)
        steps += [step] if step is not None else []
    return dataclasses.replace(
        tasks, program=dataclasses.replace(tasks.program, steps=tuple(steps)), calls=tuple(calls)
    )


def called(tasks: TaskClass, *client: int) -> TaskClass:
    """The same, called by others; some of its visits are the caller's own work."""
    steps = tuple(
        dataclasses.replace(step, client=step.index in client) if isinstance(step, Visit) else step
        for step in tasks.program.steps
    )
    program = dataclasses.replace(tasks.program, steps=steps)
    return dataclasses.replace(tasks, program=program, called=True, group=1)


WAITED = Settings(operations=(1, 0))


def test_a_caller_waits_until_what_it_calls_is_done() -> None:
    """10 of its own, a call of 20, 5 more; and so again."""
    log = Log()
    db = called(closed(cpu(20, 1), domain=1, name="db"))
    made = model(db, dataclasses.replace(calling(closed(cpu(10), cpu(5, 2)), 1), group=0), cores=3, vcpus=(1, 1, 1))
    made = dataclasses.replace(made, classes=(made.classes[0], made.classes[1]))
    window = run(made, (2, 0), observer=log)
    assert [(now, tasks) for now, tasks, *_ in log] == [(10, 1), (30, 0), (35, 1), (45, 1), (65, 0), (70, 1)]
    db_totals, own = window.whole.classes
    assert (own.response, own.call_wait) == (70, 40)
    assert (db_totals.started, db_totals.response) == (2, 40)
    result = summarize(made, window)
    assert result.shares[0].waiting_s == {"calls": 20e-12}
    assert result.shares[1].response_s == pytest.approx(20e-12)
    assert any("calls others" in reason for reason in qualifies(made))


def test_the_callers_part_runs_in_its_own_address_space_and_keeps_its_processor() -> None:
    """Its own 10, the sending (7) and the receiving (3) in its domain: nothing to switch, nobody to wake."""
    db = called(closed(cpu(7, 0), cpu(20, 1), cpu(3, 0, idle=9), domain=1, name="db"), 0, 2)
    caller = calling(closed(cpu(10), cpu(5)), 1)
    window = run(model(db, caller, cores=2, vcpus=(1, 1), task_switch=4), (1, 0))
    assert window.whole.domains[0].task_switches == window.whole.domains[1].task_switches == 0
    assert window.whole.classes[1].response == 10 + 7 + 20 + (3 + 9) + 5  # it comes back from elsewhere, and wakes


def test_a_call_may_take_no_time_at_all() -> None:
    db = called(closed(cpu(1, 1, by=A), domain=1, name="db"))
    rows = tuple(dataclasses.replace(row, ticks=()) for row in db.program.rows)
    nothing = dataclasses.replace(db, program=dataclasses.replace(db.program, rows=rows))
    window = run(model(nothing, calling(closed(cpu(10)), 0, 1, 1), vcpus=(1, 1)), (3, 0))
    assert [totals.started for totals in window.whole.classes] == [9, 3]
    assert window.whole.classes[1].response == 30


def repair(customers: int, load: float) -> float:
    """Response at a single exponential server of service 1, of customers that pause 1 / load (machine repair)."""
    weights = [math.factorial(customers) / math.factorial(customers - n) * load**n for n in range(customers + 1)]
    busy = 1.0 - weights[0] / sum(weights)
    return customers / busy - 1.0 / load


@pytest.mark.parametrize("customers", [1, 3, 6])
def test_callers_are_the_customers_of_whom_they_call(customers: int) -> None:
    """Clients that pause and call a server of one processor are machines that break and are repaired."""
    db = called(closed(cpu(US, 1, by=A), domain=1, varied={A: EXPONENTIAL}, name="db"))
    clients = calling(closed(delay(2 * US, by=B), count=customers, varied={B: EXPONENTIAL}), 1)

    def waited(window):  # type: ignore[no-untyped-def]
        return window.measured.classes[1].call_wait / window.measured.classes[1].completed

    found = estimate(model(db, clients, cores=2, vcpus=(1, 1)), waited, operations=(6000, 0), warmup=(600, 0))
    agrees(found, repair(customers, 0.5) * US, within=0.05)


def test_who_calls_itself_or_nobody_is_refused() -> None:
    one = called(closed(cpu(1), name="one"))
    with pytest.raises(InputError, match="no cycle of clients"):
        model(calling(one, 0), closed(cpu(1)))
    with pytest.raises(InputError, match="a class that is called"):
        model(calling(closed(cpu(1)), 0, calls=(1,)), closed(cpu(1)))
    with pytest.raises(InputError, match="a class that is called"):
        Model(1, 1, model(one).domains, (), (dataclasses.replace(calling(closed(cpu(1)), 0), calls=()),))
