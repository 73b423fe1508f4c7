"""Results as rows and as tables in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from simcore.costs import Kind, Resolved, Status
from simcore.engines.analytic import bounds
from simcore.summing import added
from simcore.units import TICKS_PER_S, format_seconds
from vmarch.comparison import Cell
from vmarch.output import Row
from vmarch.provenance import by_status

__all__ = ["Table", "amount", "authority_table", "comparison_rows", "detail_table", "slowdown_table"]

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


def comparison_rows(
    cells: Sequence[Cell],
    host: str,
    guests: int,
    seed: int,
    level: float,
    *,
    ranges: bool = True,
    likely: bool = True,
) -> list[Row]:
    """One row for each cell and metric; refused pairs have one row with the reason.

    Where there is no steady state (see `Cell.state`), times and slowdowns are left empty.

    Args:
        ranges: also how far the slowdown of the response may be over the ranges of the costs.
        likely: and with what the model leaves out.
    """
    rows: list[Row] = []
    for cell in cells:
        head = {"workload": cell.workload, "architecture": cell.architecture, "host": host, "guests": guests}
        if cell.scenario is None:
            rows.append({**head, "metric": "", "status": f"refused: {cell.refused}"})
            continue
        rests = _rests(cell)
        most = bounds(cell.scenario.model).throughput_per_s
        rows += [
            {
                **head,
                "metric": metric,
                **(_numbers(cell, metric, level) if cell.lasts(metric) else NOTHING),
                "seed": seed,
                "replications": len(cell.runs.results),
                "level": level,
                **(_interval(cell, metric, level) if cell.lasts(metric) else NO_INTERVAL),
                "throughput_bound_per_s": most,
                "status": cell.state,
                **rests,
                **(_ranges(cell, level, likely=likely) if ranges and metric == HEADLINE and cell.state == "ok" else {}),
            }
            for metric in cell.runs.results[0].metrics()
        ]
    return rows


NUMBERS = ("value", "low", "high", "native_value", "slowdown", "slowdown_low", "slowdown_high")
NOTHING: Row = dict.fromkeys(NUMBERS)
NO_INTERVAL: Row = {"interval": "none", "variance_reduction": None}


def _numbers(cell: Cell, metric: str, level: float) -> Row:
    value, slowdown = cell.estimate(metric, level), cell.slowdown(metric, level)
    native = added(cell.native.metric(metric)) / len(cell.native.results)
    values = (value.value, value.low, value.high, native, slowdown.ratio, slowdown.low, slowdown.high)
    return dict(zip(NUMBERS, values, strict=True))


def _interval(cell: Cell, metric: str, level: float) -> Row:
    """How the interval was made, and what pairing was worth."""
    saved = cell.slowdown(metric, level).variance_reduction
    return {"interval": cell.interval(metric, level), "variance_reduction": saved}


def _rests(cell: Cell) -> Row:
    """What an operation and its overhead rest on, when nothing else runs."""
    assert cell.scenario is not None
    shares, beyond = by_status(cell.scenario), cell.overhead
    first, last = beyond.years or (None, None)
    return {
        "path_us": added(shares.values()) * 1e6,
        "path_carried_us": shares[Status.CARRIED] * 1e6,
        "path_assumed_us": shares[Status.ASSUMED] * 1e6,
        "overhead_us": beyond.seconds * 1e6,
        **{f"overhead_{status}": beyond.shares[status] for status in Status},
        "heaviest_cost": beyond.heaviest,
        "heaviest_share": beyond.weight,
        "costs_from": first,
        "costs_to": last,
    }


def _ranges(cell: Cell, level: float, *, likely: bool) -> Row:
    ratio = cell.slowdown(HEADLINE, level).ratio
    ends = {"costs": cell.reach, **({"likely": cell.likely} if likely else {})}
    return {
        f"slowdown_{name}_{end}": ratio * factor
        for name, pair in ends.items()
        for end, factor in zip(("low", "high"), pair, strict=True)
    }


def slowdown_table(cells: Sequence[Cell], level: float, *, ranges: bool = True) -> Table:
    """The slowdowns; where there is no steady state, or no cell, it says so in their place."""
    columns = ["workload", "architecture", "response", "slowdown", f"{100 * level:g} % interval"]
    lines = []
    for cell in cells:
        line = [cell.workload, cell.architecture]
        if cell.state == "ok":
            value, slowdown = cell.estimate(HEADLINE, level), cell.slowdown(HEADLINE, level)
            line += [format_seconds(value.value), f"{slowdown.ratio:.3g}", f"{slowdown.low:.3g} .. {slowdown.high:.3g}"]
            for ends in (cell.reach, cell.likely) if ranges else ():
                line.append(" .. ".join(f"{slowdown.ratio * end:.3g}" for end in ends))
        else:
            line += ["", cell.state, "", *(["", ""] if ranges else [])]
        lines.append(line)
    title = "Slowdown against the bare machine (response time of an operation)"
    reasons = dict.fromkeys(cell.refused for cell in cells if cell.refused)
    columns += ["over costs", "with what is left out"] if ranges else []
    return Table(title, columns, lines, left=2, notes=tuple(reasons))


def authority_table(cells: Sequence[Cell]) -> Table:
    """What one operation rests on when nothing else runs: the whole, and what lies beyond the bare machine."""
    lines = []
    for cell in cells:
        if cell.scenario is None:
            continue
        beyond = cell.overhead
        heaviest = f"{beyond.heaviest}, {100 * beyond.weight:.0f} %" if beyond.heaviest else ""
        shares = [_authority(by_status(cell.scenario)), _authority(beyond.shares) or "nothing to share"]
        lines.append([cell.workload, cell.architecture, *shares, heaviest, beyond.era])
    columns = ("workload", "architecture", "of the time", "of the overhead", "heaviest cost of it", "costs of")
    title = "Carried over from another machine + assumed (the rest is measured on this host)"
    return Table(title, columns, lines, left=2)


def _authority(shares: Mapping[Status, float]) -> str:
    """How much is carried over and how much assumed; the rest was measured."""
    whole = added(shares.values())
    carried, assumed = (100 * shares[status] / (whole or 1.0) for status in (Status.CARRIED, Status.ASSUMED))
    return f"{carried:.0f} + {assumed:.0f} %" if whole else ""


def detail_table(cells: Sequence[Cell], level: float) -> Table:
    """Throughput and its bound, how many runs, how the interval was made, and what pairing was worth."""
    lines = []
    for cell in cells:
        if cell.scenario is None:
            continue
        steady = cell.state == "ok"
        saved = cell.slowdown(HEADLINE, level).variance_reduction if steady else None
        lines.append(
            [
                cell.workload,
                cell.architecture,
                f"{cell.estimate('throughput_per_s', level).value:.4g}",
                f"{bounds(cell.scenario.model).throughput_per_s:.4g}",
                str(len(cell.runs.results)),
                cell.interval(HEADLINE, level) if steady else cell.state,
                "" if saved is None else f"{saved:.3g}",
            ]
        )
    columns = ("workload", "architecture", "throughput/s", "bound/s", "runs", "interval by", "pairing saves")
    return Table("Throughput, and what intervals rest on", columns, lines, left=2)


def amount(cost: Resolved, value: float) -> str:
    """An amount of a cost, in ticks or as a plain number, in words."""
    if cost.kind is Kind.RATIO:
        return f"{value:g}"
    suffix = "/B" if cost.kind in (Kind.CYCLES_PER_BYTE, Kind.TIME_PER_BYTE) else ""
    return format_seconds(value / TICKS_PER_S) + suffix
