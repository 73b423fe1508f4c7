"""Counts made elsewhere: by strace, `perf stat -j`, fio, iostat and sar."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simcore.errors import InputError
from simcore.reading import read_file
from simcore.summing import added
from vmarch.jobs.tracing import Traced, read_summary, read_trace

__all__ = ["Requests", "events_of_perf", "rates_of_devices", "requests_of_fio", "traced_of"]

LARGEST = 2**30
KIB = 1024.0


@dataclass(frozen=True)
class Requests:
    """Requests to disks.

    Attributes:
        reads, writes: how many (or how many a second); read_bytes, written_bytes: of all of them together.
        sequential: whether they follow each other on the disk; by whom they were counted.
        seconds: how long they took, where that is known, of which user_s and system_s by the processor.
        deep: how many were under way at once.
    """

    reads: float
    writes: float
    read_bytes: float
    written_bytes: float
    by: str
    sequential: bool = False
    flushes: float = 0.0
    seconds: float | None = None
    user_s: float = 0.0
    system_s: float = 0.0
    deep: int = 1

    def times(self, factor: float) -> Requests:
        """So many times as many."""
        return replace(
            self,
            reads=factor * self.reads,
            writes=factor * self.writes,
            read_bytes=factor * self.read_bytes,
            written_bytes=factor * self.written_bytes,
        )


def traced_of(path: Path) -> Traced:
    """Counts that strace wrote to a file, call by call or as a summary.

    Raises:
        InputError: it cannot be read, or is neither.
    """
    text = read_file(path, "--from-strace", "text file", LARGEST).decode("utf-8", "replace")
    found = read_trace(text.splitlines())
    return found if found.calls else read_summary(text, "--from-strace")


def events_of_perf(path: Path) -> dict[str, float]:
    """Counters by name of what `perf stat -j` wrote; those that the machine has not are left out.

    Raises:
        InputError: it cannot be read, or holds no counter.
    """
    text = read_file(path, "--from-perf", "JSON file", LARGEST).decode("utf-8", "replace")
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                event = json.loads(line)
                value = float(event["counter-value"])
            except (ValueError, KeyError, TypeError):
                continue
            if math.isfinite(value):
                found[str(event.get("event", ""))] = value
    if not found:
        raise InputError("--from-perf", str(path), "what `perf stat -j -o FILE` writes, with a counter that counted")
    return found


def requests_of_fio(path: Path) -> Requests:
    """What `fio --output-format=json` says of its jobs, together.

    Raises:
        InputError: it cannot be read, or holds no request.
    """
    said = "what `fio --output-format=json` writes, with a request that ended"
    data = _json(path, "--from-fio", said)
    try:
        jobs = data["jobs"]
        sides = {side: [one[side] for one in jobs if side in one] for side in ("read", "write", "sync")}
        ios, amount = (
            {side: float(added(one.get(key, 0) for one in parts)) for side, parts in sides.items()}
            for key in ("total_ios", "io_bytes")
        )
        seconds = max(float(one.get("job_runtime", 0)) for one in jobs) / 1e3
        options = {**data.get("global options", {}), **jobs[0].get("job options", {})}
        kind, depth = str(options.get("rw", options.get("readwrite", "read"))), float(options.get("iodepth", 1))
        user, system = (
            added(float(one.get(key, 0.0)) / 100.0 * float(one.get("job_runtime", 0)) / 1e3 for one in jobs)
            for key in ("usr_cpu", "sys_cpu")
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise InputError("--from-fio", str(path), said) from None
    if not (ios["read"] + ios["write"] > 0.0 and seconds > 0.0):
        raise InputError("--from-fio", str(path), said)
    return Requests(
        reads=ios["read"],
        writes=ios["write"],
        read_bytes=amount["read"],
        written_bytes=amount["write"],
        by="fio",
        sequential=not kind.startswith("rand"),
        flushes=ios["sync"],
        seconds=seconds,
        user_s=user,
        system_s=system,
        deep=round(depth * len(jobs)),
    )


def rates_of_devices(path: Path) -> Requests:
    """Requests a second of all disks together, of what `iostat -o JSON -d` or `sadf -j -- -d` wrote.

    Means over its reports; the first report of iostat, which is since the start, is left out if there are more.

    Raises:
        InputError: it cannot be read, or is neither.
    """
    said = "what `iostat -o JSON -dxk SECONDS COUNT` or `sadf -j -- -d` writes"
    data = _json(path, "--from-iostat", said)
    try:
        statistics = data["sysstat"]["hosts"][0]["statistics"]
        reports = [one["disk"] for one in statistics if one.get("disk")]
        reports = reports[1:] if len(reports) > 1 and "timestamp" not in statistics[0] else reports
        totals = [_of_report(disks) for disks in reports]
        reads, writes, read_bytes, written = (added(column) / len(totals) for column in zip(*totals, strict=True))
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError):
        raise InputError("--from-iostat", str(path), said) from None
    return Requests(reads, writes, read_bytes, written, by="iostat or sar")


def _of_report(disks: list[Mapping[str, Any]]) -> tuple[float, float, float, float]:
    reads = writes = read_bytes = written = 0.0
    for one in disks:
        into, out = (
            float(one.get("rkB/s", one.get("kB_read/s", 0.0))),
            float(one.get("wkB/s", one.get("kB_wrtn/s", 0.0))),
        )
        if "r/s" in one:
            more, less = float(one["r/s"]), float(one["w/s"])
        else:  # transfers of both kinds together: as their bytes are
            share = into / (into + out) if into + out else 0.0
            more, less = float(one["tps"]) * share, float(one["tps"]) * (1.0 - share)
        reads, writes, read_bytes, written = reads + more, writes + less, read_bytes + into * KIB, written + out * KIB
    return reads, writes, read_bytes, written


def _json(path: Path, option: str, said: str) -> Any:
    text = read_file(path, option, "JSON file", LARGEST).decode("utf-8", "replace")
    try:
        return json.loads(text[text.index("{") :])  # fio may say something before it
    except ValueError:
        raise InputError(option, str(path), said) from None
