"""`vmarch infer`: what it writes, says and refuses."""

import csv
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from workloads import load_workload

Vmarch = Callable[..., Result]
FEW = ("--draws", 800)


@pytest.fixture
def times(tmp_path: Path) -> Path:
    path = tmp_path / "My Job.csv"
    path.write_text("architecture,value,unit,low,high\nnative,12.3,s,12.1,12.6\nworkstation-translation,15.5,s,,\n")
    return path


def test_files_say_what_made_them_and_are_the_same_for_the_same_seed(
    vmarch: Vmarch, times: Path, tmp_path: Path
) -> None:
    words = ("infer", times, *FEW, "--demand", "page_faults=75000", "--predict", "xen-pv,kvm-vhost")
    for folder in ("a", "b"):
        vmarch(*words, "--out", tmp_path / folder)
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {"infer.csv", "demands.csv", "workload.toml", "infer.json", "infer.png", "infer.svg"}
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    made = json.loads((tmp_path / "a" / "infer.json").read_text())["configuration"]
    assert made["seed"] == 1
    assert made["measured"][0]["seconds"] == 12.3
    assert "oltp" in made["prior"]
    rows = list(csv.DictReader((tmp_path / "a" / "infer.csv").read_text().splitlines()))
    assert [row["architecture"] for row in rows] == ["native", "workstation-translation", "xen-pv", "kvm-vhost"]
    assert [row["kind"] for row in rows] == ["measured", "measured", "predicted", "predicted"]
    for row in rows:
        assert float(row["predicted_low_s"]) <= float(row["predicted_s"]) <= float(row["predicted_high_s"])
    demands = {row["demand"]: row for row in csv.DictReader((tmp_path / "a" / "demands.csv").read_text().splitlines())}
    assert demands["page_faults"]["told"] == "counted"
    assert float(demands["page_faults"]["amount"]) == pytest.approx(75000, rel=1e-3)
    assert sum(float(row["native_share"]) for row in demands.values()) == pytest.approx(1.0)
    other = vmarch(*words, "--seed", 2, "--format", "csv").stdout
    assert other != (tmp_path / "a" / "infer.csv").read_text()


def test_the_workload_can_be_run_and_takes_the_measured_times(vmarch: Vmarch, times: Path, tmp_path: Path) -> None:
    vmarch("infer", times, *FEW, "--predict", "xen-pv", "--out", tmp_path)
    path = tmp_path / "workload.toml"
    workload = load_workload(path)
    assert workload.name == "my-job"
    assert set(workload.basis) == {*workload.demands, *(item.kind for item in workload.io), "tasks"}
    parts = 1 if workload.unit == "job" else int(workload.unit.split("/")[1].split()[0])
    found = {}
    for name in ("native", "workstation-translation"):
        words = ("run", "-w", path, "-a", name, "--deterministic", "--operations", 3, "--format", "csv")
        rows = list(csv.DictReader(vmarch(*words).stdout.splitlines()))
        found[name] = next(float(row["value"]) for row in rows if row["metric"] == "response_s") * parts
    assert found["native"] == pytest.approx(12.3, rel=0.02)
    assert found["workstation-translation"] == pytest.approx(15.5, rel=0.03)


def test_a_job_without_input_and_output_is_one_operation(vmarch: Vmarch, times: Path, tmp_path: Path) -> None:
    none = [
        word
        for name in ("send", "receive", "disk_read", "disk_write", "disk_flush", "wait")
        for word in ("--demand", f"{name}=0")
    ]
    vmarch("infer", times, *FEW, *none, "--predict", "xen-pv", "--out", tmp_path)
    data = tomllib.loads((tmp_path / "workload.toml").read_text())
    assert data["unit"] == "job"
    assert "io" not in data


def test_all_that_can_run_are_predicted_and_json_has_both_tables(vmarch: Vmarch, times: Path) -> None:
    found = json.loads(vmarch("infer", times, *FEW, "--format", "json").stdout)
    names = [row["architecture"] for row in found["times"]]
    assert "trap-and-emulate" not in names
    assert {"xen-pv", "kvm-vhost", "container"} <= set(names)
    assert {row["told"] for row in found["demands"]} <= {"yes", "roughly", "at most", "no"}


