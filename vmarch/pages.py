"""Pages larger than 4 KiB: how much fewer misses of the TLB there are, and how much shorter a walk is.

A page of 2 MiB ends a walk one level earlier, one of 1 GiB two levels. Under nested paging each step of the guest's
walk is itself walked through the host's tables, so a walk of g levels in the guest and h in the host reads
(g + 1)(h + 1) - 1 entries: 24 of 4 KiB in both, 15 of 2 MiB in both (Bhargava et al. 2008). An entry of the TLB covers
the smaller of the two pages. How much rarer misses are follows from touches on the guest's two sets of pages (see
`simcore.paging`), with as many frames as the TLB has entries.
"""

from __future__ import annotations

from dataclasses import replace

from simcore.memory import PAGE_BYTES, Memory
from simcore.paging import away
from simcore.path import Background, Path, Stage

__all__ = ["misses", "walked"]

LEVELS = {PAGE_BYTES: 4, 2.0**21: 3, 2.0**30: 2}  # of x86-64 and aarch64 with 48-bit addresses
ENTRIES = {PAGE_BYTES: 1536, 2.0**21: 1536, 2.0**30: 16}  # second-level TLB of Skylake (Intel optimization manual)


def misses(memory: Memory, nested: bool) -> float:
    """TLB misses over those with pages of 4 KiB."""
    covered = min(memory.page_bytes, memory.backing_bytes) if nested else memory.page_bytes
    few, many = (away(memory, ENTRIES[size] * size) for size in (covered, PAGE_BYTES))
    return few / many if many else 1.0


def walked(path: Path, memory: Memory) -> Path:
    """The path with its walks as long as the pages let them be."""
    guest, host = LEVELS[memory.page_bytes], LEVELS[memory.backing_bytes]
    beyond = (guest + 1) * (host + 1) - 1 - guest
    factors = {"tlb_miss": guest / 4.0, "nested_walk": beyond / 20.0}

    def shorter(stage: Stage) -> Stage:
        if not any(charge.cost in factors for charge in stage.charges):
            return stage
        charges = (replace(c, count=c.count * factors.get(c.cost, 1.0)) for c in stage.charges)
        return replace(stage, charges=tuple(charges))

    return tuple(
        replace(item, stages=tuple(map(shorter, item.stages))) if isinstance(item, Background) else shorter(item)
        for item in path
    )
