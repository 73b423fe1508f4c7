"""A guest's memory: how much it asks for, what of that it has touched, and where and how fast it writes.

Writes fall on two sets of pages, each page of a set equally often: the *written* set, which is written over and over,
and the rest of what is resident. A page is *dirty* once it was written. So the number of dirty pages grows quickly at
first, then as the written set fills slowly towards all that is resident: the writable working set that Clark et al.
measured (NSDI 2005, section 4) in two numbers.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simcore.errors import InputError
from simcore.fields import Bytes, PerS
from simcore.summing import added

__all__ = ["PAGE_BYTES", "Memory"]

PAGE_BYTES = 4096.0  # x86 and aarch64: what page tables map unless larger pages are asked for
PAGES = {"4 KiB": PAGE_BYTES, "2 MiB": 2.0**21, "1 GiB": 2.0**30}


class Memory(BaseModel):
    """The memory of one guest.

    Attributes:
        size: what the guest asks for, and believes to have.
        resident: what it has touched at all, and so needs pages for; all of it unless stated.
        written: what most writes fall on; all that is resident unless stated.
        writes: pages written a second, with repeats; none unless stated.
        hot: the share of writes that fall on the written set; the others fall on the rest of what is resident.
        touches: pages that an operation comes to, with repeats, falling as writes do; where memory is overcommitted,
            each may find its page away. None unless stated.
        stores: the share of touches that write.
        shared: the share of what is resident beside the written set that equals pages of other guests of the kind.
        page: what the guest's own page tables map.
        backing: what the host's map for it, where the hardware walks both.

    Raises:
        InputError: a size out of range, more resident than there is, or more written than is resident.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    size_bytes: Bytes = Field(ge=PAGE_BYTES, le=2.0**50, alias="size")
    resident: Bytes | None = Field(default=None, ge=PAGE_BYTES, le=2.0**50)
    written: Bytes | None = Field(default=None, ge=PAGE_BYTES, le=2.0**50)
    writes_per_s: PerS = Field(default=0.0, ge=0.0, le=1e12, alias="writes")
    hot: float = Field(default=1.0, ge=0.0, le=1.0)
    touches: float = Field(default=0.0, ge=0.0, le=1e9)
    stores: float = Field(default=0.0, ge=0.0, le=1.0)
    shared: float = Field(default=0.0, ge=0.0, le=1.0)
    page: Literal["4 KiB", "2 MiB", "1 GiB"] = "4 KiB"
    backing: Literal["4 KiB", "2 MiB", "1 GiB"] = "4 KiB"

    @model_validator(mode="after")
    def _each_within_the_other(self) -> Memory:
        if self.resident is not None and self.resident > self.size_bytes:
            raise InputError("resident", self.resident, f"at most the size, {self.size_bytes:g} bytes")
        if self.written is not None and self.written > self.resident_bytes:
            raise InputError("written", self.written, f"at most what is resident, {self.resident_bytes:g} bytes")
        if self.hot < 1.0 and self.written_bytes == self.resident_bytes:
            raise InputError("hot", self.hot, "1: all that is resident is the written set")
        return self

    @property
    def resident_bytes(self) -> float:
        """What is touched at all."""
        return self.size_bytes if self.resident is None else self.resident

    @property
    def written_bytes(self) -> float:
        """What most writes fall on."""
        return self.resident_bytes if self.written is None else self.written

    @property
    def page_bytes(self) -> float:
        """Of a page of the guest's."""
        return PAGES[self.page]

    @property
    def backing_bytes(self) -> float:
        """Of a page of the host's for it."""
        return PAGES[self.backing]

    @property
    def sets(self) -> tuple[tuple[float, float], ...]:
        """The sets of pages, the busiest first: bytes of each, and its share of writes and touches."""
        rest = self.resident_bytes - self.written_bytes
        both = ((self.written_bytes, self.hot), (rest, 1.0 - self.hot))
        return tuple(sorted((one for one in both if one[0]), key=lambda one: one[0] / one[1] if one[1] else math.inf))

    def dirtied(self, seconds: float, page_bytes: float = PAGE_BYTES) -> float:
        """Bytes of the pages that are written at least once in so many seconds, on average.

        Of n pages that are written at random, w times a second in all, each is still clean after t seconds with
        probability exp(-wt / n): the independent reference model (Aho, Denning and Ullman, JACM 1971) in two sets of
        pages.

        Args:
            page_bytes: of a page, as whoever tracks writes sees it; a set is at least one page.

        Raises:
            InputError: a time below 0, or a page of less than a byte.
        """
        if not seconds >= 0.0:
            raise InputError("seconds", seconds, "0 or more")
        if not page_bytes >= 1.0:
            raise InputError("page", page_bytes, "1 byte or more")
        writes = self.writes_per_s * seconds
        return added(-size * math.expm1(-writes * share / max(size / page_bytes, 1.0)) for size, share in self.sets)
