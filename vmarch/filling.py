"""The replications that are wanted and not stored, made in this process or in others, each kept as it comes.

The compiled engine leaves Python to other threads while it runs, so threads of this process do for long runs, and for
few: they need not be started, and share the models. Many short runs, which are mostly Python, and those of the SimPy
engine go to processes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from simcore.engines import COMPILED
from simcore.errors import VmarchError
from simcore.results import Result
from vmarch.runs import Plan, Runnable, engine_of, operations_of, replicate
from vmarch.store import Store
from vmarch.workers import Workers

__all__ = ["fill"]


def fill(
    known: Mapping[str, Runnable],
    counts: Mapping[str, int],
    plan: Plan,
    store: Store,
    workers: Workers,
    progress: Callable[[int, int], None],
) -> None:
    """Runs the replications that are wanted and not stored."""
    wanted = [(key, k) for key, count in counts.items() for k in range(count)]
    missing = [(key, k) for key, k in wanted if store.get(key, k) is None]
    done = len(wanted) - len(missing)
    progress(done, len(wanted))
    if not missing or workers.jobs == 1:
        for key, k in missing:
            store.put(key, k, *replicate(known[key], plan, k))
            done += 1
            progress(done, len(wanted))
        return

    def keep(batch: Batch, found: list[tuple[Result, str]]) -> None:
        nonlocal done
        for k, (result, unsettled) in zip(batch.replications, found, strict=True):
            store.put(batch.key, k, result, unsettled)
        done += len(found)
        progress(done, len(wanted))

    waiting = {key: [k for other, k in missing if other == key] for key in counts}
    wanting = {key: ks for key, ks in waiting.items() if ks}
    _in_batches(known, plan, wanting, workers, keep, threads=_suits_threads(known, wanting, plan))


LONG = 200_000  # visits of a run, beside which its share of Python is small
FEW = 10_000_000  # visits of all runs, for which it is not worth while to start processes


def _suits_threads(known: Mapping[str, Runnable], waiting: Mapping[str, list[int]], plan: Plan) -> bool:
    """Whether all are runs of the compiled engine, and long or few."""
    scenarios = [known[key] for key in waiting]
    if any(engine_of(one, plan) != COMPILED for one in scenarios):
        return False
    visits = [_visits(one, plan) for one in scenarios]
    return min(visits) >= LONG or sum(v * len(ks) for v, ks in zip(visits, waiting.values(), strict=True)) <= FEW


def _visits(scenario: Runnable, plan: Plan) -> int:
    """About how many visits a replication makes."""
    return sum(operations_of(scenario, plan)) * scenario.model.longest


@dataclass(frozen=True)
class Batch:
    """Replications of one scenario that go to a process together."""

    key: str
    replications: list[int]


BATCH_S = 0.2  # what is kept of an interrupted run is at most this old
GRACE_S = 1.0  # for batches that are nearly done when a run is interrupted


def _in_batches(
    known: Mapping[str, Runnable],
    plan: Plan,
    waiting: dict[str, list[int]],
    workers: Workers,
    keep: Callable[[Batch, list[tuple[Result, str]]], None],
    *,
    threads: bool,
) -> None:
    """Has processes or threads run what waits, a scenario's replications one at a time or as many as take a moment.

    Each batch is kept as it comes. An interruption keeps what ends within a second more, and ends the others.
    """
    executor = workers.threads if threads else workers.executor
    assert executor is not None
    running: dict[Future[tuple[list[tuple[Result, str]], float]], Batch] = {}
    sizes: dict[str, int] = {}  # replications of a scenario that take a moment, once one was timed
    try:
        while waiting or running:
            while waiting and len(running) < AHEAD * workers.jobs:
                key = next(iter(waiting))
                mine = waiting.pop(key)
                size = sizes.get(key, 1)
                batch, rest = Batch(key, mine[:size]), mine[size:]
                if rest:
                    waiting[key] = rest  # behind the others
                running[executor.submit(_several, known[key], plan, batch.replications)] = batch
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                batch = running.pop(future)
                found, took = future.result()
                sizes[batch.key] = max(1, min(MOST, int(BATCH_S * len(found) / max(took, 1e-6))))
                keep(batch, found)
    except BrokenProcessPool:
        raise VmarchError("a process ended by itself, perhaps out of memory; what had finished is kept") from None
    except KeyboardInterrupt:
        for future in wait(running, timeout=GRACE_S).done:
            if not future.cancelled() and future.exception() is None:
                keep(running[future], future.result()[0])
        workers.abandon()
        raise
    except BaseException:
        for future in running:
            future.cancel()
        raise


AHEAD = 2  # batches for each process, so that none waits for this one
MOST = 64  # replications in a batch


def _several(scenario: Runnable, plan: Plan, replications: list[int]) -> tuple[list[tuple[Result, str]], float]:
    """Results, and the seconds that they took."""
    began = time.perf_counter()
    return [replicate(scenario, plan, k) for k in replications], time.perf_counter() - began
