"""Buckets by exhaustive and random check; quantiles within the stated bound of numpy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.errors import InputError
from simcore.statistics import BUCKETS, RELATIVE_WIDTH, bucket_bounds, bucket_of, buckets_of, quantile, quantiles

LARGEST = 2**63 - 1
ticks_at_any_scale = st.integers(0, 63).flatmap(lambda bits: st.integers(0, 2**bits - 1))


def counted(ticks: list[int]) -> np.ndarray:
    return np.bincount(buckets_of(np.array(ticks, dtype=np.int64)), minlength=BUCKETS)


def test_buckets_tile_all_ticks() -> None:
    follows = 0
    for bucket in range(BUCKETS):
        first, last = bucket_bounds(bucket)
        assert first == follows
        assert bucket_of(first) == bucket_of(last) == bucket
        assert last - first <= first * RELATIVE_WIDTH
        follows = last + 1
    assert follows == 2**63


def test_small_ticks_have_a_bucket_each() -> None:
    assert [bucket_of(ticks) for ticks in range(128)] == list(range(128))
    assert bucket_of(128) == bucket_of(129) == 128


@given(ticks_at_any_scale)
def test_a_bucket_holds_its_ticks(ticks: int) -> None:
    first, last = bucket_bounds(bucket_of(ticks))
    assert first <= ticks <= last


@given(st.lists(ticks_at_any_scale, max_size=50))
def test_the_vector_form_agrees(ticks: list[int]) -> None:
    assert buckets_of(np.array(ticks, dtype=np.int64)).tolist() == [bucket_of(one) for one in ticks]


def test_the_vector_form_agrees_beside_every_power_of_two() -> None:
    ticks = [2**bits + off for bits in range(1, 64) for off in (-1, 0, 1) if 2**bits + off <= LARGEST]
    assert buckets_of(np.array(ticks, dtype=np.int64)).tolist() == [bucket_of(one) for one in ticks]
    assert buckets_of(np.array([LARGEST], dtype=np.uint64)).tolist() == [BUCKETS - 1]


@given(st.lists(ticks_at_any_scale, min_size=1, max_size=80), st.floats(0.0, 1.0))
def test_a_quantile_is_within_the_bound_of_the_samples_own(ticks: list[int], probability: float) -> None:
    near = np.quantile(ticks, np.clip([probability - 1e-12, probability], 0, 1), method="inverted_cdf").tolist()
    found = quantile(counted(ticks), probability)
    assert any(abs(found - own) <= own * RELATIVE_WIDTH for own in near)


@given(st.lists(st.integers(0, 127), min_size=1, max_size=100), st.integers(0, 20))
def test_small_quantiles_are_exact(ticks: list[int], twentieth: int) -> None:
    rank = max(-(-twentieth * len(ticks) // 20), 1)
    assert quantile(counted(ticks), twentieth / 20) == sorted(ticks)[rank - 1]


def test_rounding_does_not_shift_a_rank() -> None:
    assert quantile(counted(list(range(1, 101))), 0.07) == 7.0


@given(st.lists(ticks_at_any_scale, min_size=1, max_size=50))
def test_quantiles_are_monotone_and_agree_with_one_at_a_time(ticks: list[int]) -> None:
    wanted = np.linspace(0.0, 1.0, 21)
    found = quantiles(counted(ticks), wanted)
    assert (np.diff(found) >= 0).all()
    assert found.tolist() == [quantile(counted(ticks), one) for one in wanted]


def test_interpolation_beats_the_bound_on_a_smooth_law() -> None:
    ticks = (np.random.default_rng(1).exponential(1e6, 200_000)).astype(np.int64)
    counts = np.bincount(buckets_of(ticks), minlength=BUCKETS)
    for probability in (0.5, 0.9, 0.99):
        assert quantile(counts, probability) == pytest.approx(np.quantile(ticks, probability), rel=1e-3)


def test_histograms_merge_by_adding() -> None:
    assert (counted([1, 500]) + counted([70_000])).tolist() == counted([1, 500, 70_000]).tolist()


@pytest.mark.parametrize("ticks", [-1, 2**63])
def test_ticks_out_of_range_are_refused(ticks: int) -> None:
    with pytest.raises(InputError):
        bucket_of(ticks)
    with pytest.raises(InputError):
        buckets_of(np.array([ticks], dtype=np.uint64 if ticks > 0 else np.int64))


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError):
        buckets_of([1.5])
    with pytest.raises(InputError):
        bucket_bounds(BUCKETS)
    with pytest.raises(InputError):
        quantile(np.zeros(BUCKETS), 0.5)
    with pytest.raises(InputError):
        quantile(np.ones(BUCKETS - 1), 0.5)
    with pytest.raises(InputError):
        quantile(np.ones(BUCKETS), 1.5)
