"""Figures: a few shapes that every experiment draws with, one style, PNG and SVG.

Each figure states its finding as the title, units on its axes, intervals where there are any, and its configuration in
a caption below. Maps are in vmarch.figures.maps.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from simcore.path import Layer
from vmarch.output import write

__all__ = [
    "Line",
    "Panel",
    "agreement",
    "figure",
    "interval_bars",
    "line_plot",
    "mark_intervals",
    "mark_lines",
    "plain_ticks",
    "stack",
    "stacked_bars",
]

STYLE = Path(__file__).parent / "vmarch.mplstyle"
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
UNBROKEN = "\N{NO-BREAK SPACE}%"
MANY = 40  # points of a curve beyond which not each gets a marker


@contextmanager
def figure(
    path: Path, title: str, caption: str, width: float, height: float, rows: int = 1, columns: int = 1
) -> Iterator[tuple[Any, Any]]:
    """A figure and its axes; on leaving, it is written as PNG and SVG, title above and caption below."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with plt.style.context(str(STYLE)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # it is drawn as a box
        drawing, axes = plt.subplots(rows, columns, figsize=(width, height), layout="constrained")
        try:
            yield drawing, axes
            head = _wrapped(title, int(width * 8.8))
            drawing.text(0.0, 1.0 + 0.1 / height, head, fontsize=14, fontweight="bold", va="bottom", linespacing=1.25)
            foot = _wrapped(caption, int(width * 14.0))
            drawing.text(0.0, -0.1 / height, foot, fontsize=9.5, color="0.3", va="top", linespacing=1.35)
            drawing.draw_without_rendering()
            drawing.set_layout_engine(None)  # it is laid out: once is enough for both files
            around = drawing.get_tightbbox().padded(mpl.rcParams["savefig.pad_inches"])
            for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None, "Creator": None})):
                buffer = BytesIO()
                drawing.savefig(buffer, format=kind, metadata=metadata, bbox_inches=around)
                write(path.with_suffix(f".{kind}"), buffer.getvalue())
        finally:
            plt.close(drawing)


def _wrapped(text: str, width: int) -> str:
    """Text in lines; a percent sign stays with its number."""
    return "\n".join(textwrap.wrap(text.replace(" %", UNBROKEN), width)).replace(UNBROKEN, " %")


def interval_bars(
    path: Path,
    groups: Mapping[str, Mapping[str, tuple[float, float, float]]],
    *,
    title: str,
    caption: str,
    label: str,
    reference: float | None = 1.0,
    logarithmic: bool = True,
) -> None:
    """Points with intervals (value, low, high): one line of points for each group, one marker for each series."""
    series = {name for group in groups.values() for name in group}
    with figure(path, title, caption, 11, 1.4 + len(groups) * (0.25 + 0.035 * len(series))) as (_, axes):
        mark_intervals(axes, groups, label, reference=reference, logarithmic=logarithmic)


def mark_intervals(
    axes: Any,
    groups: Mapping[str, Mapping[str, tuple[float, float, float]]],
    label: str,
    *,
    reference: float | None = 1.0,
    logarithmic: bool = True,
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
    if reference is not None:
        axes.axvline(reference, color="0.3", linewidth=1)
    axes.set_yticks(range(len(groups)), list(groups))
    axes.hlines(np.arange(0.5, len(groups) - 1), 0, 1, transform=axes.get_yaxis_transform(), color="0.75", lw=0.6)
    axes.grid(visible=False, axis="y")
    axes.set_ylim(len(groups) - 0.45, -0.55)
    if logarithmic:
        axes.set_xscale("log")
        plain_ticks(axes.xaxis)
    axes.set_xlabel(label)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def stacked_bars(
    path: Path,
    bars: Mapping[str, Mapping[str, float]],
    *,
    title: str,
    caption: str,
    label: str,
    scale: float = 1.0,
) -> None:
    """Horizontal bars of layers and waiting, in order; the total stands at each end."""
    with figure(path, title, caption, 11, 1.7 + 0.42 * len(bars)) as (_, axes):
        stack(axes, bars, label, scale)


def stack(axes: Any, bars: Mapping[str, Mapping[str, float]], label: str, scale: float = 1.0) -> None:
    """The same on a pair of axes."""
    parts = [layer for layer in (*Layer, "waiting") if any(bar.get(layer) for bar in bars.values())]
    left = np.zeros(len(bars))
    names = list(bars)
    for part in parts:
        colour, hatch = WAITING if part == "waiting" else LAYER_COLOURS[Layer(part)]
        widths = np.array([bars[name].get(part, 0.0) * scale for name in names])
        axes.barh(names, widths, left=left, color=colour, hatch=hatch, edgecolor="0.25", linewidth=0.5, label=str(part))
        left = left + widths
    for y, total in enumerate(left):
        axes.text(total, y, f" {total:.3g}", va="center", fontsize=11)
    axes.set_xlim(0.0, left.max() * 1.08)
    axes.set_ylim(len(bars) - 0.45, -0.55)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(label)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


@dataclass(frozen=True)
class Line:
    """One curve: x, y, and, where there are intervals, low and high."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = field(default=())
    high: Sequence[float] = field(default=())


@dataclass(frozen=True)
class Panel:
    """Curves on a pair of axes; `marks` are labelled lines across x, `levels` across y, `ticks` replace those of x."""

    lines: Sequence[Line]
    x_label: str
    y_label: str
    title: str = ""
    x_log: bool = False
    y_log: bool = False
    marks: Mapping[str, float] = field(default_factory=dict)
    ticks: Mapping[str, float] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None


def line_plot(
    path: Path, panels: Panel | Sequence[Panel], *, title: str, caption: str, height: float = 5.2, columns: int = 3
) -> None:
    """Curves with interval bands, in one panel or several, with one legend; a name keeps its style.

    Args:
        height: of a row of panels, in inches; at most `columns` stand in a row.
    """
    several = [panels] if isinstance(panels, Panel) else list(panels)
    names = list(dict.fromkeys(line.name for panel in several for line in panel.lines))
    across = min(len(several), columns)
    down = -(-len(several) // across)
    width = 10.0 if across == 1 else 2.5 + 0.9 * height * across
    with figure(path, title, caption, width, height * down, down, across) as (drawing, axes):
        handles: dict[str, Any] = {}
        grid = list(np.ravel(axes))
        for unused in grid[len(several) :]:
            unused.set_axis_off()
        for number, (panel, one) in enumerate(zip(several, grid, strict=False)):
            beside = number % across and panel.y_label == several[number - 1].y_label
            handles |= _curves(one, panel, names)
            _dress(one, panel)
            if beside:
                one.set_ylabel("")
        if len(names) > 1:
            drawing.legend(handles.values(), handles.keys(), loc="outside right center")


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
        if line.low:
            axes.fill_between(line.x, line.low, line.high, color=style["color"], alpha=0.15, linewidth=0)
    return handles


def _dress(axes: Any, panel: Panel) -> None:
    if panel.x_log:
        axes.set_xscale("log")
        plain_ticks(axes.xaxis)
    if panel.y_log:
        axes.set_yscale("log")
        plain_ticks(axes.yaxis)
    elif panel.low is None:
        axes.set_ylim(bottom=0.0)
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
        axes.set_title(panel.title, fontsize=12, fontweight="normal")


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
