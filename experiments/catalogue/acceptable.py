"""Which architectures keep which workloads within 5, 10 or 25 % of the bare machine?

The verdict is the interval's, not the point's: a class counts only if the whole interval of the slowdown lies in it,
and a field whose interval straddles a limit says so.
"""

from __future__ import annotations

from architectures import load_architecture
from experiments.catalogue.shown import by_class, class_of, drawn
from experiments.catalogue.slowdown import EXPERIMENT as SLOWDOWN
from experiments.catalogue.slowdown import all_cells, chosen
from experiments.experiment import Context, Experiment, Outcome, Parameter
from vmarch.comparison import Cell
from vmarch.figures.maps import class_map
from vmarch.output import Row
from workloads import load_workload

__all__ = ["EXPERIMENT"]


def run(context: Context) -> Outcome:
    """The map, and for each architecture how many workloads it keeps within each limit."""
    limits = sorted(context["limits_percent"])
    cells = {(cell.workload, cell.architecture): cell for cell in all_cells(context)}
    workloads, architectures = chosen(context)
    shown = [a for a in architectures if a != "native" and any(cells[w, a].scenario for w in workloads)]
    rows: list[Row] = []
    names: dict[str, list[str]] = {"macro": [], "micro": []}
    for workload in workloads:
        kind = load_workload(workload).kind
        names[kind].append(workload)
        rows += [_row(cells[workload, a], limits) for a in shown if cells[workload, a].scenario]
    classes = [f"within {limit:g} %" for limit in limits] + [f"beyond {limits[-1]:g} %"]
    readings = []
    few = by_class([name for name in drawn(architectures) if name in shown], lambda name: -_kept(rows, name, limits))
    for kind, words in (("macro", "applications"), ("micro", "single demands")):
        if not names[kind]:
            continue
        finding = _finding(rows, names[kind], shown, limits, words)
        readings.append(finding)
        fields = {w: [_field(cells[w, a], limits) for a in few] for w in names[kind]}
        order = sorted(fields, key=lambda name: -sum(len(limits) if f is None else f[0] for f in fields[name]))
        far = [name for name in order if any(field is None or field[0] for field in fields[name])] or order
        left_out = ", ".join(name for name in order if name not in far)
        context.draw(
            class_map,
            f"acceptable-{kind}",
            [fields[name] for name in far],
            far,
            [load_architecture(name).title for name in few],
            classes,
            title=_finding([row for row in rows if row["architecture"] in few], names[kind], few, limits, words),
            caption="Surplus of the response time over the bare machine in percent (x: a factor). The class is that of "
            "the 95 % interval's upper end; ~ where the interval straddles a limit. "
            + (f"Within {limits[0]:g} % everywhere, and not drawn: {left_out}. " if left_out else "")
            + context.caption,
            column_groups=[class_of(name) for name in few],
        )
    return Outcome(rows, " ".join(f"{text}." for text in readings))


def _kept(rows: list[Row], name: str, limits: list[float]) -> int:
    """How many workloads an architecture keeps within the widest limit."""
    return sum(_within(row, limits[-1]) for row in rows if row["architecture"] == name)


def _class(surplus: float, limits: list[float]) -> int:
    return sum(surplus > limit for limit in limits)


def _field(cell: Cell, limits: list[float]) -> tuple[int, str] | None:
    if cell.scenario is None:
        return None
    if cell.state != "ok":
        return len(limits), cell.state
    found = cell.slowdown()
    low, high = 100.0 * (found.low - 1.0), 100.0 * (found.high - 1.0)
    mark = "~" if _class(low, limits) != _class(high, limits) else ""
    value = 100.0 * (found.ratio - 1.0)
    return _class(high, limits), f"{mark}{value:.0f}" if value < MUCH else f"{mark}x{found.ratio:.3g}"


MUCH = 900.0  # percent, from where it is written as a factor


def _row(cell: Cell, limits: list[float]) -> Row:
    """Without a steady state the response is beyond every limit: it has no mean."""
    if cell.state != "ok":
        nothing = dict.fromkeys(("slowdown", "low", "high"))
        head: Row = {"workload": cell.workload, "architecture": cell.architecture}
        return {**head, **nothing, "surely_within_percent": "beyond", "straddles": False, "status": cell.state}
    found = cell.slowdown()
    low, high = _class(100.0 * (found.low - 1.0), limits), _class(100.0 * (found.high - 1.0), limits)
    bounds = [*(f"{limit:g}" for limit in limits), "beyond"]
    return {
        "workload": cell.workload,
        "architecture": cell.architecture,
        "slowdown": found.ratio,
        "low": found.low,
        "high": found.high,
        "surely_within_percent": bounds[high],
        "straddles": low != high,
        "status": cell.state,
    }


def _finding(rows: list[Row], workloads: list[str], architectures: list[str], limits: list[float], words: str) -> str:
    mine = [row for row in rows if row["workload"] in workloads]
    share = sum(_within(r, limits[0]) for r in mine) / len(mine)
    every = [name for name in architectures if all(_within(r, limits[-1]) for r in mine if r["architecture"] == name)]
    kept = "; ".join(load_architecture(name).title for name in every) or "no architecture"
    return (
        f"{100 * share:.0f} % of {words} are surely within {limits[0]:g} %; "
        f"within {limits[-1]:g} % for all of them: {kept}"
    )


def _within(row: Row, limit: float) -> bool:
    """Whether a row's slowdown surely lies within a limit in percent."""
    high = row["high"]
    return isinstance(high, float) and high <= 1.0 + limit / 100.0


EXPERIMENT = Experiment(
    name="acceptable",
    title="Where the slowdown is acceptable",
    run=run,
    order=110,
    parameters=(
        *SLOWDOWN.parameters,
        Parameter("limits_percent", (5.0, 10.0, 25.0), "Up to four limits.", low=0.1, high=1e4),
    ),
    replications=SLOWDOWN.replications,
    operations=SLOWDOWN.operations,
    shares=SLOWDOWN.name,
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
