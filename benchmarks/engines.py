"""The closed network and M/M/1 in every simulator that is there: processor time of a visit, against raw SimPy.

Each runs for about the same time, after a first run that compiles what there is to compile; rounds are interleaved; a
ratio is taken within its round, and the median of the rounds is shown. Beside it stands the mean response over the
exact one, because only the same model can be compared.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from benchmarks.networks import NETWORKS, Measured, Network, spent
from experiments.commands.printing import table
from vmarch.figures.intervals import interval_bars
from vmarch.output import csv_text, write

__all__ = ["engines", "found"]

Run = Callable[[Network, float], Measured]

SIMULATORS = {
    "raw SimPy": "raw_simpy.run",
    "plain heapq loop": "plain_heap.run",
    "Ciw": "ciw_network.run",
    "salabim": "salabim_network.run",
    "Cimba": "cimba_network.run",
    "LINE (LDES)": "line_network.run",
    "numba loop": "numba_loop.run",
    "C loop": "c_loop.run",
    "vmarch, SimPy engine": "ours.simpy",
    "vmarch, compiled engine": "ours.compiled",
}
BASE, OURS, LIMIT = "raw SimPy", "vmarch, compiled engine", "C loop"
FEWEST, MOST = 4000, 20_000_000  # visits of a run


def found(name: str) -> Run | None:
    """A simulator by its name in SIMULATORS; None if what it needs is not installed."""
    module, function = SIMULATORS[name].split(".")
    try:
        return getattr(import_module(f"benchmarks.models.{module}"), function)  # type: ignore[no-any-return]
    except ImportError:
        return None


def engines(out: Path, rounds: int, seconds: float) -> None:
    """Measures, prints and draws."""
    runs = {name: run for name in SIMULATORS if (run := found(name))}
    for name in SIMULATORS.keys() - runs.keys():
        print(f"{name}: left out, because what it needs is not installed")
    rows: list[dict[str, object]] = []
    groups: dict[str, dict[str, tuple[float, float, float]]] = {name: {} for name in runs}
    for network in NETWORKS:
        for row in _compared(network, runs, rounds, seconds):
            rows.append({"network": network.name, **row})
            ratios = (float(row[key]) for key in ("speed", "speed_low", "speed_high"))
            groups[str(row["simulator"])][network.name] = tuple(ratios)  # type: ignore[assignment]
    write(out / "engines.csv", csv_text(rows))
    ordered = dict(sorted(groups.items(), key=lambda group: max(value[0] for value in group[1].values())))
    interval_bars(
        out / "engines.png",
        ordered,
        title="Visits served in a second of processor time, against raw SimPy",
        caption=f"Medians of ratios within a round and their range, {rounds} rounds, all in one run. The loops count "
        "integrals over time, raw SimPy and heapq nothing but the mean response; vmarch counts and checks everything.",
        label="times raw SimPy",
    )


def _compared(network: Network, runs: dict[str, Run], rounds: int, seconds: float) -> list[dict[str, float | str]]:
    visits = {name: _visits(network, run, seconds) for name, run in runs.items()}
    each: dict[str, list[float]] = {name: [] for name in runs}
    right: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken, measured = _timed(network, run, visits[name])
            each[name].append(taken / (measured.customers * len(network.servers)))
            right[name].append(measured.response_us / network.exact[1])
    rows: list[dict[str, float | str]] = []
    for name in runs:
        ratios = [base / own for base, own in zip(each[BASE], each[name], strict=True)]
        rows.append(
            {
                "simulator": name,
                "visits": visits[name],
                "visit_ns": 1e9 * statistics.median(each[name]),
                "speed": statistics.median(ratios),
                "speed_low": min(ratios),
                "speed_high": max(ratios),
                "response_over_exact": statistics.mean(right[name]),
            }
        )
    shown = [
        [
            str(row["simulator"]),
            f"{row['visit_ns']:,.0f} ns",
            f"{row['speed']:.3g}",
            f"{row['speed_low']:.3g} .. {row['speed_high']:.3g}",
            f"{row['response_over_exact']:.3f}",
        ]
        for row in rows
    ]
    columns = ("simulator", "a visit", "x raw SimPy", "min .. max", "response / exact")
    table(f"{network.name[0].upper()}{network.name[1:]}", shown, columns)
    if OURS in runs and LIMIT in runs:
        behind = statistics.median(o / c for o, c in zip(each[OURS], each[LIMIT], strict=True))
        print(f"The compiled engine takes {behind:.2f} times as long as the C loop.\n")
    return rows


def _timed(network: Network, run: Run, visits: int) -> tuple[float, Measured]:
    began = spent()
    measured = run(network, network.until_us(visits))
    return spent() - began, measured


def _visits(network: Network, run: Run, seconds: float) -> int:
    """How many take about so long; on the way, everything is loaded and compiled."""
    visits = FEWEST // 4
    taken, _ = _timed(network, run, visits)
    while True:
        taken, _ = _timed(network, run, visits)
        if taken > seconds / 4.0 or visits >= MOST:
            return round(min(max(visits * seconds / taken, FEWEST), MOST))
        visits = min(visits * 4, MOST)
