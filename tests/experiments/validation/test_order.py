"""The order of systems: what counts as the other way round."""

import pytest

from experiments.validation import Prediction, load_case, predict
from experiments.validation.case import FOLDER
from experiments.validation.order import orders


def row(system: str, measured: float, predicted: float, kind: str = "predicted") -> Prediction:
    ends = measured, predicted, predicted, predicted
    return Prediction("case", "paper", "table", "run", system, "time", "s", *ends, kind)


def test_pairs_measured_close_together_have_no_order() -> None:
    (found,) = orders([row("a", 1.0, 1.2), row("b", 1.05, 1.1), row("c", 2.0, 1.15), row("d", 9.0, 9.0)])
    assert found.inverted == ("a and c",)
    assert found.pairs == 5
    assert found.spearman == pytest.approx(0.4)


def test_two_systems_or_inferred_ones_are_not_ranked() -> None:
    assert orders([row("a", 1.0, 1.0), row("b", 2.0, 2.0), row("c", 3.0, 3.0, "inferred")]) == []


def test_predictions_that_do_not_differ_have_no_rank() -> None:
    (found,) = orders([row("a", 1.0, 1.0), row("b", 2.0, 1.0), row("c", 3.0, 1.0)])
    assert found.spearman == 0.0
    assert len(found.inverted) == 3


def test_our_own_programs_come_out_in_order_under_each_environment() -> None:
    found = orders(predict(load_case(FOLDER / "own-macro.toml")))
    assert len(found) == 7
    assert min(one.spearman for one in found) > 0.75
    assert all(len(one.inverted) <= 1 for one in found)
