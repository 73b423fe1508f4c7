"""A run on a timeline: for Perfetto's viewer, as sums by track, and one request's life in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Unpack

from architectures import Architecture
from simcore.checks import check
from simcore.engines import AUTO, ENGINES
from simcore.engines import engine as engine_of
from simcore.engines.seen import Seen, Sight
from simcore.errors import InputError, unknown
from simcore.summing import added
from simcore.totals import Settings, Window
from simcore.units import TICKS_PER_S, format_seconds, quantity, seconds, ticks
from vmarch.answers.answer import Answer
from vmarch.asking import Options, scenario_of
from vmarch.output import Row, prepare, write
from vmarch.runs import Plan, check_length
from vmarch.scenario import Scenario
from vmarch.tables import Table
from vmarch.tenancy import Tenancy, tenancy_of
from vmarch.timeline.follow import Follower
from vmarch.timeline.perfetto import write_perfetto
from vmarch.timeline.requests import Request
from vmarch.timeline.shares import Labels, Shares
from vmarch.timeline.tracks import GROUPS, Timeline
from vmarch.walking import Step, steps
from workloads import Workload

__all__ = ["Trace", "trace", "trace_tenants"]

OPERATIONS = 200  # in all guests together
LATEST_S = 1e6


@dataclass(frozen=True, repr=False)
class Trace(Answer):
    """A run's timeline.

    Attributes:
        shared: what was run: a host's kinds of guests.
        window: the run's own statistics, of all that was run.
        requests: those that were completed, in the order in which they were.
        life: the visits of the request that was asked for.
    """

    shared: Scenario | Tenancy
    settings: Settings
    timeline: Timeline
    window: Window
    requests: Sequence[Request]
    request: int | None
    life: Sequence[Seen]
    operations: int
    engine: str
    only: Sequence[str]

    @property
    def rows(self) -> Sequence[Row]:
        """One row for each track: how long it was busy, and how much stands on it."""
        return [
            {
                "group": track.group,
                "track": track.name,
                "busy_s": seconds(track.busy) if track.slices else None,
                "share": track.busy / self.ticks if track.slices and self.ticks else None,
                "slices": len(track.slices),
                "instants": len(track.instants),
                "counts": len(track.counts),
            }
            for track in self.timeline
        ]

    @property
    def ticks(self) -> int:
        """How long the timeline is."""
        ended = self.window.whole.now if self.timeline.ended is None else self.timeline.ended
        return min(ended, self.window.whole.now) - self.timeline.began

    @property
    def table(self) -> Table:
        """The tracks in words or, where one was asked for, the life of a request."""
        return self._tracks if self.request is None else self._life

    @property
    def _tracks(self) -> Table:
        lines = [
            [
                str(row["group"]),
                str(row["track"]),
                "" if row["busy_s"] is None else format_seconds(float(str(row["busy_s"]))),
                "" if row["share"] is None else f"{100 * float(str(row['share'])):.1f} %",
                *(f"{row[key]}" if row[key] else "" for key in ("slices", "instants", "counts")),
            ]
            for row in self.rows
        ]
        columns = ("group", "track", "busy", "share", "slices", "instants", "counts")
        return Table(self._title, columns, lines, left=2, notes=(f"{self.finding}.",))

    @property
    def _title(self) -> str:
        return f"{_what(self.shared.groups)}, {format_seconds(seconds(self.ticks))}"

    @property
    def _asking(self) -> Scenario:
        """The guests of which the request that was asked for is one's."""
        tasks = self.shared.model.classes[self.life[0].tasks] if self.life else self.shared.model.classes[0]
        return self.shared.groups[tasks.group]

    @cached_property
    def steps(self) -> Sequence[Step]:
        """The life of the request that was asked for."""
        began = min((one.came for one in self.life), default=0)
        return tuple(steps(self._asking, self.shared.model, self.life, began))

    @property
    def _life(self) -> Table:
        number = self.request
        one = next(one for one in self.requests if one.number == number)
        lines = [
            [
                format_seconds(step.began_s),
                "background" if step.tail else "",
                f"waits for: {step.label}" if step.is_wait else step.label + (" (idle)" if step.when_idle else ""),
                "" if step.is_wait else step.layer,
                step.where,
                format_seconds(step.seconds),
            ]
            for step in self.steps
        ]
        waited = added(step.seconds for step in self.steps if step.is_wait and not step.tail)
        note = (
            f"It began at {format_seconds(seconds(one.began))}, took {format_seconds(seconds(one.response))}, "
            f"and waited {format_seconds(waited)} of that."
        )
        columns = ("at", "", "step", "layer", "where", "time")
        title = f"Request {number} of {_what([self._asking])}, {one.guest}, task {one.task}"
        return Table(title, columns, lines, left=5, notes=(note,))

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        settings, groups = self.settings, self.shared.groups
        keys = ("workload", "architecture", "guests", "vcpus", "costs")
        kinds = [
            dict(zip(keys, (g.workload.name, g.architecture.name, g.guests, g.vcpus, dict(g.overrides)), strict=True))
            for g in groups
        ]
        return {
            "command": "trace",
            "host": self.shared.host.name,
            **(kinds[0] if len(kinds) == 1 else {"guests": dict(zip((g.called for g in groups), kinds, strict=True))}),
            "seed": settings.seed,
            "operations": self.operations if settings.horizon_ticks is None else None,
            "from_s": seconds(self.timeline.began),
            "for_s": None if self.timeline.ended is None else seconds(self.ticks),
            "only": list(self.only),
            "deterministic": settings.deterministic,
            "engine": self.engine,
        }

    @property
    def name(self) -> str:
        """What its files are called."""
        return "trace"

    @property
    def finding(self) -> str:
        """How many requests there are, and how long they took."""
        done = [one for one in self.requests if one.ended >= self.timeline.began]
        mean = seconds(added(one.response for one in done)) / len(done) if done else 0.0
        kept = sum(len(track.slices) + len(track.instants) + len(track.counts) for track in self.timeline)
        took = f", {format_seconds(mean)} each on average" if done else ""
        return f"{len(done)} requests completed{took}; {kept:,} entries on {len(self.timeline.tracks)} tracks"

    def write(self, path: str | Path) -> None:
        """Writes the timeline for Perfetto's viewer (ui.perfetto.dev, or a copy of it without a network).

        Raises:
            InputError: the file cannot be written.
        """
        where = Path(path)
        prepare(where.parent)
        written = BytesIO()
        write_perfetto(self.timeline, written, self._title, self.made)
        write(where, written.getvalue())


