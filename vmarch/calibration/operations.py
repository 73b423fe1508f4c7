"""The operations of a micro-benchmark table, and which demand of the model each tells.

A run of an operation is so many of one thing, beside others that earlier operations tell: `open_close_rootfs` is one
path look-up beside two system calls. Hence the order: what stands beside comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["NOT_USED", "OPERATIONS", "Operation"]


@dataclass(frozen=True)
class Operation:
    """One micro-benchmark.

    Attributes:
        what: what one run does.
        tells: the demand or cost that it measures, empty if none.
        of: how many of these a run holds.
        beside: what else a run holds, by what it is told by.
        code: `loop`, a loop of user code; `mixed`, kernel code with calls and branches.
        bounds: it says how far the range reaches, where another says the amount.
        stands_for: the operation that says it better; where that was measured, this one is not used.
        unit: what its figures are: a time of one, a rate in bytes a second, or a count.
    """

    name: str
    what: str
    tells: str = ""
    of: float = 1.0
    beside: Mapping[str, float] = field(default_factory=dict)
    code: Literal["", "loop", "mixed"] = ""
    bounds: bool = False
    stands_for: str = ""
    unit: Literal["time", "rate", "count"] = "time"


FILED, COPIED = "file_faults", "copied_faults"
CALLS, SWITCHES = "system_calls", "address_space_switches"
LOOKUPS, OPENS, BYTES, WRITTEN = "path_lookups", "file_opens", "file_bytes", "written_bytes"

_ALL = (
    Operation("int_loop", "a loop of integer instructions", code="loop"),
    Operation("fp_loop", "a loop of floating-point instructions", code="loop"),
    Operation("chase_64k", "a load that depends on the one before, within 64 KiB", code="loop"),
    Operation("call_loop", "calls and returns over two pages of code", code="loop"),
    Operation("jump_loop", "jumps to one of eight targets in a learned order", code="loop"),
    Operation("branch_loop", "comparisons with conditional jumps", code="loop"),
    Operation("chase_512m", "the same within 512 MiB: a cache and a TLB miss", "tlb_misses"),
    Operation("sys_getppid", "a system call that does nothing", CALLS),
    Operation("pf_anon", "the first write to an anonymous page", "page_faults"),
    Operation("pf_file_16p", "the first read of a cached page of a mapped file, one in 16", FILED, bounds=True),
    Operation("pf_file_3p", "first reads of one in three cached pages of a mapped file, for 16 of them", FILED),
    Operation("pf_file_1p", "first reads of all cached pages of a mapped file, for 16 of them", FILED, bounds=True),
    Operation("pf_private_16p", "the first write to a private page of a mapped file, one in 16", COPIED, bounds=True),
    Operation("pf_private_4p", "the same, one in four", COPIED),
    Operation("pf_private_1p", "the same, each of them", COPIED, bounds=True),
    Operation("pf_cow", "the first write to a page shared after a fork", "page_faults"),
    Operation("sig_deliver", "a signal to oneself, handled", "signals"),
    Operation("prot_fault_sig", "a write to a protected page, handled as a signal", "exceptions", 1, {"signals": 1}),
    Operation("mprotect_pair", "a page protected and unprotected", "mapping_calls", 2, {CALLS: 2}),
    Operation("mmap_munmap_1m", "1 MiB mapped and unmapped", "mapping_calls", 2, {CALLS: 2}),
    Operation("stat_rootfs", "stat of a file", LOOKUPS, 1, {CALLS: 1}, code="mixed"),
    Operation("open_close_rootfs", "a file opened and closed", OPENS, 1, {CALLS: 2, LOOKUPS: 1}, code="mixed"),
    Operation(
        "reopen_read1m",
        "a cached file opened, 1 MiB of it read in 16 pieces, closed",
        BYTES,
        2**20,
        {CALLS: 18, LOOKUPS: 1, OPENS: 1},
    ),
    Operation(
        "pagecache_read1m",
        "1 MiB read from a cached file that is open",
        BYTES,
        2**20,
        {CALLS: 1},
        stands_for="reopen_read1m",
    ),
    Operation("pagecache_write1m", "1 MiB written to a file that grows", WRITTEN, 2**20, {CALLS: 1}),
    Operation("open_read4k_rootfs", "the same, and 4 KiB of it read", OPENS, 1, {CALLS: 3, LOOKUPS: 1, BYTES: 4096}),
    Operation(
        "file_create_4k_unlink_tmpfs",
        "a file of 4 KiB created, closed and removed",
        "file_changes",
        2,
        {CALLS: 4, LOOKUPS: 2, OPENS: 1, WRITTEN: 4096},
        code="mixed",
    ),
    Operation("vdso_gettimeofday", "the time of day read", "clock_readings"),
    Operation("ctx_pipe", "a token through a pipe to another process, one switch", SWITCHES, 1, {CALLS: 2}),
    Operation("fork_exit_wait", "a process created, run and reaped", "forks"),
    Operation("fork_exec_wait", "the same with a new image", "execs", 1, {"forks": 1}, code="mixed"),
    Operation("tcp_rr_lo", "a byte to another task and back, by TCP", "loopback_messages", 2, {CALLS: 4, SWITCHES: 2}),
    Operation("nanosleep_50us", "a sleep of 50 us", "wake_up"),
    Operation("disk_randread4k_direct", "4 KiB read from the disk, at random", "disk_read", 1, {CALLS: 1}),
    Operation("disk_randwrite4k_direct", "4 KiB written to the disk, at random", "disk_write", 1, {CALLS: 1}),
    Operation("disk_append4k_fsync", "4 KiB appended and made durable", "disk_flush", 1, {CALLS: 2, "disk_write": 1}),
    Operation("tcp_rr_nic_same", "a byte to a host on the network and back, by TCP", "messages", 2, {CALLS: 2}),
    Operation("tcp_stream_tx_nic_same", "a stream sent to it", "send_bytes", unit="rate"),
    Operation("tcp_stream_rx_nic_same", "a stream received from it", "receive_bytes", unit="rate"),
    Operation("disk_seqread1m_direct", "1 MiB read from the disk in sequence: the host's disk bandwidth"),
    Operation("minor_faults", "page faults of one and the same job, counted", "further_faults", unit="count"),
)
OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}

# operations that a table may hold, and why nothing is made of them
NOT_USED = {
    "read_zero1": "a system call and a copy of one byte: as sys_getppid",
    "write_null1": "a system call and a copy of one byte: as sys_getppid",
    "pread256_rootfs": "a system call and a copy of 256 bytes: as sys_getppid",
    "thread_create_join": "no demand counts threads",
    "ctx_futex": "a switch between threads changes no address space",
    "sched_yield": "a system call and perhaps a switch",
    "touch_512m": "as pf_anon",
    "chase_8m": "depends on what else the cache serves",
    "tcp_stream_tx_lo": "no demand counts bytes sent to oneself",
    "tcp_stream_rx_lo": "no demand counts bytes sent to oneself",
    "tcp_rr_nic_cpu0": "the other end on another processor: as tcp_rr_nic_same",
    "tcp_stream_tx_nic_cpu0": "as tcp_stream_tx_nic_same",
    "tcp_stream_rx_nic_cpu0": "as tcp_stream_rx_nic_same",
    "insn_rdtsc": "too short to matter",
    "insn_cpuid": "privileged instructions count as kernel code",
    "boot_to_shell": "booting is not modelled",
    "idle_host_pss": "memory is not modelled",
}
