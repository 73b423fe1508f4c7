"""Through a real Dask scheduler with two worker processes: the same bytes; a killed worker costs nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from .conftest import STUDY

pytestmark = pytest.mark.slow
Vmarch = Callable[..., Result]

# in a process of its own: its threads, sockets and warnings are no concern of the other tests
SCHEDULER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(processes=True, n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        print(*[worker.pid for worker in cluster.workers.values()], flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[int]]]:
    """The address of a scheduler, and the process ids of its workers."""
    program = tmp_path / "scheduler.py"
    program.write_text(SCHEDULER)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, str(program)], text=True, cwd=tmp_path, **pipes) as process:  # type: ignore[call-overload]
        address = process.stdout.readline().strip()
        pids = [int(word) for word in process.stdout.readline().split()]
        assert address.startswith("tcp://")
        yield address, pids
        process.stdin.close()
        process.wait(30)


def results(out: Path) -> list[bytes]:
    return [(out / name).read_bytes() for name in ("results.parquet", "results.csv")]


def test_a_cluster_gives_the_same_bytes(
    vmarch: Vmarch, threads: object, study: Path, tmp_path: Path, cluster: tuple[str, list[int]]
) -> None:
    vmarch("sweep", study, "--out", tmp_path / "here")
    result = vmarch("sweep", study, "--out", tmp_path / "there", "--cluster", cluster[0])
    assert "8 cells: 8 ok" in result.stdout
    assert results(tmp_path / "here") == results(tmp_path / "there")


def test_a_killed_worker_of_a_cluster_costs_nothing(
    vmarch: Vmarch, threads: object, study: Path, tmp_path: Path, cluster: tuple[str, list[int]]
) -> None:
    study.write_text(
        STUDY.replace("[1, 2]", "[1, 2, 3, 4, 5, 6, 7, 8]").replace("operations = 10", "operations = 10000")
    )
    vmarch("sweep", study, "--out", tmp_path / "here")
    address, pids = cluster

    def kill() -> None:
        while not list((tmp_path / "there" / "parts").glob("*.parquet")):
            time.sleep(0.05)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    vmarch("sweep", study, "--out", tmp_path / "there", "--cluster", address)
    killer.join()
    assert results(tmp_path / "here") == results(tmp_path / "there")


def test_a_cluster_that_goes_away_keeps_what_is_finished(
    vmarch: Vmarch, threads: object, study: Path, tmp_path: Path, cluster: tuple[str, list[int]]
) -> None:
    import psutil

    study.write_text(
        STUDY.replace("[1, 2]", "[1, 2, 3, 4, 5, 6, 7, 8]").replace("operations = 10", "operations = 40000")
    )
    out = tmp_path / "out"
    scheduler = psutil.Process(cluster[1][0]).parent()
    assert scheduler is not None

    def kill() -> None:
        while not list((out / "parts").glob("*.parquet")):
            time.sleep(0.05)
        scheduler.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    result = vmarch("sweep", study, "--out", out, "--cluster", cluster[0], status=1)
    killer.join()
    assert "is gone; what had finished is kept" in result.stderr
    vmarch("sweep", study, "--out", out)
