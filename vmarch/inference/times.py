"""A table of measured times: architecture, value, and perhaps unit, low and high."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path

from simcore.errors import MISSING, InputError, unknown
from simcore.reading import read_file
from simcore.units import quantity
from vmarch.inference.infer import Measured

__all__ = ["read_times", "times_of"]

COLUMNS = ("architecture", "value", "unit", "low", "high")
NEEDED = 2
LARGEST_FILE = 2**20
WIDE = 2.0 * 1.645  # standard errors from the low to the high end of 90 %


def read_times(path: Path, error: float) -> list[Measured]:
    """The times in a CSV file.

    Args:
        error: relative standard error of a time without low and high; these are the ends of 90 %.

    Raises:
        InputError: not readable, no such columns, a value that is no time, fewer than two architectures, one twice.
    """
    rows = _rows(path)
    found: list[Measured] = []
    for line, row in rows:
        where = f"{path.name}, line {line}"
        name = row["architecture"].strip()
        if not name:
            raise InputError(f"{where}: architecture", name, "the name of an architecture, or a TOML file")
        if name in (item.architecture for item in found):
            raise InputError(f"{where}: architecture", name, "each architecture once; a spread goes into low and high")
        value = _seconds(where, "value", row)
        found.append(Measured(name, value, _error(where, row, value, error)))
    if len(found) < NEEDED:
        raise InputError(path.name, f"{len(found)} architectures", "times on two or more architectures")
    return found


def times_of(given: Mapping[str, float | str], error: float) -> list[Measured]:
    """Times by architecture, in seconds or with a unit; each with the same relative standard error.

    Raises:
        InputError: a value that is no time, or fewer than two architectures.
    """
    found = [Measured(name, _time(f"times.{name}", value, "s"), error) for name, value in given.items()]
    if len(found) < NEEDED:
        raise InputError("times", f"{len(found)} architectures", "times on two or more architectures")
    return found


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = read_file(path, "TIMES", "CSV file", LARGEST_FILE).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("TIMES", str(path), "UTF-8 text") from None
    reader = csv.reader(text.splitlines())
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as problem:
        raise InputError("TIMES", str(path), f"a CSV file ({problem})") from None
    if not lines:
        raise InputError("TIMES", str(path), f"a header, {','.join(COLUMNS)}, and a line for each architecture")
    header = [cell.strip() for cell in lines[0][1]]
    for cell in header:
        if cell not in COLUMNS:
            raise unknown(f"{path.name}: column", cell, COLUMNS)
    for column in COLUMNS[:2]:
        if column not in header:
            raise InputError(f"{path.name}: column", column, f"to be there; the header is {','.join(header)}")
    if len(set(header)) < len(header):
        raise InputError(f"{path.name}: column", ",".join(header), "each column once")
    rows = []
    for line, cells in lines[1:]:
        if len(cells) > len(header):
            raise InputError(f"{path.name}, line {line}", ",".join(cells), f"{len(header)} fields, as the header has")
        rows.append((line, dict.fromkeys(COLUMNS, "") | dict(zip(header, cells, strict=False))))
    return rows


def _seconds(where: str, column: str, row: dict[str, str]) -> float:
    """A time in seconds: with its own unit, or that of the unit column."""
    return _time(f"{where}: {column}", row[column].strip(), row["unit"].strip() or None)


def _time(field: str, given: float | str, unit: str | None) -> float:
    value = quantity(field, given, "time", unit)
    if not 0.0 < value <= 1e9:
        raise InputError(field, given, "a time above 0 and at most 1e9 s")
    return value


def _error(where: str, row: dict[str, str], value: float, error: float) -> float:
    """The standard error of a time's logarithm."""
    ends = [column for column in ("low", "high") if row[column].strip()]
    if not ends:
        return error
    if len(ends) == 1:
        missing = "high" if ends == ["low"] else "low"
        raise InputError(f"{where}: {missing}", MISSING, "a time: low and high come together")
    low, high = (_seconds(where, column, row) for column in ends)
    if not low <= value <= high:
        raise InputError(f"{where}: low", f"{low:g} <= {value:g} <= {high:g} s", "low <= value <= high")
    return math.log(high / low) / WIDE
