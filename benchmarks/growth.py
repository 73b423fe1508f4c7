"""How time and memory grow: with guests, cores and tasks (of the Xen host that serves the web), with operations.

Each point is a process of its own, whose peak of memory is asked for at its end. The start is what has to be done
before the first event, the arrays of the compiled loop, and the end what has to be done after the
last: totals, checks, summary. (The SimPy engine does not tell its start apart from its events.)
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.full import served
from benchmarks.models.ours import made
from benchmarks.networks import CLOSED, spent
from experiments.commands.printing import table
from simcore.checks import check
from simcore.engines import engine
from simcore.engines.compiled.driver import Run
from simcore.model import Model
from simcore.results import summarize
from simcore.totals import Settings, Totals
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import csv_text, write

__all__ = ["cores", "guests", "operations", "tasks"]

GUESTS = (1, 8, 64, 512, 4096, 10_000)
OPERATIONS = tuple(10**power for power in range(4, 9))  # of the closed network
CORES = (1, 4, 16, 64, 256)
TASKS = (1, 16, 256, 4096)  # of each of 8 guests
MOST = {
    "compiled": {"guests": 10_000, "operations": 10**8, "cores": 256, "tasks": 4096},
    "simpy": {"guests": 512, "operations": 10**5, "cores": 256, "tasks": 256},
}
LEAST = {"compiled": 100_000, "simpy": 3000}  # operations of a run, at least
EACH = 12  # and for each task


def guests(out: Path, quick: bool = False) -> None:
    """From one guest to ten thousand."""
    _grow(out, "guests", GUESTS[:2] if quick else GUESTS, "Xen host, web server")


def operations(out: Path, quick: bool = False) -> None:
    """From ten thousand operations to a hundred million."""
    _grow(out, "operations", OPERATIONS[:2] if quick else OPERATIONS, "Closed network")


def cores(out: Path, quick: bool = False) -> None:
    """From one core to 256, for eight guests of as many virtual processors."""
    _grow(out, "cores", CORES[:2] if quick else CORES, "Xen host, 8 guests, web server")


def tasks(out: Path, quick: bool = False) -> None:
    """From one task in each of eight guests to 4096."""
    _grow(out, "tasks", TASKS[:2] if quick else TASKS, "Xen host, 8 guests, web server")


def _grow(out: Path, what: str, sizes: tuple[int, ...], title: str) -> None:
    rows: list[dict[str, object]] = []
    for name, most in MOST.items():
        for size in sizes:
            if size <= most[what]:
                command = [sys.executable, "-m", "benchmarks.growth", what, name, str(size)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                rows.append({"engine": name, what: size, **json.loads(done.stdout)})
    write(out / f"{what}.csv", csv_text(rows))
    columns = ("engine", what, "events", "an event", "model", "start", "end", "peak memory")
    shown = [
        [
            str(row["engine"]),
            f"{row[what]:,}",
            f"{row['events']:,}",
            f"{row['event_ns']:,.0f} ns",
            *(f"{row[part]:.2f} s" for part in ("model_s", "start_s", "end_s")),
            f"{row['peak_mb']:,.0f} MB",
        ]
        for row in rows
    ]
    table(title, shown, columns)
    panels = []
    for key, label in (("event_ns", "time of an event [ns]"), ("peak_mb", "peak memory [MB]")):
        lines = [
            Line(f"{name} engine", *zip(*[(r[what], r[key]) for r in rows if r["engine"] == name], strict=True))
            for name in MOST
        ]
        ticks = {f"{size:,}": float(size) for size in sizes}
        panels.append(Panel(lines, what, label, x_log=True, y_log=True, ticks=ticks))
    line_plot(
        out / f"{what}.png",
        panels,
        title=f"{title}: time and memory by number of {what}",
        caption="Processor time of an event, and the most memory that the process held, Python and its libraries "
        "included. Each point is one process.",
    )


class _Timed(Run):
    """A run that knows how long it took to count up."""

    counted_s = 0.0

    def _snapshot(self) -> Totals:
        began = spent()
        totals = super()._snapshot()
        self.counted_s += spent() - began
        return totals


def _point(what: str, name: str, size: int) -> dict[str, float]:
    began = spent()
    model = _model(what, size)
    built = spent() - began
    number = sum(some.count for some in model.classes)
    settings = Settings(operations=size if what == "operations" else max(LEAST[name], EACH * number))
    engine(name)(made(CLOSED), Settings(operations=100))  # loads everything
    began = started = spent()
    counted = 0.0
    if name == "compiled":
        run = _Timed(model, settings, None, None)
        started = spent()
        counted = -run.counted_s  # what it counted before it started belongs to the start
        window = run.result()
        counted += run.counted_s
    else:
        window = engine(name)(model, settings)
    ran = spent()
    check(model, window)
    summarize(model, window)
    return {
        "events": window.whole.events,
        "event_ns": 1e9 * (ran - started - counted) / window.whole.events,
        "model_s": built,
        "start_s": started - began,
        "end_s": counted + spent() - ran,
        "peak_mb": _peak_mb(),
    }


def _model(what: str, size: int) -> Model:
    match what:
        case "guests":
            return served(size)
        case "operations":
            return made(CLOSED)
        case _:
            return served(8, **{what: size})


def _peak_mb() -> float:
    """Most memory that this process held; getrusage would tell of its parent's, which a new process inherits."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1000.0
    return float("nan")


if __name__ == "__main__":
    print(json.dumps(_point(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
