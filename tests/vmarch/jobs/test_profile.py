"""Counts of a job: from recorded traces, and from runs where the machine has strace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import vmarch as library
from simcore.errors import InputError
from tests.command_line import Vmarch
from vmarch.calibration import calibrate
from vmarch.jobs.imports import events_of_perf, rates_of_devices, requests_of_fio, traced_of
from vmarch.jobs.job import load_job
from vmarch.jobs.profiling import Observed, counted
from vmarch.jobs.tracing import Traced, read_summary, read_trace
from vmarch.measuring.running import Ran
from workloads import load_workload

TRACE = r"""
10 execve("/usr/bin/sh", [...], 0x7ffc /* 3 vars */) = 0
10 mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 3</lib/libc.so.6>, 0) = 0x7f2a0fd03000
10 openat(AT_FDCWD</srv>, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3</etc/ld.so.cache>
10 newfstatat(3</etc/ld.so.cache>, "", {st_mode=S_IFREG|0644}, AT_EMPTY_PATH) = 0
10 newfstatat(AT_FDCWD</srv>, "/srv", 0x7ffe, 0) = -1 ENOENT (No such file or directory)
10 read(3</lib/libc.so.6>, ""..., 832) = 832
10 read(0</dev/null>, ""..., 100)    = 100
10 vfork( <unfinished ...>
11 write(4</srv/log>, ""..., 6 <unfinished ...>
10 <... vfork resumed>)               = 11
11 <... write resumed>)               = 6
10 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD) = 12
10 sendto(5<TCP:[127.0.0.1:50000->127.0.0.1:80]>, ""..., 5, 0, NULL, 0) = 5
10 write(6<TCP:[10.0.0.2:50000->10.0.0.3:80]>, ""..., 5) = 5
10 write(1<pipe:[123]>, ""..., 6)      = 6
10 umask(077)                         = 022
10 fsync(4</srv/log>)                 = 0
10 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_ACCERR, si_addr=0x7f} ---
10 unlink("/srv/old")                  = 0
10 openat(AT_FDCWD</srv>, "/none", O_WRONLY|O_CREAT, 0666) = -1 EACCES (Permission denied)
10 creat("/srv/new", 0600)             = 7</srv/new>
10 execve("/none", [...], 0x7ffc /* 3 vars */) = -1 ENOENT (No such file or directory)
10 exit_group(0)                      = ?
"""
SUMMARY = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.100000           1     30000     10000 newfstatat
 30.00    0.050000           1     10000           openat
  5.00    0.010000           1        12         2 execve
  5.00    0.010000           1         9           vfork
------ ----------- ----------- --------- --------- ----------------
100.00    0.170000           4     40021     10002 total
"""
RAN = Ran(0, 0.5, 0.3, 0.1, 5000, 0, 100, 0, "", "")


def test_a_trace_is_counted_call_by_call() -> None:
    found = read_trace(TRACE.splitlines())
    assert sum(found.calls.values()) == 20
    assert (found.lookups, found.mapping, found.file_bytes, found.written_bytes) == (6, 1, 832, 6)
    assert (found.opens, found.changes) == (2, 2)
    assert (found.forks, found.execs, found.threads) == (1, 1, 1)
    assert (found.loopback, found.away, found.flushes, found.faults) == (1, 1, 1, 1)


def test_a_summary_does_not_tell_names_from_open_files() -> None:
    found = read_summary(SUMMARY, "--from-strace")
    assert (found.lookups, found.doubtful, found.forks, found.execs) == (10_002, 30_000, 9, 10)
    count = counted(Observed((RAN,), found, 2e9)).counts["path_lookups"]
    assert (count.low, count.value, count.high) == (10_002, 25_002, 40_002)


def test_counts_say_how_they_were_made() -> None:
    found = counted(Observed((RAN,), read_trace(TRACE.splitlines()), 2e9))
    assert found.counts["user_cycles"].value == pytest.approx(0.6e9)
    assert found.counts["page_faults"].basis == "counted by getrusage in 1 runs"
    missing = found.counts["tlb_misses"]
    assert missing.basis.startswith("assumed: no counter here")
    assert missing.low < missing.value < missing.high
    assert any("other machines" in doubt for doubt in found.doubts)


@pytest.mark.parametrize(("pressed_s", "share"), [(0.0, None), (0.02, None), (0.07, "14 %"), (0.4, "20 %")])
def test_a_busy_machine_is_told(pressed_s: float, share: str | None) -> None:
    found = counted(Observed((replace(RAN, pressed_s=pressed_s),), Traced(), 2e9))
    told = [doubt for doubt in found.doubts if "the machine was busy" in doubt]
    assert [doubt.split("up to ")[1][:4] for doubt in told] == ([share] if share else [])


def test_counters_of_perf_leave_nothing_assumed(tmp_path: Path) -> None:
    lines = [
        '{"counter-value" : "<not supported>", "event" : "cycles:u"}',
        '{"counter-value" : "12.0", "event" : "dTLB-load-misses"}',
    ]
    (tmp_path / "perf.json").write_text("# started\n" + "\n".join(lines), "utf-8")
    perf = events_of_perf(tmp_path / "perf.json")
    assert perf == {"dTLB-load-misses": 12.0}
    assert counted(Observed((RAN,), read_trace(TRACE.splitlines()), 2e9, perf=perf)).counts["tlb_misses"].value == 12.0


