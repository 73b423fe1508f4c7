"""Judges claims, on the host of the textbook's time and on the present-day one, several at once if there are processes.

Each claim on each host is one piece of work. A process starts from the replications that are stored, and from those
that this run has made on the same host; what it adds comes back and is stored. Meanwhile it keeps what it makes in a
file of its own, which the next run gathers if this one is interrupted. The verdicts do not depend on how many processes
there are.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from experiments.claims.bench import Bench, Setting
from experiments.claims.registry import load_claim
from experiments.claims.spec import Verdict
from simcore.errors import VmarchError
from simcore.hosts import load_host
from simcore.results import Result
from vmarch.locks import locked
from vmarch.output import write
from vmarch.store import Store
from vmarch.workers import Workers

__all__ = ["ERAS", "NOW", "Judged", "gathered", "host_of", "judge"]

ERAS = ("then", "now")
NOW = "server"  # the present-day host

Entry = tuple[str, int, Result, str]


@dataclass(frozen=True)
class Judged:
    """A claim's verdict on one host.

    Attributes:
        unsettled: its replications that found no steady state.
        asked: workloads and architectures that it took, by name.
    """

    claim: str
    era: str
    host: str
    verdict: Verdict
    unsettled: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()


def host_of(claim: str, era: str) -> str:
    """The host on which a claim is judged, then or now."""
    return load_claim(claim).then if era == "then" else NOW


def judge(
    claims: Sequence[str],
    eras: Sequence[str],
    setting: Setting,
    *,
    store: Store | None = None,
    workers: Workers | None = None,
    progress: Callable[[int, int], None] | None = None,
    finished: Callable[[Judged], None] | None = None,
) -> list[Judged]:
    """The verdicts, claim by claim, then before now.

    Args:
        store: where finished replications are found and kept.
        progress: called with verdicts done and wanted.
        finished: called with each verdict as it comes, in any order.

    Raises:
        InputError: a name that is no claim's.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    kept = Store() if store is None else store
    pool = workers or Workers()
    wanted = [(claim, era) for claim in claims for era in eras]
    for claim, era in wanted:
        host_of(claim, era)
    done: dict[tuple[str, str], Judged] = {}

    def took(one: Judged) -> None:
        done[one.claim, one.era] = one
        if progress is not None:
            progress(len(done), len(wanted))
        if finished is not None:
            finished(one)

    if pool.executor is None:
        for claim, era in wanted:
            took(_judged(claim, era, setting, kept))
    else:
        _at_once(wanted, setting, kept, pool, took)
    kept.sort()
    if kept.path is not None:
        _forget(kept.path)
    return [done[pair] for pair in wanted]


def _judged(claim: str, era: str, setting: Setting, store: Store) -> Judged:
    bench = Bench(load_host(host_of(claim, era)), era, setting, store)
    verdict = load_claim(claim).judge(bench)
    return Judged(claim, era, bench.host.name, verdict, tuple(dict.fromkeys(bench.unsettled)), tuple(bench.asked))


def _at_once(
    wanted: Sequence[tuple[str, str]], setting: Setting, store: Store, workers: Workers, took: Callable[[Judged], None]
) -> None:
    """As many at a time as there are processes, so that each knows what was made before on its host."""
    executor = workers.executor
    assert executor is not None
    made: dict[str, list[Entry]] = {}
    waiting = list(wanted)
    running: dict[Future[tuple[Judged, list[Entry]]], str] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers.jobs:
                claim, era = waiting.pop(0)
                host = host_of(claim, era)
                known = tuple(made.get(host, ()))
                running[executor.submit(_in_process, claim, era, setting, store.path, known)] = host
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                host = running.pop(future)
                one, entries = future.result()
                for entry in entries:
                    if store.get(*entry[:2]) is None:
                        store.put(*entry)
                made.setdefault(host, []).extend(entries)
                took(one)
    except BrokenProcessPool:
        raise VmarchError("a process ended by itself, perhaps out of memory; what had finished is kept") from None
    except BaseException:
        for future in running:
            future.cancel()
        raise


def gathered(path: Path) -> Store:
    """The store at a path, with what the processes of an interrupted run left beside it."""
    held = locked(path.parent)  # nobody else gathers, or is still writing what is gathered
    parts = sorted(path.parent.glob(f"{path.stem}-*{path.suffix}"))
    if parts:
        files = [file.read_bytes() for file in (path, *parts) if file.exists()]
        whole = b"".join(text[: text.rfind(b"\n") + 1] for text in files)  # a last line may be cut off
        write(path, whole)
        _forget(path)
    store = Store(path)
    del held  # the store holds it now
    return store


def _forget(path: Path) -> None:
    """Removes the processes' own files: what they held is in the store."""
    for part in path.parent.glob(f"{path.stem}-*{path.suffix}"):
        part.unlink(missing_ok=True)


class _Recording(Store):
    """A process's store: it reads the common file, writes to one of its own, and remembers what is new."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path, alone=False)
        self.path = None if path is None else path.with_name(f"{path.stem}-{os.getpid()}{path.suffix}")
        self.new: list[Entry] = []

    def put(self, key: str, replication: int, result: Result, unsettled: str) -> None:
        super().put(key, replication, result, unsettled)
        self.new.append((key, replication, result, unsettled))

    def learn(self, entries: Sequence[Entry]) -> None:
        """Takes over what others made, which they keep."""
        for key, replication, result, unsettled in entries:
            self._results.setdefault((key, replication), (result, unsettled))


@functools.cache
def _store(path: Path | None) -> _Recording:
    """What was stored when this process first asked, and all that it has made and been told since."""
    return _Recording(path)


def _in_process(
    claim: str, era: str, setting: Setting, path: Path | None, known: tuple[Entry, ...]
) -> tuple[Judged, list[Entry]]:
    store = _store(path)
    store.learn(known)
    store.new.clear()
    return _judged(claim, era, setting, store), list(store.new)
