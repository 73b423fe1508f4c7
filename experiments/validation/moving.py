"""Migrations in a case: a guest's memory and how it is sent; and what each round takes, with the guest on its own."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from architectures import Architecture
from simcore.errors import InputError
from simcore.fields import BytesPerS
from simcore.hosts import Host
from simcore.life.activity import Guest
from simcore.life.conductor import Done, Plan
from simcore.life.migration import Migration
from simcore.life.rehearsal import rehearse
from simcore.memory import Memory
from simcore.summing import added
from simcore.units import ticks
from vmarch.activities.entries import FIRST, ActivityEntry
from vmarch.activities.rules import rules_for
from vmarch.activities.work import CHUNK_BYTES, carried_bytes_per_s

__all__ = ["MOVED", "Moving"]

MOVED = ("time", "downtime", "sent")  # quantities of rows that speak of a migration
TARGET = "host-b"
SEND, CLOCK, SAMPLER = range(3)


class Moving(BaseModel):
    """A migration, as a paper measured it.

    Attributes:
        memory: of the guest, as in a scenario file.
        method, rules, limit: as of an activity `migrate` there; the limit is what the host's network carries unless
            stated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    memory: Memory
    method: Literal["stop-and-copy", "pre-copy", "post-copy"] = "pre-copy"
    rules: str = ""
    limit_bytes_per_s: BytesPerS | None = Field(default=None, ge=1e3, le=1e12, alias="limit")

    def course(self, architecture: Architecture, host: Host) -> Course:
        """What happens, phase by phase, where the guest and the network have nothing else to do.

        Raises:
            InputError: no such rules.
        """
        entry = ActivityEntry.model_validate(
            {"at": 0.0, "do": "migrate", "guest": "guest", "to": TARGET, "method": self.method, "rules": self.rules}
            | ({"limit": self.limit_bytes_per_s} if self.limit_bytes_per_s else {})
        )
        most = carried_bytes_per_s(host)
        link = min(most, self.limit_bytes_per_s or most)
        guest = Guest("guest", 0, (0,), ((FIRST, 1), (TARGET, 2)))
        rules, whole = rules_for(entry, architecture), self.memory.resident_bytes
        one = Migration(0, CLOCK, guest, FIRST, TARGET, self.memory, rules, SEND, link, whole, CHUNK_BYTES)
        director = Plan((one,), (), SAMPLER, ticks(1.0), 0).director()
        (report,) = rehearse(director, {SEND: ticks(CHUNK_BYTES / link)}).told.reports
        return Course(tuple(report.done))


class Course:
    """The phases of a migration that is over."""

    def __init__(self, done: tuple[Done, ...]) -> None:
        self._done = done

    @cached_property
    def _sent(self) -> tuple[Done, ...]:
        return tuple(one for one in self._done if one.moved_bytes)

    def read(self, quantity: str, number: int) -> float:
        """Seconds or bytes of the whole, or of a round by its number; -1 is the last, while the guest is paused.

        Raises:
            InputError: there was no such round.
        """
        if not -len(self._sent) <= number <= len(self._sent):
            raise InputError("round", number, f"1 to {len(self._sent)}, -1 for the last or 0 for all")
        phases = (self._sent[number - 1 if number > 0 else number],) if number else self._done
        if quantity == "sent":
            return added(one.moved_bytes for one in phases)
        return added(one.seconds for one in phases if quantity == "time" or not one.running)
