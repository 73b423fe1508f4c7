"""The plot of a simple study: the slowdown over a number, a curve for each architecture, a panel for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from vmarch.sweep.spec import Sweep

__all__ = ["draw"]

MOST_PANELS = 12
METRIC = "response_s_slowdown"
Row = dict[str, Any]


def draw(folder: Path, sweep: Sweep, whole: pa.Table) -> Path | None:
    """Draws slowdown.png and .svg if a number is varied and at most two factors beside it; where it is, or None."""
    labels = dict(zip(sweep.names, whole.column_names, strict=False))
    varied = [labels[name] for name, levels in sweep.factors.items() if len(levels) > 1]
    numbers = [name for name in varied if whole.schema.field(name).type in (pa.int64(), pa.float64())]
    if sweep.sampled or not numbers or len(varied) > 3:
        return None
    across = max(numbers, key=lambda name: len(whole[name].unique()))
    others = sorted((name for name in varied if name != across), key=lambda name: name != "architecture")
    curves, panels = (*others, "", "")[:2]
    rows = [row for row in whole.to_pylist() if row[METRIC] is not None]
    shown = list(dict.fromkeys(row.get(panels, "") for row in rows))
    if not rows or len(shown) > MOST_PANELS:
        return None
    from vmarch.figures.plots import Panel, line_plot

    xs = [row[across] for row in rows]
    is_log = min(xs) > 0 and max(xs) >= 20 * min(xs)
    drawn = [
        Panel(
            _lines([row for row in rows if row.get(panels, "") == one], across, curves),
            x_label=across.replace("[", "(").replace("]", ")"),
            y_label="slowdown",
            title=_called(panels, one) if len(shown) > 1 else "",
            x_log=is_log,
        )
        for one in shown
    ]
    title = sweep.title or f"Slowdown against the bare machine over {across}"
    fixed = ", ".join(f"{name} {levels[0]}" for name, levels in sweep.factors.items() if len(levels) == 1)
    count = f"{sweep.plan.replications}{' or more' if sweep.precision else ''} replications"
    what = f"Response time over that of the bare machine; bands: {100 * sweep.level:g} % intervals of {count}"
    caption = ". ".join((what, *((fixed,) if fixed else ()), f"seed {sweep.plan.seed}"))
    columns = 2 if len(drawn) in (2, 4) else 3
    line_plot(folder / "slowdown", drawn, title=title, caption=caption, columns=columns)
    return folder / "slowdown.png"


def _called(factor: str, level: object) -> str:
    """A level in a legend: a name says by itself what it is, a number does not."""
    if isinstance(level, str):
        return level
    return f"{factor} {level:g}" if isinstance(level, float) else f"{factor} {level}"


def _lines(rows: Sequence[Row], across: str, curves: str) -> list[Any]:
    from vmarch.figures.plots import Line

    found = []
    for name in dict.fromkeys(row.get(curves, "") for row in rows):
        mine = sorted((row for row in rows if row.get(curves, "") == name), key=lambda row: float(row[across]))
        x, y, low, high = ([row[key] for row in mine] for key in (across, METRIC, f"{METRIC}_low", f"{METRIC}_high"))
        found.append(Line(_called(curves, name), x, y, low, high))
    return found
