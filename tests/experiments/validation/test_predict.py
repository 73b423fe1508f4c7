"""Predictions against sums done by hand, and what the page says of them."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments.cli import main
from experiments.validation import load_case, predict
from experiments.validation.case import case_paths
from experiments.validation.report import errors, page

CASES = {path.stem: path for path in case_paths()}


def rows(name: str) -> dict[str, float]:
    return {f"{p.benchmark}, {p.system}": p.predicted for p in predict(load_case(CASES[name])) if p.kind == "predicted"}


def test_shadow_against_nested_paging_by_hand() -> None:
    found = rows("wang-2011")
    # nested time less 4 ns for each TLB miss, plus 10 us for each fault
    gcc = 403 - 1082065972 * 4e-9 + 13320141 * 10e-6
    assert found["gcc SP, Xen HVM"] == pytest.approx(gcc, rel=1e-3)
    assert found["mcf SP, Xen HVM"] == pytest.approx(383 - 12539673680 * 4e-9 + 243491 * 10e-6, rel=1e-3)


def test_inferred_rows_are_met_and_ranges_hold_the_sampled_costs() -> None:
    found = predict(load_case(CASES["wang-2011"]))
    for item in found:
        if item.kind == "inferred":
            assert item.predicted == pytest.approx(item.measured, rel=1e-6)
        assert item.low <= item.high


def test_the_error_is_over_counted_predictions_only() -> None:
    found = predict(load_case(CASES["wang-2011"]))
    median, tail, count = errors(found)
    assert count == 2
    assert 0.0 < median <= tail < 0.05


def test_the_page_shows_every_row_that_is_no_input() -> None:
    case = load_case(CASES["wang-2011"])
    found = predict(case)
    text = page([case], found)
    shown = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    assert [row for row in shown if "Xen HVM" in row] == [
        f"{item.benchmark}, {item.system}" for item in found if item.kind != "input"
    ]


def test_the_command_writes_csv_figure_and_manifest(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["validate", "--cases", str(CASES["wang-2011"]), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "validation.csv",
        "validation.png",
        "validation.svg",
        "manifest.json",
    }
    header = (tmp_path / "validation.csv").read_text().splitlines()[0].split(",")
    wanted = "case,paper,table,benchmark,system,metric,unit,measured,predicted,low,high,ratio,kind"
    assert set(wanted.split(",")) <= set(header)


def test_the_tornado_of_a_row_begins_with_its_decisive_cost(tmp_path: Path) -> None:
    words = ["validate", "--cases", str(CASES["xen-2003"]), "--tornado", "build, VMware", "--out", str(tmp_path)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    name = "tornado-xen-2003-linux-2-4-21-build-vmware-workstation-3-2"
    assert {f"{name}.{kind}" for kind in ("csv", "png", "svg")} <= {path.name for path in tmp_path.iterdir()}
    first = next(csv.DictReader((tmp_path / f"{name}.csv").read_text().splitlines()))
    rows = csv.DictReader((tmp_path / "validation.csv").read_text().splitlines())
    row = next(row for row in rows if row["benchmark"] == "Linux 2.4.21 build" and "VMware" in row["system"])
    assert row["decisive"] == f"{first['cost']} ({float(first['factor']):.2f}x)"
    assert float(first["nominal"]) == pytest.approx(float(row["predicted"]), rel=1e-6)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--tornado", "build"), "--out"),
        (("--tornado", "nothing of the kind", "--out", "new"), "it is in 0"),
        (("--tornado", "", "--out", "new"), "1 to 20"),
    ],
)
def test_a_tornado_of_nothing_or_of_everything_is_refused(
    words: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["validate", *words])
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()
