"""Classes of tasks that run one program in different domains, so that its steps need to be known only once.

Guests that are alike differ in where they are at home: their own domains, and their own rings. What differs is a shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

from simcore.engines.compiled.forms import Form, form_of
from simcore.model import Call, Kind, Tail, TaskClass

__all__ = ["Alike", "Home", "alike"]

_asked = attrgetter("kind", "lock", "serial", "thread", "client", "spin")


@dataclass
class Alike:
    """The first of some classes that are alike.

    Attributes:
        moves: for each visit whether its domain is the class's own, and moves with it; as far as others have shown.
    """

    tasks: TaskClass
    form: Form
    moves: list[bool] = field(default_factory=list)

    @cached_property
    def asked(self) -> list[tuple[object, ...]]:
        """What each visit asks for, wherever it is."""
        return [_asked(visit) for visit in self.tasks.program.visits]


@dataclass(frozen=True)
class Home:
    """Where a class is: like which, and how far its domains and its rings are from that one's."""

    like: int
    domains: int = 0
    rings: int = 0


def alike(classes: Sequence[TaskClass], *, deterministic: bool) -> tuple[list[Alike], list[Home]]:
    """The classes that differ in more than where they are, and for each class its home."""
    firsts: list[Alike] = []
    homes: list[Home] = []
    by_content: dict[tuple[object, ...], list[int]] = {}
    for tasks in classes:
        known = by_content.setdefault(_content(tasks), [])
        home = next((found for n in known if (found := _home(n, firsts[n], tasks))), None)
        if home is None:
            home = Home(len(firsts))
            known.append(home.like)
            firsts.append(Alike(tasks, form_of(tasks, deterministic=deterministic)))
        homes.append(home)
    for first in firsts:
        first.moves = first.moves or [False] * len(first.tasks.program.visits)
    return firsts, homes


def _content(tasks: TaskClass) -> tuple[object, ...]:
    """What is the same in classes that are alike; rows and operations are compared as objects, which guests share."""
    pauses = (tasks.think_ticks, tasks.think, tasks.interarrival_ticks, tasks.interarrival)
    return id(tasks.program.rows), id(tasks.operation), tasks.access, *pauses


def _home(like: int, first: Alike, tasks: TaskClass) -> Home | None:
    """How far a class is from another, if that is all in which its program differs."""
    mine, theirs = tasks.program, first.tasks.program
    if len(mine.steps) != len(theirs.steps) or len(mine.visits) != len(theirs.visits):
        return None
    domains = tasks.domain - first.tasks.domain
    if [_asked(visit) for visit in mine.visits] != first.asked:
        return None
    shifts = [one.where - other.where for one, other in zip(mine.visits, theirs.visits, strict=True)]
    moves = [shift != 0 for shift in shifts]
    if not {0, domains}.issuperset(shifts):
        return None
    if moves != first.moves and any(mine.visits[n].kind is not Kind.CPU for n, moved in enumerate(moves) if moved):
        return None
    rings = set()
    for a, b in zip(mine.steps, theirs.steps, strict=True):
        if type(a) is not type(b):
            return None
        if isinstance(a, Tail) and isinstance(b, Tail):
            if len(a.visits) != len(b.visits):
                return None
            rings.add(a.ring - b.ring)
        elif isinstance(a, Call) and a != b:
            return None
    if len(rings) > 1 or (first.moves and domains and moves != first.moves):
        return None
    if domains:
        first.moves = moves
    return Home(like, domains, *rings)
