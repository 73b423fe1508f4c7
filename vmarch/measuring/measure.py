"""Micro-benchmarks of a machine and its environments, in rounds: native and each environment by turns.

Noise comes and goes; a cost stays. So each environment's run stands beside a native run of the same moment, and rounds
go on until the medians of an operation lie close together, or the rounds are used up. What is written is the median of
the rounds' medians over the least and the greatest of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from simcore.errors import InputError
from vmarch.calibration.micro import NATIVE
from vmarch.calibration.operations import NOT_USED, OPERATIONS
from vmarch.measuring.environments import Environment, Native
from vmarch.measuring.running import compiled
from vmarch.output import Row, csv_text, write

__all__ = ["Measured", "measure", "program"]

SOURCE = Path(__file__).parent / "micro.c"
TABLE = "micro.csv"
FAR = ("chase_8m", "chase_512m")  # memory to set up: left out of a quick measurement


@dataclass(frozen=True)
class Effort:
    """How long one measures: rounds, milliseconds for each operation in a round, and when rounds may end."""

    least: int
    most: int
    budget_ms: int
    narrow: float = 0.05


QUICK, FULL = Effort(2, 2, 5), Effort(3, 7, 30)


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        rows: of the table, as `vmarch calibrate` reads it.
        refused: for environment and operation, why there is no figure.
        rounds: how many there were.
    """

    rows: tuple[Row, ...]
    refused: Mapping[str, str]
    rounds: int


def program(folder: Path) -> Path:
    """The micro-benchmarks, compiled into a folder; without shared libraries where the machine can.

    Raises:
        InputError: no compiler, or it fails.
    """
    try:
        return compiled(SOURCE, folder / "micro", "-static", "-pthread")
    except InputError:
        return compiled(SOURCE, folder / "micro", "-pthread")


def measure(
    environments: Sequence[Environment],
    folder: Path,
    *,
    quick: bool = False,
    cpu: int | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Measured:
    """Measures into `folder`; the table there holds what whole rounds have measured, also after an interruption.

    Args:
        cpu: the only processor that is used.
        progress: called with the round and how many there may be.

    Raises:
        InputError: no compiler, an environment that fails, or a folder that cannot be written.
    """
    effort = QUICK if quick else FULL
    medians: dict[tuple[str, str], list[float]] = {}
    units: dict[str, str] = {}
    refused: dict[str, str] = {}
    rounds = 0
    with _work(folder) as work:
        made = program(work)
        known = [name for name in (*OPERATIONS, *NOT_USED) if not (quick and name in FAR)]
        words = [str(made), str(work), str(effort.budget_ms), *known]
        for rounds in range(1, effort.most + 1):
            progress(rounds - 1, effort.most)
            for one in environments:
                for where, name in ((Native(NATIVE, "", ""), f"{NATIVE}@{one.name}"), (one, one.name)):
                    for operation, unit, value in _once(where, words, work, cpu, name, refused):
                        units[operation] = unit
                        medians.setdefault((name, operation), []).append(value)
            rows = _rows(medians, units)
            write(folder / TABLE, csv_text(rows))
            if rounds >= effort.least and all(_narrow(values, effort.narrow) for values in medians.values()):
                break
        progress(rounds, rounds)
    return Measured(tuple(rows), refused, rounds)


@contextmanager
def _work(folder: Path) -> Iterator[Path]:
    """A folder for files of the micro-benchmarks, on the disk that is measured."""
    work = (folder / "work").resolve()
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("--out", str(folder), f"a folder that can be made ({error.strerror})") from None
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _once(
    where: Environment, words: Sequence[str], work: Path, cpu: int | None, name: str, refused: dict[str, str]
) -> Iterator[tuple[str, str, float]]:
    done = where.run(words, folder=work, cpu=cpu)
    if done.status:
        said = (done.error.strip().splitlines() or ["no message"])[-1][:200]
        raise InputError(name, f"status {done.status}", f"an environment that runs the micro-benchmarks ({said})")
    for line in done.output.splitlines():
        operation, unit, *rest = line.split("\t")
        if unit == "refused":
            refused[f"{name} {operation}"] = " ".join(rest)
        elif float(rest[-1]) > 0.0:
            yield operation, unit, float(rest[-1])
        else:
            refused[f"{name} {operation}"] = "it counts none"


def _narrow(values: Sequence[float], within: float) -> bool:
    return max(values) - min(values) <= 2.0 * within * median(values)


def _rows(medians: Mapping[tuple[str, str], Sequence[float]], units: Mapping[str, str]) -> list[Row]:
    """Operations that an environment and the machine beside it both have."""
    return [
        {
            "environment": name,
            "workload": operation,
            "unit": units[operation],
            "n": len(values),
            "min": min(values),
            "median": median(values),
            "max": max(values),
        }
        for (name, operation), values in medians.items()
        if name.startswith(f"{NATIVE}@") or (f"{NATIVE}@{name}", operation) in medians
    ]
