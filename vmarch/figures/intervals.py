"""Points with intervals: a row for each thing, a marker for each series, or all of a row's points in one colour."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from vmarch.figures.frame import figure
from vmarch.figures.labels import legend_above, name_row_groups
from vmarch.figures.plots import COLOURS, MARKERS, plain_ticks

__all__ = ["Groups", "interval_bars", "mark_intervals", "spreads", "widest_first"]

Groups: TypeAlias = Mapping[str, Mapping[str, tuple[float, float, float]]]  # rows, series, value with its ends
FEW, MOST = 8, 16  # rows that need no choice, and that a reader takes in
SAME = 0.02  # of a ratio


def interval_bars(
    path: Path,
    groups: Groups,
    *,
    title: str,
    caption: str,
    label: str,
    reference: float | None = 1.0,
    logarithmic: bool = True,
) -> None:
    """Points with intervals (value, low, high): one line of points for each group, one marker for each series.

    Of more than eight groups, those within 2 % of the reference are left out, and of more than 16 the nearest; the
    caption says between what they lie.
    """
    shown, rest = _farthest(groups, reference)
    series = {name for group in shown.values() for name in group}
    height = 1.7 + len(shown) * (0.25 + 0.035 * len(series))
    with figure(path, title, f"{caption}{rest}", 10, height) as (drawing, axes):
        mark_intervals(axes, shown, label, reference=reference, logarithmic=logarithmic, legend=False)
        if len(series) > 1:
            handles, names = axes.get_legend_handles_labels()
            legend_above(drawing, handles, names, min(3, len(series)))


def widest_first(groups: Groups) -> Groups:
    """The rows by what the first series says of them, the highest first; those without it last."""
    series = next((name for group in groups.values() for name in group), "")
    order = sorted(groups, key=lambda row: -groups[row][series][0] if series in groups[row] else math.inf)
    return {row: groups[row] for row in order}


def _farthest(groups: Groups, reference: float | None) -> tuple[Groups, str]:
    """What is shown of many rows, and a sentence on the others."""
    if reference is None or reference <= 0.0 or len(groups) <= FEW:
        return groups, ""
    away = {
        row: max((abs(math.log(max(value, 1e-12) / reference)) for value, _, _ in group.values()), default=0.0)
        for row, group in groups.items()
    }
    far = sorted((row for row in groups if away[row] > SAME), key=lambda row: -away[row])
    kept = set(far if len(far) <= MOST else far[: MOST - 1])
    left = [value for row, group in groups.items() if row not in kept for value, _, _ in group.values()]
    if not left or not kept:
        return groups, ""
    rest = f" Not drawn: {len(groups) - len(kept)} more, {min(left):.2f} to {max(left):.2f}."
    return {row: group for row, group in groups.items() if row in kept}, rest


def mark_intervals(
    axes: Any,
    groups: Groups,
    label: str,
    *,
    reference: float | None = 1.0,
    logarithmic: bool = True,
    legend: bool = True,
) -> None:
    """The same on a pair of axes."""
    series = list(dict.fromkeys(name for group in groups.values() for name in group))
    for number, name in enumerate(series):
        ys, xs, lows, highs = [], [], [], []
        for y, group in enumerate(groups.values()):
            if name in group:
                value, low, high = group[name]
                ys.append(y + 0.7 * ((number + 0.5) / len(series) - 0.5))
                xs.append(value)
                lows.append(max(value - low, 0.0))
                highs.append(max(high - value, 0.0))
        axes.errorbar(
            xs, ys, xerr=[lows, highs], fmt=MARKERS[number % len(MARKERS)], markersize=6, capsize=3, label=name
        )
    _rows(axes, list(groups), label, reference, logarithmic)
    if legend and len(series) > 1:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _rows(axes: Any, names: Sequence[str], label: str, reference: float | None, logarithmic: bool) -> None:
    if reference is not None:
        axes.axvline(reference, color="0.3", linewidth=1)
    axes.set_yticks(range(len(names)), list(names))
    axes.hlines(np.arange(0.5, len(names) - 1), 0, 1, transform=axes.get_yaxis_transform(), color="0.85", lw=0.6)
    axes.grid(visible=False, axis="y")
    axes.set_ylim(len(names) - 0.45, -0.55)
    if logarithmic:
        axes.set_xscale("log")
        plain_ticks(axes.xaxis)
    axes.set_xlabel(label)


def spreads(
    path: Path,
    groups: Groups,
    *,
    title: str,
    caption: str,
    label: str,
    of: Sequence[str] = (),
    reference: float = 1.0,
) -> None:
    """How far the points of each row spread, on a logarithmic axis: the highest one is named, its interval drawn.

    Args:
        of: the group of each row, one after the other.
    """
    with figure(path, title, caption, 10, 1.6 + 0.42 * len(groups)) as (_, axes):
        for y, row in enumerate(groups.values()):
            if not row:
                continue
            values = [value for value, _, _ in row.values()]
            axes.plot([min(values), max(values)], [y, y], color="0.7", linewidth=4, solid_capstyle="round")
            axes.plot(values, [y] * len(values), "o", color=COLOURS[0], alpha=0.75, markersize=7, linestyle="none")
            most = max(row, key=lambda name: row[name][0])
            value, low, high = row[most]
            ends = [[max(value - low, 0.0)], [max(high - value, 0.0)]]
            axes.errorbar([value], [y], xerr=ends, fmt="o", color=COLOURS[1], markersize=8, capsize=3)
            axes.annotate(
                f"{most} {value:.3g}", (max(value, high), y), xytext=(9, 0), textcoords="offset points", va="center"
            )
        _rows(axes, list(groups), label, reference, logarithmic=True)
        low, high = axes.get_xlim()
        axes.set_xlim(low, high * (high / low) ** 0.14)  # room for the names
        plain_ticks(axes.xaxis)
        if of:
            name_row_groups(axes, of)
