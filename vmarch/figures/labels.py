"""Labels that stand at what they name: at the ends of curves, and beside groups of rows and columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

__all__ = ["apart", "legend_above", "name_column_groups", "name_ends", "name_row_groups", "runs_of"]

LINE = 14.0  # points from one line of a label to the next
WIDE = 24  # letters of a label's line


def apart(places: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """Places moved as little as possible (least squares), so that each neighbour is a gap away; in the same order.

    Args:
        places: where each would be, in any order.
        gaps: what each needs, half of it on either side.
    """
    order = sorted(range(len(places)), key=lambda n: places[n])
    base = 0.0
    bases: list[float] = []
    for number, n in enumerate(order):
        base += (gaps[order[number - 1]] + gaps[n]) / 2 if number else 0.0
        bases.append(base)
    blocks: list[tuple[float, int]] = []  # means that must not fall: adjacent violators are pooled
    for number, n in enumerate(order):
        mean, count = places[n] - bases[number], 1
        while blocks and blocks[-1][0] > mean:
            other, more = blocks.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    found = [0.0] * len(places)
    for number, n in enumerate(order):
        found[n] = means[number] + bases[number]
    return found


def legend_above(drawing: Any, handles: Sequence[Any], names: Sequence[str], columns: int) -> None:
    """A legend in lines above all axes, in the order of what it names."""
    drawing.legend(handles, names, loc="outside upper left", ncols=columns, columnspacing=1.2, handlelength=1.4)


def name_ends(axes: Any, curves: Mapping[str, Any]) -> None:
    """Writes each curve's name at the right of the axes, at the height of its end, beside its marker."""
    from matplotlib.transforms import offset_copy

    drawing = axes.figure
    drawing.draw_without_rendering()
    height_points = axes.bbox.height / drawing.dpi * 72.0
    texts = {name: textwrap.fill(name, WIDE) for name in curves}
    ends = []
    for curve in curves.values():
        x, y = curve.get_data()
        where = axes.transAxes.inverted().transform(axes.transData.transform((x[-1], y[-1])))
        ends.append(min(max(float(where[1]), 0.0), 1.0) * height_points)
    places = apart(ends, [LINE * (text.count("\n") + 1) for text in texts.values()])
    for (name, curve), place in zip(curves.items(), places, strict=True):
        y = place / height_points
        marker = offset_copy(axes.transAxes, drawing, x=12, units="points")
        style = {"marker": curve.get_marker(), "color": curve.get_color(), "markersize": curve.get_markersize()}
        axes.plot([1.0], [y], transform=marker, clip_on=False, linestyle="none", **style)
        at = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
        axes.annotate(texts[name], (1.0, y), xytext=(21, 0), va="center", fontsize=11, linespacing=1.1, **at)


def runs_of(groups: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """First and last place of each group, and its name."""
    first = 0
    for name, members in groupby(groups):
        last = first + len(list(members)) - 1
        yield first, last, name
        first = last + 1


def name_row_groups(axes: Any, groups: Sequence[str], colour: str = "0.75") -> None:
    """Writes the name of each group of rows left of the rows' own, with a line between groups."""
    drawing = axes.figure
    drawing.draw_without_rendering()
    left = min(label.get_window_extent().x0 for label in axes.get_yticklabels())
    offset = (left - axes.bbox.x0) / drawing.dpi * 72.0 - 14
    at = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "annotation_clip": False}
    for first, last, name in runs_of(groups):
        text = textwrap.fill(name, 12, break_long_words=False) if last > first else name
        style = {"ha": "right", "va": "center", "fontsize": 10, "color": "0.4", "linespacing": 1.1}
        axes.annotate(text, (0.0, (first + last) / 2), xytext=(offset, 0), **style, **at)
        if first:
            axes.axhline(first - 0.5, color=colour, linewidth=1.2)


def name_column_groups(axes: Any, groups: Sequence[str], colour: str = "0.75") -> None:
    """Writes the name of each group of columns above the columns' own, with a line between groups."""
    drawing = axes.figure
    drawing.draw_without_rendering()
    top = max(label.get_window_extent().y1 for label in axes.get_xticklabels())
    offset = (top - axes.bbox.y1) / drawing.dpi * 72.0 + 6
    size = min(10.0, *(label.get_fontsize() for label in axes.get_xticklabels()))
    at = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "annotation_clip": False}
    for first, last, name in runs_of(groups):
        text = textwrap.fill(name, 14 * (last - first + 1), break_long_words=False)
        style = {"ha": "center", "va": "bottom", "fontsize": size, "color": "0.4", "linespacing": 1.1}
        axes.annotate(text, ((first + last) / 2, 1.0), xytext=(0, offset), **style, **at)
        if first:
            axes.axvline(first - 0.5, color=colour, linewidth=1.2)
