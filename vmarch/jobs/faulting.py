"""Kinds of page faults, from what perf records of each: its address, and what is mapped there."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from vmarch.jobs.rounds import BARE, job_run

__all__ = ["ANONYMOUS", "COPIED", "FILED", "faults_by_kind", "read_faults"]

ANONYMOUS, FILED, COPIED = "page_faults", "file_faults", "copied_faults"
MAPPED = re.compile(r"PERF_RECORD_MMAP2? (\d+)/\d+: \[(0x[0-9a-f]+)\((0x[0-9a-f]+)\) .*\]: (\S+) (.*)$")
FORKED = re.compile(r"PERF_RECORD_FORK\((\d+):\d+\):\((\d+):\d+\)")
NEW_IMAGE = re.compile(r"PERF_RECORD_COMM exec: .*:(\d+)/\d+$")
FAULT = re.compile(r"^\s*(?:\S.*\s)?(\d+)\s+([0-9a-f]+)\s*$")
NO_FILE = ("//", "/dev/zero", "/memfd:", "/SYSV")
Range = tuple[int, int, str]


def read_faults(lines: Iterable[str]) -> Counter[str]:
    """Counts of what `perf script -F pid,addr --show-mmap-events --show-task-events` prints.

    A fault in a private, writable part of a file is a first write, in another part of a file a first read; all others
    are of memory without a file.
    """
    maps: dict[int, list[Range]] = {}
    found: Counter[str] = Counter()
    for line in lines:
        if "PERF_RECORD" in line:
            if mapped := MAPPED.search(line):
                start = int(mapped[2], 16)
                maps.setdefault(int(mapped[1]), []).append(
                    (start, start + int(mapped[3], 16), _kind(mapped[4], mapped[5]))
                )
            elif forked := FORKED.search(line):
                maps.setdefault(int(forked[1]), list(maps.get(int(forked[2]), ())))
            elif image := NEW_IMAGE.search(line.rstrip()):
                maps[int(image[1])] = []
        elif fault := FAULT.match(line):
            address = int(fault[2], 16)
            ranges = maps.get(int(fault[1]), ())
            found[next((kind for low, high, kind in reversed(ranges) if low <= address < high), ANONYMOUS)] += 1
    return found


def _kind(protection: str, path: str) -> str:
    if not path.startswith("/") or path.startswith(NO_FILE):
        return ANONYMOUS
    return COPIED if protection.startswith("rw") and protection.endswith("p") else FILED


def faults_by_kind(words: Sequence[str], *, folder: Path, cpu: int | None, limit_s: float) -> Counter[str] | None:
    """Page faults of a run by kind; None where there is no perf, or none that may record them.

    Raises:
        InputError: the job fails.
    """
    if not shutil.which("perf"):
        return None
    with tempfile.TemporaryDirectory(prefix="vmarch-", ignore_cleanup_errors=True) as scratch:
        where = str(Path(scratch) / "faults")
        tried = subprocess.run(
            ["perf", "record", "-q", "-e", "page-faults", "-c", "1", "-d", "-o", where, "true"],
            check=False,
            capture_output=True,
        )
        if tried.returncode:
            return None
        ahead = ["perf", "record", "-q", "-e", "page-faults", "-c", "1", "-d", "-o", where, "--"]
        job_run([*ahead, *words], BARE, folder=folder, cpu=cpu, limit_s=limit_s, job=" ".join(words))
        shown = ["perf", "script", "-i", where, "-F", "pid,addr", "--show-mmap-events", "--show-task-events"]
        with subprocess.Popen(
            shown, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace"
        ) as one:
            assert one.stdout is not None
            found = read_faults(one.stdout)
        return found or None
