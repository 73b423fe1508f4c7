"""`python -m benchmarks.sweep`: a study of ten thousand cells on one worker and on two; its bytes must be equal.

Runs are interleaved. Where the machine is shared, wall times say little: processor seconds of the command and of its
workers are beside them, and from these the speed-up that two free processors would give, if the command's own work
overlapped with nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from experiments.commands.printing import table

ROUNDS = 3
EXPERIMENT = """
[run]
replications = 2
operations = 20
[factors]
workload = ["tcp-rr", "page-fault"]
architecture = ["kvm-vhost", "xen-pv"]
[latin_hypercube]
samples = 2500
[latin_hypercube.ranges]
costs.vm_exit = { low = "500 cycles", high = "5000 cycles", scale = "log" }
costs.hypercall = { low = "200 cycles", high = "2000 cycles", scale = "log" }
guests = { low = 1, high = 4 }
"""
# the command, which says last what processor time it took itself, and what its workers took
PROGRAM = """
import os, sys
from experiments.commands.main import main
try:
    main(["sweep", *sys.argv[1:]])
except SystemExit:
    times = os.times()
    print(times.user + times.system, times.children_user + times.children_system)
"""


def measured(study: Path, out: Path, workers: int) -> tuple[float, float, float]:
    """Wall seconds, and processor seconds of the command and of its workers."""
    began = time.monotonic()
    command = [sys.executable, "-c", PROGRAM, str(study), "--out", str(out), "--workers", str(workers)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    own, theirs = map(float, done.stdout.split()[-2:])
    return time.monotonic() - began, own, theirs


def main() -> None:
    """Measures, prints the rounds, and the speed-up of each."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study.toml"
        study.write_text(EXPERIMENT)
        for number in range(ROUNDS):
            found = [measured(study, Path(folder) / f"{number}-{workers}", workers) for workers in (1, 2)]
            first, second = (Path(folder) / f"{number}-{workers}" / "results.parquet" for workers in (1, 2))
            assert first.read_bytes() == second.read_bytes()
            (one_s, own, theirs), (two_s, own_2, theirs_2) = found
            free = (own + theirs) / (own_2 + theirs_2 / 2.0)
            lines.append([str(number + 1), *(f"{x:.1f}" for x in (one_s, own, theirs, two_s, own_2, theirs_2))])
            lines[-1] += [f"{one_s / two_s:.2f}", f"{free:.2f}"]
    columns = [
        "round",
        "1: wall s",
        "command s",
        "workers s",
        "2: wall s",
        "command s",
        "workers s",
        "speed-up",
        "if free",
    ]
    table(f"10,000 cells on {os.cpu_count()} processors", lines, columns)


if __name__ == "__main__":
    main()
