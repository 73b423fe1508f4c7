"""Nominal 95 % intervals hold the truth 95 % of the time, over a thousand experiments on the real engine."""

import pytest

from experiments.theory.coverage import STUDIES, Study, coverage

JUDGED = [study for study in STUDIES if study.long_enough]


@pytest.mark.slow
@pytest.mark.parametrize("study", JUDGED, ids=[study.name for study in JUDGED])
def test_coverage_is_nominal(study: Study) -> None:
    share = coverage(study, 1000, jobs=2)
    print(f"{study.name}: {share:.1%}")
    assert 0.93 <= share <= 0.97


def test_a_coverage_study_is_reproducible_in_any_number_of_processes() -> None:
    study = STUDIES[0]
    assert coverage(study, 12, jobs=1) == coverage(study, 12, jobs=2)
