"""Mean 1 and the coefficient of variation stated."""

import math

import numpy as np
import pytest

from simcore.distributions import CONSTANT, EXPONENTIAL, UNIFORM, Distribution
from simcore.errors import InputError
from simcore.streams import Bits, key

SIZE = 200_000


def drawn_of(distribution: Distribution) -> np.ndarray:
    drawn: np.ndarray = distribution.draw(Bits(key(1, 0, "some", 0), ("draw",), np.arange(SIZE, dtype=np.uint64), 0))[0]
    return drawn


@pytest.mark.parametrize(
    ("distribution", "cv"),
    [
        (CONSTANT, 0.0),
        (EXPONENTIAL, 1.0),
        (UNIFORM, 1 / math.sqrt(3)),
        (Distribution("gamma", 0.15), 0.15),
        (Distribution("gamma", 2.0), 2.0),
        (Distribution("lognormal", 0.5), 0.5),
        (Distribution("lognormal", 1.5), 1.5),
    ],
)
def test_mean_is_one_and_cv_as_stated(distribution: Distribution, cv: float) -> None:
    drawn = drawn_of(distribution)
    assert drawn.shape == (SIZE,)
    assert (drawn >= 0.0).all()
    assert drawn.mean() == pytest.approx(1.0, abs=4 * cv / math.sqrt(SIZE) + 1e-12)
    assert drawn.std() == pytest.approx(cv, rel=0.05)  # four standard errors of the heaviest tail here
    assert distribution.is_constant == (cv == 0.0)


def test_uniform_is_on_0_to_2() -> None:
    drawn = drawn_of(UNIFORM)
    assert 0.0 <= drawn.min() < 0.001
    assert 1.999 < drawn.max() <= 2.0


def test_a_constant_is_1() -> None:
    assert drawn_of(CONSTANT).tolist() == [1.0] * SIZE


@pytest.mark.parametrize("cv", [0.0, -1.0, 100.1, math.nan, math.inf])
def test_bad_cv(cv: float) -> None:
    with pytest.raises(InputError, match=r"^cv: .* above 0 and at most 100"):
        Distribution("gamma", cv)


def test_bad_family() -> None:
    with pytest.raises(InputError, match=r"^distribution: 'normal' is not allowed"):
        Distribution("normal")  # type: ignore[arg-type]
