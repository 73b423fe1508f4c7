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


ROUND_TRIP = """
name = "round-trip"
title = "A round trip and its parts"
paper = "Dall et al. ISCA 2016"
host = "x-gene"
system = [{ name = "native", architecture = "native" }, { name = "KVM", architecture = "kvm-vhost" }]

[workload]
whole = { use = "tcp-rr" }
in = { io = [{ kind = "receive", size = "1 B" }] }
out = { io = [{ kind = "send", size = "1 B" }] }
"""


def beyond(name: str, quantity: str = "time beyond native", more: str = "") -> str:
    return f"""
[[target]]
table = "{quantity}"
benchmark = "{name}"
system = "KVM"
metric = "time"
value = 50
unit = "us"
workload = "{name}"
runs_on = "KVM"
quantity = "{quantity}"
scale = 1e6
mechanism = "virtio network"
{more}
"""


def test_time_beyond_native_is_the_difference_and_its_parts_make_it_up(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_text(
        ROUND_TRIP + beyond("whole", "time") + beyond("whole", more="counted = false") + beyond("in") + beyond("out")
    )
    whole, added, received, sent = (p.predicted for p in predict(load_case(path)))
    assert whole - added == pytest.approx(41.8, rel=0.01)  # native, Dall et al. 2016
    assert added == pytest.approx(received + sent)


def test_a_rate_holds_the_pauses_of_a_single_task(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_text(
        ROUND_TRIP.replace("whole = {", 'whole = { tasks = { think = "1 ms" }, demands = { user_cycles = 2.4e6 } } #')
        + beyond("whole", "rate").replace("scale = 1e6", "scale = 1")
    )
    (found,) = predict(load_case(path))
    assert found.predicted == pytest.approx(1.0 / 2e-3, rel=0.01)


def test_a_system_may_have_fewer_cores(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    busy = "whole = { tasks = { count = 8 }, demands = { user_cycles = 2.4e6 } } #"
    text = ROUND_TRIP.replace("whole = {", busy).replace('"kvm-vhost"', '"native", cores = 2')
    path.write_text(text + beyond("whole", "rate").replace("scale = 1e6", "scale = 1"))
    (found,) = predict(load_case(path))
    assert found.predicted == pytest.approx(2 / 1e-3, rel=0.02)


def test_figures_quoted_from_memory_are_shown_and_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    path.write_text(ROUND_TRIP + beyond("whole", more="counted = false"))
    case = load_case(path)
    found = predict(case)
    assert errors(found)[2] == 0
    assert "predicted, not counted" in page([case], found)


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
