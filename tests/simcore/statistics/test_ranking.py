"""Rankings with ties: groups by hand, by property, and what pairing wins."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.errors import InputError
from simcore.statistics import Estimate, bonferroni_level, mean_interval, rank_paired, rank_with_ties


def estimate(low: float, high: float, level: float = 0.999) -> Estimate:
    return Estimate((low + high) / 2, low, high, 10, level)


def test_separate_intervals_are_ranked() -> None:
    found = rank_with_ties({"xen": estimate(5, 6), "native": estimate(1, 2), "kvm": estimate(3, 4)})
    assert found == (("native",), ("kvm",), ("xen",))


def test_a_tie_need_not_be_transitive() -> None:
    found = rank_with_ties({"a": estimate(1, 3), "b": estimate(2, 5), "c": estimate(4, 6)})
    assert found == (("a", "b"), ("b", "c"))


def test_an_unbounded_interval_ties_with_all() -> None:
    found = rank_with_ties(
        {"a": estimate(1, 2), "b": Estimate(9.0, -math.inf, math.inf, 1, 0.999), "c": estimate(3, 4)}
    )
    assert found == (("a", "b"), ("c", "b"))


def test_the_level_must_carry_the_number_of_estimates() -> None:
    names = "abc"
    enough = bonferroni_level(0.95, 3)
    assert rank_with_ties({name: estimate(0, 1, enough) for name in names}) == (("a", "b", "c"),)
    with pytest.raises(InputError, match="level"):
        rank_with_ties({name: estimate(0, 1, 0.95) for name in names})


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), min_size=1, max_size=10))
def test_groups_are_the_largest_sets_without_a_difference(spans: list[tuple[int, int]]) -> None:
    estimates = {f"a{i}": estimate(low, low + width) for i, (low, width) in enumerate(spans)}
    groups = rank_with_ties(estimates)

    def alike(a: str, b: str) -> bool:
        return estimates[a].low <= estimates[b].high and estimates[b].low <= estimates[a].high

    assert {name for group in groups for name in group} == set(estimates)
    for group in groups:
        assert all(alike(a, b) for a in group for b in group)
        assert not any(all(alike(other, member) for member in group) for other in set(estimates) - set(group))
    together = {(a, b) for group in groups for a in group for b in group}
    assert together == {(a, b) for a in estimates for b in estimates if alike(a, b)}


def test_pairing_separates_what_intervals_cannot() -> None:
    rng = np.random.default_rng(1)
    shared = rng.normal(10.0, 1.0, 20)
    samples = {
        name: shared + extra + rng.normal(0.0, 0.02, 20)
        for name, extra in [("kvm", 0.1), ("native", 0.0), ("xen", 0.2)]
    }
    level = bonferroni_level(0.95, 3)
    assert len(rank_with_ties({name: mean_interval(array, level) for name, array in samples.items()})) == 1
    assert rank_paired(samples) == (("native",), ("kvm",), ("xen",))


def test_identical_samples_tie_and_exact_differences_do_not() -> None:
    noise = [1.0, 2.0, 4.0]
    assert rank_paired({"a": noise, "b": noise, "c": [2.0, 3.0, 5.0]}) == (("a", "b"), ("c",))


def test_one_replication_tells_nothing_apart() -> None:
    assert rank_paired({"slow": [9.0], "fast": [1.0]}) == (("fast", "slow"),)
    assert rank_paired({"only": [1.0]}) == (("only",),)


def test_false_separations_are_held_to_the_level() -> None:
    rng = np.random.default_rng(2)
    wrong = sum(len(rank_paired(dict(zip("abcd", rng.normal(size=(4, 8)), strict=True)))) > 1 for _ in range(1000))
    assert wrong < 65


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError):
        rank_with_ties({})
    with pytest.raises(InputError):
        rank_paired({"a": [1.0], "b": [1.0, 2.0]})
    with pytest.raises(InputError):
        rank_paired({})
