"""Tracks of a timeline and what stands on them, within a window of time, and never more than fits."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from simcore.errors import InputError

__all__ = ["GROUPS", "MOST", "Count", "Instant", "Slice", "Timeline", "Track"]

GROUPS = {
    "requests": "each task: its requests, one after the other, with their visits and waits",
    "cores": "each core: which domain it runs, and in which layer",
    "domains": "each domain's virtual processors, with its wake-ups, notifications and preemptions",
    "devices": "each device, by request",
    "locks": "each lock and turn, by who holds it",
    "queues": "how many are present at each domain and device, wait for a core, and hold slots of a ring",
}
MOST = 1_000_000  # slices, instants and counts in one timeline


class Slice(NamedTuple):
    """Something that lasts.

    Attributes:
        began, ended: in ticks.
        depth: 0, or that of the slice it lies in and 1.
        flow: what connects it with others, or 0.
    """

    began: int
    ended: int
    depth: int
    name: str
    notes: Mapping[str, str | int]
    flow: int


class Instant(NamedTuple):
    """Something that happens at a moment, in ticks."""

    at: int
    name: str
    notes: Mapping[str, str | int]


class Count(NamedTuple):
    """A number that holds from a moment on, in ticks."""

    at: int
    number: int


@dataclass
class Track:
    """One line of a timeline.

    Attributes:
        group: one of GROUPS.
        under: the name of the line it stands below, within the group; empty for none.
    """

    name: str
    group: str
    under: str = ""
    slices: list[Slice] = field(default_factory=list)
    instants: list[Instant] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)

    @property
    def busy(self) -> int:
        """Ticks of its outermost slices."""
        return sum(one.ended - one.began for one in self.slices if not one.depth)


class Timeline:
    """The tracks of a window.

    Args:
        began, ended: of the window in ticks; what lasts longer is cut off there. None for no end.
        only: groups that are kept.
    """

    def __init__(self, began: int, ended: int | None, only: Collection[str]) -> None:
        self.began, self.ended = began, ended
        self._only = set(only)
        self._tracks: dict[tuple[str, str, str], Track] = {}
        self._kept = 0

    @property
    def tracks(self) -> list[Track]:
        """Those on which anything stands, by group and by name, numbers in their order."""
        groups = list(GROUPS)
        return sorted(self._tracks.values(), key=lambda one: (groups.index(one.group), _place(one)))

    def __iter__(self) -> Iterator[Track]:
        return iter(self.tracks)

    def keeps(self, group: str) -> bool:
        """Whether a group is kept."""
        return group in self._only

    def track(self, group: str, name: str, under: str = "") -> Track:
        """A track by its name; made where it is not there yet."""
        return self._tracks.setdefault((group, under, name), Track(name, group, under))

    def lasts(
        self,
        group: str,
        name: str,
        under: str,
        began: int,
        ended: int,
        what: str,
        depth: int = 0,
        flow: int = 0,
        **notes: str | int,
    ) -> None:
        """Puts a slice on a track, as far as it lies in the window."""
        if group not in self._only or ended <= self.began or (self.ended is not None and began >= self.ended):
            return
        began, ended = max(began, self.began), ended if self.ended is None else min(ended, self.ended)
        self._one_more()
        self.track(group, name, under).slices.append(Slice(began, ended, depth, what, notes, flow))

    def happens(self, group: str, name: str, under: str, at: int, what: str, **notes: str | int) -> None:
        """Puts an instant on a track, if it lies in the window."""
        if group in self._only and self._within(at):
            self._one_more()
            self.track(group, name, under).instants.append(Instant(at, what, notes))

    def counts(self, name: str, at: int, number: int) -> None:
        """A number in the group of queues; what it was when the window began is kept too."""
        if "queues" not in self._only or (self.ended is not None and at >= self.ended):
            return
        counts = self.track("queues", name).counts
        at = max(at, self.began)
        if counts and counts[-1].at == at:
            counts[-1] = Count(at, number)
        else:
            self._one_more()
            counts.append(Count(at, number))

    def _within(self, at: int) -> bool:
        return self.began <= at and (self.ended is None or at < self.ended)

    def _one_more(self) -> None:
        self._kept += 1
        if self._kept > MOST:
            allowed = "less: a shorter time (--for), fewer requests (--operations), or fewer tracks (--only)"
            raise InputError("a trace", f"more than {MOST:,} slices, instants and counts", allowed)


def _place(track: Track) -> list[list[tuple[int, str]]]:
    """What tracks of a group are ordered by: the words and numbers of their names."""
    return [
        [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
        for name in (track.under or track.name, track.name if track.under else "")
    ]
