"""Figures: a few shapes that every experiment draws with, one style, PNG and SVG.

Each figure states its finding as the title, units on its axes, intervals where there are any, and its configuration in
a caption below (vmarch.figures.frame). Points with intervals are in vmarch.figures.intervals, maps in
vmarch.figures.maps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from simcore.path import Layer
from simcore.statistics import Estimate, RatioEstimate
from vmarch.figures.frame import figure
from vmarch.figures.labels import legend_above, name_ends, name_row_groups

__all__ = [
    "Line",
    "Panel",
    "agreement",
    "line_plot",
    "mark_lines",
    "plain_ticks",
    "short",
    "stack",
    "stacked_bars",
]

LAYER_COLOURS = {
    Layer.USER: ("#999999", ""),
    Layer.GUEST_KERNEL: ("#0072B2", ""),
    Layer.VMM: ("#D55E00", "//"),
    Layer.BACK_END: ("#E69F00", "\\\\"),
    Layer.HOST_OS: ("#009E73", ".."),
    Layer.MMU: ("#CC79A7", "xx"),
    Layer.DEVICE: ("#56B4E9", ""),
    Layer.WIRE: ("#DDDDDD", ""),
}
WAITING = ("#FFFFFF", "---")
MARKERS = "os^Dv<>Pphd*X"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
DASHES = ("-", "--", ":")
FINE = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)  # ticks where there is not much more than a decade
FINEST = (1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.5)  # and much less
BANDS = 3  # curves of a panel up to which bands of intervals can be told apart
MANY = 40  # points of a curve beyond which not each gets a marker


def stacked_bars(
    path: Path,
    bars: Mapping[str, Mapping[str, float]],
    *,
    title: str,
    caption: str,
    label: str,
    scale: float = 1.0,
    groups: Sequence[str] = (),
) -> None:
    """Horizontal bars of layers and waiting, in order; at each end stand the total, and its ratio to the first's.

    Args:
        groups: of each bar, one after the other.
    """
    with figure(path, title, caption, 10, 1.8 + 0.42 * len(bars)) as (drawing, axes):
        parts = _layers(axes, bars, label, scale, ratios=True)
        legend_above(drawing, *parts, len(parts[0]))
        if groups:
            name_row_groups(axes, groups)


def stack(axes: Any, bars: Mapping[str, Mapping[str, float]], label: str, scale: float = 1.0) -> None:
    """The same on a pair of axes."""
    axes.legend(*_layers(axes, bars, label, scale), loc="center left", bbox_to_anchor=(1.0, 0.5))


def _layers(
    axes: Any, bars: Mapping[str, Mapping[str, float]], label: str, scale: float, *, ratios: bool = False
) -> tuple[list[Any], list[str]]:
    """Draws them; what a legend of them takes."""
    parts = [layer for layer in (*Layer, "waiting") if any(bar.get(layer) for bar in bars.values())]
    left = np.zeros(len(bars))
    names = list(bars)
    drawn = []
    for part in parts:
        colour, hatch = WAITING if part == "waiting" else LAYER_COLOURS[Layer(part)]
        widths = np.array([bars[name].get(part, 0.0) * scale for name in names])
        drawn.append(axes.barh(names, widths, left=left, color=colour, hatch=hatch, edgecolor="0.25", linewidth=0.5))
        left = left + widths
    for y, total in enumerate(left):
        text = short(total) + (f"  ({total / left[0]:.2f}\N{MULTIPLICATION SIGN})" if ratios and y and left[0] else "")
        axes.text(total, y, f" {text}", va="center", fontsize=11)
    axes.set_xlim(0.0, left.max() * (1.25 if ratios else 1.08))
    axes.set_ylim(len(bars) - 0.45, -0.55)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(label)
    return drawn, [str(part) for part in parts]


def short(value: float) -> str:
    """A number in three digits, or all those before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


