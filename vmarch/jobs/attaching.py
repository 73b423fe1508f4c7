"""Counts of a process that runs already, with its children: some time without counting, and as long under strace."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from simcore.errors import InputError
from simcore.summing import added
from vmarch.jobs.tracing import Traced, read_trace, strace, untraceable
from vmarch.measuring.running import Ran

__all__ = ["attached", "observed"]

PROC = Path("/proc")
MOST_S = 86_400.0


def _family(pid: int) -> list[int]:
    """A process and its descendants that are alive."""
    found, at = [pid], 0
    while at < len(found):
        for task in (PROC / str(found[at]) / "task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(word) for word in task.read_text("ascii").split()]
        at += 1
    return found


def _sum(pid: int) -> dict[str, float]:
    """What a process and its descendants, and those it waited for, have used since they began."""
    tick, total = os.sysconf("SC_CLK_TCK"), dict.fromkeys(("user", "system", "minor", "major", "switches", "read"), 0.0)
    for one in _family(pid):
        with contextlib.suppress(OSError, ValueError, IndexError):
            stat = (PROC / str(one) / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
            for key, places, scale in (
                ("minor", (7, 8), 1.0),
                ("major", (9, 10), 1.0),
                ("user", (11, 13), 1.0 / tick),
                ("system", (12, 14), 1.0 / tick),
            ):
                total[key] += added(float(stat[place]) for place in places) * scale
            for task in (PROC / str(one) / "task").glob("*/status"):
                for line in task.read_text("ascii", "replace").splitlines():
                    if line.startswith("voluntary_ctxt_switches"):
                        total["switches"] += float(line.split()[1])
            for line in (PROC / str(one) / "io").read_text("ascii").splitlines():
                if line.startswith("read_bytes"):
                    total["read"] += float(line.split()[1])
    return total


def observed(pid: int, seconds: float) -> Ran:
    """What a process and its children use in so many seconds, without counting calls.

    Raises:
        InputError: there is no such process, or it ends before.
    """
    if not 0.1 <= seconds <= MOST_S:
        raise InputError("--seconds", seconds, f"0.1 to {MOST_S:g}")
    _alive(pid)
    before, start = _sum(pid), time.monotonic()
    time.sleep(seconds)
    _alive(pid)
    after, wall_s = _sum(pid), time.monotonic() - start
    used = {key: max(after[key] - before[key], 0.0) for key in after}
    return Ran(
        status=0,
        wall_s=wall_s,
        user_s=used["user"],
        system_s=used["system"],
        minor_faults=round(used["minor"]),
        major_faults=round(used["major"]),
        switches=round(used["switches"]),
        read_bytes=round(used["read"]),
        output="",
        error="",
    )


def attached(pid: int, seconds: float) -> Traced:
    """The calls of a process and its children in so many seconds.

    Raises:
        InputError: no strace, or none that may trace this process.
    """
    _alive(pid)
    with tempfile.TemporaryDirectory(prefix="vmarch-", ignore_cleanup_errors=True) as scratch:
        where = Path(scratch) / "calls"
        words = strace(where)
        words += [word for one in _family(pid) for word in ("-p", str(one))]
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as one:
            try:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    one.wait(seconds)
            finally:
                one.send_signal(signal.SIGINT)  # strace lets go of the processes
                said = one.communicate(timeout=60.0)[1].decode("utf-8", "replace").strip()
        if "ptrace" in said and not (where.exists() and where.stat().st_size):
            raise untraceable(said.splitlines()[0][:200])
        with where.open(encoding="utf-8", errors="replace") as lines:
            return read_trace(lines)


def _alive(pid: int) -> None:
    if pid < 1 or not (PROC / str(pid)).is_dir():
        raise InputError("--pid", pid, "a process that runs, also at the end")
