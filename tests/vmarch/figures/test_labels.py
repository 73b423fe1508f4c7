"""Labels that stand beside what they name, and not on each other."""

import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from vmarch.figures.labels import apart, runs_of


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(1.0, 30.0)), min_size=1, max_size=12))
def test_places_end_apart_and_in_order(labels: list[tuple[float, float]]) -> None:
    places, gaps = [place for place, _ in labels], [gap for _, gap in labels]
    found = apart(places, gaps)
    order = sorted(range(len(places)), key=lambda n: places[n])
    for one, other in itertools.pairwise(order):
        assert found[other] - found[one] >= (gaps[one] + gaps[other]) / 2 - 1e-6
    assert math.isclose(sum(found), sum(places), abs_tol=1e-6)  # least squares: the mean stays


def test_what_is_apart_already_stays() -> None:
    assert apart([30.0, 0.0, 15.0], [10.0, 10.0, 10.0]) == [30.0, 0.0, 15.0]
    assert apart([1.0, 1.0], [10.0, 10.0]) == [-4.0, 6.0]


def test_runs() -> None:
    assert list(runs_of(["a", "b", "b", "a"])) == [(0, 0, "a"), (1, 2, "b"), (3, 3, "a")]
    assert list(runs_of([])) == []
