"""Operations of a guest's life in a case: what is done, with what guest, how many at once; and what they take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from architectures import Architecture
from architectures.procedures import Guest
from simcore.fields import Bytes
from simcore.hosts import Host
from simcore.units import TICKS_PER_S
from vmarch.sensitivity.ranges import Floats, Sample
from vmarch.starting import Script
from vmarch.storms import MOST_AT_ONCE, Storm

__all__ = ["Doing", "predicted"]

SAMPLES = 400


class Doing(BaseModel):
    """An operation of a guest's life, as a paper measured it.

    Attributes:
        do: the operation, such as `create`.
        at_once: for how many guests at once.
        row: what a row is of several at once: the `median` of what each takes, or what the `last` takes.
        loop: whether each began again when it had ended, as tests do that keep a number under way.
        starts_within, starts_around: of such a test by one script for each guest, processes that it starts in the time
            taken, and those before and after it, itself among them; 0 around where nothing starts guests.
        queues: processors that the host's kernel sees, see `vmarch.starting.Script`; 0 for those of the host.
        memory_bytes, touched_bytes, changed_bytes, given_bytes, image_bytes, vcpus, networks, guests, distribution: see
            `architectures.procedures.Guest`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    do: str
    at_once: int = Field(default=1, ge=1, le=MOST_AT_ONCE)
    loop: bool = False
    starts_within: int = 0
    starts_around: int = 0
    queues: int = 0
    row: Literal["median", "last"] = "median"
    memory_bytes: Bytes = Field(default=256.0 * 2**20, alias="memory")
    touched_bytes: Bytes = Field(default=64.0 * 2**20, alias="touched")
    changed_bytes: Bytes = Field(default=16.0 * 2**20, alias="changed")
    given_bytes: Bytes = Field(default=1.0 * 2**20, alias="given")
    image_bytes: Bytes = Field(default=1.0 * 2**30, alias="image")
    vcpus: int = 1
    networks: int = 0
    guests: int = 0
    distribution: bool = False

    @property
    def guest(self) -> Guest:
        """For whom.

        Raises:
            InputError: a number out of range.
        """
        given = self.model_dump(exclude={"do", "at_once", "loop", "row", "starts_within", "starts_around", "queues"})
        return Guest(**given)

    def storm(self, architecture: Architecture, host: Host, costs: Mapping[str, float | str]) -> Storm:
        """What is run.

        Raises:
            InputError, CapabilityError: it cannot be run.
        """
        script = Script(self.starts_within, self.starts_around, self.queues or None) if self.starts_around else None
        return Storm(
            architecture, host, self.do, self.guest, self.at_once, loop=self.loop, overrides=costs, script=script
        )


def predicted(storm: Storm, row: str, scale: float) -> tuple[float, float, float, str]:
    """The value of a row, the ends of its interval, and the decisive cost.

    One alone is a sum over its steps; the sample of the costs widens in proportion what several at once take.

    Args:
        row: median or last.
        scale: what seconds are multiplied by.
    """
    if storm.script:
        value = storm.settle().seconds * scale
    else:
        found = storm.run()
        value = (found.last if row == "last" else found.median) * scale
    drawn = _alone(storm, Sample(storm.book, SAMPLES))
    low, high = np.quantile(drawn[1:] / drawn[0], [0.05, 0.95])
    return value, value * min(float(low), 1.0), value * max(float(high), 1.0), _decisive(storm)


def _charges(storm: Storm) -> dict[str, float]:
    """How many of each cost the first guest's operation takes."""
    counts: dict[str, float] = {}
    for phase in storm.phases():
        for charge in (charge for stage in phase.stages for charge in stage.charges):
            counts[charge.cost] = counts.get(charge.cost, 0.0) + phase.units * charge.count
    return counts


def _alone(storm: Storm, sample: Sample) -> Floats:
    total = np.zeros(SAMPLES + 1)
    for cost, count in _charges(storm).items():
        total = total + count * sample[cost]
    return total / TICKS_PER_S


def _decisive(storm: Storm) -> str:
    """The cost whose range moves the time most, all others nominal."""
    counts, book = _charges(storm), storm.book
    total = sum(count * book[cost].value for cost, count in counts.items())
    best, span = "", 1.01
    for cost, count in counts.items():
        rest = total - count * book[cost].value
        low, high = rest + count * book[cost].low, rest + count * book[cost].high
        if low > 0.0 and high / low > span:
            best, span = cost, high / low
    return f"{best} ({span:.2f}x)" if best else ""
