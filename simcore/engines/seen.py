"""Each visit of a traced run, put together from its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from simcore.engines.records import PAID, Record, What
from simcore.model import Kind, Model

__all__ = ["Seen", "Sight"]

Key = tuple[int, int, int, int]


class Seen(NamedTuple):
    """A visit that has ended.

    Attributes:
        came, ended: when, in ticks.
        tasks, task, operation, visit: whose, by their numbers.
        waited, idle, switching: ticks of it that were waiting, for idle rows, and for changes of task and domain.
    """

    came: int
    ended: int
    tasks: int
    task: int
    operation: int
    visit: int
    waited: int
    idle: int
    switching: int


class _Visit:
    """One under way."""

    __slots__ = ("asked", "came", "paid", "ticks")

    def __init__(self, came: int, ticks: int) -> None:
        self.came, self.ticks, self.asked, self.paid = came, ticks, ticks, 0


class Sight:
    """Follows the records of a run, and keeps no more than the visits under way."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._under_way: dict[Key, _Visit] = {}

    def follow(self, records: Iterable[Sequence[int]]) -> Iterator[Seen]:
        """The visits that end in some more records, in order."""
        under_way = self._under_way
        for one in records:
            at, what, _, more, paid, *who = Record(*one)
            key = (who[0], who[1], who[2], who[3])
            if what == What.COMES:
                under_way[key] = _Visit(at, more)
            elif what == What.ASKS:
                under_way[key].asked = more
            elif what == What.RUNS:
                under_way[key].paid = paid
            elif what == What.LEAVES:
                yield self._seen(at, key, under_way.pop(key))

    def _seen(self, ended: int, key: Key, one: _Visit) -> Seen:
        model, switching = self._model, 0
        visit = model.classes[key[0]].program.visits[key[3]]
        if visit.kind is Kind.CPU:
            domains, tasks = divmod(one.paid, PAID)
            where = model.domains[visit.where]
            switching = domains * where.entry_ticks + tasks * where.switch_ticks
        waited = ended - one.came - one.asked - switching
        return Seen(one.came, ended, *key, waited, one.asked - one.ticks, switching)
