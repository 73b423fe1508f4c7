"""Each command says what it should, alike in every format and in every run."""

import csv
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import Result

import vmarch as library
from architectures import architecture_names
from experiments.commands.main import COMMANDS, main
from simcore.errors import CheckError
from simcore.hosts import host_names
from vmarch.output import versions
from workloads import workload_names

Vmarch = Callable[..., Result]
NAMES = {"hosts": host_names(), "architectures": architecture_names(), "workloads": workload_names()}
BRIEF = ("--operations", "8", "--replications", "3", "--jobs", "1")
SHORT = ("--operations", "20", "--replications", "3", "--jobs", "1")
HEAD = ["workload", "architecture", "host", "guests", "metric", "value", "low", "high", "native_value"]
COLUMNS = [*HEAD, "slowdown", "slowdown_low", "slowdown_high", "seed", "replications"]
METRICS = ["throughput_per_s", "response_s", "response_p50_s", "response_p95_s", "response_p99_s", "cpu_cycles"]


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("kind", NAMES)
def test_list(vmarch: Vmarch, kind: str) -> None:
    rows = table(vmarch("list", kind, "--format", "csv").stdout)
    assert [row["name"] for row in rows] == list(NAMES[kind])
    read = json.loads(vmarch("list", kind, "--format", "json").stdout)
    assert [{key: str(value) for key, value in row.items()} for row in read] == rows
    printed = vmarch("list", kind).stdout
    assert all(row["name"] in printed and row["title"][:12] in printed for row in rows)


def test_run_accounts_for_all_time(vmarch: Vmarch) -> None:
    words = ("run", "-w", "oltp", "-a", "kvm-vhost", *BRIEF)
    rows = table(vmarch(*words, "--format", "csv").stdout)
    assert {"workload", "architecture", "group", "metric", "value", "low", "high", "seed"} <= set(rows[0])
    value = {(row["group"], row["metric"]): float(row["value"]) for row in rows}
    parts = [value[key] for key in value if key[0].startswith(("served", "waiting"))]
    assert sum(parts) == pytest.approx(value["each operation", "response_s"], rel=1e-9)
    assert all(float(row["low"]) <= float(row["value"]) <= float(row["high"]) for row in rows)
    read = json.loads(vmarch(*words, "--format", "json").stdout)
    assert [row["value"] for row in read] == list(value.values())
    printed = vmarch(*words).stdout
    assert "oltp under kvm-vhost, 3 replications" in printed
    assert "95 % interval" in printed


def test_compare(vmarch: Vmarch) -> None:
    words = ("compare", "-w", "oltp", "-a", "native", "-a", "kvm-vhost", *BRIEF)
    rows = table(vmarch(*words, "--format", "csv").stdout)
    assert [row["metric"] for row in rows] == 2 * METRICS
    assert list(rows[0])[: len(COLUMNS)] == COLUMNS
    for row in rows:
        assert (row["workload"], row["host"], row["guests"]) == ("oltp", "server", "1")
        assert (row["seed"], row["replications"], row["status"]) == ("1", "3", "ok")
        for part in ("", "slowdown"):
            low, value, high = (float(row[f"{part}{end}".strip("_") or "value"]) for end in ("_low", "", "_high"))
            assert low <= value <= high
    ours = {row["metric"]: float(row["slowdown"]) for row in rows if row["architecture"] == "kvm-vhost"}
    assert min(ours.values()) > 1.0
    read = json.loads(vmarch(*words, "--format", "json").stdout)
    assert [row["slowdown"] for row in read] == [float(row["slowdown"]) for row in rows]
    printed = vmarch(*words).stdout
    assert "1 .. 1" in printed
    assert "95 % interval" in printed


@pytest.mark.parametrize("more", [(), ("--deterministic",), ("--guests", "3"), ("--set", "disk_read=1 ms")])
@pytest.mark.parametrize("workload", ["oltp", "compute", "fork", "fsync"])
def test_the_bare_machine_is_exactly_as_fast_as_itself(vmarch: Vmarch, workload: str, more: tuple[str, ...]) -> None:
    rows = table(vmarch("compare", "-w", workload, "-a", "native", *BRIEF, *more, "--format", "csv").stdout)
    assert [row["metric"] for row in rows] == METRICS
    assert {(row["slowdown"], row["slowdown_low"], row["slowdown_high"]) for row in rows} == {("1.0", "1.0", "1.0")}


def test_one_replication_has_no_interval(vmarch: Vmarch) -> None:
    words = ("compare", "-w", "oltp", "-a", "kvm-vhost", "--operations", "20", "--replications", "1", "--jobs", "1")
    read = json.loads(vmarch(*words, "--format", "json").stdout)[0]
    assert (read["low"], read["high"], read["slowdown_high"]) == (None, None, None)
    assert read["slowdown"] > 1.0


