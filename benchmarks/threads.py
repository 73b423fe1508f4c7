"""What a second processor is worth: ten replications of a long run in one thread, and in two."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from architectures import load_architecture
from experiments.commands.printing import table
from simcore.hosts import load_host
from vmarch.comparison import compare
from vmarch.output import csv_text, write
from vmarch.runs import Plan
from vmarch.scenario import Scenario
from vmarch.store import Store
from workloads import load_workload

__all__ = ["threads"]

OPERATIONS, REPLICATIONS = 50_000, 10


def threads(out: Path, rounds: int, quick: bool = False) -> None:
    """Measures wall-clock time, in turns, and prints."""
    plan = Plan(engine="compiled", operations=OPERATIONS // (50 if quick else 1), replications=REPLICATIONS)
    scenario = Scenario(load_workload("web-server"), load_architecture("kvm-vhost"), load_host("server"))

    def wall_s(jobs: int) -> float:
        began = time.perf_counter()
        compare([("web-server", "kvm-vhost", scenario)], plan, store=Store(), jobs=jobs)
        return time.perf_counter() - began

    wall_s(1)  # loads everything
    pairs = [(wall_s(1), wall_s(2)) for _ in range(rounds)]
    gains = [one / two for one, two in pairs]
    rows = [{"one_s": one, "two_s": two, "gain": gain} for (one, two), gain in zip(pairs, gains, strict=True)]
    write(out / "threads.csv", csv_text(rows))
    one, two = (statistics.median(times) for times in zip(*pairs, strict=True))
    shown = [
        [f"{one:.2f} s", f"{two:.2f} s", f"{statistics.median(gains):.2f}", f"{min(gains):.2f} .. {max(gains):.2f}"]
    ]
    title = f"{REPLICATIONS} replications of {plan.operations:,} operations and of their bare machine"
    table(title, shown, ("one thread", "two threads", "gain", "min .. max"), left=0)
