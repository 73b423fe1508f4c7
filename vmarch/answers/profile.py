"""What a real job asks for, counted on this machine, as a workload and a job's folder."""

from __future__ import annotations

import math
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from simcore.errors import InputError
from simcore.schema import validated
from simcore.units import format_seconds
from vmarch.answers.answer import Answer
from vmarch.jobs.job import Count, Job, NativeRun
from vmarch.jobs.profiling import (
    Counted,
    clock_readings,
    counted,
    events_of_perf,
    native_runs,
    ran_natively,
    traced,
    traced_of,
)
from vmarch.measuring.machine import clock_hz
from vmarch.output import Row, csv_text, json_text, prepare, write
from vmarch.progress import progress_bar
from vmarch.tables import Table
from workloads import Workload

__all__ = ["Profiled", "profile"]

IO = ("disk_read", "disk_flush")
MOST = 400  # flushes and reads in an operation: a job of more is described by a part of it
PART = "part of a run"


@dataclass(frozen=True, repr=False)
class Profiled(Answer):
    """A job, counted.

    Attributes:
        job: the workload with the counts of an operation, and the runs without counting.
        counted: the counts of a whole run.
        data: the workload as its file says it.
    """

    job: Job
    counted: Counted
    data: Mapping[str, Any]
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def rows(self) -> Sequence[Row]:
        """One row for each demand of an operation."""
        return [{"demand": name, **vars(one)} for name, one in self.job.counts.items()]

    @property
    def overhead(self) -> float | None:
        """How many times longer the run took while its calls were counted; None where they were not."""
        return None if self.counted.traced_s is None else self.counted.traced_s / self.job.native_s

    @cached_property
    def table(self) -> Table:
        """The counts of an operation with their basis, and below them the times."""
        lines = [
            [name, f"{one.value:,.6g}", f"{one.low:,.4g} .. {one.high:,.4g}" if one.low < one.high else "", one.basis]
            for name, one in self.job.counts.items()
        ]
        run = self.job.typical
        busy = (
            ""
            if run.user_s is None or run.system_s is None
            else (
                f", of which {format_seconds(run.user_s)} in user code and {format_seconds(run.system_s)} in the kernel"
            )
        )
        times = f"A run takes {format_seconds(run.wall_s)} natively{busy}, median of {len(self.job.runs)}"
        notes = [f"{times}; it holds {run.operations:g} operations." if run.operations != 1 else f"{times}."]
        if self.overhead is not None:
            notes.append(f"While its calls were counted it took {self.overhead:.3g} times as long.")
        notes += [f"{doubt[0].upper()}{doubt[1:]}." for doubt in self.counted.doubts]
        columns = ("demand", "of an operation", "range", "counted how")
        title = f"What a {self.job.workload.unit} of {self.job.workload.title} asks for"
        return Table(title, columns, lines, left=1, notes=notes)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "profile", **self.settings}

    @property
    def finding(self) -> str:
        """How long and how much."""
        calls = sum(self.counted.traced.calls.values())
        return f"{self.job.workload.title}: {format_seconds(self.job.native_s)} natively, {calls:,} system calls"

    @property
    def name(self) -> str:
        """What its files are called."""
        return "counts"

    def save(self, folder: str | Path) -> None:
        """Writes the job's folder, with the calls by name, and what made it.

        Raises:
            InputError: a file cannot be written.
        """
        where = prepare(Path(folder))
        self.job.save(where, self.data)
        calls: list[Row] = [{"call": name, "count": n} for name, n in self.counted.traced.calls.most_common()]
        write(where / "calls.csv", csv_text(calls))
        write(where / "job.json", json_text({**self.made, "overhead_of_counting": self.overhead}))


