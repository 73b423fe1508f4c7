"""`python -m benchmarks`: engines against each other, growth with guests, start-up; a table, and nothing asserted.

Times are processor seconds of this process, runs are interleaved, and what is printed is the median of ratios within a
round: the machine may be shared and noisy.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from architectures import load_architecture
from benchmarks.closed_network import heap, ours, raw_simpy
from experiments.output import table
from experiments.runs import Plan, replicate
from experiments.scenario import Scenario
from simcore.hosts import load_host
from workloads import load_workload

ROUNDS = 5
VISITS = 60_000


def rate(run: Callable[[int], int], visits: int) -> float:
    """Completed visits a processor second."""
    began = time.process_time()
    done = run(visits)
    return done / (time.process_time() - began)


def engines() -> None:
    """The closed network on each engine, against raw SimPy."""
    runs = {"raw SimPy, no statistics": raw_simpy, "our SimPy engine, all statistics": ours, "plain heap": heap}
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            rates[name].append(rate(run, VISITS))
    base = rates["raw SimPy, no statistics"]
    rows = []
    for name, found in rates.items():
        ratios = [ours_ / theirs for ours_, theirs in zip(found, base, strict=True)]
        spread = f"{min(ratios):.2f} .. {max(ratios):.2f}"
        rows.append([name, f"{statistics.median(found):,.0f}", f"{statistics.median(ratios):.2f}", spread])
    table("Closed network, 50 customers", rows, ("engine", "visits/s", "ratio", "min .. max"))


def guests() -> None:
    """Time for each event as guests are added: a Xen host serving the web workload."""
    rows = []
    for count in (1, 8, 64, 512):
        scenario = Scenario(load_workload("web-server"), load_architecture("xen-pv"), load_host("server"), guests=count)
        _ = scenario.model
        began = time.process_time()
        result, _ = replicate(scenario, Plan(operations=max(2000, 20 * count), warmup=0), 0)
        spent = time.process_time() - began
        rows.append([str(count), f"{result.operations:,}", f"{1e6 * spent / result.operations:.0f} us"])
    table("Xen host, web server", rows, ("guests", "operations", "time for each operation"))


def start_up() -> None:
    """How long the command takes to say what it can do."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "experiments.cli", "--help"], check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    table("Start-up", [["--help", f"{1000 * statistics.median(times):.0f} ms"]], ("command", "median"))


if __name__ == "__main__":
    engines()
    guests()
    start_up()
