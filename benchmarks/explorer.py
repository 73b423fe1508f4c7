"""How long the explorer takes to begin and to answer, in processor seconds, and how large its pages are."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.networks import spent
from experiments.commands.printing import table
from vmarch.exploring.pages import ASSETS, page
from vmarch.exploring.state import read
from vmarch.exploring.views import VIEWS
from vmarch.output import csv_text, json_text, write

__all__ = ["explorer"]

BEGIN = (
    "from vmarch.exploring.app import application\n"
    "from vmarch.exploring.pages import page\n"
    "from vmarch.exploring.state import read\n"
    "from vmarch.exploring.views import VIEWS\n"
    "application()\n"
    "page('time', VIEWS['time'].data(read([])), {})\n"
)
FEW = [("w", "tcp-rr"), ("a", "native"), ("a", "kvm-vhost"), ("a", "xen-pv")]
ASKED = {
    "where the time goes, six architectures, a cost moved": ("time", []),
    "under load, ten loads of three architectures, the first curves": ("load", FEW),
    "the path, among eight clients": ("path", [*FEW, ("clients", "8")]),
}


def explorer(out: Path, rounds: int) -> None:
    """Measures and prints."""
    times: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        began, worked = time.perf_counter(), spent()
        work()
        times.setdefault(f"{name}|wall", []).append(time.perf_counter() - began)
        times.setdefault(name, []).append(spent() - worked)

    for view, pairs in ASKED.values():
        VIEWS[view].data(read(pairs, VIEWS[view].more))  # what is read once, and compiled
    for turn in range(4 * rounds):
        moved = ("cost.system_call", f"{300 + turn} cycles")  # an answer that is not known yet
        for name, (view, pairs) in ASKED.items():
            state = read([*pairs, moved], VIEWS[view].more)
            timed(name, lambda view=view, state=state: VIEWS[view].data(state))  # type: ignore[misc]
    for _ in range(rounds):
        timed("from the command to the first page", lambda: subprocess.run((sys.executable, "-c", BEGIN), check=True))
    names = ["from the command to the first page", *ASKED]
    rows: list[dict[str, object]] = [
        {
            "what": name,
            "wall_s": statistics.median(times[f"{name}|wall"]),
            "processor_s": statistics.median(times[name]),
        }
        for name in names
    ]
    first = VIEWS["time"].data(read([]))
    sizes = {
        "scripts and style sheet of all views": sum(path.stat().st_size for path in ASSETS.iterdir()),
        "the first page": len(page("time", first, {}).encode()),
        "an answer to a slider": len(json_text(first).encode()),
    }
    write(out / "explorer.csv", csv_text([*rows, *({"what": name, "bytes": size} for name, size in sizes.items())]))
    shown = [
        [str(row["what"]), *(f"{1000 * float(str(row[key])):.0f} ms" for key in ("wall_s", "processor_s"))]
        for row in rows
    ]
    table("The explorer", shown, ("what", "wall", "processor"))
    table("Its size", [[name, f"{size / 1000:.0f} kB"] for name, size in sizes.items()], ("what", "size"))
