"""Killed at random moments, the command or a worker: no finished cell is lost, and no row changes."""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

KILLS = 24
STUDY = """
[run]
seed = {seed}
replications = 2
operations = 60
[factors]
workload = ["tcp-rr", "page-fault"]
architecture = ["kvm-vhost", "xen-pv", "trap-and-emulate"]
guests = [1, 2]
costs.vm_exit = {{ start = "500 cycles", stop = "5000 cycles", points = 60 }}
"""


def rows(out: Path) -> dict[str, Any]:
    """All rows that are on disk, by the key of their cell; equal keys have equal rows."""
    found: dict[str, Any] = {}
    for path in (out / "parts").glob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            assert found.setdefault(row["key"], row) == row
    return found


def start(study: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "experiments.commands.main",
        "sweep",
        str(study),
        "--workers",
        "2",
        "--out",
        str(out),
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def workers(command: subprocess.Popen[bytes]) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        children = psutil.Process(command.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    return []


def kill_a_worker(command: subprocess.Popen[bytes], chance: random.Random) -> bool:
    there = workers(command)
    if not there:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        chance.choice(there).send_signal(signal.SIGKILL)
        return True
    return False


def test_nothing_is_lost_and_nothing_changes(tmp_path: Path) -> None:
    chance = random.Random(1)
    study, out = tmp_path / "study.toml", tmp_path / "out"
    commands_killed = workers_killed = resumed = 0
    kept: dict[str, Any] = {}
    seed = 0
    while commands_killed + workers_killed < KILLS or min(commands_killed, workers_killed) < KILLS // 3:
        seed += 1
        study.write_text(STUDY.format(seed=seed))
        finished = False
        while not finished:
            command = start(study, out)
            for _ in range(chance.randint(1, 2)):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    command.wait(chance.uniform(0.5, 4.0))
                workers_killed += command.poll() is None and kill_a_worker(command, chance)
            with contextlib.suppress(subprocess.TimeoutExpired):
                command.wait(chance.uniform(0.1, 3.0))
            finished = command.poll() is not None
            if finished:
                assert command.returncode == 0
            else:
                left = workers(command)
                command.kill()
                command.wait()
                commands_killed += 1
                _, alive = psutil.wait_procs(left, timeout=20)
                assert not alive, "workers outlive their command"
            now = rows(out)
            assert kept.items() <= now.items()
            resumed += len(kept) < len(now)
            kept = now
    assert resumed > 3  # it went on, time and again

    results = {name: (out / name).read_bytes() for name in ("results.parquet", "results.csv")}
    undisturbed = tmp_path / "undisturbed"
    command = start(study, undisturbed)
    assert command.wait() == 0
    assert {name: (undisturbed / name).read_bytes() for name in results} == results
