"""The tables of docs/trust.md: coverage of intervals, agreement with theory, and what common random numbers save.

`python -m experiments.theory.trust` makes them anew below the marker of that page, in about a quarter of an hour on two
processors; `--quick` prints small ones instead, to see that all works. The same seed gives the same tables.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from experiments.theory.checks import CHECKS, simulated
from experiments.theory.coverage import TRIALS, coverage
from simcore.statistics import Estimate, bonferroni_level
from vmarch.asking import jobs_of, scenarios
from vmarch.comparison import Cell, compare
from vmarch.runs import Plan
from workloads import load_workload, workload_names

__all__ = ["main", "tables"]

PAGE = Path(__file__).parents[2] / "docs" / "trust.md"
MARKER = "<!-- Generated below this line by `python -m experiments.theory.trust`. -->"
MOST_SHOWN = 10_000  # beyond this, pairing leaves nothing that anyone would notice


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _coverage(seed: int, jobs: int, *, quick: bool) -> Iterator[str]:
    repetitions = 20 if quick else 1000
    yield "## Coverage: how often a nominal 95 % interval holds the truth"
    yield ""
    yield f"{repetitions} independent repetitions each, seeds {seed} to {seed + repetitions - 1}."
    yield ""
    rows = []
    for trial in TRIALS:
        if quick and trial.operations > 1000:
            continue
        share = coverage(trial, repetitions, seed=seed, jobs=jobs)
        error = math.sqrt(0.95 * 0.05 / repetitions)
        length = f"{trial.replications} x {trial.operations:,} after {trial.warmup:,}"
        rows.append([trial.name, trial.what, f"{trial.truth:.4g}", length, f"{share:.1%}", f"{error:.1%}"])
    columns = ("model", "quantity", "truth", "operations of an experiment", "coverage", "its standard error")
    yield from _table(columns, rows)


def _theory(seed: int, jobs: int, *, quick: bool) -> Iterator[str]:
    replications, operations = (4, 300) if quick else (20, 0)
    level = bonferroni_level(0.95, len(CHECKS))
    yield "## Theory: closed form against simulation"
    yield ""
    yield (
        f"{replications} replications, seed {seed}. Times in mean service times. Each interval is at {level:.2%}, "
        f"so that all {len(CHECKS)} hold together at 95 %."
    )
    yield ""
    one = partial(_simulated, level=level, seed=seed, replications=replications, operations=operations)
    if jobs == 1:
        found = [one(number) for number in range(len(CHECKS))]
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as executor:
            found = list(executor.map(one, range(len(CHECKS))))
    rows = [
        [
            check.name,
            check.where,
            check.what,
            check.theory,
            f"{check.truth:.4f}",
            f"{estimate.value:.4f}",
            f"{estimate.low:.4f} to {estimate.high:.4f}",
            "yes" if estimate.covers(check.truth) else "NO",
        ]
        for check, estimate in zip(CHECKS, found, strict=True)
    ]
    columns = ("model", "served by", "quantity", "theory", "closed form", "simulated", "interval", "holds it")
    yield from _table(columns, rows)


def _simulated(number: int, *, level: float, seed: int, replications: int, operations: int) -> Estimate:
    return simulated(CHECKS[number], level, seed=seed, replications=replications, operations=operations)


def _pairing(seed: int, jobs: int, *, quick: bool) -> Iterator[str]:
    workloads = [name for name in workload_names() if load_workload(name).kind == "macro"]
    architectures: tuple[str, ...] = ()
    if quick:
        workloads, architectures = workloads[-1:], ("container", "kvm-vhost")
    plan = Plan(seed=seed, replications=3 if quick else 10, operations=20 if quick else 100)
    cells = compare(scenarios(workloads, architectures), plan, jobs=jobs)
    by_name = {(cell.architecture, cell.workload): cell for cell in cells}
    yield "## Common random numbers: how many times fewer replications"
    yield ""
    yield (
        "Variance of the slowdown's logarithm had the two sides been independent, over that as paired: response "
        f"of an operation against that on the bare machine, host server, {plan.replications} replications of "
        f"{plan.operations} operations, seed {seed}. Ratios of variances from so few replications are rough, within a "
        "factor of 4 or so. All: pairing leaves no variance. A dash: the combination is refused."
    )
    yield ""
    rows = [
        [f"`{name}`", *(_saved(by_name[name, workload]) for workload in workloads)]
        for name in dict.fromkeys(cell.architecture for cell in cells)
        if name != "native"
    ]
    yield from _table(("architecture", *workloads), rows)


def _saved(cell: Cell) -> str:
    if cell.scenario is None:
        return "-"
    found = cell.slowdown().variance_reduction
    if found is None or math.isinf(found):
        return "all"
    if found > MOST_SHOWN:
        return f"> {MOST_SHOWN:,}"
    return f"{found:,.0f}" if found >= 10.0 else f"{found:.1f}"


def tables(seed: int = 1, jobs: int = 1, *, quick: bool = False) -> str:
    """The generated part of the page, in Markdown."""
    parts = (_coverage, _theory, _pairing)
    return "\n".join(line for part in parts for line in part(seed, jobs, quick=quick)).rstrip() + "\n"


def main(arguments: Sequence[str]) -> int:
    """Writes the page, or prints small tables with --quick; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m experiments.theory.trust", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="print small tables, write nothing")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=None, help="processes [default: the processors at hand]")
    options = parser.parse_args(arguments)
    jobs = jobs_of(options.jobs)
    if options.quick:
        sys.stdout.write(tables(options.seed, jobs, quick=True))
        return 0
    written, marker, _ = PAGE.read_text("utf-8").partition(MARKER)
    if not marker:
        print(f"docs/{PAGE.name} has no marker: {MARKER}", file=sys.stderr)
        return 1
    PAGE.write_text(f"{written}{MARKER}\n\n{tables(options.seed, jobs)}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
