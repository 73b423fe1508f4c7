"""What happens to guests in a run: how long each activity takes, what the guest served meanwhile, what others felt.

A run goes from before the first activity until a while after the last. Totals are kept at equal distances, so that each
slice has the throughput and the percentiles of its own. The runs of all replications are alike but for their draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.checks import check
from simcore.engines import engine as engine_named
from simcore.errors import InputError
from simcore.life.conductor import Report
from simcore.statistics import Estimate, RatioEstimate, mean_interval, paired_ratio, quantiles
from simcore.summing import added
from simcore.totals import Settings, Totals, Window
from simcore.units import format_bytes, format_seconds, quantity, seconds
from vmarch.activities.building import Built, Timing, built
from vmarch.activities.cluster import Cluster, load_cluster
from vmarch.activities.entries import ActivityEntry, activity_of
from vmarch.answers.answer import Answer
from vmarch.asking import drawing, level_of, plan_of
from vmarch.figures.happening import draw_activity, draw_rates
from vmarch.output import Row
from vmarch.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Live", "Period", "Slice", "live"]

PERIODS = ("before", "during", "after")
LONGEST_S = 86400.0
SETTLES = 0.2  # of the time before the first activity is left out of what is called before


@dataclass(frozen=True)
class Slice:
    """A stretch of a run as a group of guests sees it.

    Attributes:
        from_s, to_s: in simulated time.
        completed: operations.
        response_p99_s: of these; 0 where there are none.
    """

    from_s: float
    to_s: float
    completed: int
    response_p99_s: float

    @property
    def throughput_per_s(self) -> float:
        """Operations a second."""
        return self.completed / (self.to_s - self.from_s)


@dataclass(frozen=True)
class Period:
    """What a group of guests had before, during or after the activities; None where there is nothing to judge by."""

    group: str
    name: str
    throughput_per_s: Estimate | None
    response_p99_s: Estimate | None


@dataclass(frozen=True, repr=False)
class Live(Answer):
    """What happened.

    Attributes:
        cluster: the hosts, and what was asked for.
        windows: one for each replication.
    """

    cluster: Cluster
    built: Built
    windows: Sequence[Window]
    timing: Timing
    level: float
    settings: Mapping[str, object]

    @property
    def reports(self) -> Sequence[Report]:
        """What the activities did in the first replication."""
        found: Sequence[Report] = self.windows[0].told.reports
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Groups of guests, without those of the activities' own work."""
        return tuple(name for name in self.built.groups if name)

    def slices(self, name: str, replication: int = 0) -> list[Slice]:
        """A group's time series.

        Raises:
            InputError: no such group.
        """
        if name not in self.names:
            raise InputError("guest", name, ", ".join(self.names))
        group, marks = self.built.groups.index(name), self.windows[replication].marks
        pairs = zip((None, *marks), marks, strict=False)
        return [self._slice(group, before, after) for before, after in pairs]

    def _slice(self, group: int, before: Totals | None, after: Totals) -> Slice:
        began = seconds(before.now) if before is not None else 0.0
        histogram = after.histograms[group] - (before.histograms[group] if before is not None else 0)
        done = int(histogram.sum())
        p99 = seconds(float(quantiles(histogram, [0.99])[0])) if done else 0.0
        return Slice(began, seconds(after.now), done, p99)

    def _span(self, window: Window) -> tuple[float, float]:
        """When the first activity began, and the last ended."""
        done = [one for report in window.told.reports for one in report.done]
        starts = [one.began_s for one in done]
        return (min(starts), max(one.began_s + one.seconds for one in done)) if done else (0.0, 0.0)

    def _period(self, window: Window, group: int, period: str) -> tuple[float, float] | None:
        """A group's throughput and 99th percentile in a period of a run."""
        began, ended = self._span(window)
        span = {"before": (SETTLES * began, began), "during": (began, ended), "after": (ended, np.inf)}[period]
        marks = [mark for mark in window.marks if span[0] <= seconds(mark.now) <= span[1]]
        if len(marks) < 2:
            return None
        part = self._slice(group, marks[0], marks[-1])
        return (part.throughput_per_s, part.response_p99_s) if part.completed else (0.0, 0.0)

    @cached_property
    def periods(self) -> Sequence[Period]:
        """For each group of guests, before, during and after."""
        found = []
        for name in self.names:
            for period in PERIODS:
                got = [self._period(window, self.built.groups.index(name), period) for window in self.windows]
                there = [one for one in got if one is not None]
                if len(there) < len(got):
                    found.append(Period(name, period, None, None))
                    continue
                rate, p99 = (mean_interval([one[n] for one in there], self.level) for n in (0, 1))
                found.append(Period(name, period, rate, p99))
        return found

    def over_before(self, name: str, period: str) -> RatioEstimate:
        """A group's 99th percentile in a period, `during` or `after`, over that before, run by run.

        Raises:
            InputError: no such group or period, or runs too short for one.
        """
        if name not in self.names:
            raise InputError("guest", name, ", ".join(self.names))
        if period not in PERIODS:
            raise InputError("period", period, ", ".join(PERIODS))
        group = self.built.groups.index(name)
        theirs, before = (
            [found[1] for window in self.windows if (found := self._period(window, group, one))]
            for one in (period, PERIODS[0])
        )
        if not len(theirs) == len(before) == len(self.windows):
            raise InputError("slice_s", self.timing.slice_s, "less: a period of a run has no two slices")
        return paired_ratio(theirs, before, self.level)

    def totals_of(self, number: int) -> dict[str, Estimate]:
        """Of an activity by its number: seconds in all, seconds in which the guest did not run, bytes sent."""
        reports = [window.told.reports[number] for window in self.windows]
        samples = {
            "time_s": [added(one.seconds for one in report.done) for report in reports],
            "downtime_s": [added(one.seconds for one in report.done if not one.running) for report in reports],
            "sent_bytes": [added(one.moved_bytes for one in report.done) for report in reports],
        }
        return {name: mean_interval(values, self.level) for name, values in samples.items()}

    @cached_property
    def rows(self) -> Sequence[Row]:
        """Totals of each activity, its phases (of the first replication), the periods, and each group's time series."""
        return list(self._rows())

    def _rows(self) -> Iterator[Row]:
        def row(part: str, who: str, name: str, metric: str, found: Any, **more: object) -> Row:
            ends = {key: getattr(found, key, None) for key in ("low", "high")}
            value = getattr(found, "value", found)
            return {"part": part, "of": who, "name": name, "metric": metric, "value": value, **ends, **more}

        at: dict[str, object] = {"from_s": None, "to_s": None, "status": ""}
        for n, report in enumerate(self.reports):
            end = report.end
            status = "" if end is None else f"runs on {end.running}" if end.running else f"runs nowhere: {end.reason}"
            for metric, found in self.totals_of(n).items():
                yield row("activity", report.guest, report.title, metric, found, **{**at, "status": status})
            for one in report.done:
                when = {"from_s": one.began_s, "to_s": one.began_s + one.seconds, "status": one.running or "paused"}
                yield row("phase", report.guest, one.name, "sent_bytes", one.moved_bytes, **when)
                yield row("phase", report.guest, one.name, "processor_share", one.share, **when)
        for period in self.periods:
            for metric in ("throughput_per_s", "response_p99_s"):
                yield row("period", period.group, period.name, metric, getattr(period, metric), **at)
        for name in self.names:
            for part in self.slices(name):
                when = {"from_s": part.from_s, "to_s": part.to_s, "status": ""}
                yield row("series", name, "", "throughput_per_s", part.throughput_per_s, **when)
                yield row("series", name, "", "response_p99_s", part.response_p99_s or None, **when)

    @property
    def table(self) -> Table:
        """Each activity's phases."""
        lines, notes = [], []
        for n, report in enumerate(self.reports):
            for one in report.done:
                sent = format_bytes(one.moved_bytes) if one.moved_bytes else ""
                where = one.running or "paused"
                lines.append([one.name, where, format_seconds(one.began_s), format_seconds(one.seconds), sent])
            notes.append(self._note(n, report))
        for at_s, what in self.windows[0].told.broke:
            notes.append(f"at {format_seconds(at_s)} the {what} is lost")
        many = len(self.windows)
        title = f"{self.cluster.title}: what happens (phases of replication 0 of {many})"
        return Table(title, ("phase", "guest", "from", "lasts", "sent"), lines, left=2, notes=notes)

    def _note(self, number: int, report: Report) -> str:
        if report.end is None:
            return f"{report.title}: not over"
        found = self.totals_of(number)

        def said(name: str, words: Any) -> str:
            one = found[name]
            spread = f" ({words(one.low)} .. {words(one.high)})" if np.isfinite(one.low) and one.low < one.high else ""
            return f"{words(max(one.value, 0.0))}{spread}"

        where = f"the guest runs on {report.end.running}" if report.end.running else "the guest runs nowhere"
        reason = f", because {report.end.reason}" if report.end.reason else ""
        took, down = (said(name, lambda value: format_seconds(max(value, 0.0))) for name in ("time_s", "downtime_s"))
        sent = said("sent_bytes", lambda value: format_bytes(max(value, 0.0)))
        return f"{report.title}: {took}, {down} of it paused, {sent} sent; {where}{reason}"

    @property
    def felt(self) -> Table:
        """What each group of guests had before, during and after."""
        lines = []
        for period in self.periods:
            rate, slow = period.throughput_per_s, period.response_p99_s
            if rate is None or slow is None:
                lines.append([period.group, period.name, "too short", "", "", ""])
                continue
            spread = f"{max(rate.low, 0.0):.4g} .. {rate.high:.4g}"
            slowest = f"{format_seconds(max(slow.low, 0.0))} .. {format_seconds(slow.high)}"
            lines.append([period.group, period.name, f"{rate.value:.4g}", spread, format_seconds(slow.value), slowest])
        columns = ("guests", "when", "operations/s", "interval", "99th percentile", "interval")
        return Table("Before, during and after", columns, lines, left=2)

    @property
    def tables(self) -> Sequence[Table]:
        """What happened, and what was felt."""
        return (self.table, self.felt)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "run", **self.settings}

    @property
    def name(self) -> str:
        """What its files are called."""
        return "live"

    @property
    def finding(self) -> str:
        """What the first activity did."""
        return self._note(0, self.reports[0]) if self.reports else "nothing happened"

    def _draw(self, axes: Axes) -> None:
        draw_activity(axes, self)

    def draw(self, path: Path) -> None:
        """Writes the timeline, and beside it each round's rates."""
        from vmarch.figures.frame import figure

        with figure(path, self.cluster.title, self.finding, 9.0, 6.5, rows=2) as (_, axes):
            draw_activity(axes[0], self)
            draw_rates(axes[1], self)


