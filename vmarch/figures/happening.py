"""What happens on a timeline: throughput with an activity's phases behind it, and rates round by round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from simcore.memory import PAGE_BYTES

__all__ = ["draw_activity", "draw_rates"]

SHORT = 0.005  # of an activity: a shorter phase has no rate to speak of
PAUSED, RUNNING = "#d1495b", ("#e8eef4", "#d3e0ec")


def draw_activity(axes: Any, answer: Any) -> None:
    """Operations a second of each group of guests over time, with the phases of all activities behind.

    Args:
        answer: a `vmarch.answers.live.Live`.
    """
    for report in answer.reports:
        for n, one in enumerate(report.done):
            if one.seconds <= 0.0:
                continue
            colour = RUNNING[n % 2] if one.running else PAUSED
            axes.axvspan(one.began_s, one.began_s + one.seconds, color=colour, lw=0, zorder=0)
            _name(axes, answer, one)
    for name in answer.names:
        series = answer.slices(name)
        times = [(part.from_s + part.to_s) / 2.0 for part in series]
        rates = [part.throughput_per_s for part in series]
        axes.plot(times, rates, label=_called(name, answer.names), drawstyle="steps-mid", zorder=2)
    axes.set_xlabel("time, s")
    axes.set_ylabel("operations a second")
    axes.set_ylim(0.0, 1.12 * axes.get_ylim()[1])  # room for the phases' names
    axes.legend(loc="lower left")


def _called(name: str, names: Any) -> str:
    """What a group of guests is called where some of its kind are apart."""
    return f"{name}, the others" if any(one.startswith(f"{name}.") for one in names) else name


def _name(axes: Any, answer: Any, one: Any) -> None:
    """Names a phase where there is room for its name."""
    last = answer.windows[0].told.marks_s[-1]
    if one.seconds > 0.06 * last:
        axes.text(
            one.began_s + one.seconds / 2.0,
            0.98,
            one.name,
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=8,
            color="0.35",
        )


def draw_rates(axes: Any, answer: Any) -> None:
    """Of each round, how fast it was sent and how fast pages were written meanwhile, or were come to and not there."""
    for report in answer.reports:
        whole = sum(one.seconds for one in report.done)
        rounds = [one for one in report.done if one.moved_bytes and one.seconds > SHORT * whole]
        if not rounds:
            continue
        edges = [value for one in rounds for value in (one.began_s, one.began_s + one.seconds)]
        sent = [value for one in rounds for value in [one.moved_bytes / one.seconds / 1e6] * 2]
        axes.plot(edges, sent, label=f"sent, {report.guest}", marker=".", ms=3)
        following = [one for one in report.done if one.moved_bytes][1:]
        written = [
            (before.began_s + before.seconds / 2.0, after.moved_bytes / before.seconds / 1e6)
            for before, after in zip(rounds, following, strict=False)
            if before.name.startswith("round")
        ]
        if written:
            axes.plot(*zip(*written, strict=True), "o--", label=f"written, {report.guest}")
        if asked := list(_asked(report)):
            axes.plot(*zip(*asked, strict=True), "o--", ms=4, label=f"waited for, {report.guest}")
    axes.set_xlabel("time, s")
    axes.set_ylabel("MB a second")
    axes.set_ylim(0.0, 1.12 * axes.get_ylim()[1])
    axes.legend(loc="best")


def _asked(report: Any) -> Iterator[tuple[float, float]]:
    """Of each push of a post-copy, its middle, and MB a second of pages that were come to and not there."""
    for one in report.done:
        if one.seconds > 0.0 and (found := re.search(r", (\d+) faults", one.name)):
            yield one.began_s + one.seconds / 2.0, int(found[1]) * PAGE_BYTES / one.seconds / 1e6
