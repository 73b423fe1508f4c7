"""simcore.draws.Draws.block, written straight into the rows of the compiled loop."""

from __future__ import annotations

import numpy as np

from simcore.draws import Draws, Pauses
from simcore.engines.compiled.cached import kept
from simcore.totals import Ints

__all__ = ["Drawing", "Form"]

CONSTANT = -1  # in place of a variable


class Form:
    """How draws become ticks: the same for all tasks of a class."""

    def __init__(self, draws: Draws) -> None:
        variables = {name: n for n, name in enumerate(draws.variables)}
        terms = [
            [
                (amount, variables[name]) if name in variables else (amount * draws.means[name], CONSTANT)
                for name, amount in row.ticks
            ]
            for row in draws.rows
        ]
        ends = np.cumsum([0, *(len(row) for row in terms)])
        amounts = np.array([amount for row in terms for amount, _ in row], dtype=np.float64)
        which = np.array([variable for row in terms for _, variable in row], dtype=np.int64)
        idle = np.array([row.idle for row in draws.rows], dtype=np.int64)
        self.arrays = ends, amounts, which, idle, draws.spans


class Drawing:
    """Writes a task's operations: the pause before each, its visits, their idle rows, all rows.

    Attributes:
        fixed: whether all are the same.
    """

    def __init__(self, draws: Draws, pauses: Pauses, form: Form) -> None:
        self._draws, self._pauses, self._form = draws, pauses, form
        self.fixed = draws.constant and pauses.constant

    def write(self, to: Ints) -> None:
        """Writes the next operations, as many as `to` has rows."""
        size = len(to)
        values = np.empty((len(self._draws.variables), size))
        for n, drawn in enumerate(self._draws.values(size).values()):
            values[n] = drawn
        to[:, 0] = self._pauses.take(size)
        _write(to, values, *self._form.arrays)


def _write_operations(to, values, ends, amounts, variables, idle, spans):
    visits = len(spans)
    for n in range(len(to)):
        for visit in range(visits):
            busy = resting = 0
            for row in range(spans[visit, 0], spans[visit, 1]):
                ticks = 0.0
                for term in range(ends[row], ends[row + 1]):
                    variable = variables[term]
                    ticks += amounts[term] if variable < 0 else amounts[term] * values[variable, n]
                whole = int(np.rint(ticks))
                if whole == 0 and ticks > 0.0:
                    whole = 1
                to[n, 1 + 2 * visits + row] = whole
                if idle[row]:
                    resting += whole
                else:
                    busy += whole
            to[n, 1 + visit], to[n, 1 + visits + visit] = busy, resting


_write = kept(_write_operations)
