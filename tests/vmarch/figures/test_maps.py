"""The scale of a heat map goes as far as its fields, and its ticks can be read."""

import itertools
import math
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from vmarch.figures.maps import APART, _clear, _end, heat_map


def ticks(path: Path, *numbers: float) -> set[str]:
    heat_map(path, [list(numbers)], ["row"], ["c"] * len(numbers), title="t", caption="c", label="ratio")
    text = path.with_suffix(".svg").read_text("utf-8")
    return {tick for tick in ("0.05", "0.5", "1", "2", "20", "50") if f"<!-- {tick} -->" in text}


def test_the_scale_covers_the_fields(tmp_path: Path) -> None:
    assert ticks(tmp_path / "a", 0.06, 3.01) == {"0.05", "0.5", "1", "2"}
    assert ticks(tmp_path / "b", 1.001, 2.34) == {"1", "2"}  # nothing below 1: no half of the bar for it
    assert {"1", "50"} <= ticks(tmp_path / "c", 1.001, 777.7)


@given(st.floats(1e-3, 1e3), st.floats(1.0, 1e3))
def test_ticks_lie_within_and_apart(least: float, factor: float) -> None:
    low, high = _end(least, above=False), _end(least * factor, above=True)
    assume(high > low)
    found = _clear(low, high)
    assert 1.0 in found
    assert all(low <= tick <= high for tick in found)
    assert all(math.log(b / a) >= APART * math.log(high / low) * 0.999 for a, b in itertools.pairwise(found))
