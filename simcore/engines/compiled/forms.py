"""How an operation's draws become ticks: what `drawing` reads, made once for all classes of one program.

Visits and rows that are the same in all operations are added up here. The others have places of their own in each walk:
first the ticks of those visits, then those paid only when idle, then their rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.model import Row, TaskClass
from simcore.streams import word
from simcore.summing import added
from simcore.totals import Ints

__all__ = ["Form", "entry", "form_of"]

NO_GATE = -1
MEAN = -1  # in place of a variable


@dataclass(frozen=True)
class Form:
    """What varies in a program, and what does not.

    Attributes:
        entries: what is drawn, in order, gates first: (key, kind, gate among them or -1).
        forms: two numbers for each entry, see `simcore.distributions.Distribution.form`.
        terms: of each row that varies, its (first, last) amounts, its own place and its visit's in a walk, whether it
            is idle.
        amounts, which: ticks, and which entry they are multiplied by; MEAN for none.
        fixed: ticks of each row that does not vary, 0 for the others, which are in `drawn`.
        of: the visit of each row, and whether it is idle, shape (2, rows).
        visits: ticks of each visit and of its idle rows, without rows that vary, shape (2, visits).
        varied: visits with rows that vary, in order.
        first_rows: for each visit, how many rows that vary come before its own; one more at the end.
    """

    entries: list[tuple[int, int, int]]
    forms: list[float]
    terms: list[tuple[int, int, int, int, int]]
    amounts: list[float]
    which: list[int]
    fixed: Ints
    drawn: list[int]
    of: Ints
    visits: Ints
    varied: list[int]
    first_rows: list[int]

    @property
    def width(self) -> int:
        """Places in each walk."""
        return 2 * len(self.varied) + len(self.terms)


def form_of(tasks: TaskClass, *, deterministic: bool) -> Form:
    """The form of a class of tasks."""
    drawn = {} if deterministic else tasks.drawn
    gates = list(dict.fromkeys(item.gate for item in drawn.values() if item.gate))
    entries, forms = [entry(gate, f.GATE) for gate in gates], [n for g in gates for n in (tasks.means[g], 0.0)]
    places: dict[str, int] = {}
    for variable, item in drawn.items():
        kind, a, b = item.distribution.form
        places[variable] = len(entries)
        entries.append(entry(variable, kind, gates.index(item.gate) if item.gate else NO_GATE))
        forms += [a, b]

    rows, spans = tasks.program.rows, tasks.program.spans
    varying = [any(variable in places for variable, _ in row.ticks) for row in rows]
    fixed = np.array(
        [0 if varies else _ticks(row, tasks.means) for row, varies in zip(rows, varying, strict=True)], np.int64
    )
    idle = np.array([row.idle for row in rows], bool)
    visits = np.array(
        [[(fixed * flags)[first:last].sum() for first, last in spans] for flags in (~idle, idle)], np.int64
    ).reshape(2, -1)
    varied = [n for n, (first, last) in enumerate(spans) if any(varying[first:last])]
    terms: list[tuple[int, int, int, int, int]] = []
    amounts: list[float] = []
    which: list[int] = []
    first_rows = [0]
    for n, (first, last) in enumerate(spans):
        for row in range(first, last):
            if varying[row]:
                start = len(amounts)
                for variable, ticks in rows[row].ticks:
                    amounts.append(ticks if variable in places else ticks * tasks.means[variable])
                    which.append(places.get(variable, MEAN))
                visit = varied.index(n) + len(varied) * bool(idle[row])
                terms.append((start, len(amounts), 2 * len(varied) + len(terms), visit, int(idle[row])))
        first_rows.append(len(terms))
    drawn_rows = [row for row, varies in enumerate(varying) if varies]
    of = np.array([np.repeat(np.arange(len(spans)), np.diff(spans).ravel()), idle], np.int64)
    return Form(entries, forms, terms, amounts, which, fixed, drawn_rows, of, visits, varied, first_rows)


def entry(decision: str, kind: int, gate: int = NO_GATE) -> tuple[int, int, int]:
    """What is drawn: its name, its kind, and which gate among the entries it depends on."""
    return int(word(decision).astype(np.int64)), kind, gate


def _ticks(row: Row, means: dict[str, float]) -> int:
    """Ticks of a row at its means, as simcore.draws.Draws adds them up."""
    ticks = added((each * means[variable] for variable, each in row.ticks), start=0.0)
    return max(int(np.rint(ticks)), ticks > 0.0)
