"""How time and memory grow: with guests (of the Xen host that serves the web), with operations (closed network).

Each point is a process of its own, whose peak of memory is asked for at its end. It runs a model twice: what the longer
run takes more, over the events it has more, is the time of an event. The start is what has to be done before the first:
streams of random numbers and arrays for every task. (The SimPy engine does not tell it apart.)
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

from benchmarks.full import served
from benchmarks.models.ours import made
from benchmarks.networks import CLOSED, spent
from experiments.output import csv_text, table, write
from experiments.plots import Line, Panel, line_plot
from simcore.checks import check
from simcore.engines import engine
from simcore.model import Model
from simcore.results import summarize
from simcore.totals import Settings

__all__ = ["guests", "operations"]

GUESTS = (1, 8, 64, 512, 4096, 10_000)
OPERATIONS = tuple(10**power for power in range(4, 9))
MOST = {"compiled": {"guests": 10_000, "operations": 10**8}, "simpy": {"guests": 512, "operations": 10**5}}
LEAST = {"compiled": 100_000, "simpy": 3000}  # operations of the longer run, at least
EACH = 3  # and for each task


def guests(out: Path, quick: bool = False) -> None:
    """From one guest to ten thousand."""
    _grow(out, "guests", GUESTS[:2] if quick else GUESTS, "Xen host, web server")


def operations(out: Path, quick: bool = False) -> None:
    """From ten thousand operations to a hundred million."""
    _grow(out, "operations", OPERATIONS[:2] if quick else OPERATIONS, "Closed network")


def _grow(out: Path, what: str, sizes: tuple[int, ...], title: str) -> None:
    rows: list[dict[str, object]] = []
    for name, most in MOST.items():
        for size in sizes:
            if size <= most[what]:
                command = [sys.executable, "-m", "benchmarks.growth", what, name, str(size)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                rows.append({"engine": name, what: size, **json.loads(done.stdout)})
    write(out / f"{what}.csv", csv_text(rows))
    columns = ("engine", what, "events", "an event", "model", "start", "checks", "peak memory")
    shown = [
        [
            str(row["engine"]),
            f"{row[what]:,}",
            f"{row['events']:,}",
            f"{row['event_ns']:,.0f} ns",
            *(f"{row[part]:.2f} s" for part in ("model_s", "start_s", "checks_s")),
            f"{row['peak_mb']:,.0f} MB",
        ]
        for row in rows
    ]
    table(title, shown, columns)
    panels = []
    for key, label in (("event_ns", "time of an event [ns]"), ("peak_mb", "peak memory [MB]")):
        lines = [
            Line(f"{name} engine", *zip(*[(r[what], r[key]) for r in rows if r["engine"] == name], strict=True))  # type: ignore[arg-type]
            for name in MOST
        ]
        ticks = {f"{size:,}": float(size) for size in sizes}
        panels.append(Panel(lines, what, label, x_log=True, y_log=True, ticks=ticks))
    line_plot(
        out / f"{what}.png",
        panels,
        title=f"{title}: time and memory by number of {what}",
        caption="Processor time of one more event, and the most memory that the process held, Python and its libraries "
        "included. Each point is one process.",
    )


def _point(what: str, name: str, size: int) -> dict[str, float]:
    began = spent()
    model = served(size) if what == "guests" else made(CLOSED)
    built = spent() - began
    tasks = sum(some.count for some in model.classes)
    long = max(LEAST[name], EACH * tasks) if what == "guests" else size
    engine(name)(made(CLOSED), Settings(operations=100))  # loads everything
    _, short_s, few, _ = _run(name, model, long // 3)
    start, long_s, many, checks = _run(name, model, long)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000.0
    return {
        "events": many,
        "event_ns": 1e9 * (long_s - short_s) / (many - few),
        "model_s": built,
        "start_s": start,
        "checks_s": checks,
        "peak_mb": peak,
    }


def _run(name: str, model: Model, operations: int) -> tuple[float, float, int, float]:
    """Seconds of the start and of the rest, events, and seconds of checks and summary."""
    from simcore.engines.compiled.driver import Run

    began = started = spent()
    settings = Settings(operations=operations)
    if name == "compiled":
        run = Run(model, settings, None)
        started = spent()
        window = run.result()
    else:
        window = engine(name)(model, settings)
    ran = spent()
    check(model, window)
    summarize(model, window)
    return started - began, ran - started, window.whole.events, spent() - ran


if __name__ == "__main__":
    print(json.dumps(_point(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
