"""Whose time each part of a visit is: the rows that were drawn for it, drawn once more.

Every draw is a function of its name, so that a trace need not hold what can be drawn again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simcore.draws import Draws
from simcore.model import Model
from simcore.totals import Ints, Settings

__all__ = ["Labels", "Part", "Shares"]

Part = tuple[str, str, int]  # a layer, the steps in words, and ticks
Labels = dict[tuple[str, bool], str]  # steps in words, by layer and whether they are paid only when idle


class Shares:
    """The parts of each visit of the operations under way.

    Args:
        labels: for each kind of guests, of each visit of its program the steps in words.
    """

    def __init__(self, model: Model, settings: Settings, labels: Sequence[Sequence[Labels]]) -> None:
        self._model, self._settings, self._labels = model, settings, labels
        self._drawn: dict[tuple[int, int], Iterator[Ints]] = {}
        self._rows: dict[tuple[int, int, int], Ints] = {}

    def begins(self, tasks: int, task: int, operation: int) -> None:
        """An operation of a task begins: they begin in order."""
        drawn = self._drawn.get((tasks, task))
        if drawn is None:
            drawn = self._drawn[tasks, task] = self._rows_of(tasks, task)
        self._rows[tasks, task, operation] = next(drawn)

    def ends(self, tasks: int, task: int, operation: int) -> None:
        """The operation, with all that it left to the background, is over."""
        del self._rows[tasks, task, operation]

    def of(self, tasks: int, task: int, operation: int, visit: int, *, idle: int) -> list[Part]:
        """The parts of a visit, in order.

        Args:
            idle: ticks that it pays because it found its domain idle: all of these, or those of one that polls.
        """
        program = self._model.classes[tasks].program
        one, ticks = program.visits[visit], self._rows[tasks, task, operation]
        mine = range(one.first, one.last)
        asleep = idle == sum(int(ticks[n]) for n in mine if program.rows[n].idle)
        return [
            (str(row.layer), self._of(tasks, visit).get((str(row.layer), row.idle), ""), int(ticks[n]))
            for n, row in enumerate(program.rows[one.first : one.last], start=one.first)
            if ticks[n] and (not row.idle or (idle and (asleep or not row.asleep)))
        ]

    def pays_when_idle(self, tasks: int, task: int, operation: int, visit: int) -> bool:
        """Whether a visit would pay for something if it found its domain idle."""
        program = self._model.classes[tasks].program
        one, ticks = program.visits[visit], self._rows[tasks, task, operation]
        return any(program.rows[n].idle and ticks[n] for n in range(one.first, one.last))

    def words(self, tasks: int, visit: int, *, idle: bool | None = None) -> str:
        """The steps of a visit: all, or those paid only when idle."""
        found = (words for (_, only), words in self._of(tasks, visit).items() if idle is None or only == idle)
        return ", ".join(one for one in found if one)

    def _of(self, tasks: int, visit: int) -> Labels:
        return self._labels[self._model.classes[tasks].group][visit]

    def _rows_of(self, tasks: int, task: int) -> Iterator[Ints]:
        settings = self._settings
        draws = Draws(
            self._model.classes[tasks],
            task,
            settings.seed,
            settings.replication,
            deterministic=settings.deterministic,
        )
        while True:
            yield from draws.block().rows
