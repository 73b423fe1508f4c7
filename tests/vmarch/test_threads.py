"""Threads, processes and neither give the same; long and few runs go to threads; an interruption ends threads' runs."""

from __future__ import annotations

import threading
import time

import pytest

from architectures import load_architecture
from simcore.engines import HALT, engine
from simcore.hosts import load_host
from simcore.totals import Settings
from vmarch.comparison import compare
from vmarch.filling import FEW, LONG, _suits_threads
from vmarch.runs import Plan
from vmarch.scenario import Scenario
from vmarch.store import Store, fingerprint
from vmarch.workers import Workers
from workloads import load_workload


def scenario(architecture: str = "kvm-vhost") -> Scenario:
    return Scenario(load_workload("web-server"), load_architecture(architecture), load_host("server"))


def suits(plan: Plan, replications: int) -> bool:
    key = fingerprint(scenario(), plan)
    return _suits_threads({key: scenario()}, {key: list(range(replications))}, plan)


def test_long_runs_and_few_go_to_threads() -> None:
    long, short = LONG // scenario().model.longest + 1, 100
    assert suits(Plan(operations=long, engine="compiled"), FEW)
    assert suits(Plan(operations=short, engine="compiled"), 5)
    assert not suits(Plan(operations=short, engine="compiled"), FEW)
    assert not suits(Plan(operations=long, engine="simpy"), 5)


@pytest.mark.slow
def test_threads_processes_and_neither_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(replications=4, operations=300, engine="compiled")
    asked = [("web-server", name, scenario(name)) for name in ("kvm-vhost", "xen-pv")]

    def found(jobs: int) -> list[object]:
        cells = compare(asked, plan, store=Store(), jobs=jobs)
        return [(cell.runs, cell.native) for cell in cells]

    threads = found(2)
    assert threads == found(1)
    monkeypatch.setattr("vmarch.filling._suits_threads", lambda *_: False)
    assert threads == found(2)


def test_an_abandoned_thread_ends_soon() -> None:
    workers = Workers(2)
    assert workers.threads is not None
    begun = threading.Event()

    def forever() -> None:
        begun.set()
        engine("compiled")(scenario().model, Settings(operations=10**9))

    future = workers.threads.submit(forever)
    assert begun.wait(60.0)
    time.sleep(0.2)
    workers.abandon()  # waits for its threads
    assert isinstance(future.exception(), KeyboardInterrupt)
    assert not HALT.is_set()
