"""A thousand guests of twenty kinds beside a thousand alike: what an event costs.

Kinds are workloads under architectures that share a Linux host. Each is also run with a thousand guests of its own; an
event of the mixture is set beside the mean of these, as operations of kinds differ. Runs are interleaved.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from statistics import median

from architectures import load_architecture
from benchmarks.networks import spent
from experiments.commands.printing import table
from simcore.engines import engine
from simcore.hosts import load_host
from simcore.totals import Settings
from vmarch.output import csv_text, write
from vmarch.scenario import Scenario
from vmarch.tenancy import Tenancy
from workloads import load_workload

__all__ = ["kinds"]

ARCHITECTURES = ("container", "kvm-vhost", "kvm-qemu", "firecracker", "pvm")
WORKLOADS = ("web-server", "oltp", "tcp-rr", "key-value")
GUESTS = 1000
OPERATIONS = 100_000  # of a run


def kinds(out: Path, rounds: int, *, quick: bool = False) -> None:
    """Measures and prints."""
    guests, operations = (40, 4000) if quick else (GUESTS, OPERATIONS)
    alike = {f"{w} under {a}": _hosts([(a, w)], guests) for a, w in product(ARCHITECTURES, WORKLOADS)}
    both = list(product(ARCHITECTURES, WORKLOADS))
    mixed = {f"{len(both)} kinds": _hosts(both, guests // len(both))}
    every = {name: one.model for name, one in (*mixed.items(), *alike.items())}
    each: dict[str, list[float]] = {name: [] for name in every}
    run = engine("compiled")
    for turn in range(rounds + 1):
        for name, model in every.items():
            many = operations // model.groups // (10 if turn == 0 else 1)
            began = spent()
            window = run(model, Settings(operations=max(many, 1)))
            if turn:
                each[name].append(1e9 * (spent() - began) / window.whole.events)
    costs = {name: median(times) for name, times in each.items()}
    mean = sum(costs[name] for name in alike) / len(alike)
    rows = [
        {"guests": f"{guests} x {name}", "event_ns": cost, "over_alike": cost / mean} for name, cost in costs.items()
    ]
    write(out / "kinds.csv", csv_text(rows))
    shown = [(f"{guests} guests, {name}", f"{cost:,.0f} ns", f"{cost / mean:.2f}") for name, cost in costs.items()]
    table("Guests of many kinds, with start and end", shown, ("guests", "an event", "over the mean of those alike"))


def _hosts(pairs: list[tuple[str, str]], each: int) -> Tenancy:
    """A host on which each pair of architecture and workload has so many guests of two virtual processors."""
    host = load_host("server")
    return Tenancy(
        tuple(
            Scenario(load_workload(w), load_architecture(a), host, guests=each, vcpus=2, name=f"{w}-{a}")
            for a, w in pairs
        )
    )