def test_bad_imports_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "any.txt").write_text("nothing of the kind\n", "utf-8")
    with pytest.raises(InputError, match="--from-strace"):
        traced_of(tmp_path / "any.txt")
    with pytest.raises(InputError, match="--from-perf"):
        events_of_perf(tmp_path / "any.txt")
    with pytest.raises(InputError, match="--from-perf"):
        events_of_perf(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "COMMAND"),
        (("--per", "requests", "--", "sleep", "0.01"), "--per"),
        (("--runs", 0, "--", "sleep", "0.01"), "--runs"),
        (("--cpu", 4095, "--", "sleep", "0.01"), "--cpu"),
        (("--", "no-such-program"), "no-such-program"),
        (("--", "sh", "-c", "echo it broke >&2; exit 3"), "status 3 (it broke)"),
    ],
)
def test_what_cannot_be_profiled_is_one_line(
    vmarch: Vmarch, tmp_path: Path, words: tuple[object, ...], said: str
) -> None:
    result = vmarch("profile", "--out", tmp_path / "job", *words, status=2)
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_job_that_ends_at_once_says_nothing(vmarch: Vmarch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vmarch.jobs.profiling.LEAST_S", 60.0)
    assert "ends within" in vmarch("profile", "--out", tmp_path / "job", "--", "true", status=2).stderr


def test_no_strace(vmarch: Vmarch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    result = vmarch("profile", "--out", tmp_path / "job", "--runs", 1, "--", "sleep", "0.02", status=2)
    assert "Debian package strace" in result.stderr


def test_an_imported_count_needs_no_strace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "calls.txt").write_text(TRACE, "utf-8")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    found = library.profile(
        ["sleep", "0.02"], tmp_path / "job", runs=2, per="requests=4", from_strace=tmp_path / "calls.txt"
    )
    assert load_workload(tmp_path / "job" / "workload.toml").unit == "requests"
    assert load_job(tmp_path / "job").counts["path_lookups"].value == 1.5
    assert [run.operations for run in found.job.runs] == [4.0, 4.0]


FIO = """fio: this is what it says before
{"global options": {"rw": "randread"},
 "jobs": [{"jobname": "a", "job options": {"iodepth": "4"}, "job_runtime": 2000, "usr_cpu": 10.0, "sys_cpu": 20.0,
           "read": {"total_ios": 3000, "io_bytes": 12288000}, "write": {"total_ios": 0, "io_bytes": 0},
           "sync": {"total_ios": 0}}]}
"""
IOSTAT = """{"sysstat": {"hosts": [{"statistics": [
 {"disk": [{"disk_device": "vda", "r/s": 900.0, "w/s": 900.0, "rkB/s": 9000.0, "wkB/s": 9000.0}]},
 {"disk": [{"disk_device": "vda", "r/s": 10.0, "w/s": 5.0, "rkB/s": 40.0, "wkB/s": 80.0},
           {"disk_device": "vdb", "r/s": 0.0, "w/s": 5.0, "rkB/s": 0.0, "wkB/s": 20.0}]}]}]}}
"""
SADF = """{"sysstat": {"hosts": [{"statistics": [{"timestamp": {},
 "disk": [{"disk-device": "vda", "tps": 30.0, "rkB/s": 100.0, "wkB/s": 200.0}]}]}]}}
"""


def test_fio_alone_makes_a_job(vmarch: Vmarch, tmp_path: Path) -> None:
    (tmp_path / "fio.json").write_text(FIO, "utf-8")
    found = library.profile([], tmp_path / "job", from_fio=tmp_path / "fio.json")
    assert found.job.typical.wall_s / found.job.typical.operations == pytest.approx(2.0 / 3000)
    item = load_workload(tmp_path / "job" / "workload.toml").io[0]
    assert (item.kind, item.count, item.size_bytes, item.pattern) == ("disk_read", 1.0, 4096.0, "random")
    assert any("4 requests were under way" in doubt for doubt in found.counted.doubts)
    vmarch("compare", "-w", tmp_path / "job" / "workload.toml", "-a", "kvm-vhost", "--operations", 20)


def test_rates_of_devices_are_of_the_later_reports(tmp_path: Path) -> None:
    (tmp_path / "io.json").write_text(IOSTAT, "utf-8")
    found = rates_of_devices(tmp_path / "io.json")
    assert (found.reads, found.writes, found.read_bytes, found.written_bytes) == (10.0, 10.0, 40960.0, 102400.0)
    assert found.times(2.0).reads == 20.0
    (tmp_path / "sar.json").write_text(SADF, "utf-8")
    found = rates_of_devices(tmp_path / "sar.json")
    assert [found.reads, found.writes] == pytest.approx([10.0, 20.0])


def test_bad_reports_are_one_line(tmp_path: Path) -> None:
    for text in ("", "{}", '{"jobs": []}', '{"jobs": [{"read": {"total_ios": "x"}}]}', "[1"):
        (tmp_path / "bad.json").write_text(text, "utf-8")
        with pytest.raises(InputError, match="--from-fio"):
            requests_of_fio(tmp_path / "bad.json")
        with pytest.raises(InputError, match="--from-iostat"):
            rates_of_devices(tmp_path / "bad.json")


def test_a_record_is_read_where_it_was_not_made(tmp_path: Path) -> None:
    folder = tmp_path / "recorded"
    folder.mkdir()
    (folder / "words").write_text("make\n-C\na b\n", "utf-8")
    (folder / "clock").write_text("cpu MHz\t\t: 2000.000\n", "utf-8")
    (folder / "runs").write_text("0.50 0.30 0.10 5000 0 100 256\n0.52 0.30 0.12 5010 0 101 0\n", "utf-8")
    (folder / "calls").write_text(TRACE, "utf-8")
    found = library.profile([], tmp_path / "job", from_record=folder)
    assert found.job.workload.title == "make -C 'a b'"
    assert found.job.counts["user_cycles"].value == pytest.approx(0.6e9)
    assert found.job.counts["page_faults"].high == 5010
    (folder / "runs").write_text("0.50 0.30\n", "utf-8")
    with pytest.raises(InputError, match="--from-record, runs"):
        library.profile([], tmp_path / "job", from_record=folder)


def test_the_recorder_is_printed(vmarch: Vmarch) -> None:
    assert vmarch("profile", "--record").stdout.startswith("#!/bin/sh\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--pid", "999999999"), "--pid"),
        (("--pid", "1", "--seconds", "0"), "--seconds"),
        (("--pid", "1", "--", "true"), "COMMAND and --pid"),
        (("--from-record", "/nowhere"), "--from-record"),
        (("--count-by", "echo none", "--", "sleep", "0.01"), "--count-by"),
    ],
)
def test_bad_sources_are_one_line(vmarch: Vmarch, tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    result = vmarch("profile", "--out", tmp_path / "job", *options, status=2)
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_operations_are_counted_by_a_command(tmp_path: Path) -> None:
    served = tmp_path / "served"
    served.write_text("0", "utf-8")
    job = ["sh", "-c", f"n=$(cat {served}); sleep 0.01; echo $((n + 12)) > {served}"]
    (tmp_path / "calls.txt").write_text(TRACE, "utf-8")
    found = library.profile(
        job, tmp_path / "job", runs=2, per="requests", count_by=f"cat {served}", from_strace=tmp_path / "calls.txt"
    )
    assert found.job.workload.unit == "requests"
    assert found.job.typical.operations == 12.0


@pytest.mark.slow
def test_a_process_that_runs_is_counted(tmp_path: Path) -> None:
    words = ["sh", "-c", "while :; do ls / > /dev/null; sleep 0.02; done"]
    with subprocess.Popen(words, start_new_session=True) as one:
        try:
            found = library.profile([], tmp_path / "job", pid=one.pid, seconds=0.5)
        except InputError as error:
            if error.field != "strace":
                raise
            pytest.skip(str(error))
        finally:
            os.killpg(one.pid, signal.SIGKILL)
    assert found.job.counts["execs"].value > 2
    assert found.job.native_s == pytest.approx(0.5, rel=0.5)


@pytest.mark.slow
def test_a_real_job_is_counted_and_compared(vmarch: Vmarch, tmp_path: Path) -> None:
    job = ["sh", "-c", "for i in 1 2 3 4 5; do ls / > /dev/null; done; dd if=/dev/zero of=f bs=64k count=4 conv=fsync"]
    try:
        found = library.profile(job, tmp_path / "job", runs=2, folder=tmp_path)
    except InputError as error:
        if error.field != "strace":
            raise
        pytest.skip(str(error))
    assert found.job.counts["forks"].value in (5, 6)
    assert found.job.counts["disk_flush"].value == 1
    assert found.overhead is not None
    vmarch("compare", "-w", tmp_path / "job" / "workload.toml", "-a", "xen-pv", "--operations", 20)


def test_where_the_native_time_goes_by_the_prices_of_a_box(tmp_path: Path) -> None:
    table = "environment,workload,median,unit\nnative,sys_getppid,200,ns\nsame,sys_getppid,200,ns\n"
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "micro.csv").write_text(table, "utf-8")
    made = calibrate(tmp_path / "box" / "micro.csv", name="this-machine", clock="2 GHz", cores=2)
    for name, text in made.files().items():
        (tmp_path / "box" / name).write_text(text, "utf-8")
    (tmp_path / "calls.txt").write_text(SUMMARY, "utf-8")
    found = library.profile(
        ["sleep", "0.05"], tmp_path / "job", runs=1, from_strace=tmp_path / "calls.txt", on=tmp_path / "box"
    )
    assert found.native is not None
    assert sum(part.native_s for part in found.native.parts.values()) == pytest.approx(found.job.native_s)
    assert (tmp_path / "job" / "native-time.png").exists()
    assert any("By the prices of the box" in note for note in found.table.notes)
