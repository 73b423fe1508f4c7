"""Runs a job on the bare machine, with counting and without, and says what it asks for and how sure that is."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

from simcore.errors import InputError
from simcore.reading import read_file
from vmarch.jobs.job import Count, NativeRun
from vmarch.jobs.rounds import BARE, job_run
from vmarch.jobs.tracing import Traced, read_summary, read_trace
from vmarch.measuring.running import Ran, compiled
from workloads import load_workload, workload_names

__all__ = [
    "Counted",
    "clock_readings",
    "counted",
    "events_of_perf",
    "native_runs",
    "ran_natively",
    "traced",
    "traced_of",
]

LEAST_S = 0.005  # a run that ends sooner says nothing: starting it takes as long
LARGEST = 2**30
CLOCK = Path(__file__).parent / "clock.c"
READ_AHEAD = 128 * 2**10


@dataclass(frozen=True)
class Counted:
    """What a job asks for.

    Attributes:
        counts: of a whole run, by demand or input and output.
        traced: the calls; traced_s: how long the run took with counting.
        doubts: what is not in the counts.
    """

    counts: Mapping[str, Count]
    traced: Traced
    traced_s: float | None
    doubts: tuple[str, ...]


def ran_natively(
    words: Sequence[str],
    rounds: int,
    *,
    folder: Path,
    cpu: int | None,
    limit_s: float,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Ran]:
    """Runs of the job without counting, after one that warms up.

    Raises:
        InputError: it cannot be started, fails, ends at once or does not end.
    """
    done = []
    for number in range(rounds + 1):
        progress(number, rounds + 2)
        one = job_run(words, BARE, folder=folder, cpu=cpu, limit_s=limit_s)
        if one.wall_s < LEAST_S:
            allowed = f"a job of at least {LEAST_S * 1e3:g} ms: repeat it in a shell's loop"
            raise InputError("COMMAND", f"ends within {one.wall_s * 1e3:.1f} ms", allowed)
        done.append(one)
    return done[1:]


def traced(words: Sequence[str], *, folder: Path, cpu: int | None, limit_s: float) -> tuple[Traced, float]:
    """The calls of a run, and how long it took while they were counted.

    Raises:
        InputError: no strace, or none that may trace; the job fails.
    """
    if not shutil.which("strace"):
        raise InputError("strace", "none", "strace (Debian package strace), or counts by --from-strace")
    with tempfile.TemporaryDirectory(prefix="vmarch-", ignore_cleanup_errors=True) as scratch:
        where = Path(scratch) / "calls"
        ahead = ["strace", "-f", "-yy", "-s", "0", "-qq", "-o", str(where)]
        try:
            done = job_run([*ahead, *words], BARE, folder=folder, cpu=cpu, limit_s=limit_s, job=" ".join(words))
        except InputError as error:
            if "ptrace" in error.allowed:
                allowed = "permission to trace (kernel.yama.ptrace_scope, CAP_SYS_PTRACE), or counts by --from-strace"
                raise InputError("strace", "ptrace is refused", allowed) from None
            raise
        with where.open(encoding="utf-8", errors="replace") as lines:
            return read_trace(lines), done.wall_s


def clock_readings(words: Sequence[str], *, folder: Path, cpu: int | None, limit_s: float) -> int | None:
    """How often a run reads the clock without entering the kernel; None where there is no compiler for the counter.

    Raises:
        InputError: the job fails.
    """
    with tempfile.TemporaryDirectory(prefix="vmarch-", ignore_cleanup_errors=True) as scratch:
        told = Path(scratch) / "told"
        told.touch()
        try:
            made = compiled(CLOCK, Path(scratch) / "clock.so", "-shared", "-fPIC", "-ldl")
        except InputError:
            return None
        ahead = ["env", f"LD_PRELOAD={made}", f"VMARCH_CLOCK={told}"]
        job_run([*ahead, *words], BARE, folder=folder, cpu=cpu, limit_s=limit_s, job=" ".join(words))
        return sum(map(int, told.read_text("ascii").split()))


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


@cache
def _walks() -> tuple[float, float, float]:
    """TLB misses for each cycle of user code in the catalogue's applications: least, geometric mean, most."""
    rates = []
    for one in map(load_workload, workload_names()):
        demands = {str(name): amount for name, amount in one.demands.items()}
        if one.kind == "macro" and demands.get("tlb_misses") and demands.get("user_cycles"):
            rates.append(demands["tlb_misses"] / demands["user_cycles"])
    return min(rates), math.exp(sum(map(math.log, rates)) / len(rates)), max(rates)


