"""A prediction beside the runs: in an environment that changes nothing, and in one that takes twice as long."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

import vmarch as library
from simcore.errors import InputError
from tests.command_line import Vmarch
from vmarch.calibration import calibrate
from vmarch.jobs.rounds import Taken, slowdowns
from vmarch.measuring.environments import environment_named
from vmarch.measuring.running import Ran

MICRO = """environment,workload,median,unit
native,int_loop,1000,ns
native,sys_getppid,200,ns
same,int_loop,1000,ns
same,sys_getppid,200,ns
qemu-user,int_loop,2000,ns
qemu-user,sys_getppid,200,ns
"""
WORKLOAD = """name = "nap"
title = "A nap"
kind = "macro"
unit = "run"
source = "made for a test"
demands = { system_calls = 100, execs = 2 }
"""


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    (folder / "micro.csv").write_text(MICRO, "utf-8")
    (folder / "manifest.json").write_text('{"configuration": {"host": "server"}}', "utf-8")
    for name, text in calibrate(folder / "micro.csv", name="this-machine", clock="2 GHz", cores=2).files().items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def job(tmp_path: Path) -> Path:
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "workload.toml").write_text(WORKLOAD, "utf-8")
    (folder / "native.csv").write_text("wall_s,user_s,system_s\n0.05,0.001,0.001\n", "utf-8")
    return folder


def test_a_job_is_run_by_turns_and_kept(vmarch: Vmarch, job: Path, box: Path, tmp_path: Path) -> None:
    options = ["--runs", 2, "--save", tmp_path / "cases", "--out", tmp_path / "out", "--", "sleep", "0.05"]
    said = vmarch("check", job, "--on", box, "-e", "same=env {}", *options).stdout
    assert "A nap: predicted, then run" in said
    with (job / "check-runs.csv").open(encoding="utf-8") as file:
        runs = list(csv.DictReader(file))
    assert [(row["round"], row["environment"]) for row in runs] == [
        (n, place) for n in ("1", "2") for place in ("native", "same")
    ]
    assert all(float(row["wall_s"]) >= 0.05 for row in runs)
    assert (tmp_path / "out" / "check-nap.png").exists()
    assert "A nap, same" in vmarch("validate", "--cases", tmp_path / "cases" / "nap.toml").stdout


def test_the_words_of_the_profile_are_run_again(job: Path, box: Path) -> None:
    (job / "job.json").write_text('{"configuration": {"words": ["sleep", "0.02"], "cpu": null}}', "utf-8")
    found = library.check([], job, box, ["same=env {}"], runs=1)
    assert found.asked["words"] == ["sleep", "0.02"]
    measured = found.measured("same")[0]
    assert found.error("same") == pytest.approx(abs(math.log(measured)), abs=0.05)


@pytest.mark.parametrize(
    ("words", "environments", "said"),
    [
        ((), ["same=env {}"], "COMMAND"),
        (("sleep", "0.02"), ["elsewhere"], "one that the box measured: qemu-user, same"),
        (("sleep", "0.02"), ["same"], "--environment"),
        (("sleep", "0.02"), ["same=env {}", "same=env {}"], "each once"),
        (("sleep", "0.02"), [], "each once"),
        (("sleep", "0.02"), ["qemu-user"], "it executes 2 programs"),
        (("sleep", "0.02"), ["same=false {}"], "one that works here"),
        (("false",), ["same=env {}"], "status 1"),
    ],
)
def test_what_cannot_be_checked(
    job: Path, box: Path, words: tuple[str, ...], environments: list[str], said: str
) -> None:
    with pytest.raises(InputError) as raised:
        library.check(words, job, box, environments, runs=1)
    assert said in str(raised.value)


def test_starts_are_no_part_of_a_slowdown() -> None:
    def ran(wall_s: float) -> Ran:
        return Ran(0, wall_s, 0.0, 0.0, 0, 0, 0, 0, "", "")

    rounds = [{"native": Taken(ran(1.0)), "there": Taken(ran(2.0 + start), start)} for start in (0.1, 0.5)]
    assert slowdowns(rounds, "there") == pytest.approx((2.0, 2.0, 2.0))


def test_a_relative_folder_is_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    one = environment_named("unshare")
    if trouble := one.trouble(Path("here")):
        pytest.skip(trouble)
    assert one.run(["pwd"], folder=Path("here")).output.strip() == str(tmp_path / "here")
