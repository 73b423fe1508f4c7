"""Kinds of page faults, by what perf says is mapped at their addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmarch.jobs.faulting import faults_by_kind, read_faults
from vmarch.jobs.profiling import Observed, counted
from vmarch.jobs.tracing import Traced
from vmarch.measuring.running import Ran

SCRIPT = """
    0 PERF_RECORD_MMAP -1/0: [0xffffffff81000000(0x12090c8) @ 0xffffffff81000000]: x [kernel.kallsyms]_text
   10 PERF_RECORD_COMM exec: cc:10/10
   10 PERF_RECORD_MMAP2 10/10: [0x7ffffc038000(0x21000) @ 0x7ffffffde000 00:00 0 0]: rw-p [stack]
   10 PERF_RECORD_MMAP2 10/10: [0x400000(0x3000) @ 0 fe:00 261033 0]: r--p /usr/bin/gcc-12
   10 PERF_RECORD_MMAP2 10/10: [0x539000(0x5000) @ 0x139000 fe:00 261033 0]: rw-p /usr/bin/gcc-12
   10           53d108
   10           400040
   10           400040
   10     7ffffc057fa0
   10          1000000
   10 PERF_RECORD_MMAP2 10/10: [0x400000(0x3000) @ 0 00:00 0 0]: rw-p //anon
   10           400080
   10 PERF_RECORD_FORK(11:11):(10:10)
   11           53a000
   11 PERF_RECORD_COMM exec: as:11/11
   11           53a000
   12           53a000
"""


def test_a_fault_is_of_what_is_mapped_there() -> None:
    found = read_faults(SCRIPT.splitlines())
    assert found == {"copied_faults": 2, "file_faults": 2, "page_faults": 5}  # the latest mapping counts, execs forget


def test_kinds_share_what_getrusage_counts() -> None:
    ran = Ran(0, 0.5, 0.3, 0.1, 1000, 0, 100, 0, "", "")
    seen = Observed((ran,), Traced(), 2e9, faults={"page_faults": 30, "file_faults": 10})
    counts = counted(seen).counts
    assert (counts["page_faults"].value, counts["file_faults"].value) == (750.0, 250.0)
    assert not any("kinds of page faults" in doubt for doubt in counted(seen).doubts)
    assert any("kinds of page faults" in doubt for doubt in counted(Observed((ran,), Traced(), 2e9)).doubts)


def test_none_without_perf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert faults_by_kind(["true"], folder=tmp_path, cpu=None, limit_s=10.0) is None


@pytest.mark.slow
def test_a_real_program_reads_and_writes_its_own_file(tmp_path: Path) -> None:
    found = faults_by_kind(["sort", "/dev/null"], folder=tmp_path, cpu=None, limit_s=10.0)
    if found is None:
        pytest.skip("no perf that may record page faults")
    assert found["file_faults"]
    assert found["copied_faults"]
    assert found["page_faults"]
