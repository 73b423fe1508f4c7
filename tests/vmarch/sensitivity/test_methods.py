"""Sensitivity against variances worked out in closed form, against validation's decisive cost, and as a command."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from architectures import load_architecture
from experiments.validation import load_case
from experiments.validation.case import case_paths
from experiments.validation.predict import _Model, predict
from simcore.costs import Resolved
from simcore.hosts import load_host
from vmarch.runs import Plan
from vmarch.scenario import Scenario
from vmarch.sensitivity.methods import Question, loaded, morris, sobol, tornado
from vmarch.sensitivity.ranges import leaves_behind
from workloads import load_workload

Vmarch = Callable[..., Result]

TOY = """
name = "toy"
title = "Toy"
family = "for a test"
cpu = "hardware-assist"
mmu = "calibrated"
io = "pass-through"
placement = "hypervisor"
costs = ["kvm"]
[capabilities]
drivers_in = "guest"
[[cost]]
name = "calibrated_address_space_switch"
value = 0
unit = "ns"
source = "for this test only"
"""
ONE = """
[[cost]]
name = "{}"
value = {}
low = {}
high = {}
unit = "{}"
assumed = true
source = "for this test only"
"""
WORKLOAD = """
name = "toy"
title = "t"
kind = "micro"
unit = "operation"
source = "by definition"
[demands]
tlb_misses = 5
system_calls = 3
"""


def scenario(workload: str, architecture: str, host: str = "server") -> Scenario:
    return Scenario(load_workload(workload), load_architecture(architecture), load_host(host))


@pytest.fixture
def toy(tmp_path: Path) -> Question:
    """Time = 5 a b + 3 c: walks that are `b` times as dear, and system calls."""
    costs = (
        ("tlb_miss", 10, 5, 50, "ns"),
        ("calibrated_tlb_miss", 3, 1, 4, "ratio"),
        ("system_call", 60, 20, 100, "ns"),
    )
    (tmp_path / "toy.toml").write_text(TOY + "".join(ONE.format(*cost) for cost in costs))
    (tmp_path / "work.toml").write_text(WORKLOAD)
    return Question(scenario(str(tmp_path / "work.toml"), str(tmp_path / "toy.toml")), "response")


def moments(cost: Resolved) -> tuple[float, float]:
    """Mean and mean square of a cost that is log-uniform over its range."""
    logarithm = np.log(cost.high / cost.low)
    return (cost.high - cost.low) / logarithm, (cost.high**2 - cost.low**2) / (2.0 * logarithm)


def shares(question: Question) -> dict[str, tuple[float, float]]:
    """First-order and total share of each cost of the toy, in closed form."""
    (a, aa), (b, bb), (c, cc) = (moments(question.costs[n]) for n in ("tlb_miss", "calibrated_tlb_miss", "system_call"))
    calls = 9.0 * (cc - c * c)
    whole = 25.0 * (aa * bb - a * a * b * b) + calls
    return {
        "tlb_miss": (25.0 * b * b * (aa - a * a) / whole, 25.0 * bb * (aa - a * a) / whole),
        "calibrated_tlb_miss": (25.0 * a * a * (bb - b * b) / whole, 25.0 * aa * (bb - b * b) / whole),
        "system_call": (calls / whole, calls / whole),
    }


def test_sobol_finds_the_shares_of_the_closed_form(toy: Question) -> None:
    assert set(toy.costs) == {"tlb_miss", "calibrated_tlb_miss", "system_call"}
    expected = shares(toy)
    found = sobol(toy, 4096, seed=1)
    assert found[0].cost == "tlb_miss"
    assert sum(item.first for item in found) <= 1.0
    for item in found:
        first, total = expected[item.cost]
        assert item.first == pytest.approx(first, abs=0.02)
        assert item.total == pytest.approx(total, abs=0.02)
        assert abs(item.total - total) <= 2.0 * item.total_half_width
        assert item.total >= item.first - item.first_half_width


def test_intervals_of_sobol_hold_the_closed_form_about_as_often_as_they_say(toy: Question) -> None:
    expected = shares(toy)
    found = [item for seed in range(20) for item in sobol(toy, 256, seed)]
    held = [abs(item.total - expected[item.cost][1]) <= item.total_half_width for item in found]
    assert np.mean(held) >= 0.85


def test_morris_of_the_toy_by_hand(toy: Question) -> None:
    found = {item.cost: item for item in morris(toy, 100, seed=1)}
    call = toy.costs["system_call"]
    # steps of two thirds of the logarithmic range, from its low end or to its high end, and no interaction
    step = (call.high / call.low) ** (2.0 / 3.0)
    ends = [3e-12 * low * (step - 1.0) / (2.0 / 3.0) for low in (call.low, call.high / step)]
    assert min(ends) <= found["system_call"].mean <= max(ends)
    assert found["system_call"].spread <= max(ends) - min(ends)
    assert next(iter(found)) == "tlb_miss"


def test_the_tornado_of_the_toy_by_hand(toy: Question) -> None:
    found = {item.cost: item for item in tornado(toy)}
    assert list(found) == ["tlb_miss", "system_call", "calibrated_tlb_miss"]
    seconds = {
        (name, end): (5 * walk * times + 3 * call) * 1e-9
        for name, end, walk, times, call in [
            ("tlb_miss", "low", 5, 3, 60),
            ("tlb_miss", "high", 50, 3, 60),
            ("calibrated_tlb_miss", "low", 10, 1, 60),
            ("calibrated_tlb_miss", "high", 10, 4, 60),
            ("system_call", "low", 10, 3, 20),
            ("system_call", "high", 10, 3, 100),
        ]
    }
    for (name, end), value in seconds.items():
        assert getattr(found[name], end) == pytest.approx(value)
    assert toy.nominal == pytest.approx((5 * 10 * 3 + 3 * 60) * 1e-9)


@pytest.mark.parametrize("metric", ["slowdown", "response"])
@pytest.mark.parametrize("workload", ["tcp-rr", "fork"])
def test_first_order_shares_do_not_exceed_the_whole(workload: str, metric: str) -> None:
    found = sobol(Question(scenario(workload, "xen-pv"), metric), 1024, seed=3)
    slack = sum(item.first_half_width**2 for item in found) ** 0.5
    assert 0.8 < sum(item.first for item in found) <= 1.0 + slack
    assert sum(item.total for item in found) >= 0.95


def test_the_tornado_begins_with_the_decisive_cost_of_validation() -> None:
    case = load_case(next(path for path in case_paths() if path.stem == "xen-2003"))
    plain = {name for name in case.workload if not any(item.workload == name for item in case.inferred)}
    checked = 0
    for row in predict(case):
        target = next(
            (item for item in case.target if item.key == (row.table, row.benchmark, row.system, row.metric)), None
        )
        if target is None or target.workload not in plain or not row.decisive:
            continue
        workload = case.workload_named(target.workload)
        if leaves_behind(workload):  # there the busiest of processors and devices decides, not the response
            continue
        first = tornado(Question(_Model(case, workload, target.runs_on).scenario, "response"))[0]
        assert row.decisive == f"{first.cost} ({first.high / first.low:.2f}x)"
        checked += 1
    assert checked >= 3


def test_simulated_points_are_those_worked_out_by_hand_where_nothing_waits() -> None:
    one = scenario("tcp-rr", "xen-pv")
    assert not loaded(one)
    hand = Question(one)
    runs = replace(hand, plan=Plan(replications=1, operations=3, deterministic=True))
    assert set(hand.costs) <= set(runs.costs)
    points = np.random.default_rng(1).random((4, len(runs.costs)))
    points[0] = np.nan
    places = [list(runs.costs).index(name) for name in hand.costs]
    assert runs.at(points) == pytest.approx(hand.at(points[:, places]), rel=1e-6)


def test_what_is_loaded() -> None:
    assert loaded(scenario("oltp", "native"))  # many tasks
    assert loaded(scenario("file-server", "native"))  # writes in the background
    assert loaded(replace(scenario("tcp-rr", "xen-pv"), guests=2))


def test_the_command_writes_the_same_bytes_for_the_same_seed(vmarch: Vmarch, tmp_path: Path) -> None:
    words = ("sensitivity", "-w", "page-fault", "-a", "xen-pv")
    for method in ("tornado", "morris", "sobol"):
        texts = []
        for folder in ("a", "b"):
            vmarch(*words, "--method", method, "--samples", 64, "--out", tmp_path / folder)
            name = f"{method}-page-fault-xen-pv"
            texts.append(
                [(tmp_path / folder / f"{name}.{kind}").read_bytes() for kind in ("csv", "json", "png", "svg")]
            )
        assert texts[0] == texts[1]
    made = json.loads((tmp_path / "a" / "sobol-page-fault-xen-pv.json").read_text())
    assert made["configuration"]["by"] == "hand"
    assert made["configuration"]["seed"] == 1
    assert made["versions"]["SALib"]
    other = vmarch(*words, "--method", "sobol", "--samples", 64, "--seed", 2, "--format", "csv").stdout
    assert other != (tmp_path / "a" / "sobol-page-fault-xen-pv.csv").read_text()


@pytest.mark.slow
def test_loaded_workloads_are_simulated_whatever_the_number_of_processes(vmarch: Vmarch, noisy: Path) -> None:
    text = noisy.read_text() + "[tasks]\ncount = 3\n"
    noisy.write_text(text)
    words = ("sensitivity", "-w", noisy, "-a", "xen-pv", "--operations", 20, "--format", "csv")
    one, two = (vmarch(*words, "--jobs", jobs).stdout for jobs in (1, 2))
    assert one == two
    rows = {row["cost"]: row for row in csv.DictReader(one.splitlines())}
    assert "domain_switch" in rows
    effect = rows["page_fault"]
    assert float(effect["at_low"]) > float(effect["at_high"])  # the bare machine pays it too, and little else
    assert "simulated" in vmarch(*words[:-2]).stdout
    assert "try --simulate" in vmarch(*words[:-2], "--by-hand").stdout


def test_a_path_whose_costs_have_no_range_has_nothing_to_move(vmarch: Vmarch, tmp_path: Path) -> None:
    for method in ("tornado", "morris", "sobol"):
        words = ("sensitivity", "-w", "compute", "-a", "kvm-vhost", "--method", method, "--out", tmp_path)
        assert "nothing moves it" in vmarch(*words).stdout


BAD = {
    "no workload": (("-a", "xen-pv"), "Missing option", "--workload"),
    "unknown workload": (("-w", "tcp-r", "-a", "xen-pv"), "--workload", "did you mean 'tcp-rr'?"),
    "unknown architecture": (("-w", "tcp-rr", "-a", "xen"), "--architecture", "did you mean 'xen-pv'?"),
    "refused": (("-w", "tcp-rr", "-a", "trap-and-emulate"), "refused", "do not trap"),
    "unknown method": (("-w", "tcp-rr", "-a", "xen-pv", "--method", "sobel"), "--method", "did you mean 'sobol'?"),
    "unknown metric": (("-w", "tcp-rr", "-a", "xen-pv", "--metric", "speed"), "--metric", "one of response, slowdown"),
    "slowdown of native": (("-w", "tcp-rr", "-a", "native"), "--metric", "the bare machine has no slowdown"),
    "no power of two": (
        ("-w", "fork", "-a", "xen-pv", "--method", "sobol", "--samples", "100"),
        "--samples",
        "power of two",
    ),
    "too few": (("-w", "fork", "-a", "xen-pv", "--method", "morris", "--samples", "1"), "--samples", "2 to"),
    "too many": (("-w", "fork", "-a", "xen-pv", "--samples", "10000000"), "--samples", "2 to"),
    "seed": (("-w", "fork", "-a", "xen-pv", "--seed", "-1"), "--seed", "0 to"),
    "jobs": (("-w", "fork", "-a", "xen-pv", "--jobs", "0"), "--jobs", "1 to 1024"),
    "operations": (("-w", "fork", "-a", "xen-pv", "--operations", "0"), "--operations", "1 to"),
    "cost": (("-w", "fork", "-a", "xen-pv", "--set", "hypercal=1"), "--set", "did you mean 'hypercall'?"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_line(kind: str, vmarch: Vmarch, tmp_path: Path) -> None:
    words, *says = BAD[kind]
    result = vmarch("sensitivity", *words, "--out", tmp_path / "out", status=2)
    assert result.stderr.count("\n") == 1
    for text in says:
        assert text in result.stderr
    assert not (tmp_path / "out").exists()
