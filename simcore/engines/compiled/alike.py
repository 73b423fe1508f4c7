"""Classes of tasks that run one program in different domains, so that its steps need to be known only once.

Guests that are alike differ in where they are at home: their own domains, and their own rings. What differs is a shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simcore.engines.compiled.forms import Form, form_of
from simcore.model import Call, Kind, Tail, TaskClass

__all__ = ["Alike", "Home", "alike"]


@dataclass
class Alike:
    """The first of some classes that are alike.

    Attributes:
        moves: for each visit whether its domain is the class's own, and moves with it; as far as others have shown.
    """

    tasks: TaskClass
    form: Form
    moves: list[bool] = field(default_factory=list)


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
    moves = [one.where != other.where for one, other in zip(mine.visits, theirs.visits, strict=True)]
    for one, other, moved in zip(mine.visits, theirs.visits, moves, strict=True):
        if one is other:
            continue
        if one.where - other.where != domains * moved or (moved and one.kind is not Kind.CPU):
            return None
        if one.kind is not other.kind or one.lock is not other.lock or one.serial is not other.serial:
            return None
        if one.thread != other.thread or one.client != other.client or one.spin != other.spin:
            return None
    rings = set()
    for a, b in zip(mine.steps, theirs.steps, strict=True):
        if isinstance(a, Tail) and isinstance(b, Tail) and len(a.visits) == len(b.visits):
            rings.add(a.ring - b.ring)
        elif isinstance(a, Tail) or isinstance(b, Tail) or (a != b and (isinstance(a, Call) or isinstance(b, Call))):
            return None
    if len(rings) > 1 or (first.moves and domains and moves != first.moves):
        return None
    if domains:
        first.moves = moves
    return Home(like, domains, *rings)
