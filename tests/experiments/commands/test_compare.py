"""Comparisons: pairs share their random numbers, and nothing is run twice or depends on how it was run."""

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from architectures import load_architecture
from simcore.errors import CapabilityError, InputError
from simcore.hosts import load_host
from simcore.results import Result
from simcore.statistics import mean_interval
from vmarch.comparison import Cell, Precision, compare
from vmarch.runs import Plan
from vmarch.scenario import Scenario
from vmarch.store import Store, fingerprint
from workloads import load_workload

Ran = Counter[tuple[str, int]]
Asked = list[tuple[str, str, Scenario | CapabilityError]]
PLAN = Plan(operations=20, replications=4)


@pytest.fixture
def asked(noisy: Path) -> Asked:
    workload, host = load_workload(noisy), load_host("server")
    return [
        (workload.name, name, Scenario(workload, load_architecture(name), host)) for name in ("kvm-vhost", "xen-pv")
    ]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """How often each replication was run."""
    module, counted = sys.modules["vmarch.filling"], Counter[tuple[str, int]]()
    replicate: Callable[..., tuple[Result, str]] = module.replicate

    def counting(scenario: Scenario, plan: Plan, replication: int) -> tuple[Result, str]:
        counted[fingerprint(scenario, plan), replication] += 1
        return replicate(scenario, plan, replication)

    monkeypatch.setattr(module, "replicate", counting)
    return counted


def width(cell: Cell, level: float = 0.95) -> float:
    return cell.slowdown(level=level).relative_half_width


def test_pairs_share_their_random_numbers(asked: Asked) -> None:
    for cell in compare(asked, PLAN):
        reduction = cell.slowdown().variance_reduction
        assert reduction is not None
        assert reduction > 3.0
        apart = mean_interval(cell.runs.metric("response_s")).relative_half_width
        assert width(cell) < apart


def test_each_is_run_once(asked: Asked, ran: Ran) -> None:
    cells = compare([*asked, *asked], PLAN)
    assert set(ran.values()) == {1}
    assert len(ran) == 3 * 4  # two architectures, and the bare machine once for both
    assert cells[:2] == cells[2:]


def test_precision_is_reached_and_a_tighter_one_repeats_nothing(asked: Asked, ran: Ran) -> None:
    store = Store()
    coarse = compare(asked, PLAN, precision=Precision(0.04), store=store)
    assert all(width(cell) <= 0.04 for cell in coarse)
    before = Counter(ran)
    fine = compare(asked, PLAN, precision=Precision(0.015), store=store)
    assert all(width(cell) <= 0.015 for cell in fine)
    assert set(ran.values()) == {1}
    assert before < ran
    for rough, exact in zip(coarse, fine, strict=True):
        n = len(rough.runs.results)
        assert exact.runs.results[:n] == rough.runs.results
        assert len(exact.runs.results) == len(exact.native.results) > n
    assert compare(asked, PLAN, precision=Precision(0.04), store=store) == coarse


def test_precision_is_of_the_level_asked_for(asked: Asked) -> None:
    for cell in compare(asked, PLAN, precision=Precision(0.03, level=0.999)):
        assert width(cell, 0.999) <= 0.03


def test_the_cap_holds(asked: Asked) -> None:
    for cell in compare(asked, PLAN, precision=Precision(1e-6, cap=7)):
        assert len(cell.runs.results) == 7


def test_replications_beyond_the_cap_are_kept(asked: Asked) -> None:
    for cell in compare(asked, PLAN, precision=Precision(1e-6, cap=2)):
        assert len(cell.runs.results) == 4


@pytest.mark.parametrize("wrong", [0.0, -0.1, 1.0, float("nan")])
def test_a_precision_is_a_share(wrong: float) -> None:
    with pytest.raises(InputError, match="--precision"):
        Precision(wrong)


def test_an_interruption_keeps_what_had_finished(asked: Asked, ran: Ran, tmp_path: Path) -> None:
    straight = compare(asked, PLAN, store=Store(tmp_path / "straight"))
    ran.clear()

    def interrupt(done: int, total: int) -> None:
        assert total == 12
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(asked, PLAN, store=Store(tmp_path / "broken"), progress=interrupt)
    assert len((tmp_path / "broken").read_text().splitlines()) == 5 == ran.total()
    steps: list[tuple[int, int]] = []
    again = compare(
        asked, PLAN, store=Store(tmp_path / "broken"), progress=lambda done, total: steps.append((done, total))
    )
    assert steps == [(done, 12) for done in range(5, 13)]
    assert set(ran.values()) == {1}
    assert again == straight
    assert (tmp_path / "broken").read_bytes() == (tmp_path / "straight").read_bytes()


def test_processes_do_not_matter(asked: Asked, tmp_path: Path) -> None:
    alone, two = (
        compare(asked, PLAN, store=Store(tmp_path / str(jobs)), jobs=jobs, precision=Precision(0.05)) for jobs in (1, 2)
    )
    assert alone == two
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_a_refusal_stays_in_its_place(asked: Asked) -> None:
    refusal = CapabilityError("it cannot")
    cells = compare([("noisy", "other", refusal), *asked], PLAN)
    assert (cells[0].scenario, cells[0].refused, cells[0].runs.results) == (None, "it cannot", ())
    assert [cell.architecture for cell in cells] == ["other", "kvm-vhost", "xen-pv"]


def test_every_metric_is_worse_above_one(asked: Asked) -> None:
    cell = compare(asked, PLAN)[1]
    ours, native = cell.runs.results[0].metrics(), cell.native.results[0].metrics()
    assert ours["throughput_per_s"] < native["throughput_per_s"]
    assert all(cell.slowdown(metric).ratio > 1.0 for metric in ours)


def test_deterministic_is_exact(asked: Asked) -> None:
    for cell in compare(asked, Plan(operations=20, replications=1, deterministic=True), precision=Precision(1e-9)):
        assert len(cell.runs.results) == 1
        assert cell.estimate("response_s").half_width == 0.0
        found = cell.slowdown()
        assert found.low == found.ratio == found.high
        assert cell.runs.results[0].percentiles_s[50] == pytest.approx(cell.runs.results[0].response_s, rel=0.01)


def test_what_cannot_be_counted_is_refused_before_anything_runs(asked: Asked, ran: Ran) -> None:
    workload, host = load_workload("compute"), load_host("server")
    for value, says in (("1e9 s", "at most"), ("0 s", "costs nothing")):
        long = Scenario(workload, load_architecture("native"), host, overrides={"cycle": value})
        with pytest.raises(InputError, match=says):
            compare([*asked, ("compute", "native", long)], PLAN)
    assert not ran
