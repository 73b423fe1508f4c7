"""What an engine says of a run that cannot go on, or shall not."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from simcore.errors import StuckError
from simcore.model import Model
from simcore.units import format_seconds, seconds

__all__ = ["HALT", "MOST_LIVE", "NAMED", "NOTHING", "OUTRUN", "Waiting", "may_hang", "stuck"]

MOST_LIVE = 100_000  # operations under way: arrivals that nobody serves would never end
NAMED = 20  # at most, in an error
NOTHING = "nothing can happen after"
OUTRUN = "arrivals outrun service at"
HALT = threading.Event()  # set, it ends the compiled engine's runs in all threads within a moment


@dataclass(frozen=True)
class Waiting:
    """An operation under way: its class, its task's number there, what it waits at and since when, in ticks."""

    tasks: int
    number: int
    at: str
    since: int


def may_hang(model: Model) -> bool:
    """Whether operations may be under way for ever without an error: a domain stops, or is lost."""
    return bool(model.faults) or model.life is not None


def stuck(model: Model, what: str, now: int, first: Sequence[Waiting], live: int) -> StuckError:
    """The error that names the operations under way.

    Args:
        first: the oldest of them, at most NAMED.
        live: how many there are.
    """

    def said(one: Waiting) -> str:
        kind = model.classes[one.tasks]
        who = f"task {one.number} of {kind.workload} in {model.domains[kind.domain].name}"
        return f"{who} waits at {one.at} since {format_seconds(seconds(one.since))}"

    more = f" and {live - NAMED} more" if live > NAMED else ""
    who = "; ".join(said(one) for one in first) or "no operation is under way"
    return StuckError(f"{what} {format_seconds(seconds(now))}: {who}{more}")
