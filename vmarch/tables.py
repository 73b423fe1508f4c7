"""Results as rows: of comparisons, and amounts of costs in words."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.costs import Kind, Resolved, Status
from simcore.engines.analytic import bounds
from simcore.units import TICKS_PER_S, format_seconds
from vmarch.comparison import Cell
from vmarch.output import Row
from vmarch.provenance import by_status

__all__ = ["amount", "comparison_rows"]


def comparison_rows(cells: Sequence[Cell], host: str, guests: int, seed: int, level: float) -> list[Row]:
    """One row for each cell and metric; refused pairs have one row with the reason."""
    rows: list[Row] = []
    for cell in cells:
        head = {"workload": cell.workload, "architecture": cell.architecture, "host": host, "guests": guests}
        if cell.scenario is None:
            rows.append({**head, "metric": "", "status": f"refused: {cell.refused}"})
            continue
        shares = by_status(cell.scenario)
        most = bounds(cell.scenario.model).throughput_per_s
        for metric in cell.runs.results[0].metrics():
            value, slowdown = cell.estimate(metric, level), cell.slowdown(metric, level)
            rows.append(
                {
                    **head,
                    "metric": metric,
                    "value": value.value,
                    "low": value.low,
                    "high": value.high,
                    "native_value": sum(cell.native.metric(metric)) / len(cell.native.results),
                    "slowdown": slowdown.ratio,
                    "slowdown_low": slowdown.low,
                    "slowdown_high": slowdown.high,
                    "seed": seed,
                    "replications": len(cell.runs.results),
                    "level": level,
                    "interval": cell.interval(metric, level),
                    "variance_reduction": slowdown.variance_reduction,
                    "throughput_bound_per_s": most,
                    "status": "unsettled" if cell.runs.unsettled or cell.native.unsettled else "ok",
                    "path_us": sum(shares.values()) * 1e6,
                    "path_carried_us": shares[Status.CARRIED] * 1e6,
                    "path_assumed_us": shares[Status.ASSUMED] * 1e6,
                }
            )
    return rows


def amount(cost: Resolved, value: float) -> str:
    """An amount of a cost, in ticks or as a plain number, in words."""
    if cost.kind is Kind.RATIO:
        return f"{value:g}"
    suffix = "/B" if cost.kind in (Kind.CYCLES_PER_BYTE, Kind.TIME_PER_BYTE) else ""
    return format_seconds(value / TICKS_PER_S) + suffix
