"""How long the command takes to begin: what a user waits for, and what the processor does."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.networks import spent
from experiments.commands.printing import table
from vmarch.output import csv_text, write

__all__ = ["start_up"]

COMMAND = (sys.executable, "-m", "experiments.commands.main")
RUN = ("run", "-w", "tcp-rr", "-a", "xen-pv")
COMMANDS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "vmarch --help": (*COMMAND, "--help"),
    f"vmarch {' '.join(RUN)} --engine simpy": (*COMMAND, *RUN, "--engine", "simpy"),
    f"vmarch {' '.join(RUN)} --engine compiled": (*COMMAND, *RUN, "--engine", "compiled"),
    f"vmarch {' '.join(RUN)} --jobs 1": (*COMMAND, *RUN, "--jobs", "1"),
}


def start_up(out: Path, rounds: int) -> None:
    """Measures and prints."""
    wall: dict[str, list[float]] = {name: [] for name in COMMANDS}
    processor: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():  # the compiled engine is compiled now, if it never was
        subprocess.run(command, check=True, capture_output=True)
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            began, worked = time.perf_counter(), spent()
            subprocess.run(command, check=True, capture_output=True)
            wall[name].append(time.perf_counter() - began)
            processor[name].append(spent() - worked)
    rows = [
        {"command": name, "wall_s": statistics.median(wall[name]), "processor_s": statistics.median(processor[name])}
        for name in COMMANDS
    ]
    write(out / "start_up.csv", csv_text(rows))
    shown = [[str(r["command"]), f"{1000 * r['wall_s']:.0f} ms", f"{1000 * r['processor_s']:.0f} ms"] for r in rows]  # type: ignore[operator]
    table("Start-up", shown, ("command", "wall", "processor"))