def profile(
    command: Sequence[str],
    out: str | Path,
    *,
    runs: int = 5,
    cpu: int | None = None,
    per: str | None = None,
    name: str | None = None,
    from_strace: str | Path | None = None,
    from_perf: str | Path | None = None,
    folder: str | Path | None = None,
    limit_s: float = 600.0,
) -> Profiled:
    """Runs a job on this machine and counts what it asks for, into a folder.

    Args:
        command: the job's words; it gets no terminal, and must end by itself.
        runs: without counting, after one to warm up.
        cpu: the only processor it may use; any by default.
        per: what an operation is and how many a run holds, such as "requests=12000"; a run by default.
        name: of the workload; the folder's by default.
        from_strace: counts of calls made elsewhere, call by call or as a summary, in place of a run under strace.
        from_perf: counters that `perf stat -j` wrote.
        folder: where the job runs; here by default.
        limit_s: seconds after which a run is stopped.

    Raises:
        InputError: no strace, no permission, a job that fails or ends at once, a bad file or value.
    """
    if not command:
        raise InputError("COMMAND", "nothing", "a job after --, such as: -- make -j2")
    if not 1 <= runs <= 1000:
        raise InputError("--runs", runs, "1 to 1000")
    if cpu is not None and cpu not in os.sched_getaffinity(0):
        raise InputError("--cpu", cpu, f"one of {', '.join(map(str, sorted(os.sched_getaffinity(0))))}")
    unit, operations = _per(per)
    called = re.sub(r"[^a-z0-9._-]+", "-", (name or Path(out).resolve().name).lower()).strip("-._") or "job"
    perf = events_of_perf(Path(from_perf)) if from_perf else {}
    imported = traced_of(Path(from_strace)) if from_strace else None
    prepare(Path(out))
    where = Path(folder) if folder else Path.cwd()
    with progress_bar("profile") as progress:
        done = ran_natively(command, runs, folder=where, cpu=cpu, limit_s=limit_s, progress=progress)
        progress(runs + 1, runs + 2)
        calls, calls_s = imported, None
        if calls is None:
            calls, calls_s = traced(command, folder=where, cpu=cpu, limit_s=10.0 * limit_s)
        readings = clock_readings(command, folder=where, cpu=cpu, limit_s=limit_s)
        progress(runs + 2, runs + 2)
    clock = clock_hz()
    found = counted(done, calls, calls_s, clock or 1e9, perf, readings)
    many = sum(found.counts[kind].value for kind in IO if kind in found.counts)
    if many / operations > MOST:
        unit, operations = PART, operations * math.ceil(many / operations / MOST)
    job, data = _job(found, native_runs(done, operations), called, shlex.join(command), unit, operations)
    settings = {"words": list(command), "runs": runs, "cpu": cpu, "per": per, "clock_hz": clock}
    answer = Profiled(job, found, data, settings)
    answer.save(out)
    return answer


def _per(text: str | None) -> tuple[str, float]:
    if text is None:
        return "run", 1.0
    unit, _, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    if not unit.strip() or not (math.isfinite(value) and value > 0.0):
        raise InputError("--per", text, "NAME=NUMBER, such as requests=12000")
    return unit.strip(), value


def _job(
    found: Counted, runs: tuple[NativeRun, ...], name: str, title: str, unit: str, operations: float
) -> tuple[Job, dict[str, Any]]:
    """The job with the counts of an operation."""
    counts = {
        kind: Count(one.value / operations, one.low / operations, one.high / operations, one.basis)
        for kind, one in found.counts.items()
    }
    io: list[dict[str, Any]] = []
    if "disk_read" in counts:
        item = {"kind": "disk_read", "count": counts["disk_read"].value, "size": "128 KiB", "pattern": "sequential"}
        io.append(item)
    if "disk_flush" in counts:
        io.append({"kind": "disk_write", "count": counts["disk_flush"].value, "size": "4 KiB"})
        io.append({"kind": "disk_flush", "count": counts["disk_flush"].value})
    short = title if len(title) <= 40 else f"{title[:37]}..."
    data = {
        "name": name,
        "title": short,
        "kind": "macro",
        "unit": unit[:40],
        "source": "counted by vmarch profile on the machine that ran it",
        "demands": {kind: one.value for kind, one in counts.items() if kind not in IO},
        "basis": {kind: one.basis for kind, one in counts.items()},
        "io": io,
    }
    if not io:
        del data["io"]
    return Job(validated(Workload, data, "workload.toml"), runs, counts), data
