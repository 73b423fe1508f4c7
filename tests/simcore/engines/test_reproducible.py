"""The same seed gives the same run; another seed, replication or task another; order without ties does not matter."""

import dataclasses

import numpy as np
import pytest

from simcore.distributions import EXPONENTIAL, Distribution
from simcore.model import Model, TaskClass
from simcore.totals import Totals, Window
from tests.models import US, A, B, C, Log, arriving, at, behind, closed, cpu, delay, model, response, run

GAMMA = Distribution("gamma", 2.0)


def busy_model() -> Model:
    """A bit of everything."""
    return model(
        closed(
            cpu(US, by=A, idle=100),
            cpu(US // 2, 1, idle=200),
            behind(at(0, US, by=B)),
            delay(US),
            count=5,
            think=3 * US,
            thinking=EXPONENTIAL,
            varied={A: GAMMA, B: EXPONENTIAL},
            name="mixed",
        ),
        arriving(cpu(US, 1, by=C), at(0, US // 3), every=4 * US, varied={C: EXPONENTIAL}, domain=1),
        cores=2,
        vcpus=(2, 1),
        servers=(1,),
        slots=(3,),
        quantum=US // 3,
        task_switch=50,
        domain_switch=70,
    )


def same(one: Totals, other: Totals) -> bool:
    return _flat(dataclasses.asdict(one)) == _flat(dataclasses.asdict(other))


def _flat(value: object) -> list[object]:
    if isinstance(value, np.ndarray):
        return value.ravel().tolist()
    if isinstance(value, dict):
        return [item for each in value.values() for item in _flat(each)]
    if isinstance(value, list):
        return [item for each in value for item in _flat(each)]
    return [value]


def logged(made: Model, seed: int = 1, replication: int = 0, operations: int = 200) -> tuple[Log, Window]:
    log = Log()
    return log, run(made, operations, seed=seed, replication=replication, observer=log)


def test_the_same_seed_is_the_same_run() -> None:
    (log, window), (again, repeated) = logged(busy_model()), logged(busy_model())
    assert log == again
    assert same(window.whole, repeated.whole)
    assert same(window.measured, repeated.measured)
    assert np.array_equal(window.series[0].means, repeated.series[0].means)


def test_an_observer_changes_nothing() -> None:
    assert same(logged(busy_model())[1].whole, run(busy_model(), 200).whole)


@pytest.mark.parametrize(("seed", "replication"), [(2, 0), (1, 1)])
def test_another_seed_or_replication_is_another_run(seed: int, replication: int) -> None:
    other = run(busy_model(), 200, seed=seed, replication=replication)
    assert not same(run(busy_model(), 200).whole, other.whole)


def test_replications_are_uncorrelated() -> None:
    """Means of successive replications: lag one within two standard errors of none."""
    made = model(arriving(cpu(US, by=A), every=2 * US, varied={A: EXPONENTIAL}))
    means = np.array([response(run(made, 100, replication=k)) for k in range(200)])
    assert abs(np.corrcoef(means[1:], means[:-1])[0, 1]) < 2 / np.sqrt(200)


def test_a_run_does_not_depend_on_how_many_operations_are_asked_for() -> None:
    short, long = logged(busy_model(), operations=50)[0], logged(busy_model(), operations=200)[0]
    ended = next(n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b)
    assert ended > 100


def test_deterministic_mode_knows_no_seed() -> None:
    def deterministic(seed: int) -> Totals:
        return run(busy_model(), 100, seed=seed, deterministic=True).whole

    assert same(deterministic(1), deterministic(2))


def test_another_class_does_not_shift_draws() -> None:
    """The first class alone takes the same times for its own visits as beside a second one."""
    alone = model(closed(cpu(US, by=A), varied={A: EXPONENTIAL}), vcpus=(1, 1), cores=2)
    both = model(*alone.classes, closed(cpu(US, 1, by=A), varied={A: EXPONENTIAL}, name="other"), vcpus=(1, 1), cores=2)
    first = [now for now, tasks, _ in logged(alone)[0].ends() if tasks == 0]
    beside = [now for now, tasks, _ in logged(both)[0].ends() if tasks == 0]
    assert beside[:50] == first[:50]


def test_tasks_of_a_class_draw_differently() -> None:
    made = model(closed(cpu(US, by=A), count=2, varied={A: EXPONENTIAL}), cores=2, vcpus=(2,))
    log = logged(made)[0]
    ends = [[now for now, _, task in log.ends() if task == n][:20] for n in range(2)]
    assert ends[0] != ends[1]


def classes() -> list[TaskClass]:
    """Never two things at one time: all times vary."""
    times = {A: GAMMA, B: EXPONENTIAL}
    return [
        closed(
            cpu(US, n, by=A), at(0, US, by=B), think=2 * US, thinking=EXPONENTIAL, varied=times, name=f"c{n}", domain=n
        )
        for n in range(3)
    ]


def test_the_order_of_classes_does_not_matter_without_ties() -> None:
    def per_class(order: list[int]) -> dict[str, tuple[int, ...]]:
        given = [dataclasses.replace(classes()[n], think_ticks=2 * US + n) for n in order]
        window = run(
            model(*given, vcpus=(1, 1, 1), cores=2, servers=(1,), quantum=US, domain_switch=9), horizon=300 * US
        )
        return {
            tasks.workload: (totals.completed, totals.response, *totals.waits, *totals.visits)
            for tasks, totals in zip(given, window.whole.classes, strict=True)
        }

    assert per_class([0, 1, 2]) == per_class([2, 0, 1]) == per_class([1, 2, 0])
