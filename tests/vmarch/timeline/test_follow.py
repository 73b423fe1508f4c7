"""What stands on a timeline adds up to what the run counted, to the last tick."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.model import KernelLock, Locks, Model
from simcore.totals import Settings, Window
from tests.models import closed, cpu, model, run
from tests.simcore.engines.test_laws import models
from tests.simcore.engines.test_reproducible import busy_model
from vmarch.timeline.follow import Follower
from vmarch.timeline.shares import Labels, Shares
from vmarch.timeline.tracks import GROUPS, Count, Timeline, Track


def followed(made: Model, began: int = 0, ended: int | None = None, **how: Any) -> tuple[Timeline, Follower, Window]:
    """A run and its timeline."""
    timeline = Timeline(began, ended, GROUPS)
    labels = [[Labels() for _ in range(made.longest)]] * made.groups
    follower = Follower(made, Shares(made, Settings(), labels), timeline)
    window = run(made, recorder=follower.follow, **how)
    follower.close(window.whole.now)
    return timeline, follower, window


def of(timeline: Timeline, group: str) -> list[Track]:
    return [track for track in timeline if track.group == group]


def integral(counts: Sequence[Count], now: int) -> int:
    ends = [*(one.at for one in counts[1:]), now]
    return sum(one.number * (end - one.at) for one, end in zip(counts, ends, strict=True))


@settings(max_examples=100)
@given(models(), st.booleans())
def test_sums_are_the_runs(made: Model, cut_off: bool) -> None:
    timeline, follower, window = followed(made, **({"horizon": 1500} if cut_off else {"operations": 30}))
    totals, now = window.whole, window.whole.now
    assert sum(track.busy for track in of(timeline, "cores")) == sum(
        domain.busy + domain.spinning for domain in totals.domains
    )
    for domain, counted in zip(made.domains, totals.domains, strict=True):
        running = [
            one for track in of(timeline, "domains") if track.under == domain.name for one in track.slices
            if one.name != "waits for a core"
        ]  # fmt: skip
        assert sum(one.ended - one.began for one in running) == counted.busy + counted.spinning
        present = [track.counts for track in of(timeline, "queues") if track.name == f"present at {domain.name}"]
        assert sum(integral(counts, now) for counts in present) == counted.population
        preempted = [
            one for track in of(timeline, "domains") if track.under == domain.name for one in track.instants
            if one.name == "preempted"
        ]  # fmt: skip
        assert len(preempted) == counted.preemptions
    for station, served in zip(made.stations, totals.stations, strict=True):
        lines = [track for track in of(timeline, "devices") if track.name.split(",")[0] == station.name]
        assert sum(track.busy for track in lines) == served.busy
        present = [track.counts for track in of(timeline, "queues") if track.name == f"present at {station.name}"]
        assert sum(integral(counts, now) for counts in present) == served.population
    waiting = [track.counts for track in of(timeline, "queues") if track.name == "waiting for a core"]
    assert sum(integral(counts, now) for counts in waiting) == sum(domain.ready for domain in totals.domains)
    done = follower.requests.done
    for number, counts in enumerate(totals.classes):
        mine = [one for one in done if one.tasks == number]
        assert len(mine) == counts.completed
        assert sum(one.response for one in mine) == counts.response
    notified = [
        one for track in of(timeline, "domains") for one in track.instants
        if one.name == "notified"
    ]  # fmt: skip
    paid = sum(sum(counts.idle) for counts in totals.classes)  # counted when an operation or a tail ends
    assert len(notified) >= paid if cut_off else len(notified) == paid


@settings(max_examples=60)
@given(models())
def test_layers_fill_what_runs(made: Model) -> None:
    """On a core the layers of a stretch leave no gap, and each layer has the ticks that the run counted for it."""
    timeline, _, window = followed(made, operations=30)
    by_layer: dict[str, int] = {}
    for track in of(timeline, "cores"):
        inner = [one for one in track.slices if one.depth]
        assert sum(one.ended - one.began for one in inner) == track.busy
        for one in inner:
            by_layer[one.name] = by_layer.get(one.name, 0) + one.ended - one.began
    asked: dict[str, int] = {}
    for tasks, totals in zip(made.classes, window.whole.classes, strict=True):
        for visit in tasks.program.visits:
            if visit.kind == 0:
                for row in range(visit.first, visit.last):
                    layer = str(tasks.program.rows[row].layer)
                    asked[layer] = asked.get(layer, 0) + int(totals.rows[row])
                for layer, ticks in made.domains[visit.where].switch:
                    asked[str(layer)] = asked.get(str(layer), 0) + ticks * totals.task_switches[visit.index]
                for layer, ticks in made.domains[visit.where].entry:
                    asked[str(layer)] = asked.get(str(layer), 0) + ticks * totals.domain_switches[visit.index]
    asked["spins"] = sum(totals.spinning for totals in window.whole.domains)
    assert by_layer == {layer: ticks for layer, ticks in asked.items() if ticks}


@settings(max_examples=60)
@given(models())
def test_slices_of_a_track_lie_within_each_other_or_apart(made: Model) -> None:
    timeline, _, _ = followed(made, operations=30)
    for track in timeline:
        for depth in range(3):
            mine = sorted((one for one in track.slices if one.depth == depth), key=lambda one: (one.began, one.ended))
            assert all(one.ended <= other.began for one, other in pairwise(mine))
            if depth:
                outer = [one for one in track.slices if one.depth == depth - 1]
                assert all(any(o.began <= one.began and one.ended <= o.ended for o in outer) for one in mine)


@settings(max_examples=40)
@given(st.integers(0, 40), st.integers(1, 40))
def test_windows_add_up(first: int, second: int) -> None:
    """Two windows side by side hold what one of both holds."""
    unit = 1_000_000
    cut, end = first * unit, (first + second) * unit
    lines = [
        followed(busy_model(), began, ended, operations=40)[0] for began, ended in ((0, cut), (cut, end), (0, end))
    ]
    busy = [sum(track.busy for track in of(line, "cores")) for line in lines]
    assert busy[0] + busy[1] == busy[2]


def test_who_spins_holds_a_core_and_serves_nobody() -> None:
    locking = closed(cpu(10), cpu(5, spin=0), count=4, locks=(Locks(0),))
    made = model(locking, cores=2, vcpus=(3,), quantum=20, locks=(KernelLock("lock", 2),))
    timeline, _, window = followed(made, operations=30)
    domain = window.whole.domains[0]
    spins = [one for track in of(timeline, "cores") for one in track.slices if one.name == "spins"]
    assert sum(one.ended - one.began for one in spins) == domain.spinning > 0
    assert sum(track.busy for track in of(timeline, "cores")) == domain.busy + domain.spinning
