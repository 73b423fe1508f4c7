"""A job's folder: a workload, how sure each of its counts is, and how long its runs took natively.

workload.toml   one operation, as `vmarch compare --workload` takes it
counts.csv      demand,value,low,high,basis: of an operation; without it counts are taken as exact
native.csv      wall_s[,user_s,system_s][,operations]: one line for each run
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from simcore.demands import Demand, IoKind
from simcore.errors import MISSING, InputError, unknown
from simcore.reading import read_file
from vmarch.output import Row, csv_text, prepare, write
from vmarch.toml import toml_text
from workloads import Workload, load_workload

__all__ = ["Count", "Job", "NativeRun", "load_job"]

LARGEST_FILE = 2**20
KNOWN = (*(str(one) for one in Demand), *(str(one) for one in IoKind))


@dataclass(frozen=True)
class Count:
    """How many of a demand, or of an input or output, an operation has.

    Attributes:
        low, high: between which it lies.
        basis: how it was counted.
    """

    value: float
    low: float
    high: float
    basis: str


@dataclass(frozen=True)
class NativeRun:
    """One run on the bare machine.

    Attributes:
        wall_s: from start to end.
        user_s, system_s: processor time; None where it is not known.
        operations: how many of the workload's operations the run held.
    """

    wall_s: float
    user_s: float | None = None
    system_s: float | None = None
    operations: float = 1.0


@dataclass(frozen=True)
class Job:
    """A real program.

    Attributes:
        workload: what one operation asks for.
        runs: on the bare machine; at least one.
        counts: by demand or input and output, of an operation; what is not there is exact.
    """

    workload: Workload
    runs: tuple[NativeRun, ...]
    counts: Mapping[str, Count] = field(default_factory=dict)

    @property
    def typical(self) -> NativeRun:
        """The run of median time, the lower of the two in the middle."""
        ordered = sorted(self.runs, key=lambda run: run.wall_s / run.operations)
        return ordered[(len(ordered) - 1) // 2]

    @property
    def native_s(self) -> float:
        """Seconds of all runs' median, for the operations that a run holds."""
        return median(run.wall_s for run in self.runs)

    def save(self, folder: Path, workload: Mapping[str, object]) -> None:
        """Writes the three files.

        Args:
            workload: as the TOML file is to say it.

        Raises:
            InputError: a file cannot be written.
        """
        where = prepare(folder)
        write(where / "workload.toml", toml_text(workload))
        write(where / "counts.csv", csv_text([{"demand": name, **vars(one)} for name, one in self.counts.items()]))
        rows: Sequence[Row] = [vars(run) for run in self.runs]
        write(where / "native.csv", csv_text(rows))


def load_job(folder: str | Path) -> Job:
    """Reads a job's folder.

    Raises:
        InputError: no such folder, a file that is missing or wrong, or a number out of range.
    """
    where = Path(folder)
    if not where.is_dir():
        raise InputError("JOB", str(where), "a folder with workload.toml and native.csv, as `vmarch profile` writes it")
    workload = load_workload(where / "workload.toml")
    runs = tuple(_run(row, place) for place, row in _lines(where / "native.csv", ("wall_s",)))
    if not runs:
        raise InputError("native.csv", "no line", "the time of at least one run")
    counts: dict[str, Count] = {}
    if (where / "counts.csv").exists():
        asked = {*(str(one) for one in workload.demands), *(item.kind for item in workload.io)}
        for place, row in _lines(where / "counts.csv", ("demand", "value", "low", "high")):
            name = row["demand"]
            if name not in KNOWN:
                raise unknown(f"{place}, demand", name, KNOWN)
            if name in counts:
                raise InputError(f"{place}, demand", name, "each demand once")
            value, low, high = (_number(f"{place}, {key}", row[key], 0.0) for key in ("value", "low", "high"))
            if not low <= value <= high:
                raise InputError(f"{place}, range", f"{low:g} .. {high:g}", f"low <= {value:g} <= high")
            if name in asked:
                counts[name] = Count(value, low, high, row.get("basis", ""))
    return Job(workload, runs, counts)


def _lines(path: Path, columns: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    text = read_file(path, path.name, "CSV file", LARGEST_FILE).decode("utf-8", "replace")
    try:
        reader = csv.DictReader(io.StringIO(text))
        names = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        lines = list(reader)
    except csv.Error as error:
        raise InputError(path.name, str(path), f"a CSV file ({error})") from None
    for name in columns:
        if name not in names:
            raise InputError(
                f"{path.name} column {name}", ", ".join(names) or "nothing", f"the columns {','.join(columns)}"
            )
    return [
        (f"{path.name} line {n}", {key: (value or "").strip() for key, value in raw.items() if isinstance(key, str)})
        for n, raw in enumerate(lines, start=2)
    ]


def _run(row: Mapping[str, str], place: str) -> NativeRun:
    def number(name: str, least: float) -> float | None:
        return _number(f"{place}, {name}", row[name], least) if row.get(name) else None

    wall_s = _number(f"{place}, wall_s", row["wall_s"], math.ulp(0.0))
    operations = number("operations", math.ulp(0.0))
    return NativeRun(wall_s, number("user_s", 0.0), number("system_s", 0.0), 1.0 if operations is None else operations)


def _number(place: str, text: str, least: float) -> float:
    allowed = "a number above 0" if least else "a number of 0 or more"
    try:
        value = float(text)
    except ValueError:
        raise InputError(place, text or MISSING, allowed) from None
    if not (math.isfinite(value) and value >= least):
        raise InputError(place, text, allowed)
    return value
