"""`vmarch explain`: the sum that one would write on a slide, for one operation that has the machine to itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments.commands.options import formats, out, scenario_options
from experiments.commands.printing import show, table
from simcore.costs import Status
from simcore.units import format_seconds
from vmarch.asking import scenarios
from vmarch.explanation import layers
from vmarch.figures.plots import stacked_bars
from vmarch.output import Row, csv_text, manifest, prepare, write
from vmarch.provenance import Line, by_status, lines
from vmarch.runs import Plan, check_length
from vmarch.scenario import Scenario

__all__ = ["command"]


@click.command("explain")
@click.argument("workload")
@click.argument("architecture")
@scenario_options
@formats
@out
def command(workload: str, architecture: str, form: str, out: Path | None, **options: Any) -> None:
    """Where each microsecond of one operation goes, when nothing else runs and every draw is its mean."""
    scenario = scenarios([workload], [architecture], options)[0][2]
    if not isinstance(scenario, Scenario):
        raise scenario
    check_length(scenario, Plan())
    found = lines(scenario)
    rows = [_row(line) for line in found]
    if out:
        prepare(out)
        name = f"explain-{scenario.workload.name}-{scenario.architecture.name}"
        write(out / f"{name}.csv", csv_text(rows))
        write(
            out / f"{name}.json",
            manifest({"command": "explain", "workload": workload, "architecture": architecture, **options}),
        )
        _draw(out / name, scenario)
    if form != "table":
        show(rows, form)
        return
    _print(scenario, found)


def _row(line: Line) -> Row:
    return {
        "step": line.label,
        "layer": line.layer,
        "resource": line.kind,
        "domain": line.domain,
        "cost": line.cost,
        "count": line.count,
        "seconds": line.seconds,
        "when_idle": line.when_idle,
        "background": line.background,
        "status": line.status,
        "source": line.source,
    }


def _print(scenario: Scenario, found: list[Line]) -> None:
    total = sum(line.seconds for line in found if not line.background)
    cells = [
        [
            line.label + (" (if idle)" if line.when_idle else "") + (" (background)" if line.background else ""),
            line.layer,
            line.domain or line.kind,
            f"{line.count:.4g} x {line.cost}",
            format_seconds(line.seconds),
            _bar(line.seconds, max(item.seconds for item in found)),
            str(line.status),
        ]
        for line in found
    ]
    name = f"{scenario.workload.title} under {scenario.architecture.title} on {scenario.host.name}"
    table(name, cells, ("step", "layer", "where", "cost", "time", "", "cost is"), left=4)
    parts = [
        [layer, format_seconds(time), f"{100 * time / total:.1f} %", _bar(time, total)]
        for layer, time in layers(scenario).items()
    ]
    table("By layer", parts, ("layer", "time", "share", ""))
    shares = by_status(scenario)
    everything = sum(shares.values())
    click.echo(f"One {scenario.workload.unit}: {format_seconds(total)} in all, without waiting for anyone else.")
    click.echo(
        "It rests on measured costs for "
        + ", ".join(
            f"{format_seconds(shares[status])} ({100 * shares[status] / everything:.0f} %){' ' + text if text else ''}"
            for status, text in (
                (Status.MEASURED, ""),
                (Status.CARRIED, "carried over from another machine"),
                (Status.ASSUMED, "assumed"),
            )
        )
        + "."
    )


def _bar(part: float, whole: float) -> str:
    return "█" * round(24 * part / whole) if whole else ""


def _draw(path: Path, scenario: Scenario) -> None:
    bare = scenario.bare(_native())
    bars = {bare.architecture.title: layers(bare), scenario.architecture.title: layers(scenario)}
    name = scenario.architecture.title
    ratio = sum(bars[name].values()) / sum(bars[bare.architecture.title].values())
    stacked_bars(
        path,
        bars,
        title=f"{scenario.workload.title}: {ratio:.2f} times the bare machine under {name}",
        caption=f"One {scenario.workload.unit} on {scenario.host.title}, nothing else running, every draw at its mean.",
        label="time of one operation (us)",
        scale=1e6,
    )


def _native() -> Any:
    from architectures import load_architecture

    return load_architecture("native")
