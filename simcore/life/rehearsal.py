"""Activities without a host: each unit of work takes what it takes where nobody else wants anything.

The director and the activities are those of a run; only what lies between two questions to the director is worked out
in place of being simulated. So thousands of courses of a migration, with whatever breaks whenever, take a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

import numpy as np

from simcore.life.rules import AT_FIRST, Director, Do
from simcore.totals import DomainTotals, Totals

__all__ = ["Rehearsal", "rehearse"]


@dataclass
class Rehearsal:
    """What became of a guest's domain.

    Attributes:
        paused, stopped: domains; placed: by domain, whose cores it moved to last.
        history: (ticks, command) in order.
        ended_ticks: when the last command came.
    """

    paused: set[int] = field(default_factory=set)
    stopped: set[int] = field(default_factory=set)
    placed: dict[int, int] = field(default_factory=dict)
    history: list[tuple[int, Do, int, int]] = field(default_factory=list)
    ended_ticks: int = 0
    told: Any = None


def rehearse(director: Director, unit_ticks: Mapping[int, int], most: int = 1_000_000) -> Rehearsal:
    """Lets a director do what it would do in a run whose guests always have all they want.

    Args:
        unit_ticks: by directed class, how long a unit of its work takes.
        most: commands, at the most.
    """
    found, queue, order, now = Rehearsal(), list[tuple[int, int, int]](), 0, 0
    whose = [AT_FIRST]

    def seen() -> Totals:
        """All domains have run all the time."""
        always = [DomainTotals(busy=now) for _ in range(64)]
        return Totals(now, 0, np.zeros((0, 0), np.int64), [], [], always)

    finished = False
    while whose and not finished:
        for do, of, a, b, c in director.asked(whose.pop(), now, seen):
            found.history.append((now, do, of, a))
            match do:
                case Do.START:
                    work = a * unit_ticks.get(of, 0)
                    lasts = b + max(work, (a - 1) * c + unit_ticks.get(of, 0) if a else 0)
                    heappush(queue, (now + lasts, order, of))
                    order += 1
                case Do.CANCEL:
                    queue = [(now if one == of else at, n, one) for at, n, one in queue]
                    queue.sort()
                case Do.PAUSE:
                    found.paused.add(of)
                case Do.RESUME:
                    found.paused.discard(of)
                case Do.PLACE:
                    found.placed[of] = a
                case Do.STOP:
                    found.stopped.add(of)
                case Do.FINISH:
                    finished = True
        if len(found.history) > most:
            raise RuntimeError(f"more than {most} commands")
        if queue:
            now, _, of = heappop(queue)
            whose.append(of)
    found.ended_ticks, found.told = now, director.told
    return found
