"""Speed that no machine can change: exactly how many events the engine needs.

A visit is one event; more come from queues: turns that end, slices that were cut short. The integers are what the
engine needed when they were written down. Fewer is progress: lower the figure. More is a loss of speed.
"""

import pytest

from architectures import architecture_names, load_architecture
from simcore.distributions import EXPONENTIAL
from simcore.errors import CapabilityError
from simcore.hosts import load_host
from simcore.model import Lock, Model
from simcore.totals import Series, Window
from tests.models import US, A, B, C, D, arriving, at, closed, cpu, model, run
from vmarch.scenario import Scenario
from workloads import load_workload, workload_names

MOST = 1.7  # events for each visit; raw SimPy needs 3


def network(quantum: int = 10_000 * US) -> Model:
    """The closed network of the speed comparison: 50 customers, two processors, page tables, disk, link."""
    tasks = closed(
        cpu(20 * US, by=A),
        cpu(2 * US, by=B, lock=Lock.VM),
        at(0, 8 * US, by=C),
        at(1, 5 * US, by=D),
        count=50,
        think=50 * US,
        thinking=EXPONENTIAL,
        varied=dict.fromkeys((A, B, C, D), EXPONENTIAL),
    )
    return model(tasks, cores=2, vcpus=(2,), servers=(1, 1), quantum=quantum, task_switch=US // 10)


MODELS = {
    "M/M/1 on a processor": model(arriving(cpu(US, by=A), every=2 * US, varied={A: EXPONENTIAL})),
    "M/M/1 at a station": model(arriving(at(0, US, by=A), every=2 * US, varied={A: EXPONENTIAL}), servers=(1,)),
    "closed network": network(),
    "closed network with short turns": network(quantum=10 * US),
}


def visits(window: Window) -> int:
    return sum(sum(totals.visits) for totals in window.whole.classes)


@pytest.mark.parametrize(
    ("name", "events", "visited"),
    [
        ("M/M/1 on a processor", 10_001, 5000),
        ("M/M/1 at a station", 10_001, 5000),
        ("closed network", 25_707, 20_184),
        ("closed network with short turns", 35_358, 20_184),
    ],
)
def test_exactly_so_many_events(name: str, events: int, visited: int) -> None:
    """Visits, arrivals (or pauses), and what queues add."""
    window = run(MODELS[name], 5000)
    assert (window.whole.events, visits(window)) == (events, visited)


def test_a_visit_that_nobody_disturbs_is_one_event() -> None:
    window = run(model(closed(cpu(US), at(0, US), cpu(US, lock=Lock.VM)), servers=(1,)), 1000)
    assert window.whole.events == visits(window) == 3000


def test_a_queue_adds_no_events() -> None:
    """Ten tasks at one station, and ten on one processor, each first come first served: still one event a visit."""
    for made in (model(closed(at(0, US), count=10), servers=(1,)), model(closed(cpu(US), count=10))):
        window = run(made, 1000)
        assert visits(window) <= window.whole.events <= visits(window) + 20


def test_a_quantum_adds_one_event_for_each_turn() -> None:
    window = run(model(closed(cpu(100), count=2), quantum=10), horizon=10_000)
    assert window.whole.events <= 10_000 // 10 + 2


@pytest.mark.parametrize("architecture", architecture_names())
def test_every_pair_needs_few_events(architecture: str) -> None:
    found = {}
    for workload in workload_names():
        try:
            scenario = Scenario(load_workload(workload), load_architecture(architecture), load_host("server"))
        except CapabilityError:
            continue
        window = run(scenario.model, 30)
        found[workload] = window.whole.events / visits(window)
    assert {workload: ratio for workload, ratio in found.items() if ratio > MOST} == {}


def size(value: object) -> int:
    """Numbers held in all."""
    if hasattr(value, "__dataclass_fields__"):
        return sum(size(getattr(value, name)) for name in value.__dataclass_fields__)
    if isinstance(value, list):
        return sum(size(item) for item in value)
    return int(getattr(value, "size", 1))


def test_totals_do_not_grow_with_operations() -> None:
    few, many = run(network(), 300), run(network(), 3000)
    assert size(few.whole) == size(many.whole)
    assert size(few.measured) == size(many.measured)


def test_a_series_is_bounded() -> None:
    series = Series()
    series.extend(range(10 * Series.LONGEST))
    assert len(series.means) < Series.LONGEST
    assert series.group == 16
    assert series.means.mean() == pytest.approx(series.group * len(series.means) / 2 - 0.5)
