"""Runs a job on the bare machine, with counting and without, and says what it asks for and how sure that is."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median

from simcore.errors import InputError
from simcore.summing import added
from vmarch.jobs.faulting import ANONYMOUS
from vmarch.jobs.imports import Requests
from vmarch.jobs.job import Count, NativeRun
from vmarch.jobs.rounds import BARE, job_run
from vmarch.jobs.tracing import Traced, read_trace, strace, untraceable
from vmarch.measuring.running import Ran, compiled
from workloads import load_workload, workload_names

__all__ = ["Counted", "Observed", "clock_readings", "counted", "native_runs", "ran_natively", "traced"]

LEAST_S = 0.005  # a run that ends sooner says nothing: starting it takes as long
CLOCK = Path(__file__).parent / "clock.c"
READ_AHEAD = 128.0 * 2**10
BUSY = 0.05  # of a run: less waiting for a processor than this is not worth a word
BLOCK_BYTES = 4096.0


@dataclass(frozen=True)
class Observed:
    """A job as it was seen, on this machine or elsewhere.

    Attributes:
        runs: without counting; none where only requests to disks are known.
        calls: of a run; calls_s: how long that run took, where it was run here.
        clock_hz: of the machine.
        perf: counters by name.
        readings: of the clock in a run; None where they were not counted.
        requests: to disks in a run; None where they were not counted by themselves.
        faults: page faults of a run by kind; None where kinds were not told apart.
    """

    runs: tuple[Ran, ...]
    calls: Traced
    clock_hz: float
    calls_s: float | None = None
    perf: Mapping[str, float] = field(default_factory=dict)
    readings: int | None = None
    requests: Requests | None = None
    faults: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Counted:
    """What a run of a job asks for.

    Attributes:
        counts: by demand or input and output.
        sizes: bytes of one request, by kind; sequential: whether they follow each other.
        doubts: what is not in the counts.
    """

    counts: Mapping[str, Count]
    sizes: Mapping[str, float]
    sequential: bool
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
    with tempfile.TemporaryDirectory(prefix="vmarch-", ignore_cleanup_errors=True) as scratch:
        where = Path(scratch) / "calls"
        ahead = strace(where)
        try:
            done = job_run([*ahead, *words], BARE, folder=folder, cpu=cpu, limit_s=limit_s, job=" ".join(words))
        except InputError as error:
            if "ptrace" in error.allowed:
                raise untraceable("ptrace is refused") from None
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
        return added(map(int, told.read_text("ascii").split()))


@cache
def _walks() -> tuple[float, float, float]:
    """TLB misses for each cycle of user code in the catalogue's applications: least, geometric mean, most."""
    rates = []
    for one in map(load_workload, workload_names()):
        demands = {str(name): amount for name, amount in one.demands.items()}
        if one.kind == "macro" and demands.get("tlb_misses") and demands.get("user_cycles"):
            rates.append(demands["tlb_misses"] / demands["user_cycles"])
    return min(rates), math.exp(added(map(math.log, rates)) / len(rates)), max(rates)


