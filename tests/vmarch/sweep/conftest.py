"""Studies that are quickly run, and threads in place of processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

STUDY = """
title = "Exits"
[run]
replications = 2
operations = 10
[factors]
workload = ["tcp-rr"]
architecture = ["kvm-vhost", "xen-pv"]
guests = [1, 2]
costs.vm_exit = ["500 cycles", "1000 cycles"]
"""


class Threads:
    """An executor of threads, as a runner."""

    def __init__(self, width: int = 2) -> None:
        self.width = width
        self.calls = 0
        self._pool = ThreadPoolExecutor(width)

    def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        self.calls += 1
        return self._pool.submit(function, *args)

    def renew(self, error: BaseException | None) -> None:
        del error

    def close(self, *, now: bool = False) -> None:
        self._pool.shutdown(cancel_futures=now)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Threads]]:
    """The command runs cells in threads of this process; the runners it has made."""
    made: list[Threads] = []

    def make(width: int) -> Threads:
        made.append(Threads(width))
        return made[-1]

    monkeypatch.setattr("vmarch.answers.sweep.Processes", make)
    yield made
    for one in made:
        one.close()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of eight cells."""
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    return path
