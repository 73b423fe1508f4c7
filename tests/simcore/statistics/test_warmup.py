"""MSER-5 against its definition, and the check on settled, settling and overloaded series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.errors import InputError, UnsettledError
from simcore.statistics import WarmUp, mser, settled, warm_up


def queue(rng: np.random.Generator, load: float, n: int) -> np.ndarray:
    """Response times of an M/M/1 queue from empty, arrival rate 1 (Lindley's recursion, unrolled)."""
    service, gap = rng.exponential(load, n), rng.exponential(1.0, n)
    walk = np.concatenate([[0.0], np.cumsum(service[:-1] - gap[1:])])
    return walk - np.minimum.accumulate(walk) + service


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=60))
def test_mser_is_its_definition(values: list[int]) -> None:
    series = np.array(values, dtype=float)
    n = series.size
    error = [((series[d:] - series[d:].mean()) ** 2).sum() / (n - d) ** 2 for d in range(n // 2 + 1)]
    assert error[mser(series)] == pytest.approx(min(error), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_mser_finds_a_step(offset: float) -> None:
    series = np.tile([1.0, -1.0], 100)
    series[:37] += 20.0
    assert mser(series + offset) == 37


def test_a_constant_series_needs_no_cut() -> None:
    assert settled([0.1] * 40) == WarmUp(0, True, "")


def test_a_transient_is_cut_in_observations() -> None:
    series = np.random.default_rng(2).normal(size=1003)
    series[:100] += 20.0
    found = warm_up(series)
    assert found.settled
    assert found.cut % 5 == 0
    assert found.require() == found.cut >= 100


@pytest.mark.parametrize(("load", "n"), [(0.5, 2000), (0.9, 20_000)])
def test_a_stable_queue_settles(load: float, n: int) -> None:
    rng = np.random.default_rng(3)
    assert sum(warm_up(queue(rng, load, n)).settled for _ in range(100)) >= 99


def test_an_overloaded_queue_does_not() -> None:
    rng = np.random.default_rng(4)
    assert not any(warm_up(queue(rng, 1.2, 20_000)).settled for _ in range(100))


def test_linear_growth_is_unsettled() -> None:
    found = warm_up(np.arange(1000.0))
    assert not found.settled
    with pytest.raises(UnsettledError, match="half of the run"):
        found.require()


def test_a_trend_after_the_cut_is_unsettled() -> None:
    series = np.random.default_rng(5).normal(0.0, 3.0, 2000) + np.concatenate(
        [np.full(100, 40.0), np.linspace(0, 2, 1900)]
    )
    found = warm_up(series)
    assert not found.settled
    assert "still grows" in found.reason


def test_false_alarms_are_rare() -> None:
    rng = np.random.default_rng(6)
    assert sum(not warm_up(series).settled for series in rng.normal(size=(1000, 500))) <= 3


def test_a_short_run_cannot_be_judged() -> None:
    assert "too short" in warm_up(np.ones(99)).reason
    assert warm_up(np.ones(100)).settled


@given(st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=300))
def test_every_series_gets_an_answer(series: list[float]) -> None:
    found = warm_up(series)
    assert 0 <= found.cut <= len(series) // 2 + 5
    assert found.settled == (found.reason == "")


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError):
        warm_up([1.0] * 4)
    with pytest.raises(InputError):
        warm_up([1.0] * 40, group=0)
    with pytest.raises(InputError):
        mser([])
