"""More memory asked for than there is: what each technique gives back, and what touches then find.

A guest needs what it has touched. What is missing of that is taken by the techniques that the host is told to use, in
this order, each as far as it goes:

    share       pages that are equal in several guests are kept once
    balloon     the guest gives pages back, and brings those that it touches from its own disk
    compress    the host packs pages into a pool of the guest's frames
    swap        the host puts pages on its disk

How far each goes stands in `overcommit.toml`, by the host's software, with its source.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simcore.demands import Demand, Io, IoKind, Operation
from simcore.errors import CapabilityError, InputError
from simcore.memory import PAGE_BYTES, Memory
from simcore.paging import Policy, away
from simcore.schema import read_toml, validated
from simcore.summing import added
from simcore.units import format_bytes

__all__ = [
    "TECHNIQUES",
    "Limit",
    "Reach",
    "Squeezed",
    "Technique",
    "allotted",
    "limits",
    "reach_of",
    "saved",
    "squeezed",
    "with_faults",
]

Technique = Literal["share", "balloon", "compress", "swap"]
TECHNIQUES: tuple[str, ...] = get_args(Technique)


class Limit(BaseModel):
    """How far a technique goes.

    Attributes:
        name: `balloon`, `pool` or `packed`.
        of: what the value is a share or a number of.
        software: the host's; empty for all that have no entry of their own.
        value, low, high: and the range within which it may lie.
        source: where it comes from.
        assumed: nobody published it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Literal["balloon", "pool", "packed"]
    of: str = Field(min_length=4)
    software: str = ""
    value: float = Field(gt=0.0, le=16.0)
    low: float = Field(gt=0.0, le=16.0)
    high: float = Field(gt=0.0, le=16.0)
    source: str = Field(min_length=8)
    assumed: bool = False

    @model_validator(mode="after")
    def _within(self) -> Limit:
        if not self.low <= self.value <= self.high:
            raise InputError(self.name, self.value, f"{self.low:g} to {self.high:g}, its own range")
        return self


@dataclass(frozen=True)
class Reach:
    """How far the techniques of a host's software go.

    Attributes:
        balloon: share of a guest's size that it gives back at most.
        packed: pages in a frame of packed ones.
        pool: share of its frames for packed ones at most.
    """

    balloon: float
    packed: float
    pool: float = 0.0


@functools.cache
def limits() -> tuple[Limit, ...]:
    """All of `overcommit.toml`."""
    file = Path(__file__).with_name("overcommit.toml")
    return tuple(validated(Limit, one, f"{file.name}.limit") for one in read_toml(file)["limit"])


@functools.cache
def reach_of(software: str) -> Reach:
    """How far the techniques of a host's software go, such as "Linux"; of others, what stands for all."""
    found = {one.name: one.value for one in limits() if not one.software}
    return Reach(**{**found, **{one.name: one.value for one in limits() if one.software == software}})


@dataclass(frozen=True)
class Squeezed:
    """What a guest lives with. Probabilities are of one touch.

    Attributes:
        frames: bytes of the host's memory that it has.
        given: bytes that it gave back by its balloon, of what it has touched.
        paged: the page is away by the guest's own doing, on its disk.
        unpacked: it is in the pool.
        swapped: it is on the host's disk.
        twice: the page that leaves for it is on the host's disk, and is brought back only to be written out.
        copied: it is shared, and the touch writes.
    """

    frames: float
    given: float = 0.0
    paged: float = 0.0
    unpacked: float = 0.0
    swapped: float = 0.0
    twice: float = 0.0
    copied: float = 0.0


