"""Counts from what strace writes: every call with its files (`-f -yy`), or its summary (`-c`)."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

from simcore.errors import InputError

__all__ = ["LOOKUPS", "Traced", "read_summary", "read_trace", "strace", "untraceable"]

LOOKUPS = frozenset(  # calls that resolve a name; those with `at` only where there is a name
    [
        "open",
        "openat",
        "openat2",
        "creat",
        "stat",
        "lstat",
        "newfstatat",
        "statx",
        "access",
        "faccessat",
        "faccessat2",
        "readlink",
        "readlinkat",
        "unlink",
        "unlinkat",
        "mkdir",
        "mkdirat",
        "rmdir",
        "rename",
        "renameat",
        "renameat2",
        "link",
        "linkat",
        "symlink",
        "symlinkat",
        "chmod",
        "fchmodat",
        "chown",
        "lchown",
        "fchownat",
        "utimensat",
        "chdir",
        "truncate",
        "statfs",
        "getxattr",
        "lgetxattr",
        "setxattr",
        "lsetxattr",
        "mknod",
        "mknodat",
    ]
)
MAPPING = frozenset(["mmap", "munmap", "mprotect", "mremap", "brk", "madvise"])
READING = frozenset(["read", "pread64", "readv", "preadv", "preadv2"])
WRITING = frozenset(["write", "pwrite64", "writev", "pwritev", "pwritev2"])
OPENING = frozenset(["open", "openat", "openat2", "creat"])
CHANGING = frozenset(  # names made, removed or moved
    [f"{verb}{at}" for verb in ("unlink", "mkdir", "rename", "link", "symlink", "mknod") for at in ("", "at")]
    + ["rmdir", "renameat2"]
)
SENDING = frozenset(["write", "writev", "sendto", "sendmsg", "sendfile"])
FLUSHING = frozenset(["fsync", "fdatasync", "sync", "syncfs"])
CLONING = frozenset(["fork", "vfork", "clone", "clone3"])
LINE = re.compile(r"^(?:(?:\[pid +)?(\d+)\]? +)?(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$")
RESULT = re.compile(r"\) += (-?\d+|0x[0-9a-f]+)")
FILE = re.compile(r"^\d+<(/(?!dev/|proc/|sys/)[^>]*)>")
SOCKET = re.compile(r"^\d+<TCPv?6?:\[[^\]]*\b(?:127\.|::1)")
OPENED = re.compile(r"\) += \d+(?:</(?!dev/|proc/|sys/)|\s*$)")
AWAY = re.compile(r"^\d+<(?:TCP|UDP)v?6?:\[")


@dataclass
class Traced:
    """What was counted.

    Attributes:
        calls: by name, those of a fork, an exec and the ends of threads included.
        opens: files opened; changes: names made, removed or moved, and files emptied.
        lookups: names of files resolved; doubtful: calls that may be, where only a summary says so.
        forks, execs, threads: processes and images made, and threads.
        file_bytes, written_bytes: copied from files, and to files.
        loopback: messages sent to the machine itself by TCP; away: to elsewhere.
        faults: signals of memory faults.
    """

    calls: Counter[str] = field(default_factory=Counter)
    lookups: int = 0
    opens: int = 0
    changes: int = 0
    doubtful: int = 0
    forks: int = 0
    execs: int = 0
    threads: int = 0
    file_bytes: int = 0
    written_bytes: int = 0
    loopback: int = 0
    away: int = 0
    faults: int = 0

    def times(self, factor: float) -> Traced:
        """So many times as many, rounded."""
        calls = Counter({name: round(factor * amount) for name, amount in self.calls.items()})
        numbers = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "calls"}
        return Traced(calls, **{name: round(factor * amount) for name, amount in numbers.items()})

    @property
    def flushes(self) -> int:
        """Calls that make writes durable."""
        return sum(self.calls[name] for name in FLUSHING)

    @property
    def mapping(self) -> int:
        """Calls that map, unmap or protect memory."""
        return sum(self.calls[name] for name in MAPPING)


def strace(where: Path) -> list[str]:
    """The words that have every call of what follows them written to a file, as `read_trace` reads it.

    Raises:
        InputError: no strace.
    """
    if not shutil.which("strace"):
        raise InputError("strace", "none", "strace (Debian package strace), or counts by --from-strace")
    return ["strace", "-f", "-yy", "-s", "0", "-qq", "-o", str(where)]


def untraceable(said: str) -> InputError:
    """What to say where strace may not trace."""
    allowed = "permission to trace (kernel.yama.ptrace_scope, CAP_SYS_PTRACE), or counts by --from-strace"
    return InputError("strace", said, allowed)


def read_trace(lines: Iterable[str]) -> Traced:
    """Counts of `strace -f -yy -s 0`; what is no call is passed over."""
    found = Traced()
    for name, arguments, result in _calls(lines, found):
        found.calls[name] += 1
        if name in LOOKUPS and "AT_EMPTY_PATH" not in arguments and not arguments.startswith('""'):
            found.lookups += 1
        if name in OPENING and result >= 0:
            found.opens += bool(OPENED.search(arguments))
            found.changes += name == "creat" or "O_CREAT" in arguments or "O_TRUNC" in arguments
        found.changes += name in CHANGING and result == 0
        if name in READING and result > 0 and FILE.match(arguments):
            found.file_bytes += result
        if name in WRITING and result > 0 and FILE.match(arguments):
            found.written_bytes += result
        if name in SENDING and result > 0:
            found.loopback += bool(SOCKET.match(arguments))
            found.away += bool(AWAY.match(arguments)) and not SOCKET.match(arguments)
        if name in CLONING and result > 0:
            found.threads += "CLONE_THREAD" in arguments
            found.forks += "CLONE_THREAD" not in arguments
        if name in ("execve", "execveat"):
            found.execs += result == 0
            found.lookups += result != 0
    return found


def _calls(lines: Iterable[str], found: Traced) -> Iterator[tuple[str, str, int]]:
    """Name, arguments and result of each call that has ended."""
    begun: dict[str, str] = {}
    for line in lines:
        if "--- SIGSEGV" in line or "--- SIGBUS" in line:
            found.faults += 1
            continue
        matched = LINE.match(line)
        if not matched:
            continue
        pid, resumed, name, rest = matched[1] or "", matched[2], matched[3], matched[4]
        if name and rest.endswith("<unfinished ...>"):
            begun[pid] = rest
            continue
        arguments = begun.pop(pid, "") + rest if resumed else rest
        result = RESULT.search(rest)
        if result or (resumed or name) in ("exit", "exit_group"):
            text = result[1] if result else "0"
            yield resumed or name, arguments, int(text, 16 if text.startswith("0x") else 10)


def read_summary(text: str, where: str) -> Traced:
    """Counts of `strace -c -f`.

    Raises:
        InputError: no line of it is a call.
    """
    found = Traced()
    for line in text.splitlines():
        words = line.split()
        if len(words) in (5, 6) and re.fullmatch(r"[\d.]+", words[0]) and words[3].isdigit() and words[-1] != "total":
            found.calls[words[-1]] += int(words[3])
            failed = int(words[4]) if len(words) == 6 else 0
            found.opens += int(words[3]) - failed if words[-1] in OPENING else 0
            if words[-1] in ("execve", "execveat"):
                found.execs, found.lookups = found.execs + int(words[3]) - failed, found.lookups + failed
    if not found.calls:
        raise InputError(where, "no call", "what `strace -c -f -o FILE` writes, or `strace -f -yy -s 0 -o FILE`")
    found.doubtful = found.calls["newfstatat"] + found.calls["statx"]  # with a name, or of an open file
    found.lookups += sum(amount for name, amount in found.calls.items() if name in LOOKUPS) - found.doubtful
    found.changes = sum(amount for name, amount in found.calls.items() if name in CHANGING)
    found.forks = found.calls["fork"] + found.calls["vfork"] + found.calls["clone"] + found.calls["clone3"]
    return found
