"""Nominal 95 % intervals hold the truth 95 % of the time, over a thousand experiments on the real engine."""

import pytest

from experiments.theory.coverage import TRIALS, Trial, coverage

JUDGED = [trial for trial in TRIALS if trial.long_enough]


@pytest.mark.slow
@pytest.mark.parametrize("trial", JUDGED, ids=[trial.name for trial in JUDGED])
def test_coverage_is_nominal(trial: Trial) -> None:
    share = coverage(trial, 1000, jobs=2)
    print(f"{trial.name}: {share:.1%}")
    assert 0.93 <= share <= 0.97


def test_a_coverage_study_is_reproducible_in_any_number_of_processes() -> None:
    trial = TRIALS[0]
    assert coverage(trial, 12, jobs=1) == coverage(trial, 12, jobs=2)
