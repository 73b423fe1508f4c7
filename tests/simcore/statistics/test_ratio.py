"""Paired ratios against closed forms, each other, and their own coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from simcore.errors import InputError
from simcore.statistics import paired_ratio
from simcore.statistics.ratio import Method

METHODS: tuple[Method, ...] = ("log", "fieller")
positive = st.floats(1e-3, 1e3)
pairs = st.lists(st.tuples(positive, positive), min_size=2, max_size=30)


def pair_of_arrays(rng: np.random.Generator, n: int, sigma: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Lognormal pairs with true ratio of means 1.5 that share most of their noise."""
    shared = rng.normal(0.0, sigma, n)
    baseline = np.exp(shared + rng.normal(0.0, sigma / 4, n))
    return 1.5 * np.exp(shared + rng.normal(0.0, sigma / 4, n)), baseline


@pytest.mark.parametrize("method", METHODS)
@given(samples=st.lists(positive, min_size=2, max_size=30))
def test_identical_arrays_give_exactly_one(method: Method, samples: list[float]) -> None:
    found = paired_ratio(samples, samples, method=method)
    assert found.low == found.ratio == found.high == 1.0
    assert found.half_width == found.relative_half_width == 0.0
    assert found.variance_reduction == (None if len(set(samples)) == 1 else math.inf)


@pytest.mark.parametrize("method", METHODS)
def test_one_pair_has_an_unbounded_interval(method: Method) -> None:
    found = paired_ratio([3.0], [2.0], method=method)
    assert (found.ratio, found.low, found.high) == (1.5, 0.0, math.inf)
    assert found.variance_reduction is None


@pytest.mark.parametrize("method", METHODS)
def test_constant_arrays_give_zero_width(method: Method) -> None:
    found = paired_ratio([0.3] * 7, [0.1] * 7, method=method)
    assert found.low == found.ratio == found.high == 0.3 / 0.1
    assert found.variance_reduction is None


def test_log_interval_is_the_delta_method() -> None:
    top, bottom = pair_of_arrays(np.random.default_rng(1), 12)
    found = paired_ratio(top, bottom, 0.9)
    residual = top / top.mean() - bottom / bottom.mean()
    half = stats.t.ppf(0.95, 11) * stats.sem(residual)
    assert math.log(found.low) == pytest.approx(math.log(top.mean() / bottom.mean()) - half)
    assert math.log(found.high) == pytest.approx(math.log(top.mean() / bottom.mean()) + half)


def test_fieller_limits_are_the_ratios_a_t_test_just_accepts() -> None:
    top, bottom = pair_of_arrays(np.random.default_rng(2), 12)
    found = paired_ratio(top, bottom, method="fieller")
    for end in (found.low, found.high):
        assert stats.ttest_1samp(top - end * bottom, 0.0).pvalue == pytest.approx(0.05, rel=1e-9)


def test_fieller_with_a_constant_baseline_is_the_t_interval() -> None:
    top = np.random.default_rng(3).normal(3.0, 0.3, 9)
    found = paired_ratio(top, np.full(9, 2.0), method="fieller")
    low, high = stats.t.interval(0.95, 8, loc=top.mean() / 2, scale=stats.sem(top) / 2)
    assert (found.low, found.high) == pytest.approx((low, high))


def test_fieller_is_unbounded_where_the_baseline_may_be_zero() -> None:
    found = paired_ratio([1.0, 2.0, 3.0], [0.0, 0.0, 9.0], method="fieller")
    assert (found.low, found.high) == (0.0, math.inf)


@given(pairs)
def test_inverting_the_log_ratio_inverts_its_interval(samples: list[tuple[float, float]]) -> None:
    top, bottom = zip(*samples, strict=True)
    one, other = paired_ratio(top, bottom), paired_ratio(bottom, top)
    assert one.ratio == pytest.approx(1 / other.ratio)
    assert one.low * other.high == pytest.approx(1.0) or math.isinf(other.high)


@pytest.mark.parametrize("method", METHODS)
@given(samples=pairs, unit=st.floats(1e-6, 1e6))
def test_the_unit_does_not_matter(method: Method, samples: list[tuple[float, float]], unit: float) -> None:
    top, bottom = (np.array(side) for side in zip(*samples, strict=True))
    one, other = paired_ratio(top, bottom, method=method), paired_ratio(top * unit, bottom * unit, method=method)
    assert 0.0 <= one.low <= one.ratio <= one.high
    assert other.ratio == pytest.approx(one.ratio)
    if np.ptp(top / bottom) > 1e-3 and math.isfinite(one.high) and one.relative_half_width < 10:
        assert (other.low, other.high) == pytest.approx((one.low, one.high), rel=1e-6)


def test_variance_reduction_is_the_closed_form() -> None:
    top, bottom = pair_of_arrays(np.random.default_rng(4), 100_000)
    found = paired_ratio(top, bottom)
    sides = 2 * (math.exp(0.2**2 * 17 / 16) - 1)
    assert found.variance_reduction == pytest.approx(sides / (sides - 2 * (math.exp(0.2**2) - 1)), rel=0.05)
    unpaired = paired_ratio(np.random.default_rng(5).permutation(top), bottom)
    assert unpaired.variance_reduction == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("pair", [([1.0], [1.0, 2.0]), ([], []), ([1.0, -1.0], [1.0, 1.0]), ([1.0, 1.0], [0.0, 0.0])])
def test_bad_arrays_are_refused(pair: tuple[list[float], list[float]]) -> None:
    with pytest.raises(InputError):
        paired_ratio(*pair)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InputError, match="method"):
        paired_ratio([1.0], [1.0], method="bootstrap")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_small_coverage(method: Method) -> None:
    rng = np.random.default_rng(6)
    covered = sum(paired_ratio(*pair_of_arrays(rng, 10), method=method).covers(1.5) for _ in range(500))
    assert 0.92 < covered / 500 < 0.98


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [5, 30])
def test_wide_coverage(method: Method, n: int) -> None:
    rng, runs = np.random.default_rng(7), 10_000
    lognormal = np.mean([paired_ratio(*pair_of_arrays(rng, n), method=method).covers(1.5) for _ in range(runs)])
    both = rng.multivariate_normal([3.0, 2.0], [[0.09, 0.04], [0.04, 0.04]], (runs, n))
    normal = np.mean([paired_ratio(*sample.T, method=method).covers(1.5) for sample in both])
    assert 0.94 < lognormal < 0.96
    assert 0.94 < normal < 0.96
