"""`vmarch sweep`: the same bytes however it is run; it resumes, extends, merges, and goes on past failures."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import Result

from vmarch.sweep.rows import run_jobs

from .conftest import STUDY, Threads

Vmarch = Callable[..., Result]
RESULTS = ("results.parquet", "results.csv")


def files(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in RESULTS}


def cells_run(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the cells that are run from now on, in threads."""
    run = list[str]()

    def counted(jobs: object, how: object) -> object:
        run.extend(job.key for job in jobs)  # type: ignore[attr-defined]
        return run_jobs(jobs, how)  # type: ignore[arg-type]

    monkeypatch.setattr("vmarch.sweep.dispatch.run_jobs", counted)
    return run


@pytest.fixture
def counted(threads: list[Threads], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return cells_run(monkeypatch)


def test_results_say_what_made_them_and_are_read_with_pandas(
    vmarch: Vmarch, counted: list[str], study: Path, tmp_path: Path
) -> None:
    result = vmarch("sweep", study, "--out", tmp_path / "out")
    assert "8 cells: 8 ok" in result.stdout
    assert len(counted) == len(set(counted)) == 8
    found = pd.read_parquet(tmp_path / "out" / "results.parquet")
    same = pd.read_csv(tmp_path / "out" / "results.csv", comment="#")
    pd.testing.assert_frame_equal(found.drop(columns="error"), same.drop(columns="error"), check_dtype=False)
    assert list(found.columns[:4]) == ["workload", "architecture", "guests", "costs.vm_exit [cycles]"]
    assert found["costs.vm_exit [cycles]"].tolist() == 4 * [500.0, 1000.0]
    assert found["architecture"].tolist() == 4 * ["kvm-vhost"] + 4 * ["xen-pv"]
    assert (found["response_s_slowdown"] > 1).all()
    about = json.loads(pq.read_schema(tmp_path / "out" / "results.parquet").metadata[b"vmarch"])
    assert about["configuration"]["run"]["seed"] == 1
    assert about["configuration"]["factors"]["guests"] == [1, 2]
    assert {"vmarch", "numpy", "pyarrow"} <= set(about["versions"])
    first = (tmp_path / "out" / "results.csv").read_text().splitlines()[0]
    assert json.loads(first.removeprefix("# ")) == about


def test_numbers_are_those_of_compare(vmarch: Vmarch, threads: object, study: Path, tmp_path: Path) -> None:
    vmarch("sweep", study, "--out", tmp_path / "out")
    found = pd.read_parquet(tmp_path / "out" / "results.parquet").query("guests == 2 and architecture == 'kvm-vhost'")
    asked = ("-w", "tcp-rr", "-a", "kvm-vhost", "--guests", 2, "--set", "vm_exit=500 cycles")
    how = ("--replications", 2, "--operations", 10, "--jobs", 1, "--format", "json")
    rows = {row["metric"]: row for row in json.loads(vmarch("compare", *asked, *how).stdout)}
    for metric in ("response_s", "throughput_per_s", "cpu_cycles"):
        assert found[metric].iloc[0] == rows[metric]["value"]
        assert found[f"{metric}_slowdown_high"].iloc[0] == rows[metric]["slowdown_high"]


def test_a_second_run_runs_nothing_and_changes_nothing(
    vmarch: Vmarch, counted: list[str], study: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    vmarch("sweep", study, "--out", out)
    before, parts = files(out), sorted((out / "parts").iterdir())
    counted.clear()
    assert "8 of 8 cells are finished already" in vmarch("sweep", study, "--out", out).stderr
    assert not counted
    assert files(out) == before
    assert sorted((out / "parts").iterdir()) == parts


def test_more_levels_run_the_new_cells_only(vmarch: Vmarch, counted: list[str], study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    vmarch("sweep", study, "--out", out)
    counted.clear()
    study.write_text(STUDY.replace("[1, 2]", "[1, 2, 3]").replace("[factors]", "[factors]\nhost = 'server'"))
    vmarch("sweep", study, "--out", out)
    assert len(counted) == 4
    vmarch("sweep", study, "--out", tmp_path / "fresh")
    assert files(out) == files(tmp_path / "fresh")


@pytest.mark.parametrize("copied", [False, True])
def test_shards_of_several_machines_merge(
    vmarch: Vmarch, counted: list[str], study: Path, tmp_path: Path, copied: bool
) -> None:
    vmarch("sweep", study, "--out", tmp_path / "whole")
    counted.clear()
    for k in (1, 2, 3):
        result = vmarch("sweep", study, "--out", tmp_path / f"{k}", "--shard", f"{k}/3")
        assert "of 8 cells are in" in result.stdout
        assert not (tmp_path / f"{k}" / "results.csv").exists()
    assert len(counted) == len(set(counted)) == 8
    if copied:
        shutil.copytree(tmp_path / "1" / "parts", tmp_path / "all" / "parts")
        shutil.copytree(tmp_path / "2" / "parts", tmp_path / "all" / "parts", dirs_exist_ok=True)
        shutil.copytree(tmp_path / "3" / "parts", tmp_path / "all" / "parts", dirs_exist_ok=True)
        vmarch("sweep", study, "--out", tmp_path / "all")
    else:
        vmarch("sweep", study, "--out", tmp_path / "all", *(f"--merge={tmp_path / str(k)}" for k in (1, 2, 3)))
    assert len(counted) == 8
    assert files(tmp_path / "all") == files(tmp_path / "whole")


IMPOSSIBLE = """
[run]
replications = 2
operations = 10
[factors]
workload = ["tcp-rr", "fork"]
architecture = ["kvm-vhost", "trap-and-emulate"]
"workload.io.0.size" = ["1 KiB", "2 KiB"]
"""


def test_an_impossible_cell_is_recorded_and_the_others_go_on(
    vmarch: Vmarch, counted: list[str], tmp_path: Path
) -> None:
    study, out = tmp_path / "study.toml", tmp_path / "out"
    study.write_text(IMPOSSIBLE)
    result = vmarch("sweep", study, "--out", out)
    assert "8 cells: 4 failed, 2 ok, 2 refused" in result.stdout
    assert "17 sensitive instructions" in result.stderr
    found = pd.read_parquet(out / "results.parquet")
    assert found["status"].tolist() == ["ok", "ok", "refused", "refused", *4 * ["failed"]]
    assert found["error"].str.contains("the list is empty").tolist() == 4 * [False] + 4 * [True]
    assert found["response_s"].isna().tolist() == 2 * [False] + 6 * [True]
    counted.clear()
    vmarch("sweep", study, "--out", out)
    assert not counted
    vmarch("sweep", study, "--out", out, "--retry-failed")
    assert len(counted) == 2  # the refused; those without a configuration have nothing to run
    pd.testing.assert_frame_equal(pd.read_parquet(out / "results.parquet"), found)


def test_a_study_of_nothing_but_refusals_says_so(vmarch: Vmarch, threads: object, tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('[factors]\nworkload = "tcp-rr"\narchitecture = "trap-and-emulate"\n')
    assert "no cell could be run: trap-and-emulate" in vmarch("sweep", study, "--out", tmp_path / "o", status=2).stderr


def test_precision_adds_replications_where_they_are_wanted(
    vmarch: Vmarch, threads: object, noisy: Path, tmp_path: Path
) -> None:
    study = tmp_path / "study.toml"
    run = '[run]\nreplications = 3\noperations = 50\nprecision = "2%"\n'
    study.write_text(f'{run}[factors]\nworkload = "{noisy.name}"\narchitecture = ["native", "xen-pv"]\n')
    vmarch("sweep", study, "--out", tmp_path / "out")
    found = pd.read_parquet(tmp_path / "out" / "results.parquet")
    assert found["replications"][0] == 3
    assert found["replications"][1] > 3
    width = (found["response_s_slowdown_high"] - found["response_s_slowdown_low"]) / 2 / found["response_s_slowdown"]
    assert width.max() <= 0.021


def test_the_analytic_engine_and_exact_runs(vmarch: Vmarch, threads: object, tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    for how in ('engine = "analytic"', "deterministic = true\noperations = 5"):
        study.write_text(f'[run]\n{how}\n[factors]\nworkload = "compute"\narchitecture = ["native", "uml"]\n')
        vmarch("sweep", study, "--out", tmp_path / "out")
        found = pd.read_parquet(tmp_path / "out" / "results.parquet")
        assert found["interval"].tolist() == ["exact", "exact"]
        assert found["response_p99_s"].isna().all() == ("analytic" in how)  # the analytic engine gives means


def test_without_the_extra_a_cluster_is_refused(
    vmarch: Vmarch, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = vmarch("sweep", study, "--out", tmp_path / "out", "--cluster", "tcp://localhost:8786", status=2)
    assert "pip install 'vmarch[cluster]'" in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_interruption_in_this_process(
    vmarch: Vmarch, threads: list[Threads], study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def interrupted(jobs: object, how: object, runner: object, finished: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("vmarch.answers.sweep.dispatch", interrupted)
        result = vmarch("sweep", study, "--out", out, status=130)
    assert f"interrupted; 0 of 8 cells are kept in {out}, and the same command goes on from there" in result.stderr
    vmarch("sweep", study, "--out", out)


@pytest.mark.slow
def test_one_two_and_four_workers_give_the_same_bytes(vmarch: Vmarch, study: Path, tmp_path: Path) -> None:
    found = []
    for workers in (1, 2, 4):
        vmarch("sweep", study, "--out", tmp_path / str(workers), "--workers", workers)
        found.append(files(tmp_path / str(workers)))
    assert found[0] == found[1] == found[2]


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_finished(study: Path, tmp_path: Path, vmarch: Vmarch) -> None:
    long = STUDY.replace("operations = 10", "operations = 30000").replace(
        "[1, 2]", "{ start = 1, stop = 12, step = 1 }"
    )
    study.write_text(long)
    command = [sys.executable, "-m", "experiments.commands.main", "sweep", str(study), "--workers", "2", "--out"]
    out = tmp_path / "out"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*command, str(out)],
        stderr=pipe,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    ) as process:
        while not list((out / "parts").glob("*.parquet")):
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: its workers too
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on from there" in told
    assert "Traceback" not in told
    kept = sum(len(pq.read_table(path)) for path in (out / "parts").glob("*.parquet"))
    assert 0 < kept < 48
    vmarch("sweep", study, "--out", out, "--workers", 2)
    vmarch("sweep", study, "--out", tmp_path / "fresh", "--workers", 2)
    assert files(out) == files(tmp_path / "fresh")


DRAWN = {
    "a number": ("guests = [1, 2]", True),
    "two numbers": ('guests = [1, 2]\n"host.cores" = [2, 4, 8]', True),
    "a truth": ("guests = [1, 2]\n'architecture.offload' = [true, false]", True),
    "three numbers": ('guests = [1, 2]\nvcpus = [1, 2]\n"host.cores" = [2, 4]', False),
    "no number": ("guests = 1", False),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_simple_study_is_drawn(vmarch: Vmarch, threads: object, tmp_path: Path, name: str) -> None:
    factors, drawn = DRAWN[name]
    study, out = tmp_path / "study.toml", tmp_path / "out"
    head = 'workload = "page-fault"\narchitecture = ["kvm-vhost", "xen-pv"]\n'
    study.write_text(f"[run]\nreplications = 2\noperations = 5\n[factors]\n{head}{factors}\n")
    result = vmarch("sweep", study, "--out", out)
    assert (
        ("slowdown.png" in result.stdout) == drawn == (out / "slowdown.png").exists() == (out / "slowdown.svg").exists()
    )


def test_what_is_overloaded_says_so(vmarch: Vmarch, threads: object, overloaded: Path, tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    factors = f'workload = ["{overloaded}"]\narchitecture = ["kvm-vhost", "container"]\nvcpus = [1, 16]\n'
    study.write_text(f"[run]\nreplications = 2\noperations = 20\n[factors]\n{factors}")
    result = vmarch("sweep", study, "--out", tmp_path / "out")
    assert re.search(r"^ *1 +overloaded ", result.stdout, re.MULTILINE)
    assert re.search(r"^ *16 +1[.\d]* +1 *$", result.stdout, re.MULTILINE)
    assert "4 cells: 2 ok, 2 overloaded" in result.stdout


def test_a_cost_that_none_is_charged_is_refused(vmarch: Vmarch, tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('[factors]\nworkload = "tcp-rr"\narchitecture = "container"\ncosts.vm_exit = ["1us", "2us"]\n')
    (line,) = vmarch("sweep", study, "--out", tmp_path / "out", status=2).stderr.splitlines()
    assert "factors.costs: 'vm_exit' is not allowed; expected a cost that container may charge: " in line
    assert not (tmp_path / "out").exists()
