"""How many guests fit: the limit's words, the search, and hosts on which the answer can be counted."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

import vmarch
from simcore.statistics import Estimate
from vmarch.comparison import Cell
from vmarch.fitting import Bound, Found, Verdict, search

CELL = Cell("any", "any", None)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("web.p99 <= 5 ms", Bound("web", "p99", 0.005)),
        ("a-b.response<=0.5", Bound("a-b", "response", 0.5)),
        ("web.throughput >= 100 / s", Bound("web", "throughput", 100.0)),
        ("web.throughput >= 2 kHz", Bound("web", "throughput", 2000.0)),
    ],
)
def test_a_limit_is_a_kind_a_metric_and_a_value(text: str, bound: Bound) -> None:
    assert Bound.parse(text) == bound
    assert Bound.parse(str(bound)) == bound


@pytest.mark.parametrize(
    "text",
    [
        *("", "web", "p99 <= 5 ms", "web.p99 < 5 ms", "web.p98 <= 5 ms", "web.p99 >= 5 ms", "web.p99 <= 0"),
        *("web.p99 <= x", "web.throughput <= 5 / s", "web.p99 <= -1 s", "web.p99 <= 5 kB"),
    ],
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(vmarch.InputError, match="--limit"):
        Bound.parse(text)


def looked(threshold: int, sure: Callable[[int], bool] = lambda _: True) -> tuple[Callable[[int], Found], list[int]]:
    """Looks at a host that carries so many guests, and what was looked at."""
    seen: list[int] = []

    def look(guests: int) -> Found:
        seen.append(guests)
        verdict = Verdict(guests <= threshold, sure(guests))
        return Found(guests, CELL, Estimate(1.0, 0.0, 2.0, 1, 0.95), verdict)

    return look, seen


@given(st.integers(0, 300), st.integers(1, 200))
def test_the_search_finds_the_last_that_holds(threshold: int, most: int) -> None:
    look, seen = looked(threshold)
    found = search(look, most)
    assert found.guests == min(threshold, most)
    assert found.low == found.guests
    assert found.high == (threshold if threshold < most else None)
    assert len(seen) == len(set(seen)) <= 2 * math.log2(most + 1) + 2
    assert all(1 <= one <= most for one in seen)


def test_who_cannot_tell_says_so() -> None:
    """Between 6 and 9 intervals reach over the limit."""
    look, _ = looked(7, lambda guests: not 6 <= guests <= 9)
    found = search(look, 100)
    assert (found.guests, found.low, found.high) == (7, 4, 15)


CORES = """
cores = 4

[[guest]]
name = "job"
workload = "compute"
architecture = "kvm-vhost"
vcpus = 1
operations = 40
"""


@pytest.fixture
def cores(tmp_path: Path) -> Path:
    path = tmp_path / "cores.toml"
    path.write_text(CORES, "utf-8")
    return path


def test_as_many_fit_as_there_are_cores(cores: Path) -> None:
    """Each guest keeps one core busy: up to four do not wait for each other, and five do."""
    alone = vmarch.tenants(cores, replications=2, jobs=1).cells[0].estimate("throughput_per_s").value
    limit = f"job.throughput >= {0.95 * alone} / s"
    found = vmarch.capacity(cores, limit, architectures=["container", "kvm-vhost"], replications=2, jobs=1)
    assert [one.guests for one in found.found.values()] == [4, 4]
    assert [(one.low, one.high) for one in found.found.values()] == [(4, 4), (4, 4)]
    assert [line[:2] for line in found.table.rows] == [["container", "4"], ["kvm-vhost", "4"]]
    assert found.plot().axes
    few = vmarch.capacity(cores, limit, most=3, replications=2, jobs=1)
    assert few.table.rows[0][1:3] == ["at least 3", "3 .. more"]


def test_what_was_run_is_found_again(cores: Path, tmp_path: Path, vmarch: Callable[..., Result]) -> None:
    words = (
        "capacity",
        cores,
        "--limit",
        "job.p99 <= 1 s",
        "--most",
        4,
        "--replications",
        2,
        "--out",
        tmp_path / "out",
    )
    first = vmarch(*words)
    kept = (tmp_path / "out" / "replications.jsonl").read_bytes()
    assert vmarch(*words).stdout == first.stdout
    assert (tmp_path / "out" / "replications.jsonl").read_bytes() == kept
    assert (tmp_path / "out" / "capacity.csv").read_text("utf-8").count("\n") == 4


def test_overload_breaks_every_limit(tmp_path: Path) -> None:
    path = tmp_path / "open.toml"
    path.write_text(f'{CORES}tasks = {{ arrivals = "open", rate = "100 / s" }}\n', "utf-8")
    found = vmarch.capacity(path, "job.response <= 1000 s", replications=2, jobs=1)
    (one,) = found.found.values()
    assert one.tried[-1].state == "overloaded"
    assert found.rows[-1]["value"] is None


BAD = {
    ("--limit", "jop.p99 <= 1 s"): "guest: 'jop' is not allowed; expected one of job (did you mean 'job'?)",
    ("--limit", "job.p99 <= 1 s", "--of", "x"): "guest: 'x' is not allowed",
    ("--limit", "job.p99 <= 1 s", "--most", "0"): "--most: 0 is not allowed; expected 1 to 10000",
    ("--limit", "job.p99 <= 1 s", "--engine", "analytic"): "--engine: 'analytic' is not allowed",
    ("--limit", "job.p99 <= 1 s", "-a", "trap-and-emulate"): "trap-and-emulate is refused",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_one_line(words: tuple[str, ...], cores: Path, vmarch: Callable[..., Result]) -> None:
    (line,) = vmarch("capacity", cores, *words, status=2).stderr.splitlines()
    assert line.startswith(f"vmarch: {BAD[words]}")
