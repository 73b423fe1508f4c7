"""A thousand guests of twenty kinds beside a thousand alike: what an event costs.

Kinds are workloads under architectures that share a Linux host. Each is also run with a thousand guests of its own; an
event of the mixture is set beside the mean of these, as operations of kinds differ. Runs are interleaved; what is
measured is the loop, without the making of the model and its arrays.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from statistics import median

from architectures import load_architecture
from benchmarks.networks import spent
from experiments.commands.printing import table
from simcore.engines.compiled.driver import Run
from simcore.hosts import load_host
from simcore.model import Model
from simcore.totals import Settings
from vmarch.output import csv_text, write
from vmarch.scenario import Scenario
from vmarch.tenancy import Tenancy
from workloads import load_workload

__all__ = ["kinds"]

ARCHITECTURES = ("container", "kvm-vhost", "kvm-qemu", "firecracker", "pvm")
WORKLOADS = ("web-server", "oltp", "tcp-rr", "key-value")
GUESTS = 1000
EVENTS = 2_000_000  # of a run, at least


def kinds(out: Path, rounds: int, *, quick: bool = False) -> None:
    """Measures and prints."""
    guests, events = (40, 20_000) if quick else (GUESTS, EVENTS)
    alike = {f"{w} under {a}": _hosts([(a, w)], guests) for a, w in product(ARCHITECTURES, WORKLOADS)}
    both = list(product(ARCHITECTURES, WORKLOADS))
    mixed = {f"{len(both)} kinds": _hosts(both, guests // len(both))}
    every = {name: one.model for name, one in (*mixed.items(), *alike.items())}
    each: dict[str, list[float]] = {name: [] for name in every}
    many: dict[str, int] = {}
    for turn in range(rounds + 1):
        for name, model in every.items():
            many[name], cost = _measured(model, many.get(name, 1), events)
            if turn:
                each[name].append(cost)
    costs = {name: median(times) for name, times in each.items()}
    mean = sum(costs[name] for name in alike) / len(alike)
    rows = [
        {"guests": f"{guests} x {name}", "event_ns": cost, "over_alike": cost / mean} for name, cost in costs.items()
    ]
    write(out / "kinds.csv", csv_text(rows))
    shown = [(f"{guests} guests, {name}", f"{cost:,.0f} ns", f"{cost / mean:.2f}") for name, cost in costs.items()]
    table("Guests of many kinds", shown, ("guests", "an event", "over the mean of those alike"))


def _measured(model: Model, operations: int, events: int) -> tuple[int, float]:
    """How many operations of each kind it takes to have so many events, and the nanoseconds of an event."""
    while True:
        run = Run(model, Settings(operations=operations), None, None)
        began = spent()
        window = run.result()
        took = spent() - began
        if window.whole.events >= events:
            return operations, 1e9 * took / window.whole.events
        operations *= 2


def _hosts(pairs: list[tuple[str, str]], each: int) -> Tenancy:
    """A host on which each pair of architecture and workload has so many guests of two virtual processors."""
    host = load_host("server")
    return Tenancy(
        tuple(
            Scenario(load_workload(w), load_architecture(a), host, guests=each, vcpus=2, name=f"{w}-{a}")
            for a, w in pairs
        )
    )
