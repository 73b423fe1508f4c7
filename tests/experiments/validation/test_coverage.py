"""What the other cases say of a range: never the case that is judged, and each case of one weight."""

import numpy as np
import pytest

from experiments.validation import Prediction
from experiments.validation.coverage import coverage, left_out, outside, widened


def row(case: str, measured: float, low: float = 0.9, high: float = 1.1, kind: str = "predicted") -> Prediction:
    return Prediction(case, "paper", "table", "run", "a", "time", "s", measured, 1.0, low, high, kind, spent=SPENT)


def told(found: list[Prediction], case: str, part: str = "computing") -> float:
    return left_out(found, case).of("full virtualization", part)


SPENT = {"computing": 2.0, "disk": 1.0}
OTHERS = [row(name, measured) for name, measured in zip("bcdefghijk", [1.0] * 8 + [2.2, 5.0], strict=True)]


def test_outside_is_a_logarithm_either_way() -> None:
    assert outside(row("a", 2.2)) == pytest.approx(np.log(2.0))
    assert outside(row("a", 0.45)) == pytest.approx(np.log(2.0))
    assert outside(row("a", 1.0)) < 0.0
    assert outside(row("a", 2.2, low=0.0)) == pytest.approx(np.log(2.0))


def test_nine_in_ten_of_the_other_cases_are_held() -> None:
    assert told([row("a", 1.0), *OTHERS], "a") == pytest.approx(np.log(2.0))


def test_the_judged_case_has_no_part() -> None:
    assert left_out([row("a", 1e6), *OTHERS], "a") == left_out([row("a", 1.0), *OTHERS], "a")


def test_many_rows_of_a_case_weigh_as_one() -> None:
    assert told([row("a", 1.0), *OTHERS, *[row("k", 5.0)] * 50], "a") == pytest.approx(np.log(2.0))


def test_few_other_cases_and_good_ones_widen_nothing() -> None:
    assert told([row("a", 1.0), *OTHERS[-2:]], "a") == 0.0
    assert told([row("a", 1.0), *OTHERS[:8]], "a") == 0.0


def test_a_row_tells_of_the_part_that_takes_most_of_its_time_and_of_any() -> None:
    found = left_out(OTHERS)
    assert set(found.factors) == {("all", "all"), ("all", "computing"), ("", "computing")}
    assert told(OTHERS, "", "disk") == found.factors["all", "all"]


def test_what_was_not_predicted_is_neither_judged_nor_widened() -> None:
    found = [row("a", 1.5), row("a", 1.5, kind="inferred"), *OTHERS]
    wide = widened(found)
    assert wide[0].low == pytest.approx(0.45)
    assert wide[0].high == pytest.approx(2.2)
    assert wide[1] == found[1]
    one = coverage(found[:2], wide[:2])
    assert (one.rows, one.by_costs, one.with_left_out) == (1, 0, 1)
