"""Every law holds on models drawn at random, and some things can only go one way."""

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.distributions import CONSTANT, EXPONENTIAL, UNIFORM, Distribution
from simcore.model import Lock, Model, Serial
from simcore.results import summarize
from tests.models import A, B, Behind, Log, To, arriving, at, behind, closed, cpu, delay, model, run

TIMES = st.integers(1, 60)
FAMILIES = st.sampled_from([CONSTANT, EXPONENTIAL, UNIFORM, Distribution("gamma", 3.0), Distribution("lognormal", 2.0)])
DOMAINS = 3


@st.composite
def visits(draw: st.DrawFn) -> To:
    ticks, by = draw(TIMES), draw(st.sampled_from([A, B, "1"]))
    match draw(st.integers(0, 5)):
        case 0:
            return at(draw(st.integers(0, 1)), ticks, by=by)
        case 5:
            return dataclasses.replace(at(draw(st.integers(0, 1)), ticks, by=by), serial=Serial.ENDS)
        case 1:
            return delay(ticks, by=by)
        case _:
            lock = draw(st.sampled_from([Lock.NONE, Lock.NONE, Lock.ADDRESS_SPACE, Lock.VM]))
            idle, asleep = draw(st.sampled_from([(0, 0), (0, 0), (5, 0), (0, 7), (2, 4)]))
            where = draw(st.integers(0, DOMAINS - 1))
            return cpu(ticks, where, by=by, idle=idle, asleep=asleep, lock=lock)


STEPS = st.lists(
    visits()
    | st.builds(lambda ring, many: behind(*many, ring=ring), st.integers(0, 1), st.lists(visits(), max_size=3)),
    min_size=1,
    max_size=5,
)


def never_nothing(steps: list[To | Behind]) -> list[To | Behind]:
    """Something in the foreground that lasts: an operation of no time at all would repeat for ever at one moment."""
    return [*steps, delay(1)]


@st.composite
def models(draw: st.DrawFn) -> Model:
    classes = []
    for number in range(draw(st.integers(1, 3))):
        steps = never_nothing(draw(STEPS))
        varied = {A: draw(FAMILIES), B: draw(FAMILIES)}
        domain = draw(st.integers(0, DOMAINS - 1))
        if draw(st.booleans()):
            tasks = closed(
                *steps,
                count=draw(st.integers(1, 5)),
                think=draw(st.sampled_from([0, 0, 50])),
                thinking=draw(FAMILIES),
                varied=varied,
                domain=domain,
                name=f"closed {number}",
            )
        else:
            every = draw(st.integers(100, 2000))
            tasks = arriving(*steps, every=every, varied=varied, domain=domain, name=f"open {number}")
        classes.append(tasks)
    switches = (draw(st.sampled_from([0, 3])), draw(st.sampled_from([0, 4])))
    return model(
        *classes,
        cores=draw(st.integers(1, 3)),
        vcpus=tuple(draw(st.integers(1, 3)) for _ in range(DOMAINS)),
        weights=tuple(draw(st.sampled_from([1.0, 1.0, 2.5])) for _ in range(DOMAINS)),
        servers=(draw(st.integers(1, 2)), 1),
        slots=(draw(st.integers(1, 3)), 1),
        quantum=draw(st.sampled_from([30, 50, 1000] if any(switches) else [1, 7, 1000])),
        task_switch=switches[0],
        domain_switch=switches[1],
        preempt=draw(st.booleans()),
    )


@settings(max_examples=150)
@given(models(), st.integers(0, 5), st.booleans())
def test_every_law_holds(made: Model, warmup: int, deterministic: bool) -> None:
    log = Log()
    window = run(made, 30, warmup=warmup, deterministic=deterministic, observer=log)  # which checks
    assert window.drained
    assert sum(totals.completed for totals in window.measured.classes) == 30
    assert [now for now, *_ in log] == sorted(now for now, *_ in log)
    assert len(log) == sum(sum(totals.visits) for totals in window.whole.classes)


@settings(max_examples=60)
@given(models(), st.integers(0, 2000))
def test_a_run_cut_off_breaks_no_limit(made: Model, horizon: int) -> None:
    window = run(made, horizon=horizon)
    assert window.whole.now == horizon
    for totals in window.whole.classes:
        assert totals.completed <= totals.started
        assert totals.tails_completed <= totals.tails_started


@settings(max_examples=60)
@given(models(), st.booleans())
def test_figures_are_in_their_ranges_and_add_up(made: Model, deterministic: bool) -> None:
    window = run(made, 30, deterministic=deterministic)
    if not window.measured.now:
        return
    result = summarize(made, window)
    assert all(0.0 <= share <= 1.0 for share in result.utilisation.values())
    assert all(wait >= 0.0 for wait in result.waiting_s.values())
    assert result.response_s > 0.0
    split = sum(result.service_s.values()) + sum(result.waiting_s.values())
    assert np.isclose(split, result.response_s, rtol=1e-9)


@settings(max_examples=60)
@given(models())
def test_the_same_model_runs_the_same_way(made: Model) -> None:
    logs = [Log(), Log()]
    for log in logs:
        run(made, 20, observer=log)
    assert logs[0] == logs[1]


@settings(max_examples=80)
@given(st.lists(visits(), min_size=1, max_size=5), st.integers(0, 4), st.integers(1, 20))
def test_one_task_alone_is_never_faster_when_a_visit_costs_more(steps: list[To], which: int, more: int) -> None:
    """Alone: with others, a longer visit may let a task overtake and finish sooner."""
    which %= len(steps)
    row = steps[which].rows[-1]
    dearer = dataclasses.replace(row, ticks=tuple((variable, ticks + more) for variable, ticks in row.ticks))
    changed = dataclasses.replace(steps[which], rows=(*steps[which].rows[:-1], dearer))

    def total(visits: list[To]) -> int:
        tasks = closed(*visits, varied={A: EXPONENTIAL, B: UNIFORM})
        return run(model(tasks, vcpus=(1, 1, 1), servers=(1, 1)), 20).whole.classes[0].response

    assert total([*steps[:which], changed, *steps[which + 1 :]]) > total(steps)


@settings(max_examples=15)
@given(st.integers(0, 7), st.integers(0, 7))
def test_throughput_of_a_saturated_processor_falls_as_its_switches_cost_more(switch: int, more: int) -> None:
    def completed(ticks: int) -> int:
        made = model(closed(cpu(100), count=4), quantum=30, task_switch=ticks)
        return run(made, horizon=50_000).whole.classes[0].completed

    assert completed(switch + more) <= completed(switch)
