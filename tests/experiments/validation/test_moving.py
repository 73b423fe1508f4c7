"""Rows about migrations: Clark et al. (NSDI 2005), its inputs and its targets apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.validation import load_case, predict
from experiments.validation.case import FOLDER
from simcore.errors import InputError
from simcore.life.migration import Rules
from simcore.memory import PAGE_BYTES

CASE = FOLDER / "migration-2005.toml"
MB = 1e6


def test_the_memory_is_what_three_rounds_say() -> None:
    case = load_case(CASE)
    first, second, third = (
        next(row.value for row in case.input if row.metric == f"sent in round {n}" and "SPEC" in row.benchmark)
        for n in (1, 2, 3)
    )
    rate = 12.5  # MB a second: the least of the rules
    others = (second - third) / (first / rate - second / rate)
    written = third - others * second / rate
    memory = case.migration["specweb99"].memory
    assert memory.resident_bytes == first * MB
    assert memory.written_bytes == pytest.approx(written * MB, rel=1e-3)
    assert memory.writes_per_s * (1 - memory.hot) == pytest.approx(others * MB / PAGE_BYTES, rel=2e-3)
    assert memory.writes_per_s * memory.hot == pytest.approx(3 * written * MB / PAGE_BYTES, rel=1e-3)
    assert memory.dirtied(second / rate) == pytest.approx(third * MB, rel=0.01)


def test_what_is_hit_and_what_is_missed() -> None:
    found = {(row.benchmark, row.metric): row for row in predict(load_case(CASE)) if row.kind == "predicted"}
    assert len(found) == 15
    off = {key[1]: row.error for key, row in found.items()}
    missed = {name for name, error in off.items() if error > 0.3}
    assert missed == {"sent in the last round", "time of the last round", "downtime"}
    assert sorted(off.values())[len(off) // 2] < 0.15


def test_the_rules_are_of_the_paper() -> None:
    case = load_case(CASE)
    phases = case.migration["plain-128"].course(case.composed(case.system[1]), case.on_host)
    assert phases.read("downtime", 0) == pytest.approx(32.0, rel=0.01)
    assert Rules("stop-and-copy").method == case.migration["plain-128"].method
    with pytest.raises(InputError, match="round: 9 is not allowed"):
        phases.read("sent", 9)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('quantity = "downtime"', 'quantity = "rate"', "time, downtime, sent"),
        ("[migration.static]", "[operation.specweb99]\ndo = 'create'\n[migration.static]", "of different names"),
        ('rules = "clark2005"', 'rules = "clark2006"', "did you mean 'clark2005'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    host = FOLDER / "hosts" / "xeon-2ghz-2005.toml"
    text = CASE.read_text("utf-8").replace("hosts/xeon-2ghz-2005.toml", str(host))
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(InputError, match=words):
        predict(load_case(path))


def test_times_under_kvm_are_what_is_sent_over_the_limit() -> None:
    case = load_case(FOLDER / "migration-qemu.toml")
    found = {(row.benchmark, row.metric): row for row in predict(case) if row.kind == "predicted"}
    sent = 389137 * 1024 / (32 << 20)  # QEMU's default limit of 2019: 11.88 s
    pause = found["idle guest, Niantic", "downtime"].predicted
    assert pause == pytest.approx(9.0)
    assert found["idle guest, Niantic", "total time"].predicted == pytest.approx(1e3 * sent + pause, rel=1e-3)
    off = [row.error for (_, metric), row in found.items() if metric != "downtime"]
    assert len(off) == 8
    assert sorted(off)[4] < 0.05
    assert all(row.cause for (_, metric), row in found.items() if metric == "downtime")


def test_a_post_copied_guest_is_paused_for_its_state_alone() -> None:
    case = load_case(FOLDER / "migration-qemu.toml")
    course = case.migration["post-copy"].course(case.composed(case.system[1]), case.on_host)
    assert course.read("downtime", 0) == pytest.approx((1 << 20) / 117.575e6 + 0.009, rel=1e-3)
    assert course.read("sent", 0) == pytest.approx((1 << 30) + (1 << 20), rel=1e-3)
