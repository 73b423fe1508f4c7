"""The plot of a simple study: the slowdown over a number, a curve for each architecture, a panel for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.sweep.spec import Sweep

__all__ = ["draw", "panels"]

MOST_PANELS = 12
METRIC = "response_s_slowdown"
Row = dict[str, Any]


def panels(sweep: Sweep, whole: pa.Table) -> list[Panel]:
    """The curves if a number is varied and at most two factors beside it; else none."""
    across, curves, apart = _axes(sweep, whole)
    rows = [row for row in whole.to_pylist() if row[METRIC] is not None]
    shown = list(dict.fromkeys(row.get(apart, "") for row in rows))
    if not across or not rows or len(shown) > MOST_PANELS:
        return []
    xs = [row[across] for row in rows]
    return [
        Panel(
            _lines([row for row in rows if row.get(apart, "") == one], across, curves),
            x_label=across.replace("[", "(").replace("]", ")"),
            y_label="slowdown",
            title=_called(apart, one) if len(shown) > 1 else "",
            x_log=min(xs) > 0 and max(xs) >= 20 * min(xs),
        )
        for one in shown
    ]


def _axes(sweep: Sweep, whole: pa.Table) -> tuple[str, str, str]:
    """The columns of x, of the curves and of the panels; empty where there is none."""
    labels = dict(zip(sweep.names, whole.column_names, strict=False))
    varied = [labels[name] for name, levels in sweep.factors.items() if len(levels) > 1]
    numbers = [name for name in varied if whole.schema.field(name).type in (pa.int64(), pa.float64())]
    if sweep.sampled or not numbers or len(varied) > 3:
        return "", "", ""
    across = max(numbers, key=lambda name: len(whole[name].unique()))
    others = sorted((name for name in varied if name != across), key=lambda name: name != "architecture")
    return (across, *(*others, "", "")[:2])


def draw(folder: Path, sweep: Sweep, whole: pa.Table) -> None:
    """Draws slowdown.png and .svg where there are curves."""
    drawn = panels(sweep, whole)
    if not drawn:
        return
    across, _, _ = _axes(sweep, whole)
    title = sweep.title or f"Slowdown against the bare machine over {across}"
    fixed = ", ".join(f"{name} {levels[0]}" for name, levels in sweep.factors.items() if len(levels) == 1)
    count = f"{sweep.plan.replications}{' or more' if sweep.precision else ''} replications"
    what = f"Response time over that of the bare machine; bands: {100 * sweep.level:g} % intervals of {count}"
    counts = Counter(whole["status"].to_pylist())
    gone = " and ".join(f"{counts[status]} {status}" for status in ("overloaded", "unsettled") if counts[status])
    what += f". A curve has no point where a cell is without a steady state ({gone})" if gone else ""
    caption = ". ".join((what, *((fixed,) if fixed else ()), f"seed {sweep.plan.seed}"))
    columns = 2 if len(drawn) in (2, 4) else 3
    line_plot(folder / "slowdown", drawn, title=title, caption=caption, columns=columns)


def _called(factor: str, level: object) -> str:
    """A level in a legend: a name says by itself what it is, a number does not."""
    if isinstance(level, str):
        return level
    return f"{factor} {level:g}" if isinstance(level, float) else f"{factor} {level}"


def _lines(rows: Sequence[Row], across: str, curves: str) -> list[Line]:
    found = []
    for name in dict.fromkeys(row.get(curves, "") for row in rows):
        mine = sorted((row for row in rows if row.get(curves, "") == name), key=lambda row: float(row[across]))
        x, y, low, high = ([row[key] for row in mine] for key in (across, METRIC, f"{METRIC}_low", f"{METRIC}_high"))
        found.append(Line(_called(curves, name), x, y, low, high))
    return found
