"""How much slower is every workload under every architecture?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from architectures import architecture_names, load_architecture
from experiments.commands.compare import comparison_rows, print_slowdowns
from experiments.compare import Cell
from experiments.maps import heat_map
from experiments.plots import interval_bars
from experiments.study import Context, Outcome, Parameter, Study
from workloads import load_workload, workload_names

__all__ = ["STUDY", "all_cells"]

KINDS = ("macro", "micro")
Cells = Mapping[tuple[str, str], Cell]


def all_cells(context: Context) -> list[Cell]:
    """Every workload under every architecture on the host; single-demand workloads need fewer operations."""
    cells: list[Cell] = []
    for kind, share in (("micro", context["micro_share"]), ("macro", 1.0)):
        asked = [
            context.ask(workload, architecture, guests=context["guests"])
            for workload in workload_names()
            if load_workload(workload).kind == kind
            for architecture in architecture_names()
        ]
        cells += context.cells(asked, max(2, round(share * context["operations"])))
    return cells


def run(context: Context) -> Outcome:
    """The maps of slowdowns, and their intervals for the applications."""
    cells = all_cells(context)
    by_name = {(cell.workload, cell.architecture): cell for cell in cells}
    shown = [name for name in architecture_names() if any(by_name[w, name].scenario for w in workload_names())]
    titles = [load_architecture(name).title for name in shown]
    caption = f"{context.caption} One replication's random numbers are the same everywhere."
    readings = []
    for kind in KINDS:
        chosen = [name for name in workload_names() if load_workload(name).kind == kind]
        grid = [
            [c.slowdown().ratio if (c := by_name[workload, name]).scenario else None for name in shown]
            for workload in chosen
        ]
        finding = _finding(kind, by_name, chosen, shown)
        readings.append(finding)
        context.draw(
            heat_map,
            f"slowdown-{kind}",
            grid,
            chosen,
            titles,
            title=finding,
            caption=f"Response time of an operation over that on the bare machine. {caption}",
            label="slowdown",
        )
    groups = {
        workload: {
            title: (s.ratio, s.low, s.high)
            for name, title in zip(shown, titles, strict=True)
            if name != "native" and (cell := by_name[workload, name]).scenario and (s := cell.slowdown())
        }
        for workload in workload_names()
        if load_workload(workload).kind == "macro"
    }
    spread = _spans(groups)
    context.draw(
        interval_bars,
        "slowdown-intervals",
        groups,
        title=spread,
        caption=f"Slowdown of the response time, paired, log ratio. {caption}",
        label="slowdown against the bare machine (logarithmic)",
    )
    rows = comparison_rows(cells, context["host"], context["guests"], context["seed"], 0.95)
    return Outcome(rows, f"{readings[0]}. {readings[1]}. {spread}.", lambda: print_slowdowns(cells, 0.95))


def _spans(groups: Mapping[str, Mapping[str, tuple[float, float, float]]]) -> str:
    """How far slowdowns spread over the workloads under one architecture, and over architectures for one workload."""
    names = {name for group in groups.values() for name in group}
    under = {name: [group[name][0] for group in groups.values() if name in group] for name in sorted(names)}
    of = {workload: [value for value, _, _ in group.values()] for workload, group in groups.items()}
    widest, most = (max(part, key=lambda key: max(part[key]) / min(part[key])) for part in (under, of))
    one, other = max(under[widest]) / min(under[widest]), max(of[most]) / min(of[most])
    return (
        f"One architecture's slowdown spreads up to {one:.1f}-fold over the workloads ({widest}), "
        f"one workload's {other:.1f}-fold over the architectures ({most})"
    )


def _finding(kind: str, cells: Cells, workloads: Sequence[str], names: Sequence[str]) -> str:
    """How many slowdowns are small, and the worst."""
    ratios = {
        (w, n): cells[w, n].slowdown().ratio for w in workloads for n in names if n != "native" and cells[w, n].scenario
    }
    worst = max(ratios, key=lambda key: ratios[key])
    within = sum(1 for ratio in ratios.values() if ratio <= 1.1) / len(ratios)
    what = "application" if kind == "macro" else "single-demand"
    return (
        f"{100 * within:.0f} % of {what} slowdowns are within 10 %; "
        f"the worst is {ratios[worst]:.0f} ({worst[0]} under {load_architecture(worst[1]).title})"
    )


STUDY = Study(
    name="slowdown",
    title="Slowdown of every workload under every architecture",
    run=run,
    order=10,
    parameters=(
        Parameter("guests", 1, "Identical guests on the host.", low=1, high=10_000),
        Parameter("micro_share", 0.3, "Operations of single-demand workloads, as a share.", low=0.001, high=1.0),
    ),
    operations=(2000, 200),
)

if __name__ == "__main__":
    from experiments.commands.experiment import main

    main(STUDY)
