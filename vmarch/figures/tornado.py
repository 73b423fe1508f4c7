"""Figures of horizontal bars, the longest at the top: tornadoes, ranked effects, ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from vmarch.figures.frame import figure
from vmarch.figures.plots import COLOURS

__all__ = ["Bar", "mark_ranked", "mark_tornado", "ranked", "tornado"]

MOST = 12  # bars that a reader takes in
LEAST = 0.01  # of the longest bar, to be shown
Series: TypeAlias = Mapping[str, tuple[Sequence[float], Sequence[float]]]  # values and half widths, by name


@dataclass(frozen=True)
class Bar:
    """One bar of a tornado: where the result is with a cost at its low and at its high end, and these ends in words."""

    name: str
    low: float
    high: float
    low_text: str = ""
    high_text: str = ""


def tornado(
    path: Path,
    bars: Sequence[Bar],
    nominal: float,
    *,
    title: str,
    caption: str,
    label: str,
    band: tuple[float, float] | None = None,
) -> None:
    """Bars about the nominal line; behind them, where most results lie when all costs are drawn at once."""
    with figure(path, title, caption, 11, 2.0 + 0.36 * len(_widest(bars))) as (_, axes):
        mark_tornado(axes, bars, nominal, label, band)


def _widest(bars: Sequence[Bar]) -> list[Bar]:
    widest = max((abs(bar.high - bar.low) for bar in bars), default=0.0)
    return [bar for bar in bars if abs(bar.high - bar.low) >= LEAST * widest][:MOST]


def mark_tornado(
    axes: Any, bars: Sequence[Bar], nominal: float, label: str, band: tuple[float, float] | None = None
) -> None:
    """The same on a pair of axes."""
    shown = _widest(bars)
    if band is not None:
        axes.axvspan(*band, color="0.92", linewidth=0)
    for y, bar in enumerate(shown):
        for end, colour in ((bar.low, COLOURS[0]), (bar.high, COLOURS[1])):
            axes.barh(y, end - nominal, left=nominal, height=0.62, color=colour)
    axes.axvline(nominal, color="0.2", linewidth=1.2)
    edges = [nominal, *(end for bar in shown for end in (bar.low, bar.high)), *(band or ())]
    room = 0.16 * (max(edges) - min(edges) or nominal or 1.0)
    for y, bar in enumerate(shown):
        upper_first = bar.high >= bar.low
        left, right = (bar.low_text, bar.high_text) if upper_first else (bar.high_text, bar.low_text)
        ends = (min(bar.low, bar.high, nominal), max(bar.low, bar.high, nominal))
        axes.annotate(
            left, (ends[0], y), xytext=(-4, 0), textcoords="offset points", ha="right", va="center", fontsize=9
        )
        axes.annotate(
            right, (ends[1], y), xytext=(4, 0), textcoords="offset points", ha="left", va="center", fontsize=9
        )
    axes.set_xlim(min(edges) - room, max(edges) + room)
    axes.set_yticks(range(len(shown)), [bar.name for bar in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(label)


def ranked(
    path: Path,
    names: Sequence[str],
    series: Series,
    *,
    title: str,
    caption: str,
    label: str,
) -> None:
    """Bars side by side for each name, the longest first, each series with its values and half widths (0 for none)."""
    with figure(path, title, caption, 11, 2.0 + (0.2 + 0.2 * len(series)) * len(_tallest(series))) as (_, axes):
        mark_ranked(axes, names, series, label)


def _tallest(series: Series) -> list[int]:
    tallest = [max(values) for values in zip(*(values for values, _ in series.values()), strict=True)]
    return [n for n, most in enumerate(tallest) if most >= LEAST * max(tallest)][:MOST]


def mark_ranked(axes: Any, names: Sequence[str], series: Series, label: str) -> None:
    """The same on a pair of axes."""
    kept = _tallest(series)
    shown = [names[n] for n in kept]
    width = 0.8 / len(series)
    for number, (name, (values, halves)) in enumerate(series.items()):
        y = np.arange(len(shown)) + width * (number + 0.5) - 0.4
        lengths, error = ([column[n] for n in kept] for column in (values, halves))
        axes.barh(y, lengths, height=width * 0.9, color=COLOURS[number], label=name)
        if any(error):
            axes.errorbar(lengths, y, xerr=error, fmt="none", ecolor="0.2", elinewidth=1, capsize=2.5)
    axes.axvline(0.0, color="0.2", linewidth=1.2)
    axes.set_yticks(range(len(shown)), list(shown))
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(label)
    axes.legend(loc="lower right")
