"""What the director says, and the arrays that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.engines.compiled import fields as f
from simcore.life.rules import Command, Do
from simcore.model import Model

__all__ = ["Places", "directed", "moved"]


@dataclass
class Places:
    """Where the steps of a class's programs begin, with its shifts there, of domains and of rings."""

    tasks: int
    firsts: list[int]
    shifts: list[tuple[int, int]]
    now: int = 0


def directed(model: Model) -> f.Records:
    """For each class what it is told; of classes that nobody directs, nothing."""
    found = np.zeros(len(model.classes), f.DIRECTED_RECORD)
    found["count"] = counts = [tasks.count for tasks in model.classes]
    found["first"] = np.cumsum(counts) - counts
    if model.life is not None:
        found["waits"][[*model.life.directed, *model.life.later]] = 1
        for one in model.life.paging:
            record = found[one.tasks]
            record["delay"], record["station"], record["service"] = one.delay_ticks, one.station, one.service_ticks
    return found


def moved(state: Any, elsewhere: Iterable[Places], command: Command) -> Command:
    """A MOVE in steps to go, its class's steps being elsewhere already; other commands as they are."""
    if command.do != Do.MOVE:
        return command
    places = next(one for one in elsewhere if one.tasks == command.of)
    by = places.firsts[command.a] - places.firsts[places.now]
    places.now, kind = command.a, state.classes[command.of]
    kind["step"] += by
    kind["end"] += by
    kind["shift"], kind["ring_shift"] = places.shifts[command.a]
    return command._replace(a=by)
