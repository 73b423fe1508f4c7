"""What a finished study leaves: results.parquet and results.csv, a row for each cell in the study's order; a table."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from simcore.errors import InputError
from simcore.summing import added
from simcore.units import split
from vmarch.output import manifest, write
from vmarch.sweep.cells import Cell, rules
from vmarch.sweep.parameters import Level
from vmarch.sweep.parts import Parts, parquet
from vmarch.sweep.spec import Sweep

__all__ = ["Pivot", "about", "pivot", "write_results"]

MOST_LINES = 24


@dataclass(frozen=True)
class Pivot:
    """Geometric means in words: headings, a row for each level, and the factors that they are means over."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    over: Sequence[str]


def about(sweep: Sweep) -> dict[str, Any]:
    """What makes a study's rows: its configuration, the versions and the rules."""
    configuration = {
        "command": "sweep",
        "study": sweep.name,
        "title": sweep.title,
        "factors": {name: list(levels) for name, levels in sweep.factors.items()},
        "latin_hypercube": sweep.latin,
        "run": asdict(sweep.plan),
        "precision": asdict(sweep.precision) if sweep.precision else None,
        "level": sweep.level,
    }
    made: dict[str, Any] = json.loads(manifest(configuration))
    return {**made, "rules": rules()}


def write_results(folder: Path, sweep: Sweep, cells: Sequence[Cell], parts: Parts) -> pa.Table:
    """Writes both files, and gives the table. The same study gives the same bytes, however it was run.

    Raises:
        InputError: they cannot be written.
    """
    rows = parts.table([cell.key for cell in cells])
    columns = _factors(sweep, cells)
    whole = pa.table({**columns, **{name: rows[name] for name in (*rows.column_names[1:], "key")}})
    made_by = json.dumps(about(sweep))
    write(folder / "results.parquet", parquet(whole, made_by))
    write(folder / "results.csv", _csv(whole, made_by))
    return whole


def _factors(sweep: Sweep, cells: Sequence[Cell]) -> dict[str, pa.Array]:
    """A column for each name that the study sets; one with a unit is a number, and says the unit in its heading."""
    columns: dict[str, pa.Array] = {}
    for number, name in enumerate(sweep.names):
        levels: list[Any] = [cell.levels[number] for cell in cells]
        unit = _unit(name, levels)
        if unit:
            levels = [split(name, str(level), "")[0] for level in levels]
        if len({type(level) for level in levels} - {int, float}) and len({type(level) for level in levels}) > 1:
            levels = [str(level) for level in levels]
        elif any(isinstance(level, float) for level in levels):
            levels = [float(level) for level in levels]
        columns[f"{name} [{unit}]" if unit else name] = pa.array(levels)
    return columns


def _unit(name: str, levels: Sequence[Level]) -> str:
    """The unit that all levels share; empty if there is none."""
    try:
        units = {split(name, level, "")[1] if isinstance(level, str) else "" for level in levels}
    except InputError:  # some are no amounts, but names
        return ""
    return units.pop() if len(units) == 1 else ""


def _csv(whole: pa.Table, made_by: str) -> bytes:
    text = io.StringIO()
    text.write(f"# {made_by}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(whole.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in whole.columns), strict=True))
    return text.getvalue().encode()


def pivot(sweep: Sweep, whole: pa.Table, metric: str = "response_s_slowdown") -> Pivot:
    """A metric by the architecture and the first other factor: geometric means over the rest.

    A field in which any cell has no steady state, or could not be run, says so instead: a mean over the others would
    leave out the worst.
    """
    varied = [name for name, levels in sweep.factors.items() if len(levels) > 1]
    across = "architecture"
    down = next((name for name in varied if name != across), "workload")
    labels = dict(zip(sweep.names, whole.column_names, strict=False))
    sums: dict[tuple[str, str], list[float]] = {}
    states: dict[tuple[str, str], list[str]] = {}
    ups = [_shown(one) for one in whole[labels[down]].to_pylist()]
    overs = [_shown(one) for one in whole[labels[across]].to_pylist()]
    told = (whole[metric].to_pylist(), whole["status"].to_pylist())
    for up, over, value, status in zip(ups, overs, *told, strict=True):
        if status not in ("ok", *states.get((up, over), ())):
            states.setdefault((up, over), []).append(status)
        if value is not None and 0.0 < value < math.inf:
            sums.setdefault((up, over), []).append(math.log(value))
    columns, lines = list(dict.fromkeys(overs)), list(dict.fromkeys(ups))
    others = [name for name in (*varied, *sweep.sampled) if name not in (across, down)]
    shown = lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], lines[-1]]
    rows = [[up, *(_field(sums, states, up, over) for over in columns)] for up in shown]
    return Pivot([labels[down], *columns], rows, others)


def _shown(level: object) -> str:
    return f"{level:g}" if isinstance(level, float) else str(level)


def _field(
    sums: Mapping[tuple[str, str], Sequence[float]],
    states: Mapping[tuple[str, str], Sequence[str]],
    up: str,
    over: str,
) -> str:
    logs = sums.get((up, over))
    mean = f"{math.exp(added(logs) / len(logs)):.3g}" if logs else ""
    return ", ".join(states.get((up, over), ())) or mean
