"""Corrected levels against closed forms and the familywise error they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.errors import InputError
from simcore.statistics import bonferroni_level, holm, holm_levels

probabilities = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30)


def test_levels_are_the_closed_forms() -> None:
    assert bonferroni_level(0.95, 1) == pytest.approx(0.95)
    assert bonferroni_level(0.95, 10) == pytest.approx(0.995)
    assert holm_levels(0.95, 3) == pytest.approx((1 - 0.05 / 3, 1 - 0.05 / 2, 0.95))


def test_holm_is_the_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(probabilities)
def test_holm_lies_between_none_and_bonferroni(values: list[float]) -> None:
    raw, adjusted = np.array(values), holm(values)
    assert (adjusted >= raw).all()
    assert (adjusted <= np.minimum(raw * raw.size, 1.0)).all()
    assert (np.diff(adjusted[np.argsort(raw, kind="stable")]) >= 0).all()


@given(probabilities)
def test_holm_decides_as_its_levels_do(values: list[float]) -> None:
    steps = [p < 1 - level for p, level in zip(sorted(values), holm_levels(0.95, len(values)), strict=True)]
    rejected = steps.index(False) if False in steps else len(steps)
    borderline = any(abs(p * (len(values) - i) - 0.05) < 1e-9 for i, p in enumerate(sorted(values)))
    assert borderline or int((holm(values) < 0.05).sum()) == rejected


def test_familywise_error_is_held() -> None:
    draws = np.random.default_rng(1).random((4000, 10))
    assert np.mean([(holm(draw) < 0.05).any() for draw in draws]) == pytest.approx(0.049, abs=0.012)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError):
        bonferroni_level(0.95, 0)
    with pytest.raises(InputError):
        holm_levels(1.0, 2)
    with pytest.raises(InputError):
        holm([0.1, 1.1])
