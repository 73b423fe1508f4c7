"""Predictions of a job: the native time comes out again, what an environment adds is what its costs say."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vmarch
from tests.command_line import Vmarch
from vmarch.calibration import calibrate
from vmarch.jobs.forecast import Forecast
from vmarch.jobs.job import Count, Job, NativeRun, load_job
from workloads import Workload

MICRO = """environment,workload,median,unit
native,int_loop,1000,ns
native,sys_getppid,200,ns
native,pf_anon,1000,ns
native,stat_rootfs,1200,ns
native,fork_exit_wait,80,us
slow,int_loop,1000,ns
slow,sys_getppid,10200,ns
slow,pf_anon,2000,ns
slow,stat_rootfs,51200,ns
slow,fork_exit_wait,500,us
same,int_loop,1000,ns
same,sys_getppid,200,ns
same,pf_anon,1000,ns
same,stat_rootfs,1200,ns
same,fork_exit_wait,80,us
"""
WORKLOAD = """name = "many-files"
title = "Many files"
kind = "macro"
unit = "run"
source = "made for a test"
demands = { system_calls = 10_000, path_lookups = 4000 }
"""


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("box")
    (folder / "micro.csv").write_text(MICRO, "utf-8")
    for name, text in calibrate(folder / "micro.csv", name="this-machine", clock="2 GHz", cores=2).files().items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def job(tmp_path: Path) -> Path:
    (tmp_path / "workload.toml").write_text(WORKLOAD, "utf-8")
    (tmp_path / "native.csv").write_text("wall_s,user_s,system_s\n0.5,0.3,0.1\n", "utf-8")
    return tmp_path


def one(found: vmarch.Predicted, name: str) -> Forecast:
    forecast = found.forecasts[name]
    assert isinstance(forecast, Forecast)
    return forecast


def test_what_an_environment_adds_is_added_by_hand(job: Path, box: Path) -> None:
    found = one(vmarch.predict(job, box), "slow")
    calls, lookups = 10_000 * 10e-6, 4000 * (50e-6 - 10e-6)
    assert found.seconds == pytest.approx(0.5 + calls + lookups, rel=1e-3)
    assert found.decides[0] == "path_lookups"
    assert found.decides[1] == pytest.approx(lookups / (calls + lookups), rel=1e-3)
    assert found.parts["waiting"].more_s == 0.0


def test_what_is_the_same_takes_as_long(job: Path, box: Path) -> None:
    found = one(vmarch.predict(job, box), "same")
    assert found.slowdown == pytest.approx(1.0, abs=1e-9)
    assert found.decides[0] == ""


def test_says_what_decides(job: Path, box: Path) -> None:
    found = vmarch.predict(job, box)
    assert "4,000 path look-ups at 40 us more each are 62 % of what it takes more" in " ".join(found.table.notes)
    assert {row["architecture"]: row["status"] for row in found.rows} == {"same": "ok", "slow": "ok"}


def test_catalogue_is_carried_over(job: Path, box: Path) -> None:
    rows = {row["architecture"]: row for row in vmarch.predict(job, box, catalogue=True).rows}
    assert rows["kvm-vhost"]["costs"] == "carried over"
    assert rows["slow"]["costs"] == "measured"


@settings(max_examples=20, deadline=None)
@given(
    wall=st.floats(0.01, 100.0),
    share=st.floats(0.0, 2.0),
    user=st.floats(0.0, 1.0),
    amounts=st.tuples(*[st.floats(0.0, 1e6)] * 3),
    wide=st.floats(1.0, 10.0),
)
def test_never_faster_and_within_its_range(
    box: Path, wall: float, share: float, user: float, amounts: tuple[float, float, float], wide: float
) -> None:
    names = ("system_calls", "page_faults", "forks")
    demands = {"user_cycles": 1.0, **dict(zip(names, amounts, strict=True))}
    head = {"name": "job", "title": "job", "kind": "macro", "unit": "run", "source": "by hypothesis"}
    busy = wall * share
    counts = {
        name: Count(value, value / wide, value * wide, "drawn") for name, value in zip(names, amounts, strict=True)
    }
    made = Job(
        Workload.model_validate({**head, "demands": demands}),
        (NativeRun(wall, busy * user, busy * (1 - user)),),
        counts,
    )
    found = one(vmarch.predict(made, box, ["slow"], draws=100), "slow")
    assert found.slowdown >= 1.0 - 1e-9
    assert found.low <= found.slowdown <= found.high
    assert sum(part.native_s for part in found.parts.values()) == pytest.approx(wall, rel=1e-6)


def test_command_prints_and_writes(vmarch: Vmarch, job: Path, box: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = vmarch("predict", job, "--on", box, "--out", out, "--format", "csv")
    assert [row["architecture"] for row in csv.DictReader(io.StringIO(result.stdout))] == ["same", "slow"]
    assert {path.name for path in out.iterdir()} == {
        f"predict-many-files.{end}" for end in ("csv", "json", "png", "svg")
    }
    assert json.loads((out / "predict-many-files.json").read_text())["configuration"]["draws"] == 1000


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("native.csv", "wall_s\n", "native.csv"),
        ("native.csv", "wall_s\n0\n", "wall_s"),
        ("native.csv", "time\n1\n", "column wall_s"),
        ("native.csv", "wall_s,user_s\n1,much\n", "user_s"),
        ("counts.csv", "demand,value,low,high\nsystem_call,1,1,1\n", "did you mean 'system_calls'"),
        ("counts.csv", "demand,value,low,high\nsystem_calls,1,2,3\n", "low <= 1 <= high"),
        ("counts.csv", "demand,value,low,high\nsystem_calls,1,1,1\nsystem_calls,1,1,1\n", "each demand once"),
        ("workload.toml", "name = 3", "workload.toml"),
    ],
)
def test_bad_files_are_one_line(vmarch: Vmarch, job: Path, box: Path, file: str, text: str, said: str) -> None:
    (job / file).write_text(text, "utf-8")
    result = vmarch("predict", job, "--on", box, status=2)
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_bad_folders_are_one_line(vmarch: Vmarch, job: Path, box: Path, tmp_path: Path) -> None:
    assert "JOB" in vmarch("predict", tmp_path / "none", "--on", box, status=2).stderr
    assert "--on" in vmarch("predict", job, "--on", tmp_path, status=2).stderr
    assert "did you mean" in vmarch("predict", job, "--on", box, "-a", "kvm-vhots", status=2).stderr
    assert "--draws" in vmarch("predict", job, "--on", box, "--draws", 1, status=2).stderr


def test_a_job_is_read_as_it_was_written(job: Path, tmp_path: Path) -> None:
    made = Job(load_job(job).workload, (NativeRun(1.0, 0.5, 0.25, 4.0),), {"system_calls": Count(2, 1, 3, "by hand")})
    import tomllib

    made.save(tmp_path / "again", tomllib.loads(WORKLOAD))
    again = load_job(tmp_path / "again")
    assert (again.runs, again.counts) == (made.runs, made.counts)