def test_what_costs_no_cycles_at_all_is_compared_too(vmarch: Vmarch, tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    head = 'name = "w"\ntitle = "t"\nkind = "micro"\nunit = "u"\nsource = "by definition"\n'
    file.write_text(f'{head}[[io]]\nkind = "wait"\nwait = "10 ms"\n')
    words = ("-a", "native", "-a", "kvm-vhost", "--set", "wake_up=0", *SHORT, "--format", "csv")
    rows = table(vmarch("compare", "-w", file, *words).stdout)
    assert [row["slowdown"] for row in rows if row["metric"] == "cpu_cycles"] == ["1.0", "inf"]


def test_explain(vmarch: Vmarch, tmp_path: Path) -> None:
    words = ("explain", "disk-read-random", "xen-pv", "--out", tmp_path)
    rows = table(vmarch(*words, "--format", "csv").stdout)
    assert {"step", "layer", "cost", "seconds", "status", "source"} <= set(rows[0])
    assert json.loads(vmarch(*words, "--format", "json").stdout)[0]["source"] == rows[0]["source"]
    printed = vmarch(*words).stdout
    assert all(row["step"] in printed for row in rows)
    assert "in all, without waiting for anyone else" in printed
    name = "explain-disk-read-random-xen-pv"
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.{kind}" for kind in ("csv", "json", "png", "svg")}
    assert table((tmp_path / f"{name}.csv").read_text()) == rows


def test_costs(vmarch: Vmarch) -> None:
    rows = table(vmarch("costs", "kvm-vhost", "--format", "csv").stdout)
    assert {row["status"] for row in rows} == {"measured", "carried", "assumed"}
    assert all(float(row["low"]) <= float(row["value"]) <= float(row["high"]) for row in rows)
    assert all(len(row["source"]) >= 8 for row in rows)
    assert json.loads(vmarch("costs", "kvm-vhost", "--format", "json").stdout)[0]["name"] == rows[0]["name"]
    printed = vmarch("costs", "kvm-vhost").stdout
    assert all(row["name"] in printed for row in rows)


PAIRS = ("-w", "NOISY", "-w", "tcp-rr", "-a", "kvm-vhost", "-a", "xen-pv")


@pytest.mark.parametrize(
    "words",
    [
        ("run", *PAIRS, *SHORT),
        ("compare", *PAIRS, *SHORT, "--precision", "5%"),
        ("compare", *PAIRS, "--deterministic", "--operations", "20", "--jobs", "1"),
        ("explain", "fsync", "xen-pv"),
    ],
    ids=["run", "compare", "deterministic", "explain"],
)
def test_one_seed_one_result(vmarch: Vmarch, noisy: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    mine = [noisy if word == "NOISY" else word for word in words]
    first, second = (vmarch(*mine, "--out", tmp_path / name) for name in "ab")
    assert first.stdout == second.stdout
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_processes_and_interruptions_leave_no_trace(vmarch: Vmarch, noisy: Path, tmp_path: Path) -> None:
    words = ("compare", "-w", noisy, *PAIRS[2:], "--operations", "20", "--replications", "3", "--format", "csv")
    alone, two, again = (tmp_path / name for name in "abc")
    printed = vmarch(*words, "--jobs", 1, "--out", alone).stdout
    assert vmarch(*words, "--jobs", 2, "--out", two).stdout == printed
    again.mkdir()
    stored = (alone / "replications.jsonl").read_bytes()
    (again / "replications.jsonl").write_bytes(stored[: len(stored) * 2 // 3])  # cut in the middle of a line
    assert vmarch(*words, "--jobs", 1, "--out", again).stdout == printed
    assert files(alone) == files(two) == files(again)


def test_another_seed_is_another_result(vmarch: Vmarch, noisy: Path) -> None:
    words = ("compare", "-w", noisy, "-a", "kvm-vhost", *SHORT, "--format", "csv")
    one, two = (table(vmarch(*words, "--seed", seed).stdout) for seed in (1, 2))
    assert all(a["value"] != b["value"] for a, b in zip(one, two, strict=True))
    assert {row["seed"] for row in two} == {"2"}


def test_the_level_reaches_the_intervals_and_the_stopping_rule(vmarch: Vmarch, noisy: Path) -> None:
    words = ("compare", "-w", noisy, "-a", "kvm-vhost", *SHORT, "--precision", "1%", "--format", "csv")
    found = {}
    for level in ("0.9", "0.99"):
        row = next(r for r in table(vmarch(*words, "--level", level).stdout) if r["metric"] == "response_s")
        assert float(row["slowdown_high"]) - float(row["slowdown_low"]) <= 0.02 * float(row["slowdown"])
        found[level] = int(row["replications"])
    assert found["0.9"] < found["0.99"]


def test_a_precision_that_is_not_reached_is_said(vmarch: Vmarch, noisy: Path) -> None:
    words = ("compare", "-w", noisy, "-a", "kvm-vhost", "--operations", "1", "--warmup", "0", "--jobs", "1")
    assert "1 slowdowns stopped at the cap of 200 replications" in vmarch(*words, "--precision", "0.01%").stdout


def test_a_refused_pair_is_a_row_with_its_reason(vmarch: Vmarch) -> None:
    words = ("compare", "-w", "compute", "-a", "native", "-a", "kvm-vhost", "--host", "pentium3-733", *SHORT)
    last = table(vmarch(*words, "--format", "csv").stdout)[-1]
    assert (last["architecture"], last["metric"], last["slowdown"]) == ("kvm-vhost", "", "")
    assert last["status"].startswith("refused: kvm-vhost is refused: ")
    printed = vmarch(*words).stdout
    assert "refused" in printed
    assert last["status"].removeprefix("refused: ") in printed


def test_what_is_named_twice_is_run_once(vmarch: Vmarch) -> None:
    words = ("compare", "-w", "compute", "-w", "compute", "-a", "native", "-a", "native", *SHORT, "--format", "csv")
    assert [row["metric"] for row in table(vmarch(*words).stdout)] == METRICS


@pytest.mark.parametrize("command", ["run", "compare"])
def test_overload_is_reported(vmarch: Vmarch, overloaded: Path, command: str) -> None:
    words = (command, "-w", overloaded, "-a", "kvm-vhost", "--vcpus", 1, "--replications", 2, "--jobs", 1)
    result = vmarch(*words, "--format", "csv")
    assert "overloaded under kvm-vhost, replication 0: " in result.stderr
    rows = {row["metric"]: row for row in table(result.stdout)}
    assert {row["status"] for row in rows.values()} == {"overloaded"}
    assert rows["response_s"]["value"] == rows["response_p99_s"]["value"] == ""
    assert rows["response_s"]["interval"] == "none"
    assert float(rows["throughput_per_s"]["value"]) > 0.0
    if command == "compare":
        assert rows["response_s"]["slowdown"] == rows["response_s"]["variance_reduction"] == ""
        assert re.search(r"kvm-vhost +overloaded *$", vmarch(*words).stdout, re.MULTILINE)
        assert re.search(r"kvm-vhost .* overloaded *$", vmarch(*words, "--verbose").stdout, re.MULTILINE)
    else:
        growing = [row for row in table(result.stdout) if row["group"].startswith(("waiting", "mean number"))]
        assert growing
        assert {row["value"] for row in growing} == {""}
        assert re.search(r"processors +overloaded *$", vmarch(*words).stdout, re.MULTILINE)


def test_cells_and_figures_say_overloaded(overloaded: Path) -> None:
    asked: dict[str, Any] = {"vcpus": 1, "replications": 2, "jobs": 1}
    found = library.run(overloaded, "kvm-vhost", **asked)
    assert repr(found.cells[0]) == "<Cell overloaded under kvm-vhost: overloaded>"
    labels = [text.get_text() for text in found.plot().axes[0].get_yticklabels()]
    assert labels == ["overloaded, kvm-vhost (overloaded: served only)"]
    assert not library.compare(overloaded, "kvm-vhost", **asked).has_figure


def test_progress_is_for_terminals(vmarch: Vmarch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert vmarch("compare", "-w", "compute", "-a", "native", *SHORT).stderr == ""


def test_version(vmarch: Vmarch) -> None:
    first, *others = vmarch("--version").stdout.splitlines()
    found = versions()
    assert first == f"vmarch, version {found.pop('vmarch')}"
    assert others == [f"{name} {number}" for name, number in found.items()]
    assert dict(line.split() for line in others)["numpy"] == np.__version__


@pytest.mark.parametrize("command", COMMANDS)
def test_help(vmarch: Vmarch, command: str) -> None:
    text = vmarch(command, "-h").stdout
    assert text == vmarch(command, "--help").stdout
    assert text.startswith(f"Usage: vmarch {command} ")
    found = main.get_command(click.Context(main), command)
    assert found
    options = [parameter for parameter in found.params if isinstance(parameter, click.Option)]
    assert all(option.help and option.opts[0] in text for option in options)


def test_help_of_all(vmarch: Vmarch) -> None:
    text = vmarch().stdout
    assert text == vmarch("-h").stdout
    assert all(f"  {name} " in text for name in COMMANDS)


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (KeyboardInterrupt(), 130, "interrupted; what had finished is kept"),
        (CheckError("the run breaks Little's law"), 1, "the run breaks Little's law"),
    ],
    ids=["interruption", "defect"],
)
def test_status(vmarch: Vmarch, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, says: str) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(sys.modules["vmarch.filling"], "replicate", fail)
    result = vmarch("run", "-w", "compute", "-a", "native", *SHORT, status=status)
    assert result.stderr.strip().startswith(f"vmarch: {says}")
    assert result.stdout == ""


def test_ranges_are_left_out_where_asked(vmarch: Vmarch) -> None:
    words = ("compare", "-w", "tcp-rr", "-a", "kvm-vhost", *SHORT)
    assert "over costs" in vmarch(*words).stdout
    assert "over costs" not in vmarch(*words, "--no-ranges").stdout
    (row, *_) = table(vmarch(*words, "--no-ranges", "--format", "csv").stdout)
    assert not {"slowdown_costs_low", "slowdown_costs_high"} & set(row)


def test_explain_says_the_year_of_each_cost(vmarch: Vmarch) -> None:
    rows = table(vmarch("explain", "tcp-rr", "kvm-vhost", "--format", "csv").stdout)
    assert "2014" in {row["year"] for row in rows}
