"""The study: measure this machine, profile programs, predict them everywhere, and only then run them there.

Each step leaves its files and is passed over where they are, so that an interruption loses one program at most.

    box/                 what `vmarch measure` writes
    jobs/NAME/           what `vmarch profile` writes
    predictions.csv      all predictions, before any program has run in an environment; predictions.sha256 its hash
    measured/NAME.csv    a program's runs, set beside them
"""

from __future__ import annotations

import csv
import hashlib
import os
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

import vmarch
from experiments.closed_loop.inputs import make
from simcore.errors import InputError
from vmarch.output import Row, csv_text, prepare, write

__all__ = ["PROGRAMS", "Program", "keep", "programs", "study"]

COLUMNS = (
    *("job", "environment", "status", "native_s", "predicted", "predicted_low", "predicted_high"),
    *("measured", "measured_least", "measured_most", "within", "because"),
)
PROGRAMS = Path(__file__).parent / "programs.toml"


@dataclass(frozen=True)
class Program:
    """One program of the study."""

    name: str
    title: str
    words: tuple[str, ...]


def programs() -> tuple[Program, ...]:
    """The programs, in the order of the file."""
    interpreter = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    found = []
    for name, one in tomllib.loads(PROGRAMS.read_text("utf-8")).items():
        words = one["words"] if "words" in one else ["sh", "-c", one["script"]]
        found.append(Program(name, one["title"], tuple(word.replace("{python}", interpreter) for word in words)))
    return tuple(found)


def study(
    out: Path, names: Sequence[str], *, quick: bool, cpu: int, rounds: int, environments: Sequence[str] = ()
) -> None:
    """Runs what is not there yet.

    Args:
        names: of programs; all by default.
        quick: few and short repetitions of micro-benchmarks.
        cpu: the processor that everything uses.
        rounds: runs of a program, natively and in each environment.
        environments: as `vmarch measure` takes them; all that work here by default.

    Raises:
        InputError: an unknown program, or one that fails natively or everywhere.
    """
    known = programs()
    chosen = [one for one in known if one.name in names] if names else list(known)
    if unknown := set(names) - {one.name for one in known}:
        raise InputError("--program", ", ".join(sorted(unknown)), ", ".join(one.name for one in known))
    work, box = out / "work", out / "box"
    prepare(out / "measured")
    if not (work / "tree-0.tar").exists():
        _say("making files")
        make(work)
    if not (box / "manifest.json").exists():
        _say("measuring the machine")
        vmarch.measure(box, environments, quick=quick, cpu=cpu)
    for one in chosen:
        if not (out / "jobs" / one.name / "job.json").exists():
            _say(f"profiling {one.name}")
            vmarch.profile(one.words, out / "jobs" / one.name, cpu=cpu, folder=work, runs=rounds)
    predicted = out / "predictions.csv"
    if not predicted.exists():
        rows: list[Row] = [row for one in chosen for row in vmarch.predict(out / "jobs" / one.name, box).rows]
        text = csv_text(rows)
        write(predicted, text)
        write(out / "predictions.sha256", f"{hashlib.sha256(text.encode()).hexdigest()}  predictions.csv\n")
    measured = sorted(path.stem for path in box.glob("*.toml") if path.stem != "this-machine")
    for one in chosen:
        if not (out / "measured" / f"{one.name}.csv").exists():
            _check(one, measured, out, work, rounds)


def keep(out: Path, results: Path) -> None:
    """Copies what a finished study found: the machine, the table, counts, predictions, and all that was measured."""
    prepare(results)
    rows = [row for one in programs() if (path := out / "measured" / f"{one.name}.csv").exists() for row in _read(path)]
    if not rows:
        raise InputError("--keep", str(out), "a study with a program that was run")
    write(results / "measured.csv", csv_text([{name: row.get(name, "") for name in COLUMNS} for row in rows]))
    for name in ("predictions.csv", "predictions.sha256", "box/micro.csv", "box/machine.json"):
        write(results / Path(name).name, (out / name).read_bytes())
    counts: list[Row] = [
        {"job": path.parent.name, **row} for path in sorted(out.glob("jobs/*/counts.csv")) for row in _read(path)
    ]
    write(results / "counts.csv", csv_text(counts))


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _check(one: Program, environments: Sequence[str], out: Path, work: Path, rounds: int) -> None:
    """Runs a program in each environment, and keeps what happened; an environment in which it fails says so."""
    rows: list[Row] = []
    for name in environments:
        _say(f"running {one.name} in {name}")
        try:
            found = vmarch.check(one.words, out / "jobs" / one.name, out / "box", [name], folder=work, runs=rounds)
        except InputError as error:
            rows.append({"job": one.name, "environment": name, "status": f"failed: {error}"})
            continue
        rows += [{**row, "status": "ok"} for row in found.rows]
    write(out / "measured" / f"{one.name}.csv", csv_text(rows))


def _say(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(what, err=True)
