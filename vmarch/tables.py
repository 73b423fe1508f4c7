"""Results as rows and as tables in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from simcore.costs import Kind, Resolved, Status
from simcore.engines.analytic import bounds
from simcore.statistics import RatioEstimate
from simcore.units import TICKS_PER_S, format_seconds
from vmarch.comparison import Cell
from vmarch.output import Row
from vmarch.provenance import by_status

__all__ = ["Table", "amount", "comparison_rows", "slowdown_table"]

HEADLINE = "response_s"


@dataclass(frozen=True)
class Table:
    """A table for a reader: cells in words, of which the first `left` columns are text, and sentences below it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1
    notes: Sequence[str] = ()

    def _repr_html_(self) -> str:
        """The same for a notebook."""
        heads = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in self.rows)
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        title = f"<caption>{escape(self.title)}</caption>"
        return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>{notes}"


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


def slowdown_table(cells: Sequence[Cell], level: float, *, verbose: bool = False) -> Table:
    """The slowdowns as a table, and what they rest on."""
    lines = []
    columns = ["workload", "architecture", "response", "slowdown", f"{100 * level:g} % interval", "carried", "assumed"]
    if verbose:
        columns += ["throughput/s", "bound/s", "runs", "by", "pairing saves"]
    for cell in cells:
        if cell.scenario is None:
            lines.append([cell.workload, cell.architecture, "refused", *[""] * (len(columns) - 3)])
            continue
        value, slowdown = cell.estimate(HEADLINE, level), cell.slowdown(HEADLINE, level)
        shares = by_status(cell.scenario)
        total = sum(shares.values()) or 1.0
        lines.append(
            [
                cell.workload,
                cell.architecture,
                format_seconds(value.value),
                f"{slowdown.ratio:.3g}",
                f"{slowdown.low:.3g} .. {slowdown.high:.3g}",
                f"{100 * shares[Status.CARRIED] / total:.0f} %",
                f"{100 * shares[Status.ASSUMED] / total:.0f} %",
                *(_details(cell, slowdown, level) if verbose else ()),
            ]
        )
    title = "Slowdown against the bare machine (response time of an operation)"
    reasons = dict.fromkeys(cell.refused for cell in cells if cell.refused)
    return Table(title, columns, lines, left=2, notes=tuple(reasons))


def _details(cell: Cell, slowdown: RatioEstimate, level: float) -> list[str]:
    """The columns of --verbose."""
    assert cell.scenario is not None
    saved = slowdown.variance_reduction
    return [
        f"{cell.estimate('throughput_per_s', level).value:.4g}",
        f"{bounds(cell.scenario.model).throughput_per_s:.4g}",
        str(len(cell.runs.results)),
        cell.interval(HEADLINE, level),
        "" if saved is None else f"{saved:.3g}",
    ]


def amount(cost: Resolved, value: float) -> str:
    """An amount of a cost, in ticks or as a plain number, in words."""
    if cost.kind is Kind.RATIO:
        return f"{value:g}"
    suffix = "/B" if cost.kind in (Kind.CYCLES_PER_BYTE, Kind.TIME_PER_BYTE) else ""
    return format_seconds(value / TICKS_PER_S) + suffix