@dataclass(frozen=True)
class Line:
    """One curve: x, y, and, where there are intervals, low and high."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = field(default=())
    high: Sequence[float] = field(default=())

    @classmethod
    def of(cls, name: str, x: Sequence[float], found: Sequence[Estimate | RatioEstimate], scale: float = 1.0) -> Line:
        """A curve of estimates with their intervals, in another unit where there is a scale."""
        value, low, high = ([getattr(one, end) * scale for one in found] for end in ("value", "low", "high"))
        return cls(name, x, value, low, high)


@dataclass(frozen=True)
class Panel:
    """Curves on a pair of axes; `marks` are labelled lines across x, `levels` across y, `ticks` replace those of x.

    Attributes:
        zero: whether a linear y begins at 0, as amounts do and ratios do not.
        low, high: ends of y.
    """

    lines: Sequence[Line]
    x_label: str
    y_label: str
    title: str = ""
    x_log: bool = False
    y_log: bool = False
    marks: Mapping[str, float] = field(default_factory=dict)
    ticks: Mapping[str, float] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)
    zero: bool = True
    low: float | None = None
    high: float | None = None


def line_plot(
    path: Path, panels: Panel | Sequence[Panel], *, title: str, caption: str, height: float = 5.2, columns: int = 3
) -> None:
    """Curves with interval bands, in one panel or several, each named once at its end; a name keeps its style.

    Args:
        height: of a row of panels, in inches; at most `columns` stand in a row.
    """
    several = [panels] if isinstance(panels, Panel) else list(panels)
    names = list(dict.fromkeys(line.name for panel in several for line in panel.lines))
    across = min(len(several), columns)
    down = -(-len(several) // across)
    width = 10.0 if across == 1 else 2.5 + 0.9 * height * across
    with figure(path, title, caption, width, height * down, down, across) as (drawing, axes):
        grid = list(np.ravel(axes))
        unused = grid[len(several) :]
        for one in unused:
            one.set_axis_off()
        ends: dict[str, tuple[Any, Any]] = {}  # of each name, where it is drawn last
        for number, (panel, one) in enumerate(zip(several, grid, strict=False)):
            beside = number % across and panel.y_label == several[number - 1].y_label
            ends |= {name: (one, curve) for name, curve in _curves(one, panel, names).items()}
            _dress(one, panel)
            if beside:
                one.set_ylabel("")
        if len(names) > 1 and down > 1:
            curves = {name: curve for name, (_, curve) in ends.items()}
            where = {"loc": "center"} if unused else {"loc": "outside right center"}
            (unused[0] if unused else drawing).legend(curves.values(), curves.keys(), **where)
        elif len(names) > 1:
            for one in grid:
                mine = {name: curve for name, (place, curve) in ends.items() if place is one}
                if mine:
                    name_ends(one, mine)


def mark_lines(axes: Any, panels: Sequence[Panel]) -> None:
    """Curves of several panels on one pair of axes; a name says its panel where there are several."""
    named = [
        replace(line, name=", ".join(part for part in (line.name, panel.title) if part))
        for panel in panels
        for line in panel.lines
    ]
    whole = replace(panels[0], lines=named, title="")
    _curves(axes, whole, [line.name for line in named])
    _dress(axes, whole)
    if len(named) > 1:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _curves(axes: Any, panel: Panel, names: Sequence[str]) -> dict[str, Any]:
    """Draws a panel's curves, each in the style of its place among all names; the curves by name."""
    handles: dict[str, Any] = {}
    for line in panel.lines:
        place = names.index(line.name)
        style: dict[str, Any] = {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}
        if len(line.x) > MANY:
            style |= {"markevery": len(line.x) // 8, "markersize": 5}
        dash = DASHES[place // len(COLOURS) % len(DASHES)]
        handles[line.name] = axes.plot(line.x, line.y, linestyle=dash, label=line.name, **style)[0]
        if line.low and len(panel.lines) <= BANDS:
            axes.fill_between(line.x, line.low, line.high, color=style["color"], alpha=0.15, linewidth=0)
        elif line.low:
            _ends_of(axes, line, style["color"], place - (len(names) - 1) / 2, log=panel.x_log)
    return handles


def _ends_of(axes: Any, line: Line, colour: str, place: float, *, log: bool) -> None:
    """Intervals as bars, each curve's a little beside its neighbours': bands of many curves hide each other."""
    span = max(line.x) / min(line.x) if log else max(line.x) - min(line.x)
    x = [at * span ** (0.006 * place) if log else at + 0.006 * place * span for at in line.x]
    error = [
        [max(end, 0.0) for end in ends]
        for ends in (
            [y - low for y, low in zip(line.y, line.low, strict=True)],
            [high - y for y, high in zip(line.y, line.high, strict=True)],
        )
    ]
    axes.errorbar(x, line.y, yerr=error, fmt="none", ecolor=colour, elinewidth=1.2, capsize=2.5)


def _dress(axes: Any, panel: Panel) -> None:
    if panel.x_log:
        axes.set_xscale("log")
        plain_ticks(axes.xaxis)
    if panel.y_log:
        axes.set_yscale("log")
        plain_ticks(axes.yaxis)
    elif panel.zero and panel.low is None:
        axes.set_ylim(bottom=0.0)
    elif not panel.zero:
        _around(axes, panel)
    if panel.low is not None or panel.high is not None:
        axes.set_ylim(panel.low, panel.high)
    edge = axes.get_xlim()
    if panel.ticks:
        axes.set_xticks(list(panel.ticks.values()), list(panel.ticks), rotation=40, ha="right", rotation_mode="anchor")
        axes.tick_params(axis="x", which="minor", length=0)
    for text, x in panel.marks.items():
        axes.axvline(x, color="0.4", linestyle="--", linewidth=1.2)
        place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
        axes.annotate(text, (x, 0.98), xytext=(3, 0), va="top", rotation=90, fontsize=10, **place)
    for text, y in panel.levels.items():
        axes.axhline(y, color="0.4", linestyle=":", linewidth=1.2)
        axes.annotate(text, (0.995, y), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=10)
    axes.set_xlim(*edge)
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)
    if panel.title:
        axes.set_title(panel.title, fontsize=11, fontweight="normal")


def _around(axes: Any, panel: Panel) -> None:
    """Ends of y that hold every value, and what is near of the intervals: a wide one must not flatten the others."""
    values = [y for line in panel.lines for y in line.y] + list(panel.levels.values())
    if values and max(values) > min(values):
        room = 0.3 * (max(values) - min(values))
        axes.set_ylim(min(values) - room, max(values) + room)


def plain_ticks(axis: Any) -> None:
    """Writes the ticks of a logarithmic axis, whose ends are set, as numbers: the style reads no TeX."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    steps = {3.0: FINEST, 15.0: FINE, 1e6: (1.0, 2.0, 5.0)}
    subs = next((found for most, found in steps.items() if high / low < most), (1.0,))
    axis.set_major_locator(LogLocator(base=10, subs=subs, numticks=30))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def agreement(
    path: Path, groups: Mapping[str, Sequence[tuple[float, float, float, float]]], *, title: str, caption: str
) -> None:
    """Predicted against measured on logarithmic axes: (measured, predicted, low, high) by group."""
    with figure(path, title, caption, 9.5, 8) as (_, axes):
        points = np.array([point for group in groups.values() for point in group])
        ends = np.array([points[:, :2].min() / 2.0, points[:, :2].max() * 2.0])
        axes.plot(ends, ends, color="0.2", linewidth=1.2)
        for off, style in ((1.1, "--"), (1.3, ":")):
            for factor in (off, 1.0 / off):
                axes.plot(ends, ends * factor, color="0.5", linestyle=style, linewidth=0.9)
        for number, (name, group) in enumerate(groups.items()):
            x, y, low, high = np.array(group).T
            bars = [np.maximum(y - low, 0.0), np.maximum(high - y, 0.0)]
            marker = MARKERS[number % len(MARKERS)]
            axes.errorbar(x, y, yerr=bars, fmt=marker, markersize=6, elinewidth=1, alpha=0.85, label=name)
        axes.set(xscale="log", yscale="log", xlim=tuple(ends), ylim=tuple(ends))
        for axis in (axes.xaxis, axes.yaxis):
            plain_ticks(axis)
        axes.set_xlabel("measured, each in its own unit")
        axes.set_ylabel("predicted")
        axes.legend(loc="upper left")
