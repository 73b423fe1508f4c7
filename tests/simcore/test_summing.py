"""Sums are those of plain additions, in every version of Python."""

from simcore.summing import added


def test_nothing_that_additions_lose_is_carried() -> None:
    assert added([0.1] * 10) == 0.9999999999999999  # which `sum` gives before Python 3.12, and 1.0 since
    assert added([1e16, 1.0, -1e16]) == 0.0


def test_whole_numbers_stay_whole() -> None:
    found = added([1, 2, 1 << 70])
    assert (found, type(found)) == ((1 << 70) + 3, int)
    assert added([], 5) == 5
    assert added([]) == 0
