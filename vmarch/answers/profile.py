"""What a real job asks for, counted here or elsewhere, as a workload and a job's folder."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from architectures import load_architecture
from simcore.errors import InputError
from simcore.path import Layer
from simcore.schema import validated
from simcore.units import format_seconds
from vmarch.answers.answer import Answer
from vmarch.answers.predict import load_box
from vmarch.figures.plots import stack, stacked_bars
from vmarch.jobs.forecast import Forecast, forecast
from vmarch.jobs.imports import events_of_perf, rates_of_devices, requests_of_fio, traced_of
from vmarch.jobs.job import Count, Job, NativeRun
from vmarch.jobs.profiling import Counted, Observed, counted, native_runs
from vmarch.jobs.recorded import recorded
from vmarch.jobs.rounds import rounds_of
from vmarch.jobs.seeing import attached_here, of_fio, ran_here
from vmarch.jobs.tracing import Traced
from vmarch.jobs.words import words_of
from vmarch.measuring.machine import clock_hz
from vmarch.measuring.running import cpu_of
from vmarch.output import Row, csv_text, json_text, prepare, write
from vmarch.scenario import Scenario
from vmarch.tables import Table
from workloads import Workload, load_workload

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Profiled", "profile"]

IO = ("disk_read", "disk_write", "disk_flush")
LITTLE = 0.001  # of the time: less is left out of the figure
LABEL = "milliseconds of a run on the bare machine"
MOST = 400  # flushes and reads in an operation: a job of more is described by a part of it
PART = "part of a run"


@dataclass(frozen=True, repr=False)
class Profiled(Answer):
    """A job, counted.

    Attributes:
        job: the workload with the counts of an operation, and the runs without counting.
        counted: the counts of a whole run, from these calls; calls_s: how long the run took with counting.
        data: the workload as its file says it.
        native: where a run's native time goes by a box's prices, where there is a box.
    """

    job: Job
    counted: Counted
    calls: Traced
    calls_s: float | None
    data: Mapping[str, Any]
    native: Forecast | None = None
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def rows(self) -> Sequence[Row]:
        """One row for each demand of an operation."""
        return [{"demand": name, **vars(one)} for name, one in self.job.counts.items()]

    @property
    def overhead(self) -> float | None:
        """How many times longer the run took while its calls were counted; None where they were not."""
        return None if self.calls_s is None else self.calls_s / self.job.native_s

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
        if self.native is not None:
            said = f"{100 * self.native.explained:.0f} % of the processor time"
            notes.append(f"By the prices of the box the counts explain {said}; the rest is code of its own.")
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
        calls = sum(self.calls.calls.values())
        return f"{self.job.workload.title}: {format_seconds(self.job.native_s)} natively, {calls:,} system calls"

    @property
    def name(self) -> str:
        """What its files are called."""
        return "counts"

    def _bars(self) -> dict[str, dict[str, float]]:
        """Seconds of a run by what it is spent on, the longest first."""
        if self.native is None:
            raise InputError("plot", "no box", "a profile with the prices of a box: on=")
        parts = sorted(self.native.parts.items(), key=lambda item: item[1].native_s, reverse=True)
        layers = {"user_cycles": Layer.USER, "waiting": "waiting", "tlb_misses": Layer.MMU}
        layers |= dict.fromkeys(map(str, IO), Layer.DEVICE)
        names = {"user_cycles": "code of its own", "kernel_cycles": "other kernel code", "waiting": "waiting"}
        return {
            names.get(name) or f"{part.count:,.0f} {words_of(name)}": {
                layers.get(name, Layer.GUEST_KERNEL): part.native_s
            }
            for name, part in parts
            if part.native_s > 0.0
        }

    def _draw(self, axes: Axes) -> None:
        stack(axes, self._bars(), LABEL, 1e3)

    def draw(self, path: Path) -> None:
        """Writes the figure as PNG and SVG; none without a box.

        Raises:
            InputError: it cannot be written.
        """
        if self.native is None:
            return
        stacked_bars(
            path,
            self._bars(),
            title=f"{self.job.workload.title}: counts explain {100 * self.native.explained:.0f} % of processor time",
            caption="A run on the bare machine: counts times the prices of the box; the rest is code of its own. "
            f"What takes less than {100 * LITTLE:g} % is left out.",
            label=LABEL,
            scale=1e3,
        )

    def save(self, folder: str | Path) -> None:
        """Writes the job's folder, with the calls by name, and what made it.

        Raises:
            InputError: a file cannot be written.
        """
        where = prepare(Path(folder))
        self.job.save(where, self.data)
        calls: list[Row] = [{"call": name, "count": n} for name, n in self.calls.calls.most_common()]
        write(where / "calls.csv", csv_text(calls))
        self.draw(where / "native-time")
        write(where / "job.json", json_text({**self.made, "overhead_of_counting": self.overhead}))


def profile(
    command: Sequence[str] = (),
    out: str | Path = "job",
    *,
    runs: int = 5,
    cpu: int | None = None,
    per: str | None = None,
    count_by: str | None = None,
    name: str | None = None,
    pid: int | None = None,
    seconds: float = 10.0,
    from_strace: str | Path | None = None,
    from_perf: str | Path | None = None,
    from_fio: str | Path | None = None,
    from_iostat: str | Path | None = None,
    from_record: str | Path | None = None,
    on: str | Path | None = None,
    folder: str | Path | None = None,
    limit_s: float = 600.0,
) -> Profiled:
    """Counts what a job asks for, into a folder: of a command that is run here, a process that runs, or a record.

    Args:
        command: the job's words; it gets no terminal, and must end by itself.
        runs: without counting, after one to warm up.
        cpu: the only processor it may use; any by default.
        per: what an operation is and how many a run holds, such as "requests=12000"; a run by default. With `count_by`
            only what it is.
        count_by: a shell command that prints how many operations there have been; it runs before and after.
        name: of the workload; the folder's by default.
        pid: a process, with its children, in place of a command: `seconds` without counting, and as many with it.
        from_strace: counts of calls made elsewhere, call by call or as a summary, in place of a run under strace.
        from_perf: counters that `perf stat -j` wrote.
        from_fio: what `fio --output-format=json` wrote: of its requests to the disk, or, without a command, all.
        from_iostat: requests a second to the disks, by `iostat -o JSON` or `sadf -j`, while the job ran.
        from_record: the folder that `record.sh` recorded elsewhere, in place of a command.
        on: the folder that `vmarch measure` wrote: shows where the native time goes by its prices.
        folder: where the job runs; here by default.
        limit_s: seconds after which a run is stopped.

    Raises:
        InputError: no strace, no permission, a job that fails or ends at once, a bad file or value.
    """
    sources = {"COMMAND": bool(command), "--pid": pid is not None, "--from-record": from_record is not None}
    given = [one for one, there in sources.items() if there] or (["--from-fio"] if from_fio else [])
    if len(given) != 1:
        said = " and ".join(given) or "nothing"
        raise InputError(
            "COMMAND", said, "one of: a job after -- (such as: -- make -j2), --pid, --from-record, --from-fio"
        )
    rounds_of(runs)
    cpu_of(cpu)
    unit, operations = _per(per, counted_elsewhere=count_by is not None)
    called = re.sub(r"[^a-z0-9._-]+", "-", (name or Path(out).resolve().name).lower()).strip("-._") or "job"
    perf = events_of_perf(Path(from_perf)) if from_perf else {}
    imported = traced_of(Path(from_strace)) if from_strace else None
    requests = requests_of_fio(Path(from_fio)) if from_fio else None
    rates = rates_of_devices(Path(from_iostat)) if from_iostat else None
    bare = Scenario(load_workload("fork"), load_architecture("native"), load_box(on)[0]) if on else None
    prepare(Path(out))
    where = Path(folder) if folder else Path.cwd()
    clock = clock_hz() or 1e9
    title = shlex.join(command)
    if command:
        seen, operations = ran_here(command, where, runs, cpu, limit_s, imported, clock, count_by, operations)
    elif pid is not None:
        seen, operations = attached_here(pid, seconds, imported, clock, count_by, operations)
        title = f"process {pid}"
    elif from_record is not None:
        record = recorded(Path(from_record))
        seen = Observed(record.runs, imported or record.calls, record.clock_hz or clock, perf=record.perf)
        command, title = record.words, shlex.join(record.words)
    else:
        assert requests is not None
        seen, title = of_fio(requests, clock), "requests of fio"
        unit, operations = ("request", requests.reads + requests.writes) if per is None else (unit, operations)
    wall_s = median(one.wall_s for one in seen.runs)
    seen = replace(
        seen,
        perf={**seen.perf, **perf},
        requests=requests or (rates.times(wall_s) if rates else seen.requests),
    )
    found = counted(seen)
    many = sum(found.counts[kind].value for kind in IO if kind in found.counts)
    if many / operations > MOST:
        unit, operations = PART, operations * math.ceil(many / operations / MOST)
    job, data = _job(found, native_runs(seen.runs, operations), called, title, unit, operations)
    settings = {"words": list(command), "runs": runs, "cpu": cpu, "per": per, "clock_hz": seen.clock_hz}
    native = None
    if bare is not None:
        mine = replace(bare, workload=job.workload)
        native = forecast(job, mine, mine)
    answer = Profiled(job, found, seen.calls, seen.calls_s, data, native, settings)
    answer.save(out)
    return answer


def _per(text: str | None, *, counted_elsewhere: bool) -> tuple[str, float]:
    if counted_elsewhere:
        return (text or "operation").partition("=")[0].strip(), 1.0
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
    for kind in IO:
        if kind in counts:
            item: dict[str, Any] = {"kind": kind, "count": counts[kind].value}
            if kind in found.sizes:
                pattern = "sequential" if found.sequential and kind == "disk_read" else "random"
                item |= {"size": f"{found.sizes[kind]:g} B", "pattern": pattern}
            io.append(item)
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
