"""Where does each microsecond of one disk read and of one packet each way go?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from architectures import architecture_names
from experiments.experiment import Context, Experiment, Outcome, Parameter
from vmarch.explanation import layers
from vmarch.figures.plots import stacked_bars
from vmarch.output import Row
from vmarch.scenario import Scenario
from vmarch.tables import Table
from workloads import load_workload

__all__ = ["EXPERIMENT"]


def run(context: Context) -> Outcome:
    """One stacked bar for each architecture, exact: every draw at its mean, nothing else running."""
    rows: list[Row] = []
    readings = []
    for name in context["workloads"]:
        workload = load_workload(name)
        bars: dict[str, dict[str, float]] = {}
        for architecture in architecture_names() if context["architectures"] == ("all",) else context["architectures"]:
            scenario = context.ask(workload, architecture)[2]
            if isinstance(scenario, Scenario):
                bars[scenario.architecture.title] = layers(scenario)
                rows += [
                    {"path": workload.name, "architecture": architecture, "layer": layer, "seconds": time}
                    for layer, time in layers(scenario).items()
                ]
        bare = sum(next(iter(bars.values())).values())
        near = {title: sum(bar.values()) / bare for title, bar in bars.items()}
        slowest = max(near, key=lambda title: near[title])
        quickest = min(list(near)[1:], key=lambda title: near[title])
        finding = (
            f"{workload.title}: {near[quickest]:.2f} ({quickest}) to {near[slowest]:.1f} times "
            f"the bare machine ({slowest})"
        )
        readings.append(finding)
        context.draw(
            stacked_bars,
            workload.name,
            bars,
            title=finding,
            caption=f"Time of one {workload.unit} by layer when nothing else runs, every draw at its mean: exact, "
            f"without interval. {context.host.title}.",
            label=f"time of one {workload.unit} (us)",
            scale=1e6,
        )
    return Outcome(rows, ". ".join(readings) + ". The layers add up to the whole without rest.", list(_tables(rows)))


def _tables(rows: Sequence[Row]) -> Iterator[Table]:
    for path in dict.fromkeys(str(row["path"]) for row in rows):
        mine = [row for row in rows if row["path"] == path]
        parts = list(dict.fromkeys(str(row["layer"]) for row in mine))
        lines = []
        for name in dict.fromkeys(str(row["architecture"]) for row in mine):
            times = {str(r["layer"]): float(str(r["seconds"])) * 1e6 for r in mine if r["architecture"] == name}
            cells = [f"{times[part]:.2f}" if part in times else "" for part in parts]
            lines.append([name, *cells, f"{sum(times.values()):.1f}"])
        unit = load_workload(path).unit
        yield Table(f"{path}: one {unit}, in microseconds by layer", ("architecture", *parts, "in all"), lines)


EXPERIMENT = Experiment(
    name="path_breakdown",
    title="Where the time of one disk read and of one packet goes",
    run=run,
    order=20,
    parameters=(
        Parameter("workloads", ("disk-read-random", "tcp-rr"), "Workloads whose operation is taken apart."),
        Parameter("architectures", ("all",), "Architectures, or all; the first is what the others are compared with."),
    ),
)

if __name__ == "__main__":
    from experiments.commands.experiment import main

    main(EXPERIMENT)
