"""What a run says: rates, splits by layer and by resource, in the units of people."""

import pytest

from simcore.errors import CheckError
from simcore.model import Lock, Model
from simcore.path import Layer
from simcore.results import Result, summarize
from simcore.statistics import RELATIVE_WIDTH
from simcore.units import TICKS_PER_S
from tests.models import at, behind, closed, cpu, delay, model, run

S = TICKS_PER_S


def result(made: Model, operations: int = 10) -> Result:
    return summarize(made, run(made, operations, deterministic=True))


def test_one_task_alone_by_hand() -> None:
    """1 s of user code with 0.1 s of wake-up, 2 s of disk, 3 s of wire, and 0.5 s of background in another domain."""
    tasks = closed(cpu(S, idle=S // 10), at(0, 2 * S), behind(cpu(S // 2, 1)), delay(3 * S), think=4 * S)
    found = result(model(tasks, cores=2, vcpus=(2, 1), servers=(1,), slots=(1,)))
    assert found.operations == 10
    assert found.elapsed_s == pytest.approx(101.0)
    assert found.throughput_per_s == pytest.approx(10 / 101)
    assert found.response_s == pytest.approx(6.1)
    assert found.service_s == pytest.approx({"user": 1.0, "guest kernel": 0.1, "device": 2.0, "wire": 3.0})
    assert list(found.service_s) == ["user", "guest kernel", "device", "wire"]
    assert found.waiting_s == {}
    assert found.background_s == pytest.approx({"user": 0.5}, rel=0.11)  # the last is still to come
    assert found.cycles["guest kernel"] == pytest.approx(0.1e9)
    assert found.notifications == 1.0
    assert found.switches == 0.0
    assert found.utilisation["domain 0"] == pytest.approx(11 / 202)
    assert found.utilisation["station 0"] == pytest.approx(20 / 101)
    assert found.queue["station 0"] == pytest.approx(20 / 101)


def test_percentiles_of_a_constant_are_the_constant_to_a_bucket() -> None:
    found = result(model(closed(cpu(S))))
    for value in found.percentiles_s.values():
        assert value == pytest.approx(1.0, rel=RELATIVE_WIDTH)
    assert found.metrics()["response_p95_s"] == found.percentiles_s[95]


def test_metrics_are_what_is_compared() -> None:
    found = result(model(closed(cpu(S))))
    assert set(found.metrics()) == {
        "throughput_per_s", "response_s", "response_p50_s", "response_p95_s", "response_p99_s", "cpu_cycles"
    }  # fmt: skip
    assert found.metrics()["cpu_cycles"] == found.cycles_each == pytest.approx(1e9)


def test_waiting_is_named_after_what_is_waited_for() -> None:
    tasks = closed(cpu(10), cpu(10, lock=Lock.VM), cpu(10, 1), at(0, 50), behind(at(1, 90)), count=5)
    found = result(model(tasks, cores=2, vcpus=(1, 1), servers=(1, 1), slots=(1,)), 200)
    assert set(found.waiting_s) <= {
        "back end's processors", "page-table lock and processors", "processors", "ring", "station 0"
    }  # fmt: skip
    assert {"processors", "ring"} <= set(found.waiting_s)
    assert sum(found.service_s.values()) + sum(found.waiting_s.values()) == pytest.approx(found.response_s, rel=1e-12)


def test_switches_are_time_of_their_layers() -> None:
    """Two domains and two tasks each, every slice of another: 100 of work, 7 for the task, 5 for the domain."""
    tasks = [closed(cpu(100, n), count=2, domain=n) for n in range(2)]
    found = result(model(*tasks, vcpus=(1, 1), quantum=112, task_switch=7, domain_switch=5), 1000)
    assert found.service_s["user"] == pytest.approx(100e-12)
    assert 0.0 < found.service_s[Layer.VMM] <= 5.1e-12
    assert 0.0 < found.service_s[Layer.GUEST_KERNEL] <= 14e-12
    assert found.switches > 1.0
    assert found.utilisation["cores"] == pytest.approx(1.0)


def test_switches_of_the_background_are_background() -> None:
    tasks = closed(behind(cpu(60, 1)), cpu(100), count=2)
    found = result(model(tasks, vcpus=(1, 1), slots=(4,), quantum=30, task_switch=7, domain_switch=5), 400)
    assert found.background_s["VMM"] > 0.0
    assert found.cycles["VMM"] == pytest.approx(1e9 * (found.background_s["VMM"] + found.service_s["VMM"]))


def test_events_are_counted_for_each_visit() -> None:
    assert result(model(closed(at(0, 5), at(0, 5)), servers=(1,))).events_per_visit == pytest.approx(1.0, abs=0.05)


def test_nothing_completed_is_no_result() -> None:
    made = model(closed(cpu(100)))
    with pytest.raises(CheckError, match="make it longer"):
        summarize(made, run(made, horizon=50))
    with pytest.raises(CheckError, match="make it longer"):
        summarize(made, run(made, warmup=5, horizon=150))