def counted(
    runs: Sequence[Ran],
    calls: Traced,
    calls_s: float | None,
    clock_hz: float,
    perf: Mapping[str, float],
    readings: int | None = None,
) -> Counted:
    """What a run asks for, from its runs without counting and its calls.

    Args:
        runs: without counting; none where counts were only imported.
        perf: counters by name.
        readings: of the clock; None where they were not counted.
    """
    counts: dict[str, Count] = {}
    doubts: list[str] = []
    by = "strace, each call" if not calls.doubtful else "strace -c"

    def put(name: str, value: float, basis: str, low: float | None = None, high: float | None = None) -> None:
        if value > 0.0 or (high or 0.0) > 0.0:
            counts[name] = Count(value, value if low is None else low, value if high is None else high, basis)

    total = sum(calls.calls.values())
    put(
        "system_calls", max(total - 2 * calls.forks - calls.execs, 0), f"counted by {by}, less those of forks and execs"
    )
    doubt = calls.doubtful
    look = f"counted by {by}" + (": with a name or of an open file is not told apart, assumed half" if doubt else "")
    put("path_lookups", calls.lookups + doubt / 2, look, calls.lookups, calls.lookups + doubt)
    put("file_opens", calls.opens, f"counted by {by}: openings that succeed")
    put("file_changes", calls.changes, f"counted by {by}: names made, removed or moved, and files emptied")
    if readings is None:
        doubts.append("readings of the clock that enter no kernel are not in the counts")
    else:
        put("clock_readings", readings, "counted by a preloaded library: readings that enter no kernel")
    put("mapping_calls", calls.mapping, f"counted by {by}")
    put("file_bytes", calls.file_bytes, f"counted by {by}: results of reads of files")
    put("written_bytes", calls.written_bytes, f"counted by {by}: results of writes to files")
    put("loopback_messages", calls.loopback, f"counted by {by}: sent by TCP to this machine")
    put("forks", calls.forks, f"counted by {by}: processes made, not threads")
    put("execs", calls.execs, f"counted by {by}")
    put("exceptions", calls.faults, f"counted by {by}: signals of memory faults")
    put("disk_flush", calls.flushes, f"counted by {by}: fsync and its kin, each with a write of 4 KiB")
    if runs:
        faults = [float(one.minor_faults) for one in runs]
        put("page_faults", median(faults), f"counted by getrusage in {len(runs)} runs", min(faults), max(faults))
        own = [max(float(one.switches - 2 * calls.forks), 0.0) for one in runs]
        waits = "counted by getrusage: waits that gave way, less those of forks; assumed: half to all reach a process"
        put("address_space_switches", median(own), waits, min(own) / 2, max(own))
        put(
            "disk_read",
            math.ceil(median(one.read_bytes for one in runs) / READ_AHEAD),
            "getrusage, in reads of 128 KiB",
        )
        user = [one.user_s * clock_hz for one in runs]
        put("user_cycles", median(user), "getrusage: user time at the stated clock", min(user), max(user))
    else:
        put("page_faults", perf.get("page-faults", perf.get("minor-faults", 0.0)), "counted by perf stat")
        switches = perf.get("context-switches", 0.0)
        put(
            "address_space_switches",
            switches,
            "counted by perf stat; assumed: half to all reach a process",
            switches / 2,
        )
        put("user_cycles", perf.get("cycles:u", 0.0), "counted by perf stat")
    misses = [perf[name] for name in ("dTLB-load-misses", "dTLB-store-misses", "iTLB-load-misses") if name in perf]
    if misses:
        put("tlb_misses", sum(misses), "counted by perf stat")
    elif "user_cycles" in counts:
        low, mean, high = (rate * counts["user_cycles"].value for rate in _walks())
        put(
            "tlb_misses",
            mean,
            "assumed: no counter here; as in the catalogue's applications, by user cycles",
            low,
            high,
        )
    if calls.away:
        doubts.append(f"{calls.away:,} messages sent to other machines are not in the counts")
    if calls.threads:
        doubts.append(f"{calls.threads:,} threads made are counted as system calls only")
    return Counted(counts, calls, calls_s, tuple(doubts))


def native_runs(runs: Sequence[Ran], operations: float) -> tuple[NativeRun, ...]:
    """The runs' times."""
    return tuple(NativeRun(one.wall_s, one.user_s, one.system_s, operations) for one in runs)
