"""Where does each microsecond of one disk read and of one packet each way go?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from architectures import architecture_names, load_architecture
from experiments.catalogue.shown import ALL, by_class, class_of, drawn
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
    asked = architecture_names() if context["architectures"] == ALL else context["architectures"]
    for name in context["workloads"]:
        workload = load_workload(name)
        bars: dict[str, dict[str, float]] = {}
        for architecture in asked:
            scenario = context.ask(workload, architecture)[2]
            if isinstance(scenario, Scenario):
                bars[architecture] = dict(layers(scenario))
                rows += [
                    {"path": workload.name, "architecture": architecture, "layer": layer, "seconds": time}
                    for layer, time in bars[architecture].items()
                ]
        totals = {architecture: sum(bar.values()) for architecture, bar in bars.items()}
        readings.append(_finding(workload.title, totals))
        first, *_ = bars
        few = [one for one in drawn(context["architectures"], native=first == "native") if one in bars and one != first]
        shown = [first, *by_class(few, totals.__getitem__)]
        scale, unit = (1e3, "ms") if max(totals.values()) > LONG_S else (1e6, "us")
        context.draw(
            stacked_bars,
            workload.name,
            {load_architecture(one).title: bars[one] for one in shown},
            title=_finding(workload.title, {one: totals[one] for one in shown}),
            caption=f"Nothing else runs, every draw at its mean: exact, without interval. Host: {context.host.name}.",
            label=f"time of one {workload.unit} ({unit})",
            scale=scale,
            groups=[class_of(one) if one != "native" else "" for one in shown],
        )
    return Outcome(rows, ". ".join(readings) + ". The layers add up to the whole without rest.", list(_tables(rows)))


LONG_S = 2e-3


def _finding(what: str, totals: Mapping[str, float]) -> str:
    """The quickest and the slowest, against the first."""
    first, *others = totals
    if not others:
        return f"{what}: {totals[first] * 1e6:,.3g} us"
    slowest, quickest = (end(others, key=totals.__getitem__) for end in (max, min))
    titles = {one: load_architecture(one).title for one in totals}
    against = "the bare machine" if first == "native" else titles[first]
    return (
        f"{what}: {totals[quickest] / totals[first]:.2f} ({titles[quickest]}) to "
        f"{totals[slowest] / totals[first]:.1f} times {against} ({titles[slowest]})"
    )


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
    from experiments.commands.main import script

    script(EXPERIMENT.name)
