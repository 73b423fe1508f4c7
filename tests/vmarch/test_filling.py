"""What has finished is kept at once, by whatever processes, and one process writes to a folder at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "from experiments.commands.main import main; main(prog_name='vmarch')"]
LONG = ("compare", "-w", "oltp", "-a", "kvm-vhost", "--operations", "20000", "--replications", "2000")


def start(out: Path, *more: str) -> subprocess.Popen[str]:
    words = [*COMMAND, *LONG, *more, "--out", str(out)]
    return subprocess.Popen(
        words,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )


def kept(out: Path) -> int:
    path = out / "replications.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for(out: Path, least: int, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while kept(out) < least:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_kill_loses_nothing_that_was_finished(tmp_path: Path, jobs: str) -> None:
    process = start(tmp_path, "--jobs", jobs)
    wait_for(tmp_path, 10, process)
    process.kill()
    _, said = process.communicate(timeout=30)
    assert kept(tmp_path) >= 10
    assert said == ""  # no word of semaphores


@pytest.mark.slow
def test_an_interruption_keeps_what_there_is_and_ends_soon(tmp_path: Path) -> None:
    process = start(tmp_path, "--jobs", "2")
    wait_for(tmp_path, 10, process)
    process.send_signal(signal.SIGINT)
    before = time.monotonic()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip().startswith("vmarch: interrupted; what had finished is kept")
    assert said.count("\n") == 1
    assert kept(tmp_path) >= 10
    assert time.monotonic() - before < 60  # and not the minutes that all would take


@pytest.mark.slow
def test_a_second_command_with_the_folder_is_refused(tmp_path: Path) -> None:
    process = start(tmp_path, "--jobs", "2")
    try:
        wait_for(tmp_path, 4, process)
        done = subprocess.run([*COMMAND, *LONG, "--out", str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "a folder that no other command is writing to" in done.stderr
        assert done.stderr.count("\n") == 1
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_interrupted_and_resumed_gives_the_bytes_of_an_undisturbed_run(tmp_path: Path) -> None:
    few = ["--operations", "2000", "--replications", "30", "--jobs", "2"]
    words = [*COMMAND, "compare", "-w", "oltp", "-a", "kvm-vhost", *few, "--out"]
    subprocess.run([*words, str(tmp_path / "whole")], check=True, capture_output=True)
    for moment in (1, 10):
        out = tmp_path / f"cut-{moment}"
        with subprocess.Popen([*words, str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while kept(out) < moment and process.poll() is None:
                time.sleep(0.02)
            os.kill(process.pid, signal.SIGKILL)
        subprocess.run([*words, str(out)], check=True, capture_output=True)
        for name in ("compare.csv", "replications.jsonl", "manifest.json"):
            assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), (moment, name)


@pytest.mark.slow
def test_claims_killed_and_resumed_give_the_bytes_of_an_undisturbed_run(tmp_path: Path) -> None:
    words = [*COMMAND, "claims", "ring-deprivileging", "host-based-four-layers", "--quick", "--out"]
    subprocess.run([*words, str(tmp_path / "whole")], check=True, capture_output=True)
    out = tmp_path / "cut"
    for seconds in (2.0,):
        with subprocess.Popen([*words, str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(seconds)
            process.kill()
    time.sleep(1.0)  # its processes end by themselves
    subprocess.run([*words, str(out)], check=True, capture_output=True)
    files = {path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*") if path.is_file()}
    assert files == {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    for name in files:
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
