"""`python -m benchmarks [NAME...]`: measures speed; prints tables, writes tables and figures, asserts nothing.

Times are processor seconds, runs are interleaved, and what is shown is the median of ratios within a round: the machine
may be shared and noisy.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.engines import engines
from benchmarks.explorer import explorer
from benchmarks.full import full
from benchmarks.growth import cores, guests, operations, tasks
from benchmarks.kinds import kinds
from benchmarks.start_up import start_up
from benchmarks.threads import threads
from vmarch.output import manifest, prepare, write

NAMES = ("engines", "full", "guests", "kinds", "operations", "cores", "tasks", "start_up", "threads", "explorer")


def main() -> None:
    """Runs the parts that were asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the engines' speed.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)}; all if none is given")
    parser.add_argument("--quick", action="store_true", help="few rounds, short runs: to see that it works")
    parser.add_argument("--out", type=Path, default=Path("results/speed"), help="folder for tables and figures")
    given = parser.parse_args()
    for name in given.names:
        if name not in NAMES:
            parser.error(f"{name}: one of {', '.join(NAMES)} is allowed")
    out = prepare(given.out)
    rounds, seconds = (1, 0.05) if given.quick else (5, 1.0)
    parts = {
        "engines": lambda: engines(out, rounds, seconds),
        "full": lambda: full(out, rounds, seconds),
        "guests": lambda: guests(out, given.quick),
        "kinds": lambda: kinds(out, rounds, quick=given.quick),
        "operations": lambda: operations(out, given.quick),
        "cores": lambda: cores(out, given.quick),
        "tasks": lambda: tasks(out, given.quick),
        "start_up": lambda: start_up(out, rounds),
        "threads": lambda: threads(out, rounds, given.quick),
        "explorer": lambda: explorer(out, rounds),
    }
    for name in given.names or NAMES:
        parts[name]()
    write(out / "manifest.json", manifest({"names": given.names or NAMES, "rounds": rounds, "seconds": seconds}))


if __name__ == "__main__":
    main()
