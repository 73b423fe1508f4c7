"""What people reported: ranges, agreement within a factor, and the order of a report's systems."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.validation.case import case_paths, load_case
from experiments.validation.predict import Prediction
from experiments.validation.report import errors, page
from experiments.validation.reports import AGREES, Report, in_order, report_paths, reports
from tests.command_line import Vmarch

ROW = Prediction("one", "a report", "text", "builds", "qemu", "slowdown", "x", 6.0, 9.0, 8.0, 10.0, "predicted")


@pytest.mark.parametrize(
    ("predicted", "off"), [(9.0, 1.0), (6.0, 1.0), (19.0, 1.0), (4.0, 1.5), (38.0, 2.0)], ids=lambda v: f"{v:g}"
)
def test_a_range_is_met_anywhere_in_it_and_missed_from_its_nearer_end(predicted: float, off: float) -> None:
    for ends in ((6.0, 19.0), (19.0, 6.0)):
        one = Report(replace(ROW, measured=ends[0], predicted=predicted), ends[1])
        assert one.off == pytest.approx(off)
        assert one.agrees == (off <= AGREES)


def test_pairs_are_of_one_report_and_of_different_size() -> None:
    def row(case: str, measured: float, predicted: float) -> Report:
        return Report(replace(ROW, case=case, measured=measured, predicted=predicted), measured)

    assert in_order([row("a", 1.0, 2.0), row("a", 2.0, 3.0), row("b", 5.0, 1.0)]) == (1, 1)
    assert in_order([row("a", 1.0, 3.0), row("a", 2.0, 2.0), row("a", 2.0, 9.0)]) == (1, 2)


def test_reports_are_no_cases_and_have_no_part_in_their_errors() -> None:
    assert not {path.stem for path in report_paths()} & {path.stem for path in case_paths()}
    found = [Report(replace(ROW, predicted=60.0), 6.0)]
    said = page([], [], found)
    assert "0 of 1 agree" in said
    assert errors([])[2] == 0
    assert said.startswith("# Validation")


def test_every_report_is_predicted_and_names_its_source(vmarch: Vmarch) -> None:
    rows = list(csv.DictReader(io.StringIO(vmarch("validate", "--reports", "--format", "csv").stdout)))
    assert len(rows) == sum(len(load_case(path).target) for path in report_paths()) == len(reports())
    assert all("report" in row["paper"] or "commit" in row["paper"] for row in rows)
    assert "reports agree" in vmarch("validate", "--reports").stdout


def test_a_range_of_nothing_is_refused(vmarch: Vmarch, tmp_path: Path) -> None:
    text = (report_paths()[0].parent / "foreign-builds.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text.replace("upto = 19.0", "upto = -1.0"), encoding="utf-8")
    assert "upto" in vmarch("validate", "--cases", str(tmp_path / "mine.toml"), status=2).stderr
