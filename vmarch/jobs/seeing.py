"""Ways to see a job: a command run here, a process that runs already, a report of fio."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from simcore.errors import InputError
from vmarch.jobs.attaching import attached, observed
from vmarch.jobs.faulting import faults_by_kind
from vmarch.jobs.imports import Requests
from vmarch.jobs.profiling import Observed, clock_readings, ran_natively, traced
from vmarch.jobs.rounds import BARE, job_run
from vmarch.jobs.tracing import Traced
from vmarch.measuring.running import Ran
from vmarch.progress import progress_bar

__all__ = ["attached_here", "of_fio", "ran_here"]


def ran_here(
    command: Sequence[str],
    folder: Path,
    runs: int,
    cpu: int | None,
    limit_s: float,
    imported: Traced | None,
    clock: float,
    count_by: str | None,
    operations: float,
) -> tuple[Observed, float]:
    """A command run here, and how many operations a run held."""
    with progress_bar("profile") as progress:
        before = _told(count_by, folder)
        done = ran_natively(command, runs, folder=folder, cpu=cpu, limit_s=limit_s, progress=progress)
        if count_by is not None:
            operations = _served(count_by, before, _told(count_by, folder), runs + 1)
        progress(runs + 1, runs + 2)
        calls, calls_s = imported, None
        if calls is None:
            calls, calls_s = traced(command, folder=folder, cpu=cpu, limit_s=10.0 * limit_s)
        readings = clock_readings(command, folder=folder, cpu=cpu, limit_s=limit_s)
        faults = faults_by_kind(command, folder=folder, cpu=cpu, limit_s=limit_s)
        progress(runs + 2, runs + 2)
    return Observed(tuple(done), calls, clock, calls_s, readings=readings, faults=faults), operations


def attached_here(
    pid: int, seconds: float, imported: Traced | None, clock: float, count_by: str | None, operations: float
) -> tuple[Observed, float]:
    """A process that runs; its calls are scaled to the operations served without counting."""
    here = Path.cwd()
    before = _told(count_by, here)
    run = observed(pid, seconds)
    between = _told(count_by, here)
    calls = imported or attached(pid, seconds)
    if count_by is not None:
        operations = _served(count_by, before, between, 1)
        if imported is None:
            calls = calls.times(operations / _served(count_by, between, _told(count_by, here), 1))
    return Observed((run,), calls, clock), operations


def of_fio(requests: Requests, clock: float) -> Observed:
    """A run of fio, which makes a system call for each request."""
    assert requests.seconds is not None
    calls = Traced()
    calls.calls["pread64"], calls.calls["pwrite64"] = round(requests.reads), round(requests.writes)
    calls.calls["fsync"] = round(requests.flushes)
    run = Ran(0, requests.seconds, requests.user_s, requests.system_s, 0, 0, 0, 0, "", "")
    return Observed((run,), calls, clock)


def _told(command: str | None, folder: Path) -> float:
    """The number that a shell command prints last."""
    if command is None:
        return 0.0
    done = job_run(["sh", "-c", command], BARE, folder=folder, cpu=None, limit_s=60.0)
    numbers = re.findall(r"\d+(?:\.\d+)?", done.output)
    if not numbers:
        raise InputError("--count-by", command, "a command that prints a number")
    return float(numbers[-1])


def _served(command: str, before: float, after: float, runs: int) -> float:
    if not after > before:
        allowed = f"a command whose number grows while the job runs, not {before:g} and then {after:g}"
        raise InputError("--count-by", command, allowed)
    return (after - before) / runs
