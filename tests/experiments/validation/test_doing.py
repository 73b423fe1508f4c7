"""Rows about operations of a guest's life: predicted by hand, and what a case must say."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.validation import load_case, predict
from experiments.validation.case import FOLDER, case_paths
from simcore.errors import CapabilityError, InputError

CASE = """
name = "mine"
title = "A boot"
paper = "A paper of mine"
host = "m5d-metal"

[[system]]
name = "native"
architecture = "native"

[[system]]
name = "Firecracker"
architecture = "firecracker"

[operation.boot]
do = "create"
at_once = 2

[[target]]
table = "Table 1"
benchmark = "boot"
system = "Firecracker"
metric = "median"
value = 160
unit = "ms"
workload = "boot"
runs_on = "Firecracker"
scale = 1e3
mechanism = "boot"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_row_is_the_median_of_what_each_takes(tmp_path: Path) -> None:
    (found,) = predict(load_case(written(tmp_path, CASE)))
    assert found.predicted == pytest.approx(160.9)
    assert found.low < found.predicted <= found.high
    assert found.decisive.startswith("monitor_wait")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('workload = "boot"', 'workload = "boots"', "boots"),
        ('do = "create"', 'do = "creates"', "create"),
        ("at_once = 2", "at_once = 0", "at_once"),
        ("at_once = 2", 'memory = "1 KiB"', "memory"),
        ("scale = 1e3", 'scale = 1e3\nquantity = "rate"', "quantity"),
        ('[operation.boot]\ndo = "create"\nat_once = 2\n', "", "operation"),
        ("[operation.boot]", "[workload.boot]\ndemands = { forks = 1 }\n\n[operation.boot]", "names"),
    ],
)
def test_cases_that_are_refused(old: str, new: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        load_case(written(tmp_path, CASE.replace(old, new)))


def test_an_operation_that_an_architecture_has_not(tmp_path: Path) -> None:
    with pytest.raises(CapabilityError):
        load_case(written(tmp_path, CASE.replace('architecture = "firecracker"', 'architecture = "qemu-user"')))


def test_the_cases_of_the_life_cycle() -> None:
    """Some hundred rows of five cases, of which no input is a target."""
    paths = [path for path in case_paths() if path.stem.startswith(("boots-", "own-life", "firecracker-restore"))]
    cases = [load_case(path) for path in paths]
    assert [case.name for case in cases] == [path.stem for path in paths]
    assert all(case.on_host.name for case in cases)
    assert sum(len(case.target) for case in cases) == 102
    assert {path.name for path in (FOLDER / "hosts").glob("*.toml")}


def test_a_balloon_is_calls_of_the_host_for_each_page() -> None:
    """18 GiB are 4,718,592 pages; growing takes a system call and a change of the map for each, and no more."""
    case = load_case(FOLDER / "balloon-2024.toml")
    found = {row.benchmark: row for row in predict(case) if row.kind == "predicted"}
    storm = case.storm(next(row for row in case.target if row.workload == "grow-fresh"))
    each = storm.book["system_call"].value + storm.book["mapping_call"].value + storm.book["wake_up"].value / 256
    fresh = found["grow by 18 GiB, fresh from boot"]
    assert fresh.predicted == pytest.approx(4_718_592 * each / 1e12, rel=1e-6)
    assert fresh.predicted == found["grow by 18 GiB, 19 GiB written before"].predicted
    assert sum(row.error > 0.15 for row in found.values()) == 1
