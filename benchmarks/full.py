"""The full model, a Xen host whose eight guests serve the web, on both engines: run, checks and summary."""

from __future__ import annotations

import statistics
from pathlib import Path

from architectures import load_architecture
from benchmarks.networks import spent
from experiments.commands.printing import table
from simcore.checks import check
from simcore.engines import engine
from simcore.hosts import load_host
from simcore.model import Model
from simcore.results import summarize
from simcore.totals import Settings
from vmarch.output import csv_text, write
from vmarch.scenario import Scenario
from workloads import load_workload

__all__ = ["full", "served"]

OPERATIONS_A_SECOND = {"simpy": 3500, "compiled": 200_000}  # about, so that runs take as long


def served(guests: int, cores: int | None = None, tasks: int | None = None) -> Model:
    """Guests of a Xen host, each with a web server.

    Args:
        cores: of the host, and virtual processors of each guest; the preset's by default.
        tasks: of each guest; the workload's number by default.
    """
    host, workload = load_host("server"), load_workload("web-server")
    host = host.with_(cores=cores) if cores else host
    workload = workload.with_(tasks={"count": tasks}) if tasks else workload
    return Scenario(workload, load_architecture("xen-pv"), host, guests=guests).model


def full(out: Path, rounds: int, seconds: float) -> None:
    """Measures and prints."""
    model = served(8)
    each: dict[str, list[float]] = {name: [] for name in OPERATIONS_A_SECOND}
    for name in each:
        _timed(name, model, 100)
    for _ in range(rounds):
        for name, rate in OPERATIONS_A_SECOND.items():
            each[name].append(_timed(name, model, round(rate * seconds)))
    ratios = [slow / fast for slow, fast in zip(each["simpy"], each["compiled"], strict=True)]
    rows = [
        {
            "engine": name,
            "operation_us": 1e6 * statistics.median(times),
            "speed": statistics.median(base / own for base, own in zip(each["simpy"], times, strict=True)),
        }
        for name, times in each.items()
    ]
    write(out / "full.csv", csv_text(rows))
    shown = [[str(row["engine"]), f"{row['operation_us']:.3g} us", f"{row['speed']:.3g}"] for row in rows]
    table("Xen host, 8 guests, web server", shown, ("engine", "an operation", "x SimPy engine"))
    print(f"Ratios of the rounds: {min(ratios):.3g} .. {max(ratios):.3g}\n")


def _timed(name: str, model: Model, operations: int) -> float:
    began = spent()
    window = engine(name)(model, Settings(operations=operations))
    check(model, window)
    summarize(model, window)
    return (spent() - began) / operations