def live(
    scenario: str | Path | Cluster,
    *,
    at: Sequence[tuple[str, str] | ActivityEntry] = (),
    after: float | str | None = None,
    slice_s: float | None = None,
    seed: int = 1,
    replications: int = 3,
    level: float = 0.95,
    engine: str = "auto",
    deterministic: bool = False,
) -> Live:
    """What happens to the guests of a scenario file: migration, and what breaks.

    Args:
        scenario: the path of a scenario file, or what `load_cluster` made of one.
        at: further activities, as the option `--at` says them: when, and what.
        after: seconds that a run goes on when all is over; as long as before the first activity, unless stated.
        slice_s: seconds from one mark of the time series to the next; a hundredth of the time before, unless stated.
        seed, replications, level, engine, deterministic: as for `vmarch.compare`.

    Raises:
        InputError: a bad file, or a value out of range.
        CapabilityError: a host that a guest cannot run on, with the reason.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    plan = plan_of(seed=seed, replications=replications, engine=drawing(engine), deterministic=deterministic)
    level_of(level)
    more = [one if isinstance(one, ActivityEntry) else activity_of(*one) for one in at]
    if isinstance(scenario, Cluster):
        cluster = Cluster(scenario.machines, (*scenario.activities, *more), scenario.title)
    else:
        cluster = load_cluster(scenario, more)
    if not any(entry.do == "migrate" or entry.is_operation for entry in cluster.activities):
        raise InputError("activity", "none", "at least one guest that something happens to")
    first = min(entry.at_s for entry in cluster.activities)
    goes_on = max(first, 1.0) if after is None else _seconds("--after", after)
    timing = Timing(slice_s or max(first / 50.0, 0.01), goes_on)
    made = built(cluster, timing)
    windows = []
    for replication in range(plan.replications):
        operations = (0,) * made.model.groups
        settings = Settings(
            seed=seed, replication=replication, operations=operations, warmup=operations, deterministic=deterministic
        )
        window = engine_named(plan.engine)(made.model, settings)
        check(made.model, window)
        windows.append(window)
    told = {
        "scenario": cluster.title,
        "activities": [entry.model_dump(mode="json") for entry in cluster.activities],
        "after_s": timing.after_s,
        "slice_s": timing.slice_s,
        "seed": seed,
        "replications": replications,
        "level": level,
        "engine": engine,
        "deterministic": deterministic,
    }
    return Live(cluster, made, windows, timing, level, told)


def _seconds(field: str, given: float | str) -> float:
    found = quantity(field, given, "time")
    if not 0.0 <= found <= LONGEST_S:
        raise InputError(field, given, f"0 to {LONGEST_S:g} s")
    return found
