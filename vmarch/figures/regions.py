"""Figures of regions: what was found at points over two rates, and where theory draws the line between two outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vmarch.figures.frame import figure
from vmarch.figures.plots import Line, plain_ticks

__all__ = ["Point", "Region", "region_map"]

INSIDE, OUTSIDE = "#0072B2", "#D55E00"
ROOM = 1.5  # beyond the outermost points, as a factor


@dataclass(frozen=True)
class Point:
    """What was found at a place: its words, and whether it lies inside."""

    x: float
    y: float
    words: str
    inside: bool


@dataclass(frozen=True)
class Region:
    """A panel: points, and the line right of which theory says that they lie outside."""

    title: str
    points: Sequence[Point]
    line: Line


def region_map(
    path: Path,
    regions: Sequence[Region],
    *,
    title: str,
    caption: str,
    x_label: str,
    y_label: str,
    inside: str,
    outside: str,
) -> None:
    """Points over two logarithmic axes, those inside as dots and those outside as crosses, each with its words.

    Args:
        inside, outside: what the two are called.
    """
    count = len(regions)
    with figure(path, title, caption, 1.5 + 6.2 * count, 5.4, 1, count) as (drawing, axes):
        grid = list(np.ravel(axes))
        for number, (region, one) in enumerate(zip(regions, grid, strict=True)):
            _draw(one, region, inside, outside)
            one.set_xlabel(x_label)
            one.set_ylabel("" if number else y_label)
        handles, names = grid[0].get_legend_handles_labels()
        drawing.legend(handles, names, loc="outside upper center", ncols=len(names))


def _draw(axes: Any, region: Region, inside: str, outside: str) -> None:
    from matplotlib.patheffects import withStroke

    x, y = ([getattr(point, part) for point in region.points] for part in ("x", "y"))
    ends = [(min(values) / ROOM, max(values) * ROOM) for values in (x, y)]
    for is_inside, name, marker, colour in ((True, inside, "o", INSIDE), (False, outside, "X", OUTSIDE)):
        mine = [point for point in region.points if point.inside is is_inside]
        axes.plot([p.x for p in mine], [p.y for p in mine], marker, color=colour, linestyle="none", label=name)
        for point in mine:
            place: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": "top", "fontsize": 8}
            words = axes.annotate(point.words, (point.x, point.y), (0, -5), **place)
            words.set_path_effects([withStroke(linewidth=2, foreground="white")])
    line = region.line
    right = [min(value, ends[0][1]) for value in line.x]
    axes.plot(line.x, line.y, color="black", label=line.name)
    axes.fill_betweenx(line.y, right, ends[0][1], color=OUTSIDE, alpha=0.12, linewidth=0)
    axes.set(xscale="log", yscale="log", xlim=ends[0], ylim=ends[1])
    for axis in (axes.xaxis, axes.yaxis):
        plain_ticks(axis)
    axes.grid(visible=False)
    axes.set_title(region.title, fontsize=11, fontweight="normal")
