"""Reads a table of micro-benchmarks, in one of two forms.

    operation,native,virtual[,low,high][,unit]                one environment
    environment,workload,median[,min,max],unit[, ...]         several; native is `native`, or `native@NAME` beside NAME

Times are in any unit, also as `ns/page` (the page is the operation); rates in bytes a second; counts in `count`.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from simcore.errors import MISSING, InputError, unknown
from simcore.reading import read_file
from simcore.units import quantity
from vmarch.calibration.operations import NOT_USED, OPERATIONS

__all__ = ["NATIVE", "Figure", "Micro", "read_micro"]

NATIVE = "native"
LARGEST_FILE = 16 * 2**20
SIMPLE = ("operation", "native", "virtual")
LONG = ("environment", "workload", "median", "unit")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True)
class Figure:
    """A measured amount with its spread, in seconds, seconds for each byte, or a count; differences may be negative."""

    low: float
    value: float
    high: float

    def minus(self, other: Figure, times: float = 1.0) -> Figure:
        """The difference to so many of the other; the spreads are independent, so they add as squares."""
        value = self.value - times * other.value
        below = math.hypot(self.value - self.low, times * (other.high - other.value))
        above = math.hypot(self.high - self.value, times * (other.value - other.low))
        return Figure(value - below, value, value + above)

    def over(self, divisor: float) -> Figure:
        """A share of it."""
        return Figure(self.low / divisor, self.value / divisor, self.high / divisor)


@dataclass(frozen=True)
class Row:
    """One line of the table: whose, what, as it stands there."""

    environment: str
    operation: str
    value: float
    unit: str
    figure: Figure


@dataclass(frozen=True)
class Micro:
    """A table: its rows by environment and operation."""

    rows: Mapping[tuple[str, str], Row]

    @property
    def environments(self) -> tuple[str, ...]:
        """All but the native ones, in order of appearance."""
        return tuple(dict.fromkeys(name for name, _ in self.rows if name.partition("@")[0] != NATIVE))

    def of(self, environment: str) -> dict[str, Row]:
        """The rows of one environment by operation."""
        return {operation: row for (name, operation), row in self.rows.items() if name == environment}

    def natives(self) -> dict[str, Row]:
        """The bare machine's rows: the pooled ones, else the first that stand beside an environment."""
        found: dict[str, Row] = {}
        for (name, operation), row in self.rows.items():
            if name == NATIVE or (name.partition("@")[0] == NATIVE and operation not in found):
                found[operation] = row
        return found

    def beside(self, environment: str) -> dict[str, Row]:
        """The native row beside each row of an environment: measured together with it if there is one.

        Raises:
            InputError: an operation has no native row.
        """
        together, pooled = self.of(f"{NATIVE}@{environment}"), self.of(NATIVE)
        found: dict[str, Row] = {}
        for operation in self.of(environment):
            row = together.get(operation) or pooled.get(operation)
            if row is None:
                where = f"{environment}.{operation}"
                raise InputError(where, "no native row", f"a row of {NATIVE} or {NATIVE}@{environment} beside it")
            found[operation] = row
        return found


def read_micro(path: Path, environment: str | None = None) -> Micro:
    """Reads a table.

    Args:
        environment: of several, the only one to keep; of the simple form, what to call it.

    Raises:
        InputError: not readable, a missing column, an unknown operation or unit, an amount that is no positive number,
            a range that misses its value, a row twice, or no such environment.
    """
    if environment is not None and not NAME.fullmatch(environment):
        raise InputError("--environment", environment, "small letters, digits, dots and hyphens")
    try:
        text = read_file(path, "MICRO.csv", "CSV file", LARGEST_FILE).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("MICRO.csv", str(path), "UTF-8 text") from None
    reader = csv.DictReader(io.StringIO(text))
    try:
        columns = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        lines = list(reader)
    except csv.Error as error:
        raise InputError("MICRO.csv", str(path), f"a CSV file ({error})") from None
    simple = "operation" in columns
    missing = [name for name in (SIMPLE if simple else LONG) if name not in columns]
    if missing:
        forms = f"the columns {', '.join(SIMPLE)}, or {', '.join(LONG)}"
        raise InputError(f"{path.name} column {missing[0]}", ", ".join(columns) or "nothing", forms)
    rows: dict[tuple[str, str], Row] = {}
    for number, raw in enumerate(lines, start=2):
        cells = {key: (value or "").strip() for key, value in raw.items() if isinstance(key, str)}
        where = f"{path.name} line {number}"
        for row in _simple(cells, environment or "calibrated", where) if simple else _long(cells, where):
            key = row.environment, row.operation
            if key in rows:
                raise InputError(f"{where}, operation", f"{row.operation} of {row.environment}", "a row given once")
            rows[key] = row
    found = Micro(rows)
    if not found.environments:
        raise InputError(path.name, "no environment", f"rows of at least one environment beside {NATIVE}")
    if environment is not None and environment not in found.environments:
        raise unknown("--environment", environment, found.environments)
    kept = [environment] if environment else found.environments
    wanted = {NATIVE, *kept, *(f"{NATIVE}@{name}" for name in kept)}
    return Micro({key: row for key, row in rows.items() if key[0] in wanted})


def _simple(cells: Mapping[str, str], environment: str, where: str) -> Iterator[Row]:
    operation, unit = cells["operation"], cells.get("unit") or "ns"
    yield from _row(NATIVE, operation, {"value": cells["native"]}, unit, f"{where}, native")
    amounts = {"value": cells["virtual"], "low": cells.get("low", ""), "high": cells.get("high", "")}
    yield from _row(environment, operation, amounts, unit, f"{where}, virtual")


def _long(cells: Mapping[str, str], where: str) -> Iterator[Row]:
    amounts = {"value": cells["median"], "low": cells.get("min", ""), "high": cells.get("max", "")}
    yield from _row(cells["environment"], cells["workload"], amounts, cells["unit"], f"{where}, median")


def _row(environment: str, operation: str, amounts: Mapping[str, str], unit: str, where: str) -> Iterator[Row]:
    if not NAME.fullmatch(environment.removeprefix(f"{NATIVE}@")):
        raise InputError(f"{where}, environment", environment, "small letters, digits, dots and hyphens")
    if operation in NOT_USED:
        return
    if operation not in OPERATIONS:
        raise unknown(f"{where}, operation", operation, (*OPERATIONS, *NOT_USED))
    value = _number(where, amounts["value"])
    low, high = (_number(where, amounts[end]) if amounts.get(end) else value for end in ("low", "high"))
    if not low <= value <= high:
        raise InputError(f"{where}, range", f"{low:g} .. {high:g}", f"low <= {value:g} <= high")
    kind = OPERATIONS[operation].unit
    one = _unit(kind, unit, f"{where}, unit")
    ends = (
        (1.0 / (high * one), 1.0 / (value * one), 1.0 / (low * one))
        if kind == "rate"
        else (
            low * one,
            value * one,
            high * one,
        )
    )
    yield Row(environment, operation, value, unit, Figure(*ends))


def _number(where: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError(where, text or MISSING, "a number above 0") from None
    if not (math.isfinite(value) and value > 0.0):
        raise InputError(where, text, "a number above 0")
    return value


def _unit(kind: str, unit: str, where: str) -> float:
    """What 1 of the unit is in seconds, bytes a second, or as a count."""
    if kind == "count":
        if unit != "count":
            raise InputError(where, unit, "count")
        return 1.0
    text = unit.partition("/")[0] if kind == "time" and not unit.upper().endswith("/S") else unit
    return quantity(where, f"1 {text}", kind)
