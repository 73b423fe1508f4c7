"""How long starts and checkpoints of processes take on this machine, alone and many at once.

Real-time round-robin priority keeps other work from the processors, so that a busy machine can measure too; several at
once then share the processors as they would with nobody else there. Starts come from `unshare` and `bwrap`
(namespaces, and mounts); checkpoints from CRIU, of a process that has written memory with random
bytes, kept in the file system's page cache. A step (a fork with its program, each namespace, a byte written to a file
or read into fresh memory) is measured by itself.

    python -m benchmarks.lifecycle OUT.csv [--criu COMMAND]
"""

from __future__ import annotations

import argparse
import csv
import ctypes
import os
import shlex
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PRIORITY = 10
ROUNDS = 15
MEGABYTE = 1 << 20
NAMESPACES = {"mount": 0x20000, "uts": 0x4000000, "ipc": 0x8000000, "pid": 0x20000000, "net": 0x40000000}
HOLDER = r"""
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int c, char **v) {
  size_t n = (size_t)atol(v[1]) << 20; unsigned x = 12345; char *p = malloc(n);
  for (size_t i = 0; i < n; i += 4) { x = x * 1664525u + 1013904223u; memcpy(p + i, &x, 4); }
  if (write(1, "ok\n", 3) != 3) return 1;
  close(0); close(1); close(2);
  for (;;) sleep(1000);
}
"""
START = "int main(void) { return 0; }"


def main() -> None:
    """Measures, and writes one row for each thing measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--criu", default="criu", help="the command that runs CRIU")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name, text in (("start", START), ("holder", HOLDER)):
            (folder / f"{name}.c").write_text(text)
            subprocess.run(["gcc", "-O2", "-static", "-o", folder / name, folder / f"{name}.c"], check=True)
        rows = [*steps(folder), *starts(folder), *checkpoints(folder, shlex.split(given.criu))]
    with given.out.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["environment", "operation", "at_once", "n", "min_ms", "median_ms", "max_ms"])
        writer.writerows(rows)


def steps(folder: Path) -> list[tuple[object, ...]]:
    """What starts and checkpoints are made of, each by itself."""
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
    data, target = os.urandom(64 * MEGABYTE), folder / "data"
    rows = [_row("native", "start", 1, [_alone([str(folder / "start")]) for _ in range(10 * ROUNDS)])]
    rows += [
        _row(
            "native", f"namespace: {name}", 1, [_in_child(lambda flag=flag: _unshare(flag)) for _ in range(10 * ROUNDS)]
        )
        for name, flag in NAMESPACES.items()
    ]
    writes, reads = [], []
    for _ in range(ROUNDS):
        target.unlink(missing_ok=True)
        began = time.perf_counter()
        with target.open("wb", buffering=0) as file:
            file.write(data)
        writes.append((time.perf_counter() - began) / 64)
        began = time.perf_counter()
        with target.open("rb", buffering=0) as file:
            file.readinto(bytearray(64 * MEGABYTE))
        reads.append((time.perf_counter() - began) / 64)
    return [
        *rows,
        _row("native", "MiB written to a file", 1, writes),
        _row("native", "MiB read to fresh memory", 1, reads),
    ]


def starts(folder: Path) -> list[tuple[object, ...]]:
    """Starts of a program in each environment, from one to many at once."""
    program = str(folder / "start")
    commands = {
        "native": [program],
        "unshare": ["unshare", "-mpinu", "--fork", program],
        "bwrap": ["bwrap", "--unshare-all", "--bind", "/", "/", "--proc", "/proc", "--dev", "/dev", program],
    }
    rows = []
    for environment, command in commands.items():
        for many in (1, 2, 4, 8, 16, 32):
            middles, lasts = [], []
            for _ in range(max(3, 2 * ROUNDS // many)):
                found = _at_once([command] * many)
                middles.append(statistics.median(found))
                lasts.append(max(found))
            rows += [_row(environment, "start", many, middles), _row(environment, "start, the last", many, lasts)]
    return rows


def checkpoints(folder: Path, criu: list[str]) -> list[tuple[object, ...]]:
    """Checkpoints to the page cache and restores from it, of processes of several sizes, and several at once."""
    rows = []
    for size, many in ((1, 1), (16, 1), (64, 1), (256, 1), (1024, 1), (64, 2), (64, 4), (64, 8)):
        dumps, restores = [], []
        for _ in range(5):
            dump, restore = _checkpoint(folder, criu, size, many)
            dumps.append(dump)
            restores.append(restore)
        rows += [_row("criu", f"dump {size} MiB", many, dumps), _row("criu", f"restore {size} MiB", many, restores)]
    return rows


def _checkpoint(folder: Path, criu: list[str], size: int, many: int) -> tuple[float, float]:
    holders, images = [], [folder / f"image{n}" for n in range(many)]
    for image in images:
        shutil.rmtree(image, ignore_errors=True)
        image.mkdir()
        command = ["setsid", str(folder / "holder"), str(size)]
        one = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert one.stdout is not None
        one.stdout.read(3)
        one.stdout.close()
        holders.append(one)
    time.sleep(0.1)
    each = list(zip(holders, images, strict=True))
    dump = statistics.median(
        _at_once([[*criu, "dump", "-t", str(one.pid), "-D", str(image), "--leave-running"] for one, image in each])
    )
    for one in holders:
        one.kill()
        one.wait()
    restore, pids = 0.0, []
    taken = []
    for image in images:  # one after the other: a restored process has the number it had
        taken += _at_once([[*criu, "restore", "-D", str(image), "-d", "--pidfile", str(image / "pid")]])
        pids.append(int((image / "pid").read_text()))
    restore = statistics.median(taken)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return dump, restore


def _at_once(commands: list[list[str]]) -> list[float]:
    """Seconds from the first start until each command has ended, all started one after the other without a pause."""
    began = time.perf_counter()
    live = {}
    for command in commands:
        live[os.posix_spawnp(command[0], command, os.environ, file_actions=SILENT)] = command
    ends = []
    while live:
        pid, status = os.wait()
        if pid in live:
            ends.append(time.perf_counter() - began)
            if status:
                raise RuntimeError(f"{shlex.join(live[pid])}: status {status}")
            del live[pid]
    return ends


def _alone(command: list[str]) -> float:
    return _at_once([command])[0]


def _in_child(what: Callable[[], None]) -> float:
    """Seconds that something takes in a child of its own."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        began = time.perf_counter()
        what()
        os.write(write, str(time.perf_counter() - began).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    found = float(os.read(read, 64))
    os.close(read)
    os.close(write)
    return found


def _unshare(flag: int) -> None:
    if LIBC.unshare(flag):
        raise OSError(ctypes.get_errno(), "unshare")


def _row(environment: str, operation: str, many: int, found: list[float]) -> tuple[object, ...]:
    ends = (min(found), statistics.median(found), max(found))
    return (environment, operation, many, len(found), *(f"{1e3 * one:.4g}" for one in ends))


LIBC = ctypes.CDLL(None, use_errno=True)
SILENT = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]

if __name__ == "__main__":
    main()
