"""Figures that are maps: ratios or classes by row and column, and fields over two rates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vmarch.figures.plots import DASHES, Line, figure, plain_ticks

__all__ = ["CLASS_COLOURS", "class_map", "field_map", "heat_map"]

CLASS_COLOURS = ("#08519C", "#6BAED6", "#FEE391", "#D95F0E", "#662506")  # from near to far, in lightness too
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


def heat_map(
    path: Path,
    values: Sequence[Sequence[float | str]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    caption: str,
    label: str,
    hatched: Collection[tuple[int, int]] = (),
    marked: Collection[tuple[int, int]] = (),
    low: float = 0.5,
    high: float = 20.0,
) -> None:
    """A map of ratios on a logarithmic scale around 1, each written in its field; a text stands in a blank one.

    Args:
        hatched: fields by row and column that are hatched; a caption says why.
        marked: fields whose number has a dagger.
    """
    with figure(path, title, caption, 3.4 + 0.62 * len(columns), 2.6 + 0.34 * len(rows)) as (drawing, axes):
        from matplotlib.colors import TwoSlopeNorm
        from matplotlib.patches import Rectangle

        grid = np.array([[np.nan if isinstance(v, str) else v for v in line] for line in values], dtype=float)
        norm = TwoSlopeNorm(vmin=np.log(low), vcenter=0.0, vmax=np.log(high))
        image = axes.imshow(np.log(grid), cmap="PuOr_r", norm=norm, aspect="auto")
        _edges(axes, rows, columns)
        for y, line in enumerate(values):
            for x, value in enumerate(line):
                if isinstance(value, str):
                    axes.text(x, y, value, ha="center", va="center", fontsize=8 if len(value) < 9 else 7, color="0.5")
                    continue
                shade = norm(np.log(value))
                colour = "white" if shade > 0.82 or shade < 0.12 else "black"
                if (y, x) in hatched:
                    axes.add_patch(
                        Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, hatch="////", ec=colour, lw=0, alpha=0.3)
                    )
                text = _short(value) + ("\N{DAGGER}" if (y, x) in marked else "")
                axes.text(x, y, text, ha="center", va="center", fontsize=9.5, color=colour)
        bar = drawing.colorbar(image, ax=axes, fraction=0.025, pad=0.02)
        ticks = [t for t in TICKS if low <= t <= high]
        bar.set_ticks([float(np.log(t)) for t in ticks], labels=[f"{t:g}" for t in ticks])
        bar.set_label(label)


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 9.95 else f"{value:.0f}"


def class_map(
    path: Path,
    values: Sequence[Sequence[tuple[int, str] | None]],
    rows: Sequence[str],
    columns: Sequence[str],
    classes: Sequence[str],
    *,
    title: str,
    caption: str,
    blank: str = "refused",
) -> None:
    """A map of ordered classes, each field with a text; None is left blank."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    with figure(path, title, caption, 3.6 + 0.62 * len(columns), 3.0 + 0.34 * len(rows)) as (drawing, axes):
        grid = np.array([[np.nan if v is None else v[0] for v in line] for line in values], dtype=float)
        colours = CLASS_COLOURS[: len(classes)]
        axes.imshow(grid, cmap=ListedColormap(list(colours)), vmin=-0.5, vmax=len(classes) - 0.5, aspect="auto")
        _edges(axes, rows, columns)
        for y, line in enumerate(values):
            for x, value in enumerate(line):
                text, shade = (blank, "0.5") if value is None else (value[1], _on(colours[value[0]]))
                axes.text(x, y, text, ha="center", va="center", fontsize=8 if value is None else 10, color=shade)
        handles = [Patch(color=colour, label=text) for colour, text in zip(colours, classes, strict=True)]
        drawing.legend(handles=handles, loc="outside right center")


def _on(colour: str) -> str:
    """Black or white, whichever is read better on a colour."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > DARK else "white"


DARK = 140


def field_map(
    path: Path,
    x: Sequence[float],
    y: Sequence[float],
    values: Sequence[Sequence[float]],
    *,
    title: str,
    caption: str,
    x_label: str,
    y_label: str,
    label: str,
    lines: Sequence[Line] = (),
    points: Mapping[str, tuple[float, float]] | None = None,
    low: float = 0.5,
    high: float = 2.0,
) -> None:
    """A ratio (row for each y) over two logarithmic axes, colours around 1, with lines and points on it."""
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.patheffects import withStroke

    with figure(path, title, caption, 11, 6.6) as (drawing, axes):
        norm = TwoSlopeNorm(vmin=np.log(low), vcenter=0.0, vmax=np.log(high))
        ratio = np.clip(np.log(np.array(values)), np.log(low), np.log(high))
        image = axes.pcolormesh(x, y, ratio, cmap="PuOr_r", norm=norm, shading="gouraud", rasterized=True)
        for number, line in enumerate(lines):
            dash = DASHES[number % len(DASHES)]
            drawn = axes.plot(line.x, line.y, color="black", linestyle=dash, linewidth=2.5, label=line.name)[0]
            if line.low:
                axes.fill_between(line.x, line.low, line.high, color=drawn.get_color(), alpha=0.2, linewidth=0)
        put: dict[str, Any] = {"textcoords": "offset points", "fontsize": 10}
        placed = sorted((points or {}).items(), key=lambda point: point[1][1])
        for number, (name, (at_x, at_y)) in enumerate(placed):
            axes.plot(at_x, at_y, "o", color="black", markersize=6, markeredgecolor="white")
            text = axes.annotate(name, (at_x, at_y), **put, **PLACES[number % 2])
            text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
        axes.set(xscale="log", yscale="log", xlim=(min(x), max(x)), ylim=(min(y), max(y)))
        for axis in (axes.xaxis, axes.yaxis):
            plain_ticks(axis)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.grid(visible=False)
        bar = drawing.colorbar(image, ax=axes, fraction=0.04, pad=0.02)
        shown = [t for t in (0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 5, 10) if low <= t <= high]
        bar.set_ticks([float(np.log(t)) for t in shown], labels=[f"{t:g}" for t in shown])
        bar.set_label(label)
        if lines:
            axes.legend(loc="upper left", frameon=True, framealpha=0.9, edgecolor="white")


PLACES: tuple[dict[str, Any], ...] = ({"xytext": (7, 5)}, {"xytext": (-7, -4), "ha": "right"})  # of points' names


def _edges(axes: Any, rows: Sequence[str], columns: Sequence[str]) -> None:
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
