"""Requests on a timeline: each with its visits, and within them what they wait for."""

from __future__ import annotations

from dataclasses import dataclass, field

from simcore.engines.records import NO_VISIT, Record
from vmarch.timeline.names import Names
from vmarch.timeline.tracks import Timeline

__all__ = ["Request", "Requests"]

Operation = tuple[int, int, int]  # class, task, operation
Key = tuple[int, int, int, int]


@dataclass
class Request:
    """An operation.

    Attributes:
        number: in the order in which requests began, from 0.
        guest: whose it is, in words.
        tasks: its class.
        began, ended: when, in ticks; -1 while it is under way.
    """

    number: int
    guest: str
    tasks: int
    task: int
    operation: int
    began: int
    ended: int = -1

    @property
    def response(self) -> int:
        """Ticks from begin to end."""
        return self.ended - self.began


@dataclass
class _Visit:
    """A visit under way, on which line it stands, and since when it waits."""

    came: int
    under: str
    line: str
    lane: int
    waits: int | None
    what: str


@dataclass
class _Lanes:
    """Lines side by side for what overlaps: the lowest that is free is taken."""

    taken: set[int] = field(default_factory=set)

    def take(self) -> int:
        lane = next(n for n in range(len(self.taken) + 1) if n not in self.taken)
        self.taken.add(lane)
        return lane


class Requests:
    """The requests of a run, those under way with their visits.

    Args:
        wanted: the number of a request.

    Attributes:
        found: the operation that has the number that is wanted.
    """

    def __init__(self, names: Names, timeline: Timeline, wanted: int | None = None) -> None:
        self._names, self._line, self._wanted = names, timeline, wanted
        self.found: Operation | None = None
        self.count = 0
        self.done: list[Request] = []
        self._under_way: dict[Operation, tuple[Request, str, int]] = {}
        self._visits: dict[Key, _Visit] = {}
        self._rings: dict[Operation, int] = {}  # since when they wait for a slot
        self._lanes: dict[str, _Lanes] = {}
        self._widest = 1 + max(max(tails, default=0) for tails in names.tails)

    def number(self, operation: Operation) -> int:
        """Of a request under way, or of what it left to the background."""
        return self._under_way[operation][0].number

    def name(self, operation: Operation) -> str:
        """The same in words."""
        one = self._under_way[operation][0]
        return f"{one.guest} request {one.number}"

    def flow(self, key: Key) -> int:
        """What connects the slices of a request, or of one of its tails."""
        return 1 + self._widest * self.number(key[:3]) + self._names.tails[key[0]][key[3]]

    def begins(self, one: Record) -> None:
        """A request begins."""
        guest = self._names.guest(one.tasks)
        under = self._names.task(one.tasks, one.task)
        lane = self._lanes.setdefault(under, _Lanes()).take() if self._names.is_open(one.tasks) else 0
        request = Request(self.count, guest, one.tasks, one.task, one.operation, one.at)
        self._under_way[one[5:8]] = (request, under, lane)
        if self.count == self._wanted:
            self.found = one[5:8]
        self.count += 1

    def _track(self, under: str, lane: int) -> str:
        return f"{under}, line {lane}" if lane else under

    def comes(self, one: Record) -> None:
        """It comes to a visit."""
        key = one[5:9]
        _, under, lane = self._under_way[one[5:8]]
        if self._names.tails[one.tasks][one.visit]:
            under = f"{self._names.guest(one.tasks)} background"
            lane = self._lanes.setdefault(under, _Lanes()).take()
        place = self._names.visit(one.tasks, one.visit)
        self._visits[key] = _Visit(one.at, under, self._track(under, lane), lane, one.at, f"waits for {place}")

    def waits(self, one: Record, what: str) -> None:
        """It waits for a slot."""
        if one.visit == NO_VISIT:
            self._rings[one[5:8]] = one.at
        else:
            self._visits[one[5:9]].what = f"waits for {what}"

    def takes(self, one: Record, what: str) -> None:
        """It has got a slot."""
        if one.visit == NO_VISIT:
            since = self._rings.pop(one[5:8], one.at)
            request, under, lane = self._under_way[one[5:8]]
            notes = {"request": request.number}
            track = self._track(under, lane)
            if since < one.at:
                self._line.lasts("requests", track, "", since, one.at, f"waits for {what}", 1, **notes)
            return
        visit = self._visits[one[5:9]]
        self._waited(one[5:9], visit, one.at)
        visit.waits, visit.what = one.at, f"waits for {self._names.visit(one.tasks, one.visit)}"

    def served(self, key: Key, now: int) -> None:
        """Its visit waits no more."""
        visit = self._visits[key]
        self._waited(key, visit, now)
        visit.waits = None

    def stops(self, key: Key, now: int) -> None:
        """It runs no more; it waits if its visit is not over."""
        self._visits[key].waits = now

    def _waited(self, key: Key, visit: _Visit, now: int) -> None:
        if visit.waits is not None and visit.waits < now:
            depth = 1 if self._names.tails[key[0]][key[3]] else 2
            self._line.lasts("requests", visit.line, "", visit.waits, now, visit.what, depth)

    def leaves(self, one: Record) -> None:
        """Its visit is over."""
        self._over(one[5:9], one.at)

    def _over(self, key: Key, now: int) -> None:
        visit = self._visits.pop(key)
        self._waited(key, visit, now)
        tail = self._names.tails[key[0]][key[3]]
        if tail:
            self._lanes[visit.under].taken.discard(visit.lane)
        place, notes = self._names.visit(key[0], key[3]), {"request": self.number(key[:3]), "visit": key[3]}
        self._line.lasts("requests", visit.line, "", visit.came, now, place, 0 if tail else 1, **notes)

    def ends(self, one: Record) -> None:
        """It is complete, but for what goes on in the background."""
        request, under, lane = self._under_way[one[5:8]]
        request.ended = one.at
        if self._names.is_open(one.tasks):
            self._lanes[under].taken.discard(lane)
        self.done.append(request)
        self._whole(request, under, lane, one.at, response_ps=request.response)

    def _whole(self, request: Request, under: str, lane: int, now: int, **notes: int) -> None:
        self._line.lasts(
            "requests",
            self._track(under, lane),
            "",
            request.began,
            now,
            f"request {request.number}",
            flow=1 + self._widest * request.number,
            request=request.number,
            operation=request.operation,
            **notes,
        )

    def forget(self, operation: Operation) -> None:
        """Nothing of it is under way any more."""
        del self._under_way[operation]

    def close(self, now: int) -> None:
        """What is under way is followed no further."""
        for key in list(self._visits):
            self._over(key, now)
        for request, under, lane in self._under_way.values():
            if request.ended < 0:
                self._whole(request, under, lane, now)
