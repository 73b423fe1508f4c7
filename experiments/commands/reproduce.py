"""`vmarch reproduce`: the main job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from architectures import architecture_names, load_architecture
from experiments.commands.compare import comparison_rows, print_slowdowns
from experiments.commands.explain import layers
from experiments.compare import Cell, compare
from experiments.options import jobs_of, progress_bar, scenarios
from experiments.output import Row, csv_text, manifest, prepare, table, write
from experiments.plots import heat_map, interval_bars, stacked_bars
from experiments.runs import Plan
from experiments.scenario import Scenario
from experiments.store import Store
from simcore.hosts import load_host
from workloads import load_workload, workload_names

__all__ = ["command"]

OPTIONS = {"guests": 1, "vcpus": None, "costs": (), "guest_os": None, "guest_isa": None, "unmodifiable_guest": False}
PATHS = {"disk-read-random": "one 4 KiB random disk read", "tcp-rr": "one packet each way"}


@click.command("reproduce")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True, help="Folder for results."
)
@click.option("--host", default="server", show_default=True, help="A host preset, or a TOML file.")
@click.option("--full", is_flag=True, help="Ten times the operations and twice the replications.")
@click.option("--jobs", type=int, default=None, help="Processes. [default: the processors at hand]")
def command(out: Path, host: str, full: bool, jobs: int | None) -> None:
    """The main job: the slowdown table, the paths of a disk read and a packet, and their plots."""
    machine = load_host(host)
    folder = prepare(prepare(out) / "slowdown")
    options = {**OPTIONS, "host": host}
    plan = Plan(replications=10 if full else 5)
    names = workload_names()
    cells: list[Cell] = []
    store = Store(folder / "replications.jsonl")
    with progress_bar("replications") as progress:
        for kind, operations in (("micro", 60), ("macro", 200)):
            chosen = [name for name in names if load_workload(name).kind == kind]
            sized = Plan(plan.seed, plan.replications, operations * (10 if full else 1))
            cells += compare(scenarios(chosen, (), options), sized, store=store, jobs=jobs_of(jobs), progress=progress)
    rows = comparison_rows(cells, host, 1, plan.seed, 0.95)
    write(folder / "slowdown.csv", csv_text(rows))
    write(
        folder / "manifest.json",
        manifest(
            {"command": "reproduce", "host": host, "full": full, "seed": plan.seed, "replications": plan.replications}
        ),
    )
    caption = (
        f"{machine.title}. One guest, seed {plan.seed}, {plan.replications} replications on common random numbers."
    )
    _slowdowns(folder, cells, caption)
    breakdown = _paths(prepare(out / "paths"), host, machine.title)
    print_slowdowns(cells, 0.95)
    _print_paths(breakdown)
    click.echo(f"Tables, plots and what made them: {folder} and {out / 'paths'}")


def _slowdowns(folder: Path, cells: Sequence[Cell], caption: str) -> None:
    shown = [name for name in architecture_names() if any(c.architecture == name and c.scenario for c in cells)]
    titles = [load_architecture(name).title for name in shown]
    by_name = {(cell.workload, cell.architecture): cell for cell in cells}
    for kind in ("macro", "micro"):
        chosen = [name for name in dict.fromkeys(c.workload for c in cells) if load_workload(name).kind == kind]
        grid = [
            [c.slowdown().ratio if (c := by_name[workload, name]).scenario else None for name in shown]
            for workload in chosen
        ]
        heat_map(
            folder / f"slowdown-{kind}",
            grid,
            chosen,
            titles,
            title=_finding(kind, by_name, chosen, shown),
            caption=f"Response time of an operation over that on the bare machine. {caption}",
            label="slowdown",
        )
    macro = [name for name in dict.fromkeys(c.workload for c in cells) if load_workload(name).kind == "macro"]
    groups = {
        workload: {
            title: (s.ratio, s.low, s.high)
            for name, title in zip(shown, titles, strict=True)
            if name != "native" and (cell := by_name[workload, name]).scenario and (s := cell.slowdown())
        }
        for workload in macro
    }
    interval_bars(
        folder / "slowdown-intervals",
        groups,
        title=_spans(groups),
        caption=f"Slowdown with 95 % intervals (paired, log ratio). {caption}",
        label="slowdown against the bare machine (logarithmic)",
    )


def _spans(groups: Mapping[str, Mapping[str, tuple[float, float, float]]]) -> str:
    """How far slowdowns spread over the workloads under one architecture, and over architectures for one workload."""
    names = {name for group in groups.values() for name in group}
    under = {name: [group[name][0] for group in groups.values() if name in group] for name in names}
    of = {workload: [value for value, _, _ in group.values()] for workload, group in groups.items()}
    widest, most = (max(part, key=lambda key: max(part[key]) / min(part[key])) for part in (under, of))
    one, other = max(under[widest]) / min(under[widest]), max(of[most]) / min(of[most])
    return (
        f"One architecture's slowdown spreads up to {one:.1f}-fold over the workloads ({widest}), "
        f"one workload's {other:.1f}-fold over the architectures ({most})"
    )


def _finding(kind: str, cells: dict[tuple[str, str], Cell], workloads: Sequence[str], names: Sequence[str]) -> str:
    """The title of a map: the span of the slowdowns, and where its ends are."""
    ratios = {
        (w, n): cells[w, n].slowdown().ratio for w in workloads for n in names if n != "native" and cells[w, n].scenario
    }
    worst = max(ratios, key=lambda key: ratios[key])
    within = sum(1 for ratio in ratios.values() if ratio <= 1.1) / len(ratios)
    what = "application" if kind == "macro" else "single-demand"
    return f"{100 * within:.0f} % of {what} slowdowns are within 10 %; the worst is {ratios[worst]:.0f} ({worst[0]} under {load_architecture(worst[1]).title})"


def _paths(folder: Path, host: str, title: str) -> list[Row]:
    rows: list[Row] = []
    for workload, words in PATHS.items():
        bars: dict[str, dict[str, float]] = {}
        asked = scenarios([workload], [], {**OPTIONS, "host": host})
        for _, name, scenario in asked:
            if isinstance(scenario, Scenario):
                bars[scenario.architecture.title] = layers(scenario)
                rows += [
                    {"path": workload, "architecture": name, "layer": layer, "seconds": time}
                    for layer, time in bars[scenario.architecture.title].items()
                ]
        bare = sum(next(iter(bars.values())).values())
        near = {name: sum(bar.values()) / bare for name, bar in bars.items()}
        slowest = max(near, key=lambda name: near[name])
        stacked_bars(
            folder / workload,
            bars,
            title=f"{words.capitalize()}: from {min(near.values()):.2f} to {near[slowest]:.1f} times the bare machine ({slowest})",
            caption=f"Time of one operation by layer when nothing else runs, every draw at its mean. {title}.",
            label="time of one operation (us)",
            scale=1e6,
        )
    write(folder / "paths.csv", csv_text(rows))
    write(folder / "manifest.json", manifest({"command": "reproduce", "host": host, "part": "paths"}))
    return rows


def _print_paths(rows: Sequence[Row]) -> None:
    for workload, words in PATHS.items():
        mine = [row for row in rows if row["path"] == workload]
        parts = list(dict.fromkeys(str(row["layer"]) for row in mine))
        lines = []
        for name in dict.fromkeys(str(row["architecture"]) for row in mine):
            times = {str(r["layer"]): float(str(r["seconds"])) * 1e6 for r in mine if r["architecture"] == name}
            lines.append(
                [name, *(f"{times[p]:.2f}" if p in times else "" for p in parts), f"{sum(times.values()):.1f}"]
            )
        table(f"{words.capitalize()}, in microseconds by layer", lines, ("architecture", *parts, "in all"))