def test_native_need_not_be_measured(vmarch: Vmarch, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("architecture,value\nkvm-vhost,12.3 s\nxen-pv,13 s\n")
    rows = list(csv.DictReader(vmarch("infer", path, *FEW, "--format", "csv").stdout.splitlines()))
    native = next(row for row in rows if row["architecture"] == "native")
    assert native["kind"] == "predicted"
    assert 5.0 < float(native["predicted_s"]) < 13.0


def test_times_that_nothing_explains_are_said_to_be_so(vmarch: Vmarch, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("architecture,value\nnative,12.3 s\ncontainer,6 s\n")  # nothing is faster in a container
    result = vmarch("infer", path, *FEW, "--predict", "xen-pv")
    assert "no demands of 0 or more explain" in result.stderr
    path.write_text("architecture,value\nnative,12.3 s\nworkstation-translation,6 s\n")  # hardly anything but ports is
    result = vmarch("infer", path, *FEW, "--predict", "xen-pv")
    assert "nothing known resembles the job" in result.stderr


BAD: dict[str, tuple[tuple[str, ...], str, str]] = {
    "no file": ((), "Missing argument", "TIMES"),
    "missing file": (("nothing.csv",), "TIMES", "nothing.csv"),
    "host": (("TIMES", "--host", "sever"), "--host", "did you mean 'server'?"),
    "predict nobody": (("TIMES", "--predict", "xen-pv,,uml"), "--predict", "separated by commas"),
    "predict unknown": (("TIMES", "--predict", "xen"), "--architecture", "did you mean 'xen-pv'?"),
    "predict refused": (
        ("TIMES", "--predict", "trap-and-emulate"),
        "trap-and-emulate is refused",
        "do not trap",
    ),
    "demand unknown": (("TIMES", "--demand", "page_fault=1"), "--demand", "did you mean 'page_faults'?"),
    "demand without amount": (("TIMES", "--demand", "page_faults"), "--demand", "NAME=AMOUNT"),
    "demand of nothing": (("TIMES", "--demand", "=1"), "--demand", "NAME=AMOUNT"),
    "demand negative": (("TIMES", "--demand", "page_faults=-1"), "--demand page_faults", "0 to 1e18"),
    "demand NaN": (("TIMES", "--demand", "page_faults=nan"), "--demand page_faults", "finite"),
    "demand is a word": (("TIMES", "--demand", "page_faults=many"), "--demand page_faults", "'many'"),
    "demand in another unit": (("TIMES", "--demand", "wait=5 MB"), "--demand wait", "a time such as"),
    "demand twice": (("TIMES", "--demand", "forks=1", "--demand", "forks=2"), "--demand", "each demand once"),
    "demand too large": (("TIMES", "--demand", "user_cycles=1e12"), "--demand", "12.3 s measured under native"),
    "error": (("TIMES", "--error", "much"), "--error", "below 100 %"),
    "error above 1": (("TIMES", "--error", "150%"), "--error", "below 100 %"),
    "error negative": (("TIMES", "--error", "-1%"), "--error", "below 100 %"),
    "draws": (("TIMES", "--draws", "10"), "--draws", "400 to 100000"),
    "seed": (("TIMES", "--seed", "-1"), "--seed", "0 to"),
    "format": (("TIMES", "--format", "jason"), "--format", "did you mean 'json'?"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_line(kind: str, vmarch: Vmarch, times: Path, tmp_path: Path) -> None:
    words, *says = BAD[kind]
    given = [str(times) if word == "TIMES" else word for word in words]
    result = vmarch("infer", *given, "--out", tmp_path / "out", status=2)
    assert result.stderr.count("\n") == 1
    for text in says:
        assert text in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [("xen", "did you mean 'xen-pv'?"), ("trap-and-emulate", "refused"), ("nothing.toml", "nothing.toml")],
)
def test_times_on_what_is_no_architecture(name: str, says: str, vmarch: Vmarch, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"architecture,value\nnative,12.3 s\n{name},13 s\n")
    assert says in vmarch("infer", path, status=2).stderr
