"""What was inferred, as rows, as a workload's file and as a chart."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from simcore.summing import added
from vmarch.figures.intervals import interval_bars
from vmarch.inference.infer import Inferred, Measured
from vmarch.inference.prior import USUAL
from vmarch.output import Row
from vmarch.sensitivity.ranges import Floats

__all__ = ["LABEL", "demand_rows", "draw", "time_groups", "time_rows", "workload_data"]

LOW, HIGH = 0.05, 0.95
LABEL = "time of the job (s)"
WIDE = 1.645  # standard errors from the middle to the end of 90 %
MOST_IO = 10  # requests and messages in an operation of the workload's file
LEAST = 1e-9  # share of the native time below which a demand is left out of the file
TOLD, ROUGHLY = 2.0, 10.0  # high over low, up to which the times tell a demand
BOUNDED = 1.0 / 3.0  # of the range before, up to which they tell at least its upper end


def time_rows(found: Inferred, measured: Sequence[Measured]) -> list[Row]:
    """Measured times, as the demands meet them, then predicted ones; slowdowns are against the native time inferred."""
    given = {item.architecture: item for item in measured}
    rows: list[Row] = []
    for name in (*given, *(name for name in found.times if name not in given)):
        draws = found.times[name]
        slowdown = draws / found.times["native"]
        item = given.get(name)
        rows.append(
            {
                "architecture": name,
                "kind": "measured" if item else "predicted",
                "measured_s": item.seconds if item else "",
                "measured_low_s": item.seconds * math.exp(-WIDE * item.error) if item else "",
                "measured_high_s": item.seconds * math.exp(WIDE * item.error) if item else "",
                **_range("predicted", "_s", draws),
                **_range("slowdown", "", slowdown),
            }
        )
    return rows


def _range(name: str, unit: str, draws: Floats) -> Row:
    middle, low, high = (float(x) for x in np.quantile(draws, [0.5, LOW, HIGH]))
    return {f"{name}{unit}": middle, f"{name}_low{unit}": low, f"{name}_high{unit}": high}


def demand_rows(found: Inferred, native: Floats, known: Mapping[str, float]) -> list[Row]:
    """Each demand that may be there, what takes most native time first.

    Args:
        native: seconds of one of each, on the bare machine at nominal costs.
    """
    total = float(found.best @ native) or 1.0
    rows: list[Row] = []
    for column, name in enumerate(found.components):
        draws, before = found.amounts[:, column], found.before[:, column]
        if not draws.any() and not before.any():
            continue
        low, high = np.quantile(draws, [LOW, HIGH])
        widths = [float(np.diff(np.quantile(x, [LOW, HIGH]))[0]) for x in (draws, before)]
        left = widths[0] / widths[1] if widths[1] else 0.0
        told = "counted" if name in known else _told(float(low), float(high), left)
        rows.append(
            {
                "demand": name,
                "amount": float(found.best[column]),
                "low": float(low),
                "high": float(high),
                "native_share": float(found.best[column] * native[column]) / total,
                "range_left": left,
                "told": told,
            }
        )
    return sorted(rows, key=lambda row: -float(str(row["native_share"])))


def _told(low: float, high: float, left: float) -> str:
    """How well the times tell a demand: within a factor of 2, of 10, only how much it is at most, or not."""
    for word, factor in (("yes", TOLD), ("roughly", ROUGHLY)):
        if high <= factor * low:
            return word
    return "at most" if left <= BOUNDED else "no"


def workload_data(name: str, rows: Sequence[Row], measured: Sequence[Measured], host: str) -> dict[str, object]:
    """A workload as its TOML file has it: its operation is the job or, with much input and output, a part of it."""
    kept = [row for row in rows if _of(row, "amount") > 0.0 and _of(row, "native_share") >= LEAST]
    requests = added(_of(row, "amount") for row in kept if row["demand"] in USUAL and row["demand"] != "wait")
    parts = 10 ** max(0, math.ceil(math.log10(requests / MOST_IO))) if requests else 1
    times = ", ".join(f"{item.architecture} {item.seconds:.4g} s" for item in measured)
    demands: dict[str, float] = {}
    items: list[dict[str, object]] = []
    basis = {"tasks": "by definition: one task, as the times were inferred"}
    for row in kept:
        demand, amount = str(row["demand"]), _of(row, "amount") / parts
        low, high = (_of(row, end) / parts for end in ("low", "high"))
        basis[demand] = _basis(str(row["told"]), low, high)
        if demand in USUAL:
            items.append(_item(demand, amount))
        else:
            demands[demand] = _rounded(amount)
    return {
        "name": _slug(name),
        "title": f"Inferred from {name}",
        "kind": "macro",
        "unit": "job" if parts == 1 else f"1/{parts} of the job",
        "source": f"vmarch infer on {host}, from {times}",
        "demands": demands,
        "basis": basis,
        **({"io": items} if items else {}),
        "run": {"operations": 20 if parts == 1 else 500},
    }


def _rounded(amount: float) -> float:
    """To six digits: more are not known."""
    return float(f"{amount:.6g}")


def _basis(told: str, low: float, high: float) -> str:
    if told == "counted":
        return "counted: given by the user"
    how = {
        "yes": "told by the times",
        "roughly": "roughly told by the times",
        "at most": "the times tell its upper end",
    }
    return f"inferred, {how.get(told, 'not told by the times')}: 90 % from {low:.3g} to {high:.3g}"


def _item(demand: str, amount: float) -> dict[str, object]:
    """An entry of input or output; a wait is one of the whole length."""
    usual = USUAL[demand]
    item: dict[str, object] = {"kind": demand}
    if demand == "wait":
        return {**item, "wait": f"{amount:.6g} s"}
    item["count"] = _rounded(amount)
    if usual.size_bytes:
        item["size"] = f"{usual.size_bytes:g} B"
    if usual.pattern:
        item["pattern"] = usual.pattern
    return item


def _of(row: Row, key: str) -> float:
    return float(str(row[key]))


def _slug(name: str) -> str:
    """A name that a workload may have."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._") or "inferred"


def time_groups(rows: Sequence[Row]) -> dict[str, dict[str, tuple[float, float, float]]]:
    """Measured and predicted times as (value, low, high), by architecture."""
    groups: dict[str, dict[str, tuple[float, float, float]]] = {}
    for row in rows:
        kind = str(row["kind"])
        ends = (_of(row, f"{kind}_s"), _of(row, f"{kind}_low_s"), _of(row, f"{kind}_high_s"))
        groups.setdefault(str(row["architecture"]), {})[kind] = ends
    return groups


def draw(path: Path, rows: Sequence[Row], host: str, title: str) -> None:
    """Measured and predicted times with their ranges, by architecture."""
    interval_bars(
        path,
        time_groups(rows),
        title=title,
        caption=f"On {host}, the job alone on the machine. Bars: 90 % of predictions, over the ranges of costs, "
        "the spread of the measured times, and what is known of jobs in general.",
        label=LABEL,
        reference=None,
    )
