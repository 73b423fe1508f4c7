"""How many processors a guest has, and how much its balloon has taken, as activities change them in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simcore.errors import InputError
from simcore.memory import Memory
from simcore.units import format_bytes
from vmarch.activities.entries import ActivityEntry
from vmarch.overcommit import reach_of

__all__ = ["Size", "sizes_of"]

MOST_PROCESSORS = 4096


@dataclass(frozen=True)
class Size:
    """What a guest has.

    Attributes:
        processors: virtual ones.
        taken_bytes: of its memory, by its balloon.
    """

    processors: int
    taken_bytes: float = 0.0


def sizes_of(
    name: str, activities: Sequence[ActivityEntry], processors: int, memory: Memory | None, software: str
) -> list[tuple[ActivityEntry, Size, Size]]:
    """For each of a guest's activities, in order of time, what it has before and after.

    Args:
        processors: that it begins with.
        software: of its host, whose balloon takes no more than it may (`vmarch/overcommit.toml`).

    Raises:
        InputError: more is taken than it has, or given back than was taken.
    """
    mine = sorted((one for one in activities if one.guest == name), key=lambda one: one.at_s)
    now, found = Size(processors), []
    for entry in mine:
        before, now = now, _after(entry, now, memory, software)
        found.append((entry, before, now))
    return found


def _after(entry: ActivityEntry, now: Size, memory: Memory | None, software: str) -> Size:
    if entry.do in ("plug", "unplug"):
        many = now.processors + (entry.processors if entry.do == "plug" else -entry.processors)
        if not 1 <= many <= MOST_PROCESSORS:
            allowed = now.processors - 1 if entry.do == "unplug" else MOST_PROCESSORS - now.processors
            raise InputError(
                "processors", entry.processors, f"at most {allowed} where {entry.guest} has {now.processors}"
            )
        return Size(many, now.taken_bytes)
    if entry.do not in ("grow", "shrink"):
        return now
    if memory is None:
        raise InputError("guest.memory", "none", f"a memory of {entry.guest}, for {entry.do}")
    if entry.memory_bytes is None:
        raise InputError("memory", "none", f"how much {entry.do} {'gives' if entry.do == 'grow' else 'takes'}")
    if entry.do == "grow":
        most, why = now.taken_bytes, "what was taken before"
    else:
        free = memory.size_bytes - memory.resident_bytes
        most = max(min(free, reach_of(software).balloon * memory.size_bytes) - now.taken_bytes, 0.0)
        why = "what it has not touched and its balloon may take; for guests that page, see overcommit"
    if entry.memory_bytes > most:
        raise InputError("memory", format_bytes(entry.memory_bytes), f"at most {format_bytes(most)}, {why}")
    more = entry.memory_bytes if entry.do == "shrink" else -entry.memory_bytes
    return Size(now.processors, now.taken_bytes + more)
