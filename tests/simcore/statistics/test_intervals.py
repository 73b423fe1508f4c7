"""Intervals against scipy.stats, closed forms and their own coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats  # type: ignore[import-untyped, unused-ignore]

from simcore.errors import InputError, UnsettledError
from simcore.statistics import Estimate, batch_means, mean_interval, quantile_interval
from simcore.statistics._distributions import T_USUAL, USUAL, t_critical
from simcore.statistics.intervals import lag_one

floats = st.floats(-1e6, 1e6)
levels = st.floats(0.01, 0.999)


def autoregressive(rng: np.random.Generator, correlation: float, n: int) -> np.ndarray:
    noise = rng.normal(size=n)
    for i in range(1, n):
        noise[i] += correlation * noise[i - 1]
    return noise


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_mean_interval_is_scipys(level: float) -> None:
    samples = np.random.default_rng(1).lognormal(size=17)
    found = mean_interval(samples, level)
    low, high = stats.t.interval(level, 16, loc=samples.mean(), scale=stats.sem(samples))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)
    assert found.value == samples.mean()
    assert found.half_width == pytest.approx((high - low) / 2)
    assert found.relative_half_width == pytest.approx((high - low) / 2 / samples.mean())
    assert (found.n, found.level) == (17, level)


def test_the_usual_t_is_scipys() -> None:
    for freedom, t in enumerate(T_USUAL, 1):
        assert t == t_critical(USUAL, freedom) == pytest.approx(-special.stdtrit(freedom, 0.025), rel=1e-14)
    assert t_critical(USUAL, len(T_USUAL) + 1) < T_USUAL[-1]


def test_one_sample_has_an_infinite_interval() -> None:
    found = mean_interval([3.0])
    assert (found.value, found.low, found.high) == (3.0, -math.inf, math.inf)
    assert found.half_width == found.relative_half_width == math.inf


@given(floats, st.integers(2, 50))
def test_equal_samples_have_exactly_zero_width(value: float, n: int) -> None:
    found = mean_interval([value] * n)
    assert found.low == found.value == found.high == value
    assert found.relative_half_width == 0.0


def test_an_inexact_zero_has_infinite_relative_width() -> None:
    assert mean_interval([-1.0, 1.0]).relative_half_width == math.inf


@given(st.lists(floats, min_size=2, max_size=30), levels)
def test_an_interval_holds_its_mean_and_grows_with_the_level(samples: list[float], level: float) -> None:
    found, wider = mean_interval(samples, level), mean_interval(samples, (level + 1) / 2)
    assert wider.low <= found.low <= found.value <= found.high <= wider.high
    assert found.covers(found.value)


@pytest.mark.parametrize("samples", [[], [[1.0, 2.0]], [1.0, math.nan], [math.inf], ["a"], 3.0])
def test_bad_samples_are_refused(samples: object) -> None:
    with pytest.raises(InputError):
        mean_interval(samples)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -0.5, math.nan])
def test_bad_levels_are_refused(level: float) -> None:
    with pytest.raises(InputError):
        mean_interval([1.0, 2.0], level)


@pytest.mark.parametrize(
    ("value", "low", "high", "n"), [(2, 0, 1, 1), (math.nan, 0, 1, 1), (0, 0, math.nan, 1), (0, 0, 0, 0)]
)
def test_an_estimate_validates_itself(value: float, low: float, high: float, n: int) -> None:
    with pytest.raises(InputError):
        Estimate(value, low, high, n, 0.95)


def test_batch_means_of_a_multiple_are_the_plain_means() -> None:
    series = np.random.default_rng(2).normal(size=320)
    assert batch_means(series) == mean_interval(series.reshape(32, 10).mean(axis=1))


def test_batch_means_leave_out_the_start() -> None:
    series = np.random.default_rng(2).normal(size=320)
    assert batch_means(np.concatenate([[1e9] * 31, series])) == batch_means(series)


def test_correlated_batches_are_merged() -> None:
    series = np.repeat(np.random.default_rng(3).normal(size=16), 400)  # two batches of 32 share each level
    found, expected = batch_means(series), mean_interval(series[::400])
    assert found.n == 16
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_a_run_short_for_its_memory_is_unsettled() -> None:
    with pytest.raises(UnsettledError, match="correlated"):
        batch_means(np.linspace(0.0, 1.0, 6400))


@pytest.mark.parametrize("batches", [7, 33])
def test_batch_counts_are_checked(batches: int) -> None:
    with pytest.raises(InputError):
        batch_means(np.arange(64.0), batches=batches)


def test_lag_one_is_a_test_of_the_stated_size() -> None:
    rng = np.random.default_rng(4)
    alarms = sum(lag_one(rng.normal(size=32))[1] for _ in range(2000))
    assert 0.03 < alarms / 2000 < 0.07
    assert lag_one(np.ones(8)) == (0.0, False)


@pytest.mark.parametrize(("n", "probability"), [(10, 0.5), (50, 0.9), (400, 0.99), (21, 0.2)])
def test_quantile_interval_is_the_narrowest_with_equal_tails(n: int, probability: float) -> None:
    found = quantile_interval(np.arange(1.0, n + 1), probability)  # a sample's value is its rank
    assert stats.binom.cdf(found.low - 1, n, probability) <= 0.025 < stats.binom.cdf(found.low, n, probability)
    assert stats.binom.sf(found.high - 1, n, probability) <= 0.025 < stats.binom.sf(found.high - 2, n, probability)


def test_median_of_ten_is_the_textbooks() -> None:
    found = quantile_interval(range(1, 11), 0.5)
    assert (found.low, found.value, found.high) == (2, 5.5, 9)


def test_a_high_percentile_has_no_upper_end_until_368_samples() -> None:
    assert quantile_interval(np.arange(367.0), 0.99).high == math.inf
    assert quantile_interval(np.arange(368.0), 0.99).high == 367.0


@given(st.lists(floats, min_size=1, max_size=60), st.floats(0.001, 0.999), levels)
def test_a_quantile_interval_is_always_made(samples: list[float], probability: float, level: float) -> None:
    found = quantile_interval(samples, probability, level)
    assert found.low <= found.value <= found.high
    assert min(samples) <= found.value <= max(samples)


def test_quantile_interval_covers_at_least_its_level() -> None:
    rng = np.random.default_rng(5)
    truth = -math.log(0.1)
    covered = sum(quantile_interval(rng.exponential(size=80), 0.9).covers(truth) for _ in range(1000))
    assert covered >= 940


def test_batch_means_cover_on_a_correlated_series() -> None:
    rng, covered, refused = np.random.default_rng(6), 0, 0
    for _ in range(150):
        try:
            covered += batch_means(autoregressive(rng, 0.8, 6400)).covers(0.0)
        except UnsettledError:
            refused += 1
    assert refused <= 1  # expected: 0.1 % of such runs
    assert 0.90 < covered / (150 - refused) < 0.99


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 5, 30])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_mean_interval_covers_exactly_on_normal_samples(n: int, level: float) -> None:
    rng, runs = np.random.default_rng(7), 10_000
    covered = sum(mean_interval(sample, level).covers(5.0) for sample in rng.normal(5.0, 2.0, (runs, n)))
    assert abs(covered / runs - level) < 4 * math.sqrt(level * (1 - level) / runs)


@pytest.mark.slow
def test_mean_interval_nearly_covers_on_lognormal_samples() -> None:
    rng, sigma = np.random.default_rng(8), 0.5
    samples = rng.lognormal(-(sigma**2) / 2, sigma, (10_000, 30))
    assert 0.925 < np.mean([mean_interval(sample).covers(1.0) for sample in samples]) < 0.955
