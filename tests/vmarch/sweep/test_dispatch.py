"""Cells to workers: every cell once, whatever befalls a worker; any executor will do."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from simcore.errors import VmarchError
from vmarch.comparison import compare as real
from vmarch.sweep.cells import Configuration, resolve, rules
from vmarch.sweep.dispatch import dispatch
from vmarch.sweep.executors import Processes
from vmarch.sweep.rows import COLUMNS, METRICS, How, Job, Row
from vmarch.sweep.spec import load_sweep

from .conftest import Threads


@pytest.fixture
def jobs(study: Path) -> list[Job]:
    return [Job(cell.key, cell.what) for cell in resolve(load_sweep(study)) if isinstance(cell.what, Configuration)]


@pytest.fixture
def how(study: Path) -> How:
    sweep = load_sweep(study)
    return How(sweep.plan, sweep.precision, sweep.level, rules())


def run(jobs: Sequence[Job], how: How, runner: Any) -> dict[str, Row]:
    found: list[Row] = []
    try:
        dispatch(jobs, how, runner, found.extend)
    finally:
        runner.close()
    assert len({row[0] for row in found}) == len(found)
    return {str(row[0]): row for row in found}


class Fragile(Threads):
    """Breaks, all that flies with it, when it is given certain cells; so many times each."""

    def __init__(self, deadly: dict[str, int], error: type[Exception] = BrokenExecutor) -> None:
        super().__init__()
        self.deadly, self.error, self.renewed, self.broken = Counter(deadly), error, 0, False
        self.flying: list[Future[Any]] = []

    def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        self.calls += 1
        if self.broken:
            raise self.error("broken")
        fatal = [job.key for job in args[0] if self.deadly[job.key] > 0]
        if not fatal:
            future = self._pool.submit(function, *args)
            self.flying.append(future)
            return future
        self.deadly[fatal[0]] -= 1
        future = Future()
        future.set_exception(self.error("dead"))
        self.broken = issubclass(self.error, BrokenExecutor)
        return future

    def renew(self, error: BaseException | None) -> None:
        assert isinstance(error, self.error)
        self.renewed += 1
        self.broken = False


def test_every_cell_gives_its_row(jobs: list[Job], how: How) -> None:
    rows = run(jobs, how, Threads())
    assert set(rows) == {job.key for job in jobs}
    assert {row[1] for row in rows.values()} == {"ok"}
    assert all(len(row) == len(COLUMNS) for row in rows.values())


def test_a_plain_executor_will_do(jobs: list[Job], how: How) -> None:
    class Plain(ThreadPoolExecutor):
        width = 1

        def renew(self, error: BaseException | None) -> None:
            raise AssertionError(error)

        def close(self) -> None:
            self.shutdown()

    assert run(jobs, how, Plain(1)) == run(jobs, how, Threads(3))


@pytest.mark.parametrize("error", [BrokenExecutor, RuntimeError])
def test_cells_of_a_dead_worker_are_run_again(jobs: list[Job], how: How, error: type[Exception]) -> None:
    runner = Fragile({jobs[2].key: 2, jobs[5].key: 1}, error)
    assert run(jobs, how, runner) == run(jobs, how, Threads())
    assert runner.renewed >= 3


@pytest.mark.parametrize("error", [BrokenExecutor, RuntimeError])
def test_a_cell_that_kills_its_workers_is_recorded_and_the_rest_go_on(
    jobs: list[Job], how: How, error: type[Exception]
) -> None:
    deadly = jobs[3].key
    rows = run(jobs, how, Fragile({deadly: 1000}, error))
    assert rows.pop(deadly)[1:3] == ("failed", "its worker died 3 times, perhaps out of memory")
    expected = run(jobs, how, Threads())
    del expected[deadly]
    assert rows == expected


def test_workers_that_die_with_nothing_to_do_end_it(jobs: list[Job], how: How) -> None:
    class Dead(Threads):
        def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(BrokenExecutor("dead"))
            return future

    with pytest.raises(VmarchError, match="workers die as they start"):
        run(jobs, how, Dead())


def test_a_worker_with_other_rules_ends_it(jobs: list[Job], how: How) -> None:
    other = How(how.plan, how.precision, how.level, "other")
    with pytest.raises(VmarchError, match="another version"):
        run(jobs, other, Threads())


def test_an_interruption_keeps_what_finishes_shortly_after(jobs: list[Job], how: How) -> None:
    found: list[Row] = []

    def finished(rows: Sequence[Row]) -> None:
        found.extend(rows)
        if len(found) == 1:
            raise KeyboardInterrupt

    runner = Threads(2)
    with pytest.raises(KeyboardInterrupt):
        dispatch(jobs, how, runner, finished)
    runner.close()
    assert 1 < len(found) < len(jobs)


def test_without_news_the_store_is_called_to_write(jobs: list[Job], how: How, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vmarch.sweep.dispatch.IDLE_S", 0.001)
    late: Future[Any] = Future()

    class Late(Threads):
        def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
            return late

    def finished(rows: Sequence[Row]) -> None:
        if not rows and not late.done():
            late.set_result(([("key",)], 1.0))

    dispatch(jobs[:1], how, Late(), finished)  # would wait for ever otherwise


def test_whatever_goes_wrong_in_a_cell_is_its_row(jobs: list[Job], how: How, monkeypatch: pytest.MonkeyPatch) -> None:
    def compare(asked: Any, *args: Any, **options: Any) -> Any:
        if asked[0][1] == "xen-pv":
            raise ZeroDivisionError("by zero\nagain " + 1000 * "x")
        return real(asked, *args, **options)

    monkeypatch.setattr("vmarch.sweep.rows.compare", compare)
    rows = run(jobs, how, Threads())
    errors = sorted({str(row[2])[:40] for row in rows.values()})
    assert errors == ["", "ZeroDivisionError: by zero again xxxxxxxxx"[:40]]
    assert max(len(str(row[2])) for row in rows.values()) < 500


def test_the_columns_are_the_metrics(jobs: list[Job]) -> None:
    from vmarch.runs import Plan, simulate

    result = simulate(jobs[0].what.scenario(), Plan(replications=1, operations=5)).results[0]
    assert tuple(result.metrics()) == METRICS


class Deadly:
    """Ends the process that receives it."""

    def __reduce__(self) -> tuple[Callable[[int], Any], tuple[int]]:
        return os._exit, (9,)


@pytest.mark.slow
def test_a_cell_that_kills_real_processes(jobs: list[Job], how: How) -> None:
    deadly: Any = Deadly()
    rows = run([jobs[0], Job("deadly", deadly), *jobs[1:]], how, Processes(2))
    assert rows.pop("deadly")[1:3] == ("failed", "its worker died 3 times, perhaps out of memory")
    assert rows == run(jobs, how, Threads())
