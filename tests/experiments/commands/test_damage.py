"""Damaged files of every kind: one line and status 2, or an answer; never a traceback, never half a file."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from architectures.spec import FOLDER as ARCHITECTURES
from experiments.commands.main import main
from simcore.hosts import FOLDER as HOSTS
from vmarch.answers.compare import REMEMBERED
from workloads.spec import FOLDER as WORKLOADS

FEW = ("--operations", "5", "--replications", "1", "--jobs", "1", "--engine", "simpy")
MICRO = "operation,native,virtual,low,high,unit\nint_loop,100,110,,,ns\nsys_getppid,200,900,,,ns\n"
TIMES = "architecture,value,unit,low,high\nnative,12.3,s,12.1,12.6\nxen-pv,15.5,s,,\n"
STUDY = '[run]\nreplications = 1\noperations = 5\n[factors]\nworkload = "compute"\narchitecture = "native"\n'
PIECES = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b"1e999",
    b"-1",
    b"nan",
    b'"',
    b"[",
    b"]\n",
    b"=",
    b"\n\n",
    b"$\\foo$",
    b"\x1b[31m",
    b"9" * 400,
]
KINDS: dict[str, tuple[bytes, tuple[str, ...]]] = {  # a good file, and the command that reads it as FILE
    "workload": ((WORKLOADS / "compute.toml").read_bytes(), ("compare", "-w", "FILE", "-a", "native", *FEW)),
    "host": (
        (HOSTS / "server.toml").read_bytes(),
        ("compare", "-w", "compute", "-a", "native", "--host", "FILE", *FEW),
    ),
    "architecture": (
        (ARCHITECTURES / "catalogue" / "container.toml").read_bytes(),
        ("compare", "-w", "compute", "-a", "FILE", *FEW),
    ),
    "study": (STUDY.encode(), ("sweep", "FILE", "--workers", "1", "--out", "OUT")),
    "times": (TIMES.encode(), ("infer", "FILE", "--predict", "container", "--draws", "400")),
    "micro": (MICRO.encode(), ("calibrate", "FILE", "--out", "OUT")),
}


def damaged(good: bytes, dice: random.Random) -> bytes:
    """A file after one to three accidents: bytes changed, cut out, doubled, exchanged for something else."""
    text = bytearray(good)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(text) + 1)
        upto = min(len(text), at + dice.choice((1, 1, 4, 20, 200)))
        match dice.randrange(4):
            case 0:
                text[at:upto] = dice.choice(PIECES)
            case 1:
                text[at:at] = text[at:upto]
            case 2:
                del text[at:upto]
            case 3:
                text[at:upto] = bytes(dice.randrange(256) for _ in range(upto - at))
    return bytes(text)


def accidents(kind: str, seconds: float, folder: Path) -> Iterator[None]:
    good, words = KINDS[kind]
    dice, until = random.Random(f"damage to a {kind}"), time.monotonic() + seconds
    for number in range(100_000):
        if time.monotonic() > until and number >= LEAST:
            return
        path, out = folder / f"file{'.csv' if kind in ('times', 'micro') else '.toml'}", folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        data = damaged(good, dice)
        path.write_bytes(data)
        REMEMBERED.clear()
        result = CliRunner().invoke(main, [{"FILE": str(path), "OUT": str(out)}.get(w, w) for w in words])
        assert result.exception is None or isinstance(result.exception, SystemExit), (number, data, result.exception)
        assert result.exit_code in (0, 1, 2), (number, data)
        if result.exit_code == 2:
            lines = [line for line in result.stderr.splitlines() if line.startswith("vmarch: ")]
            assert len(lines) == 1, (number, data, result.stderr)
            assert lines[0].isprintable()
            assert len(lines[0]) < 4000
            assert not out.exists() or kind == "study", (number, data)
        assert not list(folder.rglob("*.new"))
        yield


LEAST = 12  # of each kind, however slow the machine


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_told_in_a_line(kind: str, tmp_path: Path) -> None:
    assert sum(1 for _ in accidents(kind, 1.5, tmp_path)) >= LEAST


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_much_damage_is_told_in_a_line(kind: str, tmp_path: Path) -> None:
    assert sum(1 for _ in accidents(kind, 8.0, tmp_path)) >= LEAST


@pytest.mark.parametrize("what", ["pipe", "device", "folder"])
def test_what_is_no_file_is_not_read(what: str, tmp_path: Path) -> None:
    import os

    path = {"pipe": tmp_path / "pipe.toml", "device": Path("/dev/zero"), "folder": tmp_path / "folder.toml"}[what]
    if what == "pipe":
        os.mkfifo(path)
    if what == "folder":
        path.mkdir()
    for words in (
        ("compare", "-w", f"{path}" if what != "device" else "/dev/zero", "-a", "native"),
        ("infer", str(path)),
        ("calibrate", str(path), "--out", str(tmp_path / "o")),
    ):
        result = CliRunner().invoke(main, list(words))
        assert result.exit_code == 2, (words, result.exception)
        assert result.stderr.count("\n") == result.stderr.count("is not allowed") == 1
        assert "a readable" in result.stderr or "regular file" in result.stderr