def trace(
    workload: str | Path | Workload,
    architecture: str | Path | Architecture,
    *,
    start: str | float = 0.0,
    length: str | float | None = None,
    only: Iterable[str] = (),
    request: int | None = None,
    operations: int = OPERATIONS,
    seed: int = 1,
    replication: int = 0,
    engine: str = AUTO,
    deterministic: bool = False,
    **options: Unpack[Options],
) -> Trace:
    """Runs one workload under one architecture, and writes down what happens.

    Args:
        workload, architecture: names, paths of files or objects.
        start, length: the window of simulated time that is kept, in seconds or as text such as "2 ms"; without a
            length, up to the end. With one, the run ends with the window.
        only: groups of tracks, see `vmarch.timeline.tracks.GROUPS`; all of them where none is named.
        request: the number of a request, in the order in which they begin, whose life is wanted.
        operations: completed ones after which no more begin, in all guests together; where there is no length.
        engine: what runs the model; both give the same trace.
        options: of the scenario: host, guests, vcpus, costs, demands, guest_os, guest_isa, modifiable.

    Raises:
        InputError: a name, a number or a time that cannot be used, or more than fits one trace.
        CapabilityError: the combination is refused.
        StuckError, CheckError: the run could not proceed, or broke a law.
    """
    return trace_tenants(
        scenario_of(workload, architecture, **options),
        start=start,
        length=length,
        only=only,
        request=request,
        operations=operations,
        seed=seed,
        replication=replication,
        engine=engine,
        deterministic=deterministic,
    )


