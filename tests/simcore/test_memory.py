"""A guest's memory: what its file may say, and how many pages a time dirties."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.errors import InputError
from simcore.memory import PAGE_BYTES, Memory
from simcore.schema import validated

MIB = 2.0**20


def memory(**keys: Any) -> Memory:
    return validated(Memory, keys, "memory")


def test_what_is_not_stated_is_all_of_it() -> None:
    found = memory(size="1 GiB")
    assert (found.resident_bytes, found.written_bytes) == (2.0**30, 2.0**30)
    assert found.dirtied(3600.0) == 0.0  # and nothing is written


BAD: tuple[tuple[dict[str, object], str], ...] = (
    ({}, "memory.size is missing; expected a size"),
    ({"size": "1 byte"}, "memory.size: .* 4096 or more"),
    ({"size": "1 GiB", "resident": "2 GiB"}, "memory.resident: 2147483648.0 .* at most the size, 1.07374e.09 bytes"),
    ({"size": "1 GiB", "written": "2 GiB"}, "memory.written: .* at most what is resident"),
    ({"size": "1 GiB", "resident": "1 MiB", "written": "2 MiB"}, "memory.written: .* at most what is resident"),
    ({"size": "1 GiB", "writes": "-1 / s"}, "memory.writes: .* a rate such as '100 / s', 0 or more"),
    ({"size": "1 GiB", "hot": 1.5}, "memory.hot: 1.5 .* at most 1"),
    ({"size": "1 GiB", "hot": 0.5}, "memory.hot: 0.5 .* expected 1: all that is resident is the written set"),
    ({"size": "1 GiB", "residents": "1 MiB"}, "memory.residents: .*did you mean 'resident'"),
)


@pytest.mark.parametrize(("keys", "message"), BAD)
def test_a_bad_one_is_one_line(keys: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        memory(**keys)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("seconds", "page"), [(-1.0, 4096.0), (math.nan, 4096.0), (1.0, 0.0)])
def test_what_is_no_time_or_page_is_refused(seconds: float, page: float) -> None:
    with pytest.raises(InputError):
        memory(size="1 GiB", writes="1 / s").dirtied(seconds, page)


def test_a_dirty_set_is_that_of_drawn_writes() -> None:
    """Against writes that were drawn one by one: 90 % on 2 MiB, the others on the 14 MiB beside."""
    found = memory(size="64 MiB", resident="16 MiB", written="2 MiB", writes="1000 / s", hot=0.9)
    pages, hot_pages = int(16 * MIB / PAGE_BYTES), int(2 * MIB / PAGE_BYTES)
    rng = np.random.default_rng(7)
    for seconds in (0.1, 0.5, 2.0, 10.0):
        counts = []
        for _ in range(40):
            writes = rng.poisson(1000 * seconds)
            hot = rng.random(writes) < 0.9
            drawn = np.where(hot, rng.integers(hot_pages, size=writes), rng.integers(hot_pages, pages, size=writes))
            counts.append(len(np.unique(drawn)))
        assert found.dirtied(seconds) / PAGE_BYTES == pytest.approx(np.mean(counts), rel=0.02)


@given(
    st.floats(0.0, 1e6),
    st.floats(0.0, 1e6),
    st.floats(0.0, 1e9),
    st.floats(0.0, 1.0),
    st.sampled_from([4096.0, 2 * MIB]),
)
def test_dirty_pages_grow_to_what_is_resident(
    first: float, then: float, writes: float, hot: float, page: float
) -> None:
    found = memory(size=64 * MIB, resident=32 * MIB, written=4 * MIB, writes=writes, hot=hot)
    one, other, both = (found.dirtied(seconds, page) for seconds in (first, then, first + then))
    assert 0.0 <= one <= both <= 32 * MIB
    assert both <= one + other + 1e-6  # a page is dirtied once only
    assert one <= writes * first * page * (1 + 1e-9)  # each write dirties a page at most
