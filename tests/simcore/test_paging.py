"""Pages that are away: the approximations against caches that are simulated touch by touch, and their limits."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.errors import InputError
from simcore.memory import PAGE_BYTES, Memory
from simcore.paging import Policy, away


def simulated(memory: Memory, frames: int, policy: Policy, touches: int = 200_000, seed: int = 3) -> float:
    """The share of touches that find their page away, in a cache of so many frames; the first half fills it."""
    rng = np.random.default_rng(seed)
    sizes = [int(size / PAGE_BYTES) for size, _ in memory.sets]
    shares = [share for _, share in memory.sets]
    which = rng.choice(len(sizes), size=touches, p=np.array(shares) / sum(shares))
    pages = (rng.random(touches) * np.array(sizes)[which]).astype(int) + np.cumsum([0, *sizes])[which]
    there: OrderedDict[int, None] = OrderedDict()
    slots: list[int] = []
    missed = 0
    for number, page in enumerate(pages.tolist()):
        if page in there:
            if policy == "lru":
                there.move_to_end(page)
            continue
        missed += number >= touches // 2
        if len(there) < frames:
            slots.append(page)
        elif policy == "lru":
            there.popitem(last=False)
        else:
            slot = int(rng.integers(frames))
            del there[slots[slot]]
            slots[slot] = page
        there[page] = None
    return missed / (touches - touches // 2)


def pages(resident: int, written: int, hot: float) -> Memory:
    return Memory(size=2000 * PAGE_BYTES, resident=resident * PAGE_BYTES, written=written * PAGE_BYTES, hot=hot)


@pytest.mark.parametrize("policy", ["lru", "random"])
@pytest.mark.parametrize("frames", [100, 250, 500, 900])
@pytest.mark.parametrize("hot", [0.5, 0.9])
def test_as_often_as_in_a_simulated_cache(policy: Policy, frames: int, hot: float) -> None:
    memory = pages(1000, 200, hot)
    assert away(memory, frames * PAGE_BYTES, policy) == pytest.approx(simulated(memory, frames, policy), abs=0.01)


def test_touches_alike_find_what_share_is_there() -> None:
    memory = pages(1000, 1000, 1.0)
    for policy in ("lru", "random"):
        assert away(memory, 250 * PAGE_BYTES, policy) == pytest.approx(0.75)


@given(st.floats(1.0, 1000.0), st.floats(1.0, 1000.0), st.floats(0.0, 1.0), st.integers(1, 999))
def test_more_frames_miss_less_and_lru_less_than_random(one: float, other: float, hot: float, written: int) -> None:
    memory = pages(1000, written, max(hot, written / 1000.0))
    low, high = sorted((one, other))
    few, many = (away(memory, frames * PAGE_BYTES) for frames in (low, high))
    assert 0.0 <= many <= few + 1e-9 <= 1.0 + 1e-9
    assert few <= away(memory, low * PAGE_BYTES, "random") + 1e-9


def test_all_is_there_where_there_are_frames_for_all_that_is_touched() -> None:
    assert away(pages(1000, 200, 0.9), 1000 * PAGE_BYTES) == 0.0
    assert away(pages(1000, 200, 1.0), 200 * PAGE_BYTES) == 0.0  # nobody touches the rest
    with pytest.raises(InputError, match="frames"):
        away(pages(10, 2, 0.9), 0.0)
