"""Sample sizes against their definition; the stopping rule's states and its coverage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from simcore.errors import InputError
from simcore.statistics import RatioEstimate, Sequential, replications_needed


@given(st.lists(st.floats(1.0, 10.0), min_size=2, max_size=20), st.floats(0.01, 0.5), st.floats(0.5, 0.99))
def test_replications_needed_is_the_smallest_number(samples: list[float], width: float, level: float) -> None:
    n = replications_needed(samples, width, level)
    deviation, mean = np.std(samples, ddof=1), np.mean(samples)

    def relative(size: int) -> float:
        return float(stats.t.ppf((1 + level) / 2, size - 1) * deviation / math.sqrt(size) / mean)

    assert n >= len(samples)
    assert relative(n) <= width * (1 + 1e-9)
    assert n == len(samples) or relative(n - 1) > width * (1 - 1e-9)


def test_four_times_the_replications_halve_the_width() -> None:
    samples = np.random.default_rng(1).normal(1.0, 0.5, 100)
    assert replications_needed(samples, 0.005) == pytest.approx(4 * replications_needed(samples, 0.01), rel=0.001)


def test_what_replications_needed_refuses() -> None:
    assert replications_needed([0.0, 0.0], 0.01) == 2
    with pytest.raises(InputError, match="mean"):
        replications_needed([-1.0, 1.0], 0.01)
    with pytest.raises(InputError):
        replications_needed([1.0], 0.01)
    with pytest.raises(InputError):
        replications_needed([1.0, 2.0], 0.0)


def test_equal_replications_stop_at_the_minimum() -> None:
    run = Sequential(0.01, minimum=5)
    for _ in range(4):
        run.add({"response_s": 2.0})
        assert not run.done
    assert "below the minimum" in run.message
    run.add({"response_s": 2.0})
    assert run.done
    assert run.reached
    assert "reached" in run.message


def test_the_cap_stops_and_says_so() -> None:
    run = Sequential(0.01, minimum=2, cap=6)
    while not run.done:
        run.add({"response_s": float(run.n % 2 + 1), "steady": 1.0})
    assert run.n == 6
    assert not run.reached
    assert list(run.short) == ["response_s"]
    assert "cap of 6" in run.message
    assert "response_s" in run.message


def test_every_metric_must_be_precise() -> None:
    rng = np.random.default_rng(2)
    run = Sequential(0.05)
    while not run.done:
        run.add({"exact": 1.0, "noisy": rng.normal(1.0, 0.2)})
    assert run.n > 30
    assert all(found.relative_half_width <= 0.05 for found in run.estimates().values())


def test_a_pair_is_judged_as_a_paired_ratio() -> None:
    rng = np.random.default_rng(3)
    run = Sequential(0.01)
    while not run.done:
        base = rng.normal(1.0, 0.3)
        run.add({"slowdown": (1.5 * base, base)})
    found = run.estimates()["slowdown"]
    assert isinstance(found, RatioEstimate)
    assert run.n == run.minimum
    assert found.ratio == pytest.approx(1.5)


def test_stored_replications_count_as_if_run() -> None:
    draws = np.random.default_rng(4).normal(1.0, 0.2, 1000)
    coarse, fine, straight = Sequential(0.05), Sequential(0.02), Sequential(0.02)
    while not coarse.done:
        coarse.add({"x": draws[coarse.n]})
    for draw in draws[: coarse.n]:
        fine.add({"x": draw})
    for run in (fine, straight):
        while not run.done:
            run.add({"x": draws[run.n]})
    assert fine.estimates() == straight.estimates()


@pytest.mark.parametrize("options", [{"minimum": 1}, {"minimum": 9, "cap": 8}, {"level": 1.0}])
def test_bad_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Sequential(0.01, **options)  # type: ignore[arg-type]


def test_metrics_must_stay_the_same() -> None:
    run = Sequential(0.01)
    with pytest.raises(InputError):
        run.add({})
    run.add({"x": 1.0})
    with pytest.raises(InputError):
        run.add({"y": 1.0})
    run.add({"x": (1.0, 1.0)})
    with pytest.raises(InputError, match="kind"):
        run.estimates()


@pytest.mark.slow
@pytest.mark.parametrize("width", [0.02, 0.05, 0.1])
def test_sequential_stopping_loses_little_coverage(width: float) -> None:
    rng, covered = np.random.default_rng(5), 0
    for _ in range(1000):
        run = Sequential(width)
        while not run.done:
            run.add({"x": rng.normal(1.0, 0.1)})
        covered += run.estimates()["x"].covers(1.0)
    assert covered / 1000 > 0.92
