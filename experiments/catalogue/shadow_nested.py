"""When is nested paging better than shadow paging?

Nested paging makes each TLB miss dearer, shadow paging each change of a page table. The map is exact: the time of one
operation that has the machine to itself is linear in both rates, so three paths give it all. The second line is
simulated: several tasks of one guest wait for the lock of the shadow page tables, which moves the crossover.
"""

from __future__ import annotations

import math

import numpy as np

from architectures import load_architecture
from experiments.catalogue.sweeps import crossing, exact_s, made
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.demands import Demand
from simcore.statistics import mean_interval
from vmarch.figures.maps import field_map
from vmarch.figures.plots import Line
from vmarch.output import Row
from workloads import Workload, load_workload, workload_names

__all__ = ["EXPERIMENT"]

CYCLES = 1e6  # of user code in an operation: rates are for a million cycles
MISSES, UPDATES = Demand.TLB_MISSES, Demand.PAGE_TABLE_UPDATES


def run(context: Context) -> Outcome:
    """The map with both crossover lines, and where the applications lie on it."""
    pair = (context["shadow"], context["nested"])
    x = np.logspace(1.0, 4.5, context["points"])
    y = np.logspace(-1.0, 2.5, context["points"])
    base, miss, update = (
        np.array([exact_s(context.ask(_mix(*at), a)) for a in pair]) for at in ((0, 0), (1, 0), (0, 1))
    )
    times = base + np.multiply.outer(y[:, None] * 1.0, update - base) + x[:, None] * (miss - base)
    ratio = times[..., 0] / times[..., 1]
    slope = ((miss - base)[1] - (miss - base)[0]) / ((update - base)[0] - (update - base)[1])
    lines = [Line("equal: one task (exact)", tuple(x), tuple(x * slope))]
    rows: list[Row] = [
        {"kind": "exact", "misses": m, "updates": u, "shadow_over_nested": ratio[j, i]}
        for j, u in enumerate(y)
        for i, m in enumerate(x)
    ]
    contended, more = _contended(context, pair, slope)
    rows += more
    if contended:
        lines.append(contended)
    points = _points()
    above = [name for name, (m, u) in points.items() if u > m * slope]
    titles = [load_architecture(name).title for name in pair]
    finding = (
        f"Shadow paging is worth it above {1 / slope:.0f} TLB misses for each page-table update"
        + (f" (up to {_most(contended)} with {context['tasks']} tasks, which wait for the lock)" if contended else "")
        + f"; nested paging wins for {len(above)} of {len(points)} applications"
    )
    context.draw(
        field_map,
        "shadow_nested",
        tuple(x),
        tuple(y),
        ratio.tolist(),
        title=finding,
        caption=f"{titles[0]} over {titles[1]}: time of a million user cycles with these rates, exact for one task. "
        f"Second line: simulated with {context['tasks']} tasks in one guest, waiting for the lock of its page tables. "
        f"Points: the applications, page faults counted as updates. {context.caption}",
        x_label="TLB misses in a million cycles",
        y_label="page-table updates in a million cycles",
        label="time with shadow over time with nested paging",
        lines=lines,
        points=points,
    )
    return Outcome(
        rows,
        f"{finding}. Shadow paging is the better one for: {', '.join(sorted(set(points) - set(above))) or 'none'}.",
    )


def _mix(misses: float, updates: float, tasks: int = 1) -> Workload:
    demands = {Demand.USER_CYCLES: CYCLES, MISSES: misses, UPDATES: updates}
    return made("paging-mix", demands, varied=(Demand.USER_CYCLES,) if tasks > 1 else (), tasks=tasks)


def _contended(context: Context, pair: tuple[str, str], slope: float) -> tuple[Line | None, list[Row]]:
    """The crossover with several tasks: for each rate of misses, updates around the exact one are tried."""
    rates = context["misses"]
    factors = sorted(context["factors"])
    places = [(m, m * slope * f) for m in rates for f in factors]
    cells = context.cells([context.ask(_mix(m, u, context["tasks"]), a) for m, u in places for a in pair])
    rows: list[Row] = []
    found: list[tuple[float, float, float, float]] = []
    for number, m in enumerate(rates):
        mine = cells[2 * number * len(factors) : 2 * (number + 1) * len(factors)]
        times = [
            (s.runs.metric("response_s"), n.runs.metric("response_s"))
            for s, n in zip(mine[::2], mine[1::2], strict=True)
        ]
        updates = [m * slope * f for f in factors]
        for u, (shadow, nested) in zip(updates, times, strict=True):
            rows.append(
                {
                    "kind": f"simulated, {context['tasks']} tasks",
                    "misses": m,
                    "updates": u,
                    "shadow_over_nested": sum(shadow) / sum(nested),
                }
            )
        equal = [crossing(updates, [s[k] / n[k] for s, n in times]) for k in range(len(times[0][0]))]
        if all(equal):
            logs = mean_interval([math.log(one) for one in equal if one])
            found.append((m, *(math.exp(v) for v in (logs.value, logs.low, logs.high))))
            rows.append(
                {"kind": "crossover", "misses": m, "updates": found[-1][1], "low": found[-1][2], "high": found[-1][3]}
            )
    if not found:
        return None, rows
    x, value, low, high = zip(*found, strict=True)
    return Line(f"equal: {context['tasks']} tasks (simulated)", x, value, low, high), rows


def _most(line: Line) -> str:
    return f"{max(x / y for x, y in zip(line.x, line.y, strict=True)):.0f}"


def _points() -> dict[str, tuple[float, float]]:
    """Each application's rates, in the range of the map."""
    points = {}
    for name in workload_names():
        one = load_workload(name)
        demands = one.operation.demands
        cycles = demands.get(Demand.USER_CYCLES, 0.0) + demands.get(Demand.KERNEL_CYCLES, 0.0)
        changes = demands.get(UPDATES, 0.0) + demands.get(Demand.PAGE_FAULTS, 0.0)
        if one.kind == "macro" and demands.get(MISSES) and changes:
            points[name] = (demands[MISSES] * CYCLES / cycles, changes * CYCLES / cycles)
    return points


EXPERIMENT = Experiment(
    name="shadow_nested",
    title="Shadow against nested paging over TLB misses and page-table updates",
    run=run,
    order=70,
    parameters=(
        Parameter("shadow", "assist-shadow", "An architecture with shadow paging."),
        Parameter("nested", "assist-nested", "The same with nested paging."),
        Parameter("points", 40, "Of the exact map, along each axis.", 24, 2, 400),
        Parameter("tasks", 8, "Of the simulated guest.", low=1, high=1000),
        Parameter(
            "misses",
            (100.0, 1000.0, 3000.0, 10_000.0, 30_000.0),
            "TLB misses, simulated.",
            (300.0, 3000.0, 30_000.0),
            0.1,
            1e6,
        ),
        Parameter(
            "factors",
            (0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.4),
            "Updates, times those of the exact crossover.",
            (0.2, 0.6, 1.1),
            1e-3,
            1e3,
        ),
    ),
    replications=(8, 3),
    operations=(4000, 240),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