def trace_tenants(
    scenario: str | Path | Tenancy | Scenario,
    *,
    start: str | float = 0.0,
    length: str | float | None = None,
    only: Iterable[str] = (),
    request: int | None = None,
    operations: int = OPERATIONS,
    seed: int = 1,
    replication: int = 0,
    engine: str = AUTO,
    deterministic: bool = False,
) -> Trace:
    """Runs a host with its guests, and writes down what happens.

    Args:
        scenario: the path of a scenario file, or what was made of it; one kind of guests will do.
        operations: completed ones of the first kind that has any to wait for; the others go on beside it.
        start, length, only, request, engine: see `trace`.

    Raises:
        InputError, CapabilityError, StuckError, CheckError: see `trace`.
    """
    if engine not in ENGINES:
        raise unknown("--engine", engine, ENGINES)
    if request is not None and request < 0:
        raise InputError("--request", request, "0 or more")
    groups, began = _groups(only), ticks(_time("--from", start))
    shared = scenario if isinstance(scenario, Scenario) else tenancy_of(scenario)
    check_length(shared, Plan(seed=seed, operations=operations, deterministic=deterministic))
    first = next((n for n, group in enumerate(shared.groups) if group.measured), 0)
    waited_for = tuple(operations if n == first else 0 for n in range(len(shared.groups)))
    settings = _settings(start, length, waited_for, seed, replication, deterministic=deterministic)
    model = shared.model
    timeline = Timeline(began, settings.horizon_ticks, groups)
    labels = [_labels(group) for group in shared.groups]
    follower = Follower(model, Shares(model, settings, labels), timeline, request)
    sight, life = Sight(model), list[Seen]()

    def record(records: list[list[int]]) -> None:
        follower.follow(records)
        if request is not None:
            life.extend(one for one in sight.follow(records) if one[2:5] == follower.requests.found)

    window = engine_of(engine)(model, settings, None, record)
    check(model, window)
    follower.close(window.whole.now)
    done = follower.requests.done
    if request is not None and not any(one.number == request for one in done):
        last = max((one.number for one in done), default=None)
        raise InputError(
            "--request", request, f"that of a completed one, at most {last}" if done else "none: none was completed"
        )
    return Trace(shared, settings, timeline, window, done, request, life, operations, engine, groups)


def _what(groups: Sequence[Scenario]) -> str:
    """What runs under what."""
    return ", ".join(f"{group.called} under {group.architecture.name}" for group in groups)


def _labels(scenario: Scenario) -> list[Labels]:
    """Of each visit the steps in words, by layer and whether they are paid only when idle."""
    found: list[Labels] = []
    for stages in scenario.stages:
        by_row: dict[tuple[str, bool], dict[str, None]] = {}
        for stage in stages:
            by_row.setdefault((str(stage.layer), stage.when_idle), {})[stage.label or stage.charges[0].cost] = None
        found.append({key: ", ".join(words) for key, words in by_row.items()})
    return found


def _time(field: str, given: str | float) -> float:
    found = quantity(field, given, "time")
    if not 0.0 <= found <= LATEST_S:
        raise InputError(field, given, "0 s to 1e6 s")
    return found


def _settings(
    start: str | float,
    length: str | float | None,
    operations: tuple[int, ...],
    seed: int,
    replication: int,
    *,
    deterministic: bool,
) -> Settings:
    horizon: int | None = None
    if length is not None:
        lasts = _time("--for", length)
        if not lasts * TICKS_PER_S >= 1.0:
            raise InputError("--for", length, "above 0 s")
        horizon = ticks(_time("--from", start)) + ticks(lasts)
    return Settings(
        seed=seed,
        replication=replication,
        operations=operations,
        horizon_ticks=horizon,
        deterministic=deterministic,
    )


def _groups(only: Iterable[str]) -> Sequence[str]:
    named: Collection[str] = list(dict.fromkeys([only] if isinstance(only, str) else only))
    for name in named:
        if name not in GROUPS:
            raise unknown("--only", name, GROUPS)
    return [name for name in GROUPS if name in named or not named]
