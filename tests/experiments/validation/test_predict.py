"""Predictions against sums done by hand, and what the page says of them."""

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


def test_redis_under_two_platforms_of_gvisor_by_hand() -> None:
    found = rows("gvisor-2019")
    # milliseconds of 1,250,000 requests: native, and 3.01 calls each
    assert found["Redis SET, gVisor-ptrace"] == pytest.approx(17250 + 1250 * 3.01 * 15.161, rel=1e-4)
    assert found["Redis SET, gVisor-systrap"] == pytest.approx(17250 + 1250 * 3.01 * 0.778, rel=1e-4)


def test_gzip_of_our_own_by_hand() -> None:
    found = rows("own-macro")
    more = 1737 * 17.941e-6 + 18 * 8.3386e-6 + 28 * 8.4896e-6 + 1.0803e-3 + 2 * 0.3654e-3 + 18 * 3.1778e-6
    faults = 269 * (2.1632 * (62.13e-6 + 2.787e-6) - 2.787e-6)
    copied = 78_000_000 * 0.015e-9  # a few ms at most
    user = 0.9776 * 0.0152
    assert found["gzip, uml"] == pytest.approx((0.9776 + more + faults + copied + user) / 0.9776, rel=0.003)


def test_inferred_rows_are_met_and_ranges_hold_the_sampled_costs() -> None:
    found = predict(load_case(CASES["wang-2011"]))
    for item in found:
        if item.kind == "inferred":
            assert item.predicted == pytest.approx(item.measured, rel=1e-6)
        assert item.low <= item.predicted <= item.high


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
