"""Replications: independent of each other, long enough after their start, honest where they never settle."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from architectures import load_architecture
from simcore.engines import engine
from simcore.errors import InputError
from simcore.hosts import load_host
from simcore.model import Model
from simcore.totals import Settings, Window
from vmarch.runs import Plan, replicate, simulate
from vmarch.scenario import Scenario
from workloads import load_workload


def scenario(workload: str | Path, architecture: str = "native", **options: int) -> Scenario:
    return Scenario(load_workload(workload), load_architecture(architecture), load_host("server"), **options)  # type: ignore[arg-type]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings of every run of the engine."""
    seen: list[Settings] = []

    def spying(name: str) -> Callable[[Model, Settings], Window]:
        def run(model: Model, settings: Settings) -> Window:
            seen.append(settings)
            window: Window = engine(name)(model, settings)
            return window

        return run

    monkeypatch.setattr("vmarch.runs.engine", spying)
    return seen


@pytest.fixture
def filling(tmp_path: Path) -> Path:
    """Writes that the task does not wait for until its ring of 128 is full: the first ones are quick."""
    path = tmp_path / "filling.toml"
    path.write_text(
        'name = "filling"\ntitle = "t"\nkind = "micro"\nunit = "write"\nsource = "by definition"\n'
        '[[io]]\nkind = "disk_write"\nsize = "256 KiB"\nsync = false\n'
    )
    return path


def test_a_replication_depends_on_its_number_only(noisy: Path) -> None:
    plan = Plan(operations=20, replications=3)
    three = simulate(scenario(noisy), plan).results
    assert simulate(scenario(noisy), plan, [2]).results == three[2:]
    assert simulate(scenario(noisy), dataclasses.replace(plan, replications=2)).results == three[:2]
    assert len({result.response_s for result in three}) == 3


def test_a_tenth_is_cut_by_default(noisy: Path, runs: list[Settings]) -> None:
    replicate(scenario(noisy), Plan(operations=200), 3)
    assert [(run.operations, run.warmup, run.replication) for run in runs] == [((200,), (20,), 3)]


def test_each_task_has_begun_before_the_window(runs: list[Settings]) -> None:
    replicate(scenario("disk-read-random-depth32", guests=2), Plan(operations=40), 0)
    assert runs[0].warmup == (64,)


def test_operations_are_of_each_guest_by_default(noisy: Path, runs: list[Settings]) -> None:
    each = load_workload("compute").operations
    replicate(scenario("compute", guests=3), Plan(), 0)
    assert runs[0].operations == (3 * each,)


def test_a_longer_start_is_found_and_cut(filling: Path, runs: list[Settings]) -> None:
    found, reason = replicate(scenario(filling), Plan(operations=600), 0)
    assert len(runs) == 2
    assert runs[0].warmup == (60,)
    assert isinstance(runs[1].warmup, tuple)
    assert 120 <= runs[1].warmup[0] < 300
    assert reason == ""
    settled, _ = replicate(scenario(filling), Plan(operations=600, warmup=300), 0)
    assert found.response_s == pytest.approx(settled.response_s, rel=1e-3)
    hasty, _ = replicate(scenario(filling), Plan(operations=600, warmup=0), 0)
    assert hasty.response_s < 0.95 * settled.response_s


def test_a_stated_warm_up_is_obeyed(filling: Path, runs: list[Settings]) -> None:
    replicate(scenario(filling), Plan(operations=600, warmup=10), 0)
    assert [run.warmup for run in runs] == [(10,)]


def test_overload_is_reported(overloaded: Path) -> None:
    found = simulate(scenario(overloaded, "kvm-vhost", vcpus=1), Plan(replications=2))
    assert [reason.split(":")[0] for reason in found.unsettled] == ["replication 0", "replication 1"]
    assert all("overloaded" in reason for reason in found.unsettled)


def test_one_that_keeps_up_is_not(overloaded: Path) -> None:
    assert simulate(scenario(overloaded, "kvm-vhost", vcpus=16), Plan(replications=2)).unsettled == ()


def test_a_run_too_short_to_judge_is_not_called_unsettled(overloaded: Path) -> None:
    assert simulate(scenario(overloaded), Plan(replications=1, operations=10)).unsettled == ()


def test_deterministic_runs_are_all_alike(noisy: Path) -> None:
    first, second = simulate(scenario(noisy), Plan(operations=30, replications=2, deterministic=True)).results
    assert first == second


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"replications": 0}, {"operations": 0}, {"warmup": -1}, {"seed": 2**63}]
)
def test_a_bad_plan(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=f"--{next(iter(wrong))}"):
        Plan(**wrong)  # type: ignore[arg-type]
