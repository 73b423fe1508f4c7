"""Figures: a few shapes that every experiment draws with, one style, PNG and SVG.

Each figure states its finding as the title, units on its axes, intervals where there are any, and its configuration in a
caption below.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from experiments.output import write
from simcore.path import Layer

__all__ = ["Line", "agreement", "heat_map", "interval_bars", "line_plot", "stacked_bars"]

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


@contextmanager
def figure(path: Path, title: str, caption: str, width: float, height: float) -> Iterator[tuple[Any, Any]]:
    """A figure and its axes; on leaving, it is written as PNG and SVG beside each other."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with plt.style.context(str(STYLE)):
        drawing, axes = plt.subplots(figsize=(width, height))
        try:
            yield drawing, axes
            axes.set_title("\n".join(textwrap.wrap(title, int(width * 9.5))))
            lines = textwrap.wrap(caption, int(width * 14.5))
            axes.annotate(
                "\n".join(lines),
                (0.01, 0.0),
                xycoords=("figure fraction", "axes fraction"),
                xytext=(0, -52 if axes.get_xlabel() else -14),
                textcoords="offset points",
                fontsize=9,
                color="0.35",
                va="top",
                annotation_clip=False,
            )
            for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None, "Creator": None})):
                buffer = BytesIO()
                drawing.savefig(buffer, format=kind, metadata=metadata)
                write(path.with_suffix(f".{kind}"), buffer.getvalue())
        finally:
            plt.close(drawing)


def heat_map(
    path: Path,
    values: Sequence[Sequence[float | None]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    caption: str,
    label: str,
    blank: str = "refused",
    low: float = 0.5,
    high: float = 20.0,
) -> None:
    """A map of ratios on a logarithmic scale around 1, each written in its field; None is left blank."""
    with figure(path, title, caption, 4.5 + 0.82 * len(columns), 2.4 + 0.36 * len(rows)) as (drawing, axes):
        from matplotlib.colors import TwoSlopeNorm

        grid = np.array([[np.nan if v is None else v for v in line] for line in values], dtype=float)
        norm = TwoSlopeNorm(vmin=np.log(low), vcenter=0.0, vmax=np.log(high))
        image = axes.imshow(np.log(grid), cmap="PuOr_r", norm=norm, aspect="auto")
        axes.set_xticks(range(len(columns)), columns, rotation=40, ha="left", rotation_mode="anchor")
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(rows)), rows)
        axes.tick_params(length=0)
        axes.grid(visible=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        for y, line in enumerate(values):
            for x, value in enumerate(line):
                if value is None:
                    axes.text(x, y, blank, ha="center", va="center", fontsize=8, color="0.5")
                    continue
                shade = norm(np.log(value))
                colour = "white" if shade > 0.82 or shade < 0.12 else "black"
                axes.text(x, y, _short(value), ha="center", va="center", fontsize=10, color=colour)
        bar = drawing.colorbar(image, ax=axes, fraction=0.025, pad=0.02)
        ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low <= t <= high]
        bar.set_ticks([float(np.log(t)) for t in ticks], labels=[f"{t:g}" for t in ticks])
        bar.set_label(label)


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 9.95 else f"{value:.0f}"


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
    series = list(dict.fromkeys(name for group in groups.values() for name in group))
    with figure(path, title, caption, 11, 1.8 + 0.62 * len(groups) + 0.13 * len(series)) as (_, axes):
        for number, name in enumerate(series):
            ys, xs, lows, highs = [], [], [], []
            for y, group in enumerate(groups.values()):
                if name in group:
                    value, low, high = group[name]
                    ys.append(y + 0.62 * ((number + 0.5) / len(series) - 0.5))
                    xs.append(value)
                    lows.append(max(value - low, 0.0))
                    highs.append(max(high - value, 0.0))
            axes.errorbar(
                xs, ys, xerr=[lows, highs], fmt=MARKERS[number % len(MARKERS)], markersize=5, capsize=2, label=name
            )
        if reference is not None:
            axes.axvline(reference, color="0.3", linewidth=1)
        axes.set_yticks(range(len(groups)), list(groups))
        axes.set_ylim(len(groups) - 0.45, -0.55)
        if logarithmic:
            axes.set_xscale("log")
            _plain_ticks(axes.xaxis)
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
    parts = [layer for layer in (*Layer, "waiting") if any(bar.get(layer) for bar in bars.values())]
    with figure(path, title, caption, 11, 1.7 + 0.42 * len(bars)) as (_, axes):
        left = np.zeros(len(bars))
        names = list(bars)
        for part in parts:
            colour, hatch = WAITING if part == "waiting" else LAYER_COLOURS[Layer(part)]
            widths = np.array([bars[name].get(part, 0.0) * scale for name in names])
            axes.barh(
                names, widths, left=left, color=colour, hatch=hatch, edgecolor="0.25", linewidth=0.5, label=str(part)
            )
            left = left + widths
        for y, total in enumerate(left):
            axes.text(total, y, f" {total:.3g}", va="center", fontsize=11)
        axes.set_xlim(0.0, left.max() * 1.08)
        axes.invert_yaxis()
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


def line_plot(
    path: Path,
    lines: Sequence[Line],
    *,
    title: str,
    caption: str,
    x_label: str,
    y_label: str,
    x_log: bool = False,
    y_log: bool = False,
    marks: Mapping[str, float] | None = None,
    levels: Mapping[str, float] | None = None,
) -> None:
    """Curves with interval bands; `marks` are labelled vertical lines, `levels` horizontal ones."""
    with figure(path, title, caption, 10, 6) as (_, axes):
        for number, line in enumerate(lines):
            drawn = axes.plot(line.x, line.y, marker=MARKERS[number % len(MARKERS)], label=line.name)
            if line.low:
                axes.fill_between(line.x, line.low, line.high, color=drawn[0].get_color(), alpha=0.2, linewidth=0)
        if x_log:
            axes.set_xscale("log")
            _plain_ticks(axes.xaxis)
        if y_log:
            axes.set_yscale("log")
            _plain_ticks(axes.yaxis)
        else:
            axes.set_ylim(bottom=0.0)
        for text, x in (marks or {}).items():
            axes.axvline(x, color="0.4", linestyle="--", linewidth=1.2)
            axes.annotate(
                text,
                (x, 0.98),
                xycoords=("data", "axes fraction"),
                xytext=(4, 0),
                textcoords="offset points",
                va="top",
                fontsize=10,
            )
        for text, y in (levels or {}).items():
            axes.axhline(y, color="0.4", linestyle=":", linewidth=1.2)
            axes.annotate(text, (0.995, y), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=10)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _plain_ticks(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0), numticks=30))
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
        axes.set_xlabel("measured, each in its own unit")
        axes.set_ylabel("predicted")
        axes.legend(loc="upper left")
