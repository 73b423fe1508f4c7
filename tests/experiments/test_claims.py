"""The claims: which there are, how verdicts are made, and what each says in a tiny setting.

The recorded table is of the quick setting. After an intended change, store it anew:

    python -m pytest tests/experiments/test_claims.py -m slow --update-fingerprints
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments.claims import Bench, Claim, Evidence, Holds, Setting, Standing, Verdict, claim_names, load_claim
from experiments.claims.bench import ratio_over_ranges
from experiments.claims.catalogue import dom0, full_virtualization
from experiments.claims.judge import ERAS, Judged, gathered, host_of, judge
from experiments.claims.page import evidence_rows, page, rows
from experiments.claims.search import between, bracket, crossing, line_fit
from experiments.claims.spec import above, below, standing
from experiments.commands.main import main
from simcore.demands import Demand
from simcore.errors import InputError
from simcore.hosts import host_names, load_host
from simcore.statistics import Estimate
from vmarch.store import Store
from vmarch.workers import Workers

RECORDED = Path(__file__).parent / "claims.csv"
TINY = Setting(quick=True, replications=3)

BY_DESCRIPTION = {  # rest on what architectures can carry: no interval
    "containers-one-kernel": Standing.REPRODUCED,
    "containers-never-modify-host": Standing.REPRODUCED,
    "full-virt-unmodified-guest": Standing.REPRODUCED,
    "sensitive-not-privileged": Standing.REPRODUCED,
    "micro-kernel-smaller": Standing.REPRODUCED,
    "xen-separates-mechanism": Standing.REPRODUCED,
    "host-based-no-host-change": Standing.REPRODUCED,
    "xen-host-isas": Standing.REPRODUCED,
    "workstation-host-isas": Standing.REPRODUCED,
}
QUICK = {  # simulated, and fast: the verdicts then and now
    "layer-converts-hardware": ("reproduced", "reproduced"),
    "full-virt-direct-execution": ("reproduced", "reproduced within"),
    "ring-deprivileging": ("reproduced within", "reproduced within"),
    "foreign-isa-needs-translation": ("reproduced within", "reproduced within"),
    "para-virt-cost-of-change": ("reproduced", "reproduced"),
    "hardware-assist-mode-switch": ("reproduced within", "reproduced within"),
    "more-layers-more-latency": ("reproduced", "reproduced within"),
    "dom0-compromise": ("reproduced within", "reproduced"),
    "vm-as-file": ("reproduced within", "reproduced within"),
}
LONG = (
    "containers-near-native",
    "binary-translation-slow",
    "micro-kernel-pays-crossings",
    "dom0-is-shared",
    "dom0-single-point",
    "host-based-four-layers",
    "host-based-slower",
    "para-virt-reduces-overhead",
    "acceptable-slowdown",
)


def verdict(name: str, era: str) -> Verdict:
    return judge([name], [era], TINY)[0].verdict


def estimate(value: float, half: float = 0.0) -> Estimate:
    return Estimate(value, value - half, value + half, 5, 0.95)


def test_every_id_has_exactly_one_claim() -> None:
    assert sorted(claim_names()) == sorted([*BY_DESCRIPTION, *QUICK, *LONG])


@pytest.mark.parametrize("name", claim_names())
def test_claim_is_complete(name: str) -> None:
    claim = load_claim(name)
    assert claim.name == name
    assert claim.then in host_names()
    assert host_of(name, "now") == "server"
    assert claim.statement
    assert not claim.statement.endswith(".")
    assert claim.why_then
    assert claim.judge.__doc__


def test_unknown_claim_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match="dom0-is-shared"):
        load_claim("dom0-is-share")


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("name", BY_DESCRIPTION)
def test_claim_by_description(name: str, era: str) -> None:
    found = verdict(name, era)
    assert found.standing is BY_DESCRIPTION[name]
    assert found.low is None
    assert found.boundary
    if found.standing is not Standing.PENDING:
        assert all(line.holds in (Holds.YES, Holds.APART) for line in found.lines)
        assert found.figure


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("era", ERAS)
def test_simulated_claim(name: str, era: str) -> None:
    found = verdict(name, era)
    assert found.standing == QUICK[name][ERAS.index(era)]
    _has_figure_interval_and_boundary(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("era", ERAS)
def test_long_claim(name: str, era: str) -> None:
    found = verdict(name, era)
    assert found.standing in (Standing.REPRODUCED, Standing.WITHIN)
    _has_figure_interval_and_boundary(found)


def _has_figure_interval_and_boundary(found: Verdict) -> None:
    assert any(letter.isdigit() for letter in found.figure)
    assert any(letter.isdigit() for letter in found.boundary) or "the order holds" in found.boundary
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high
    assert found.why


def test_what_does_not_exist_on_a_host_is_said() -> None:
    assert "does not exist" in verdict("sensitive-not-privileged", "then").boundary
    assert "does not exist" not in verdict("sensitive-not-privileged", "now").boundary


def test_loss_of_domain_0_stops_requests_and_leaves_computation() -> None:
    bench = Bench(load_host("xeon-2003"), "then", TINY)
    requests, computing = (
        dom0._left(bench, workload, "xen-pv", (dom0.DOMAIN_0,)) for workload in (dom0.IO, dom0.COMPUTE)
    )
    assert requests.value == requests.high == 0.0
    assert computing.value == pytest.approx(1.0, abs=0.01)


def test_slope_is_the_cost_in_the_tables() -> None:
    bench = Bench(load_host("pentium4-672"), "then", TINY)
    book = bench.scenario("compute", "full-translation").book
    cost = full_virtualization._cost(bench, "full-translation", Demand.PAGE_FAULTS)
    slowed = book["page_fault"].value * (book["translated_kernel"].value - 1.0)
    assert cost == pytest.approx((book["shadow_fault"].value + slowed) / 1e12, rel=1e-3)


def test_ratio_over_ranges_holds_the_ratio() -> None:
    bench = Bench(load_host("server"), "now", TINY)
    ours, theirs = (bench.scenario("tcp-rr", name) for name in ("hyperv", "assist-nested"))
    low, high = ratio_over_ranges(ours, theirs)
    assert low < bench.ratio(ours, theirs).value < high
    assert ratio_over_ranges(ours, ours) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("holds", "stands"),
    [
        ("YY", Standing.REPRODUCED),
        ("YYN", Standing.WITHIN),
        ("YN", Standing.WITHIN),
        ("YNN", Standing.NOT),
        ("YO", Standing.WITHIN),
        ("OO", Standing.NOT),
        ("YA", Standing.REPRODUCED),
    ],
)
def test_standing(holds: str, stands: Standing) -> None:
    words = {"Y": Holds.YES, "N": Holds.NO, "O": Holds.OPEN, "A": Holds.APART}
    assert standing([Evidence("", 1.0, holds=words[letter]) for letter in holds]) is stands


def test_standing_needs_a_line_that_decides() -> None:
    with pytest.raises(InputError):
        standing([Evidence("", 1.0)])


@pytest.mark.parametrize(
    ("value", "half", "over", "under"),
    [
        (1.2, 0.1, Holds.YES, Holds.NO),
        (1.0, 0.0, Holds.NO, Holds.YES),
        (1.0 + 1e-9, 0.0, Holds.NO, Holds.YES),
        (1.0, 0.1, Holds.OPEN, Holds.OPEN),
    ],
)
def test_decided_by_the_interval_not_by_the_point(value: float, half: float, over: Holds, under: Holds) -> None:
    assert above(estimate(value, half), 1.0) is over
    assert below(estimate(value, half), 1.0) is under


@pytest.mark.parametrize(
    "given",
    [
        {"standing": Standing.WITHIN},
        {"standing": Standing.NOT},
        {"standing": Standing.REPRODUCED, "value": 2.0, "low": 0.0, "high": 1.0},
        {"standing": Standing.REPRODUCED, "value": 2.0, "low": 0.0},
    ],
)
def test_incomplete_verdict_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Verdict(figure="2 times", **given)  # type: ignore[arg-type]


def test_crossing_and_bracket() -> None:
    assert crossing(lambda x: x * x, 0.1, 100.0, 9.0) == pytest.approx(3.0, rel=1e-5)
    assert crossing(lambda x: 1.0 / x, 0.1, 100.0, 4.0) == pytest.approx(0.25, rel=1e-5)
    assert crossing(lambda x: x, 1.0, 2.0, 5.0) is None
    assert bracket((1, 2, 4, 8), lambda n: n < 3) == (2, 4)
    assert bracket((1, 2), lambda n: True) == (2, None)
    assert bracket((1, 2), lambda n: False) == (None, 1)
    assert between((2, 4)) == "between 2 and 4"


def test_line_fit_of_a_hand_calculation() -> None:
    intercept, slope = line_fit([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0])
    assert (intercept.value, slope.value) == pytest.approx((1.0, 2.0))
    assert slope.half_width == pytest.approx(0.0, abs=1e-9)
    _, slope = line_fit([0.0, 1.0, 2.0], [0.0, 2.0, 1.0])
    assert slope.value == pytest.approx(0.5)
    assert slope.half_width == pytest.approx(12.7062 * math.sqrt(1.5 / 2.0), rel=1e-4)
    with pytest.raises(InputError):
        line_fit([1.0, 1.0, 1.0], [1.0, 2.0, 3.0])


def test_processes_change_nothing_and_results_are_reused(tmp_path: Path) -> None:
    names = ("ring-deprivileging", "foreign-isa-needs-translation")
    store = Store(tmp_path / "replications.jsonl")
    with Workers(2) as workers:
        several = judge(names, ERAS, TINY, store=store, workers=workers)
    assert rows(several) == rows(judge(names, ERAS, TINY))
    kept = store.path.read_text("utf-8") if store.path else ""
    assert kept
    again = Store(store.path)
    assert rows(judge(names, ERAS, TINY, store=again)) == rows(several)
    assert store.path is not None
    assert store.path.read_text("utf-8") == kept


def test_what_an_interrupted_run_left_is_gathered(tmp_path: Path) -> None:
    path = tmp_path / "replications.jsonl"
    judge(["ring-deprivileging"], ["now"], TINY, store=Store(path))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]))
    (tmp_path / "replications-12.jsonl").write_bytes(b"".join(lines[3:]) + lines[0][:20])
    store = gathered(path)
    assert path.read_bytes() == b"".join(lines)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    judge(["ring-deprivileging"], ["now"], TINY, store=store)
    assert path.read_bytes() == b"".join(lines)


def test_page_names_every_verdict(tmp_path: Path) -> None:
    found = judge(["xen-host-isas"], ERAS, TINY)
    text = page(found, TINY)
    for one in found:
        assert f"{one.era.capitalize()}: {one.verdict.standing}" in text
        assert load_claim(one.claim).statement in text
    assert [row["holds"] for row in evidence_rows(found)] == ["yes"] * 10


def test_command_writes_table_page_and_manifest(tmp_path: Path) -> None:
    out = str(tmp_path)
    result = CliRunner().invoke(
        main, ["claims", "xen-host-isas", "--host", "now", "--jobs", "1", "--quick", "--out", out]
    )
    assert result.exit_code == 0, result.output
    assert "reproduced" in result.output
    with (tmp_path / "claims" / "claims.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert list(row)[:7] == ["id", "host", "verdict", "figure", "low", "high", "boundary"]
    assert {path.name for path in (tmp_path / "claims").iterdir()} >= {"claims.md", "evidence.csv", "manifest.json"}


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (["nonsense"], "claim"),
        (["--host", "later"], "--host"),
        (["--replications", "1"], "--replications"),
        (["--seed", "-1"], "--seed"),
        (["--jobs", "0"], "--jobs"),
    ],
)
def test_command_refuses(given: list[str], word: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["claims", *given, "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert word in result.output


def test_list_names_every_claim() -> None:
    result = CliRunner().invoke(main, ["list", "claims", "--format", "csv"])
    assert [row["name"] for row in csv.DictReader(result.output.splitlines())] == list(claim_names())


@pytest.mark.slow
def test_recorded_table(update_fingerprints: bool) -> None:
    """All claims in the quick setting: the verdicts exactly, the numbers but for the last digits."""
    setting = Setting(quick=True, replications=4)
    with Workers(2) as workers:
        found = [_recorded(one) for one in judge(claim_names(), ERAS, setting, workers=workers)]
    if update_fingerprints:
        with RECORDED.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)
    with RECORDED.open(encoding="utf-8") as file:
        stored = list(csv.DictReader(file))
    assert [(row["id"], row["host"], row["verdict"]) for row in found] == [
        (row["id"], row["host"], row["verdict"]) for row in stored
    ]
    for row, old in zip(found, stored, strict=True):
        for part in ("value", "low", "high"):
            new, was = (float(text) if text else math.nan for text in (row[part], old[part]))
            assert new == pytest.approx(was, rel=1e-6, abs=1e-12, nan_ok=True), (row["id"], row["host"], part)


def _recorded(one: Judged) -> dict[str, str]:
    (row,) = rows([one])
    return {key: str(row[key]) for key in ("id", "host", "verdict", "figure", "value", "low", "high", "boundary")}


def test_claim_is_found_by_its_place() -> None:
    assert all(isinstance(load_claim(name), Claim) for name in claim_names())


def test_what_policies_leave_of_domain_0_turns_on_the_iommu() -> None:
    then, now = (verdict("dom0-compromise", era) for era in ERAS)
    assert "everything under 6 of 6 architectures" in now.figure
    assert not any(line.holds is Holds.NO for line in now.lines)
    failed = [line for line in then.lines if line.holds is Holds.NO]
    assert [line.value for line in failed] == ["disk driver domain, network driver domain"]
    assert "IOMMU, which this host has not" in then.boundary
