"""What a forecast says: the mechanism that decides, in words, and what makes it cheaper."""

from __future__ import annotations

from simcore.units import format_seconds
from vmarch.jobs.forecast import Forecast

__all__ = ["advice", "because", "words_of"]

WORDS = {
    "system_calls": "system calls",
    "path_lookups": "path look-ups",
    "file_opens": "files opened and closed",
    "file_changes": "names of files made, removed or moved",
    "clock_readings": "readings of the clock",
    "mapping_calls": "calls that map memory",
    "loopback_messages": "messages over the loopback",
    "exceptions": "exceptions",
    "page_faults": "page faults",
    "file_faults": "first reads of mapped files",
    "copied_faults": "first writes to mapped files",
    "page_table_updates": "updates of page tables",
    "address_space_switches": "switches between processes",
    "forks": "forks",
    "execs": "new program images",
    "tlb_misses": "TLB misses",
    "privileged_instructions": "privileged instructions",
    "port_accesses": "port accesses",
    "ipis": "inter-processor interrupts",
    "timer_ticks": "timer ticks",
    "code_instructions": "new instructions",
    "disk_read": "reads of the disk",
    "disk_write": "writes to the disk",
    "disk_flush": "flushes of the disk",
    "send": "messages sent",
    "receive": "messages received",
    "wait": "waits",
}
CHEAPER = {
    "user_cycles": "an environment that does not translate code, such as a container or hardware assist",
    "kernel_cycles": "an environment that does not translate code, such as a container or hardware assist",
    "system_calls": "larger buffers and fewer calls, or an environment that does not intercept calls",
    "path_lookups": "fewer files opened and asked for, or files kept inside the environment instead of on the host",
    "file_opens": "fewer files opened, or files kept inside the environment instead of on the host",
    "file_changes": "fewer files made and removed, or files kept inside the environment instead of on the host",
    "clock_readings": "a program that asks for the time less often",
    "mapping_calls": "memory that is kept and used again, or an allocator that asks for more at once",
    "page_faults": "memory that is kept and used again, huge pages, or nested paging",
    "file_faults": "fewer and smaller programs and libraries, or processes that go on",
    "copied_faults": "fewer and smaller programs and libraries, or processes that go on",
    "tlb_misses": "huge pages",
    "forks": "fewer processes: one that goes on, or a shell's built-in commands",
    "execs": "fewer processes: one that goes on, or a shell's built-in commands",
    "address_space_switches": "more work between switches: requests in batches, larger pipes",
    "loopback_messages": "requests in batches, or the host's network",
    "send": "larger messages, or the host's network",
    "receive": "larger messages, or the host's network",
    "file_bytes": "files mapped instead of read, or kept inside the environment",
    "written_bytes": "files kept inside the environment",
    "disk_read": "a volume of the host's instead of an image or overlay",
    "disk_write": "a volume of the host's instead of an image or overlay",
    "disk_flush": "fewer flushes: several changes made durable at once",
}
BYTES = {"file_bytes": "read from files", "written_bytes": "written to files"}
LITTLE = 1.01  # a slowdown below which nothing decides


def words_of(name: str) -> str:
    """A demand, or a kind of input and output, in words."""
    return {**WORDS, **{kind: f"bytes {what}" for kind, what in BYTES.items()}}.get(name, name.replace("_", " "))


def because(found: Forecast) -> str:
    """The mechanism that takes most of the time beyond native: how many, how much each, what share."""
    name, share = found.decides
    if not name or found.slowdown < LITTLE:
        return "nothing costs much more than natively"
    part, of_it = found.parts[name], f"{100 * share:.0f} % of what it takes more"
    if name in ("user_cycles", "kernel_cycles"):
        whose = "the program's own code" if name == "user_cycles" else "the kernel's other code"
        slower = f"{part.seconds / part.native_s:.3g} times slower"
        return f"{whose}, {format_seconds(part.native_s)} natively, runs {slower}: {of_it}"
    if name in BYTES:
        each = format_seconds(part.each_s * 2**20)
        return f"{part.count / 2**20:,.3g} MiB {BYTES[name]}, {each} more each: {of_it}"
    return f"{part.count:,.0f} {WORDS[name]} at {format_seconds(part.each_s)} more each are {of_it}"


def advice(found: Forecast) -> str:
    """What makes the deciding mechanism cheaper; empty where nothing decides or nothing is known to help."""
    return CHEAPER.get(found.decides[0], "") if found.slowdown >= LITTLE else ""
