"""Figures that are maps: ratios or classes by row and column, and fields over two rates."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vmarch.figures.frame import figure
from vmarch.figures.labels import legend_above, name_column_groups, name_row_groups
from vmarch.figures.plots import DASHES, Line, plain_ticks

__all__ = ["CLASS_COLOURS", "class_map", "field_map", "heat_map"]

CLASS_COLOURS = ("#08519C", "#6BAED6", "#FEE391", "#D95F0E", "#662506")  # from near to far, in lightness too


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
    row_groups: Sequence[str] = (),
    column_groups: Sequence[str] = (),
) -> None:
    """A map of ratios, the logarithm as far from 1 either way in one depth; a text stands in a blank field.

    The scale goes as far as the fields do, up to 50 and 1/50; an arrow says that fields lie beyond it.

    Args:
        hatched: fields by row and column that are hatched; a caption says why.
        marked: fields whose number has a dagger.
        row_groups, column_groups: the group of each row or column, one after the other.
    """
    numbers = [value for line in values for value in line if not isinstance(value, str)] or [1.0]
    least, most = min(numbers), max(numbers)
    low, high = _end(least, above=False), _end(most, above=True)
    far = float(max(np.log(1.5), -np.log(low), np.log(high)))
    with figure(path, title, caption, *_inches(rows, columns, row_groups, 1.2)) as (drawing, axes):
        from matplotlib.colors import Normalize
        from matplotlib.patches import Rectangle

        grid = np.array([[np.nan if isinstance(v, str) else v for v in line] for line in values], dtype=float)
        norm = Normalize(-far, far)
        image = axes.imshow(np.log(grid), cmap="PuOr_r", norm=norm, aspect="auto")
        beyond = (least < 1.0 / FARTHEST, most > FARTHEST)
        extend = {(True, True): "both", (True, False): "min", (False, True): "max"}.get(beyond, "neither")
        bar = drawing.colorbar(image, ax=axes, fraction=0.025, pad=0.02, extend=extend)
        bar.ax.set_ylim(np.log(low), np.log(high))
        shown = _clear(low, high)
        bar.set_ticks([float(np.log(t)) for t in shown], labels=[f"{t:g}" for t in shown])
        bar.set_label(label)
        size = _edges(axes, rows, columns, row_groups, column_groups)
        for y, line in enumerate(values):
            for x, value in enumerate(line):
                if isinstance(value, str):
                    axes.text(x, y, value, ha="center", va="center", fontsize=size - 2, color="0.5")
                    continue
                shade = norm(np.log(value))
                colour = "white" if shade > 0.82 or shade < 0.18 else "black"
                if (y, x) in hatched:
                    axes.add_patch(
                        Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, hatch="////", ec=colour, lw=0, alpha=0.3)
                    )
                text = _short(value) + ("\N{DAGGER}" if (y, x) in marked else "")
                axes.text(x, y, text, ha="center", va="center", fontsize=size, color=colour)


FARTHEST = 50.0


def _end(value: float, *, above: bool) -> float:
    """The tick at or beyond a value, where the colour bar ends; 1 at least or at most."""
    if above:
        return max(1.0, next((t for t in TICKS if t >= value), TICKS[-1]))
    return min(1.0, next((t for t in reversed(TICKS) if t <= value), TICKS[0]))


def _clear(low: float, high: float) -> list[float]:
    """Ticks of a colour bar that do not touch each other, the roundest first."""
    length = np.log(high / low)
    found: list[float] = []
    for tick in ROUND:
        at = np.log(tick)
        if low <= tick <= high and all(abs(at - np.log(other)) >= APART * length for other in found):
            found.append(tick)
    return sorted(found)


ROUND = (1.0, 10, 0.1, 2, 0.5, 5, 0.2, 20, 0.05, 50, 0.02, 1.5, 3, 1.2, 0.8, 1.1, 0.9)
TICKS = sorted(ROUND)
APART = 0.06  # of a colour bar's length


def _inches(
    rows: Sequence[str], columns: Sequence[str], row_groups: Sequence[str], beside: float
) -> tuple[float, float]:
    """Width and height of a map on a page, with this much beside it."""
    across = 1.0 if _is_wide(columns) else 0.55
    return 2.0 + beside + (1.2 if row_groups else 0.0) + across * len(columns), 2.2 + 0.33 * len(rows)


def _is_wide(columns: Sequence[str]) -> bool:
    """Whether columns are few enough for headings that stand upright."""
    return len(columns) <= MOST_UPRIGHT


MOST_UPRIGHT = 10


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
    row_groups: Sequence[str] = (),
    column_groups: Sequence[str] = (),
) -> None:
    """A map of ordered classes, each field with a text; None is left blank."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    with figure(path, title, caption, *_inches(rows, columns, row_groups, 0.4)) as (drawing, axes):
        grid = np.array([[np.nan if v is None else v[0] for v in line] for line in values], dtype=float)
        colours = CLASS_COLOURS[: len(classes)]
        axes.imshow(grid, cmap=ListedColormap(list(colours)), vmin=-0.5, vmax=len(classes) - 0.5, aspect="auto")
        handles = [Patch(color=colour) for colour in colours]
        legend_above(drawing, handles, classes, len(classes))
        size = _edges(axes, rows, columns, row_groups, column_groups)
        for y, line in enumerate(values):
            for x, value in enumerate(line):
                text, shade = (blank, "0.5") if value is None else (value[1], _on(colours[value[0]]))
                axes.text(
                    x, y, text, ha="center", va="center", fontsize=size - 2 if value is None else size, color=shade
                )


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


def _edges(
    axes: Any,
    rows: Sequence[str],
    columns: Sequence[str],
    row_groups: Sequence[str] = (),
    column_groups: Sequence[str] = (),
) -> float:
    """Names rows and columns, in letters that the room between two allows; the size of letters in a field."""
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if not _is_wide(columns):
        axes.set_xticks(range(len(columns)), columns, rotation=40, ha="left", rotation_mode="anchor")
    _upright(axes, columns, 12)
    axes.figure.draw_without_rendering()
    size = min(LARGEST, OF_A_ROW * axes.bbox.height / axes.figure.dpi * 72.0 / len(rows))
    axes.tick_params(axis="y", labelsize=size)
    if row_groups:
        name_row_groups(axes, row_groups, "white")
        axes.figure.draw_without_rendering()  # the names take room of the columns
    letters = int(axes.bbox.width / axes.figure.dpi * 72.0 / len(columns) / (LARGEST * OF_A_LETTER))
    _upright(axes, columns, max(letters, max(len(word) for name in columns for word in name.split())), letters)
    if column_groups and _is_wide(columns):
        name_column_groups(axes, column_groups, "white")
    return float(size)


LARGEST = 11.0  # points of a letter
OF_A_ROW, OF_A_LETTER = 0.72, 0.58  # a letter's size over a row's height; its width over its size


def _upright(axes: Any, columns: Sequence[str], wide: int, room: int = 0) -> None:
    """Headings of few columns, in lines of so many letters; smaller ones where there is room for less."""
    if _is_wide(columns):
        size = LARGEST if not room or wide <= room else max(7.0, LARGEST * room / wide)
        names = [textwrap.fill(name, wide, break_long_words=False) for name in columns]
        axes.set_xticks(range(len(columns)), names, linespacing=1.1, fontsize=size)
