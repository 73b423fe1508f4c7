"""How an operation's draws become ticks: what `drawing` reads, made once for all classes of one program.

Visits and rows that are the same in all operations are added up here. Each of the others has a place of its own in each
walk: every row that varies, and every sum that varies of a visit's rows, if it is not that of a single row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.model import Program, Row, Tail, TaskClass, Visit
from simcore.streams import word
from simcore.summing import added
from simcore.totals import Ints

__all__ = ["Form", "entry", "form_of"]

NO_GATE = -1
ALWAYS = 0  # among values: 1, of what does not vary; entries follow
NOWHERE = -1
BUSY, IDLE, ASLEEP, KINDS = range(4)  # ticks of a visit: always paid, only if idle, and of these only asleep


@dataclass(frozen=True)
class Form:
    """What varies in a program, and what does not.

    Attributes:
        entries: what is drawn, in order, gates first: (key, kind, the gate's place among values or -1).
        forms: two numbers for each entry, see `simcore.distributions.Distribution.form`.
        terms: of each row that varies what is added up, see `fields.TERM`.
        varying: of each row that varies, see `fields.ROW`: those of the operation's own visits, then of each tail.
        behind: for each step that is a tail, the first of its rows in `varying`, and the one after its last.
        fixed: ticks of each row that does not vary, 0 for the others, which are in `drawn` in the order of `varying`.
        of: the visit of each row, whether it is idle, and whether it is paid only asleep, shape (3, rows).
        visits: ticks of each visit, of its idle rows and of those paid only asleep, without rows that vary, shape
            (3, visits).
        places: of the same where they vary, in a walk; else NOWHERE.
        width: places in each walk.
    """

    entries: list[tuple[int, int, int]]
    forms: list[float]
    terms: list[tuple[float, int, int, int, int, int, int]]
    varying: list[tuple[int, int, int, int]]
    behind: dict[int, tuple[int, int]]
    fixed: Ints
    drawn: list[int]
    of: Ints
    visits: Ints
    places: Ints
    width: int

    @property
    def own(self) -> int:
        """How many rows vary that are not of a tail."""
        return min((first for first, _ in self.behind.values()), default=len(self.varying))


def form_of(tasks: TaskClass, *, deterministic: bool) -> Form:
    """The form of a class of tasks."""
    drawn = {} if deterministic else tasks.drawn
    gates = list(dict.fromkeys(item.gate for item in drawn.values() if item.gate))
    entries, forms = [entry(gate, f.GATE) for gate in gates], [n for g in gates for n in (tasks.means[g], 0.0)]
    values: dict[str, int] = {}
    for variable, item in drawn.items():
        kind, a, b = item.distribution.form
        entries.append(entry(variable, kind, gates.index(item.gate) + 1 if item.gate else NO_GATE))
        values[variable] = len(entries)
        forms += [a, b]

    program = tasks.program
    rows, spans = program.rows, program.spans
    varies = [any(variable in values for variable, _ in row.ticks) for row in rows]
    fixed = np.array(
        [0 if vary else _ticks(row, tasks.means) for row, vary in zip(rows, varies, strict=True)], np.int64
    )
    idle, asleep = (np.array([getattr(row, name) for row in rows], bool) for name in ("idle", "asleep"))
    kinds = (~idle, idle, asleep)
    visits = np.array([[(fixed * flags)[first:last].sum() for first, last in spans] for flags in kinds], np.int64)
    visits = visits.reshape(KINDS, -1)

    order, behind = _order(program, varies)
    owns = {row: place for place, row in enumerate(order)}
    width = len(order)
    places = np.full(visits.shape, NOWHERE, np.int64)
    sums: dict[int, list[tuple[int, int]]] = {row: [] for row in order}  # for each row its sums: place, start or -1
    for kind in range(KINDS):
        for n, (first, last) in enumerate(spans):
            summed = [row for row in order if first <= row < last and kinds[kind][row]]
            if len(summed) == 1 and visits[kind, n] == 0:
                places[kind, n] = owns[summed[0]]
            elif summed:
                places[kind, n] = width
                for row in summed:
                    sums[row].append((width, int(visits[kind, n]) if row == summed[0] else NOWHERE))
                width += 1
    terms: list[tuple[float, int, int, int, int, int, int]] = []
    for row in order:
        (one, start), (other, begin) = [*sums[row], (NOWHERE, NOWHERE), (NOWHERE, NOWHERE)][:2]
        for variable, ticks in rows[row].ticks:
            amount = ticks if variable in values else ticks * tasks.means[variable]
            terms.append((amount, values.get(variable, ALWAYS), NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE))
        terms[-1] = (*terms[-1][:2], owns[row], one, start, other, begin)
    of = np.array([np.repeat(np.arange(len(spans)), np.diff(spans).ravel()), idle, asleep], np.int64)
    varying = [(owns[row], int(of[0, row]), int(idle[row]), int(asleep[row])) for row in order]
    return Form(entries, forms, terms, varying, behind, fixed, order, of, visits, places, width)


def _order(program: Program, varies: list[bool]) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """The rows that vary, those of tails last, and where those of each tail are among them."""

    def of(*numbers: int) -> list[int]:
        return [row for n in numbers for row in range(*program.spans[n]) if varies[row]]

    order = of(*(step.index for step in program.steps if isinstance(step, Visit)))
    behind = {}
    for n, step in enumerate(program.steps):
        if isinstance(step, Tail):
            first = len(order)
            order += of(*(visit.index for visit in step.visits))
            behind[n] = first, len(order)
    return order, behind


def entry(decision: str, kind: int, gate: int = NO_GATE) -> tuple[int, int, int]:
    """What is drawn: its name, its kind, and which gate among the entries it depends on."""
    return int(word(decision).astype(np.int64)), kind, gate


def _ticks(row: Row, means: dict[str, float]) -> int:
    """Ticks of a row at its means, as simcore.draws.Draws adds them up."""
    ticks = added((each * means[variable] for variable, each in row.ticks), start=0.0)
    return max(int(np.rint(ticks)), ticks > 0.0)