def counted(seen: Observed) -> Counted:
    """What a run asks for."""
    counts: dict[str, Count] = {}
    calls, runs, perf, requests = seen.calls, seen.runs, seen.perf, seen.requests

    def put(name: str, value: float, basis: str, low: float | None = None, high: float | None = None) -> None:
        if value > 0.0 or (high or 0.0) > 0.0:
            counts[name] = Count(value, value if low is None else low, value if high is None else high, basis)

    _count_calls(calls, put)
    if seen.readings is not None:
        put("clock_readings", seen.readings, "counted by a preloaded library: readings that enter no kernel")
    if runs:
        faults = [float(one.minor_faults) for one in runs]
        of = f"counted by getrusage in {len(runs)} runs"
        if seen.faults:
            of += ", kinds by perf: what is mapped at their addresses"
        kinds = seen.faults or {ANONYMOUS: 1.0}
        for kind, amount in kinds.items():
            share = amount / added(kinds.values())
            put(kind, share * median(faults), of, share * min(faults), share * max(faults))
        own = [max(float(one.switches - 2 * calls.forks), 0.0) for one in runs]
        waits = "counted by getrusage: waits that gave way, less those of forks; assumed: half to all reach a process"
        put("address_space_switches", median(own), waits, min(own) / 2, max(own))
        user = [one.user_s * seen.clock_hz for one in runs]
        put("user_cycles", median(user), "getrusage: user time at the stated clock", min(user), max(user))
    sizes = {"disk_read": READ_AHEAD, "disk_write": BLOCK_BYTES}
    if requests is not None:
        for kind, many, amount in (
            ("disk_read", requests.reads, requests.read_bytes),
            ("disk_write", requests.writes, requests.written_bytes),
        ):
            put(kind, many, f"counted by {requests.by}")
            sizes[kind] = amount / many if many else sizes[kind]
        put("disk_flush", requests.flushes, f"counted by {requests.by}")
    else:
        put("disk_write", calls.flushes, "as many as flushes, of 4 KiB")
        if runs:
            blocks = math.ceil(median(one.read_bytes for one in runs) / READ_AHEAD)
            put("disk_read", blocks, "getrusage, in reads of 128 KiB")
    misses = [perf[name] for name in ("dTLB-load-misses", "dTLB-store-misses", "iTLB-load-misses") if name in perf]
    if misses:
        put("tlb_misses", added(misses), "counted by perf stat")
    elif "user_cycles" in counts:
        low, mean, high = (rate * counts["user_cycles"].value for rate in _walks())
        basis = "assumed: no counter here; as in the catalogue's applications, by user cycles"
        put("tlb_misses", mean, basis, low, high)
    return Counted(counts, sizes, requests.sequential if requests else True, _doubts(seen))


def _count_calls(calls: Traced, put: Callable[..., None]) -> None:
    doubt = calls.doubtful
    by = "strace -c" if doubt else "strace, each call"
    own = sum(calls.calls.values()) - 2 * calls.forks - calls.execs
    put("system_calls", max(own, 0), f"counted by {by}, less those of forks and execs")
    look = f"counted by {by}" + (": with a name or of an open file is not told apart, assumed half" if doubt else "")
    put("path_lookups", calls.lookups + doubt / 2, look, calls.lookups, calls.lookups + doubt)
    put("file_opens", calls.opens, f"counted by {by}: openings that succeed")
    put("file_changes", calls.changes, f"counted by {by}: names made, removed or moved, and files emptied")
    put("mapping_calls", calls.mapping, f"counted by {by}")
    put("file_bytes", calls.file_bytes, f"counted by {by}: results of reads of files")
    put("written_bytes", calls.written_bytes, f"counted by {by}: results of writes to files")
    put("loopback_messages", calls.loopback, f"counted by {by}: sent by TCP to this machine")
    put("forks", calls.forks, f"counted by {by}: processes made, not threads")
    put("execs", calls.execs, f"counted by {by}")
    put("exceptions", calls.faults, f"counted by {by}: signals of memory faults")
    put("disk_flush", calls.flushes, f"counted by {by}: fsync and its kin")


def _doubts(seen: Observed) -> tuple[str, ...]:
    found = []
    if seen.faults is None:
        found.append("kinds of page faults are not told apart")
    if seen.readings is None:
        found.append("readings of the clock that enter no kernel are not in the counts")
    kept = [min(one.pressed_s, one.wall_s - one.user_s - one.system_s) / one.wall_s for one in seen.runs]
    if kept and median(kept) > BUSY:
        found.append(
            f"the machine was busy: for up to {100 * median(kept):.0f} % of its time the job may have waited for a"
            " processor, which is taken for waiting that is the same everywhere"
        )
    if seen.calls.away:
        found.append(f"{seen.calls.away:,} messages sent to other machines are not in the counts")
    if seen.calls.threads:
        found.append(f"{seen.calls.threads:,} threads made are counted as system calls only")
    if seen.requests is not None and seen.requests.deep > 1:
        found.append(f"{seen.requests.deep} requests were under way at once; a prediction takes them one by one")
    return tuple(found)


def native_runs(runs: Sequence[Ran], operations: float) -> tuple[NativeRun, ...]:
    """The runs' times."""
    return tuple(NativeRun(one.wall_s, one.user_s, one.system_s, operations) for one in runs)