def allotted(needs: Sequence[tuple[int, float, float]], room: float) -> list[float]:
    """How many bytes each guest of several groups has: shares by size, none more than it needs.

    Args:
        needs: of each group, its guests, the size of each, and what each needs.
    """
    found = [0.0] * len(needs)
    open_ones = set(range(len(needs)))
    while open_ones:
        weight = added(needs[n][0] * needs[n][1] for n in open_ones)
        content = {n for n in open_ones if needs[n][2] <= max(room, 0.0) * needs[n][1] / weight}
        for n in content or open_ones:
            found[n] = needs[n][2] if content else max(room, 0.0) * needs[n][1] / weight
        room -= added(needs[n][0] * needs[n][2] for n in content)
        open_ones -= content or open_ones
    return found


def saved(memory: Memory, guests: int, techniques: Sequence[str]) -> float:
    """Bytes that a guest need not have because others of its kind have them."""
    if "share" not in techniques:
        return 0.0
    return memory.shared * (memory.resident_bytes - memory.written_bytes) * (1.0 - 1.0 / guests)


def squeezed(
    memory: Memory, frames: float, guests: int, techniques: Sequence[str], policy: Policy, reach: Reach
) -> Squeezed:
    """What a guest lives with that has so many bytes of the host's memory.

    Args:
        guests: of its kind, among which pages are shared.
        policy: which pages the host puts away; a guest those that it did not touch for longest.
        reach: how far the techniques go.

    Raises:
        CapabilityError: the techniques do not give back enough.
    """
    less = saved(memory, guests, techniques)
    cold = memory.resident_bytes - memory.written_bytes
    copied = memory.stores * (1.0 - memory.hot) * less / cold if less else 0.0
    there = frames + less  # as if it had a frame of its own for each page that it shares
    if there >= memory.resident_bytes:
        return Squeezed(frames, copied=copied)
    has = memory.resident_bytes  # what the guest believes to have, of what it has touched
    paged = 0.0
    if "balloon" in techniques:
        has = min(has, max(there, memory.size_bytes * (1.0 - reach.balloon)))
        paged = away(memory, has)
    given = memory.resident_bytes - has
    packed = 0.0
    if "compress" in techniques and there < has:
        pool = min((has - there) / (reach.packed - 1.0), reach.pool * there)
        packed = pool * reach.packed
        there -= pool
    lost = has - there - packed
    if lost > 0.5 and "swap" not in techniques:
        wanted = f"{format_bytes(lost)} of each guest beyond what {' and '.join(techniques)} can give"
        raise CapabilityError(str(InputError("guest.memory", wanted, "a host with more memory, or overcommit by swap")))
    beyond = away(memory, has, policy) if has < memory.resident_bytes else 0.0  # no business of the host's
    swapped = max(away(memory, there + packed, policy) - beyond, 0.0) if lost > 0.5 else 0.0
    unpacked = max(away(memory, there, policy) - beyond - swapped, 0.0) if packed else 0.0
    twice = paged * memory.stores * max(lost, 0.0) / has
    return Squeezed(frames, given, paged, unpacked, swapped, twice, copied)


def with_faults(operation: Operation, memory: Memory, found: Squeezed) -> Operation:
    """The operation with what its touches find.

    Raises:
        InputError: more faults in an operation than a task can have steps.
    """
    own, stores = memory.touches * found.paged, memory.stores
    host = memory.touches * (found.swapped + found.twice)
    items = (
        (IoKind.DISK_READ, own, True),
        (IoKind.DISK_WRITE, own * stores, False),
        (IoKind.PAGE_IN, host, True),
        (IoKind.PAGE_OUT, memory.touches * found.swapped * stores, False),
        (IoKind.PAGE_UNPACK, memory.touches * found.unpacked, True),
        (IoKind.PAGE_COPY, memory.touches * found.copied, True),
    )
    io = tuple(
        Io(kind=kind, count=count, size_bytes=PAGE_BYTES, sync=sync) for kind, count, sync in items if count > 0.0
    )
    if not io:
        return operation
    demands = dict(operation.demands)
    if own:
        demands[Demand.PAGE_FAULTS] = demands.get(Demand.PAGE_FAULTS, 0.0) + own
    return Operation(demands=demands, varied=operation.varied, io=(*operation.io, *io))
