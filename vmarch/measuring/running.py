"""Compiles programs, and runs a command to its end, with a time limit, in a process group that is gone afterwards."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simcore.errors import InputError

__all__ = ["BLOCK", "Ran", "compiled", "cpu_of", "run"]

PRESSURE = Path("/proc/pressure/cpu")

LIMIT_S = 600.0
BLOCK = 512  # bytes in which getrusage counts input


@dataclass(frozen=True)
class Ran:
    """A command that ended.

    Attributes:
        wall_s: from start to end; user_s, system_s, minor_faults, switches: of it and the children it waited for;
            switches are those that it made by waiting.
        read_bytes: from the disk, not from the page cache.
        output: standard output, and error: standard error, the last 64 KiB of each.
        pressed_s: how long some program of this machine, whichever, waited for a processor meanwhile; 0 where the
            kernel does not tell.
    """

    status: int
    wall_s: float
    user_s: float
    system_s: float
    minor_faults: int
    major_faults: int
    switches: int
    read_bytes: int
    output: str
    error: str
    pressed_s: float = 0.0


def cpu_of(cpu: int | None) -> int | None:
    """A processor that this process may use, or None for any.

    Raises:
        InputError: another.
    """
    usable = sorted(os.sched_getaffinity(0))
    if cpu is not None and cpu not in usable:
        raise InputError("--cpu", cpu, f"one of {', '.join(map(str, usable))}")
    return cpu


def compiled(source: Path, made: Path, *options: str) -> Path:
    """A C program, compiled.

    Raises:
        InputError: no compiler, or it fails.
    """
    compiler = os.environ.get("CC") or "cc"
    if not shutil.which(compiler):
        raise InputError("CC", compiler, "a C compiler (Debian: gcc and libc6-dev, Fedora: gcc and glibc-static)")
    command = [compiler, "-O2", "-o", str(made), str(source), *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        failed = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError("CC", compiler, f"a C compiler with its headers, Debian package libc6-dev ({failed})")
    return made


def run(
    words: Sequence[str],
    *,
    what: str,
    folder: Path | None = None,
    cpu: int | None = None,
    environment: Mapping[str, str] | None = None,
    limit_s: float = LIMIT_S,
    scratch: Path,
) -> Ran:
    """Runs a command.

    Args:
        what: the name by which errors call it.
        folder: where it runs.
        cpu: the only processor that it may use.
        scratch: a folder for its output.

    Raises:
        InputError: it cannot be started, or does not end within the limit.
    """
    paths = scratch / "stdout", scratch / "stderr"
    with paths[0].open("wb") as out, paths[1].open("wb") as err:
        before, pressed_s, start = resource.getrusage(resource.RUSAGE_CHILDREN), _pressed_s(), time.monotonic()
        try:
            process = subprocess.Popen(
                list(words) if cpu is None else ["taskset", "-c", str(cpu), *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=folder,
                env=None if environment is None else dict(environment),
                start_new_session=True,
            )
        except OSError as error:
            raise InputError(what, words[0], f"a program that can be started ({error.strerror})") from None
        try:
            status = process.wait(timeout=limit_s)
        except subprocess.TimeoutExpired:
            raise InputError(what, " ".join(words), f"a command that ends within {limit_s:g} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError):  # also what it left behind, or what an interruption left
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        wall_s = time.monotonic() - start
        after, pressed_s = resource.getrusage(resource.RUSAGE_CHILDREN), _pressed_s() - pressed_s
    output, error_text = (path.read_bytes()[-65536:].decode("utf-8", "replace") for path in paths)
    return Ran(
        status=status,
        wall_s=wall_s,
        user_s=after.ru_utime - before.ru_utime,
        system_s=after.ru_stime - before.ru_stime,
        minor_faults=after.ru_minflt - before.ru_minflt,
        major_faults=after.ru_majflt - before.ru_majflt,
        switches=after.ru_nvcsw - before.ru_nvcsw,
        read_bytes=(after.ru_inblock - before.ru_inblock) * BLOCK,
        output=output,
        error=error_text,
        pressed_s=pressed_s,
    )


def _pressed_s() -> float:
    """Since the machine started, the time in which some program waited for a processor (pressure stall information)."""
    try:
        some = PRESSURE.read_text("ascii").splitlines()[0]
    except OSError:
        return 0.0
    return float(some.rpartition("total=")[2]) * 1e-6
