"""How many guests does one host carry, and what gives way first?

Guests of a few clients each, who pause between requests, are added until the host is full. The knee is where the lines
of the light and of the heavy load meet: the highest throughput over that of one guest. Beyond it, guests only wait
longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from architectures import Architecture, load_architecture
from experiments.catalogue.sweeps import against, clients
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.memory import Memory
from simcore.statistics import Estimate, RatioEstimate
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.loading import Curve
from vmarch.output import Row
from vmarch.placing import most_guests
from vmarch.scenario import Scenario
from workloads import load_workload

__all__ = ["EXPERIMENT"]

DRIVERS = "driver domain"
METRICS = {"throughput_per_s": "throughput", "response_s": "response time"}


@dataclass(frozen=True)
class _Curve(Curve):
    """One workload under one architecture, over the guests."""

    architecture: Architecture

    def over(self, other: _Curve, name: str) -> list[RatioEstimate]:
        """A metric over another curve's, paired on common random numbers."""
        return [against(mine, theirs, name) for mine, theirs in zip(self.cells, other.cells, strict=True)]


def run(context: Context) -> Outcome:
    """Throughput, 99th percentile and utilisation over the number of guests, for each workload."""
    rows: list[Row] = []
    readings = []
    for workload, think_us in zip(context["workloads"], context["think_us"], strict=False):
        asked = clients(workload, context["clients"], think_us * 1e-6)
        architectures = [*map(load_architecture, context["architectures"]), *_bigger(context["driver_vcpus"])]
        guests = context["guests"]
        cells = context.cells([context.ask(asked, one, guests=n) for one in architectures for n in guests])
        curves = [
            _Curve(one.title, guests, cells[number * len(guests) : (number + 1) * len(guests)], one)
            for number, one in enumerate(architectures)
            if cells[number * len(guests)].scenario
        ]
        bare = next((c for c in curves if c.architecture.name == "native"), None)
        held = {c.architecture.name: _held(context, c.architecture) for c in curves}
        finding = _finding(workload, curves) + _alone(bare, curves) + _first_full(context, curves, held)
        readings.append(finding)
        context.draw(
            line_plot,
            f"consolidation-{workload}",
            [
                *(
                    Panel(
                        [_line(c, c.over(bare, metric)) for c in curves if c is not bare]
                        if bare
                        else [_line(c, c.metric(metric)) for c in curves],
                        "guests",
                        f"{words},\n{'over the bare machine' if bare else 'in base units'}",
                        x_log=True,
                        levels={"": 1.0} if bare else {},
                        zero=not bare,
                    )
                    for metric, words in METRICS.items()
                ),
                Panel(
                    [_line(c, c.utilisation(_part(c)), 100.0) for c in curves],
                    "guests",
                    "busy: driver domain, where there is one,\nelse the cores (%)",
                    x_log=True,
                ),
            ],
            title=finding,
            caption=f"{context['clients']} clients in each guest, exponential pauses of {think_us:g} us. Ratios on "
            f"common random numbers. {context.caption}",
        )
        rows += [row for curve in curves for row in _rows(workload, curve)]
        rows += [
            {
                "workload": workload,
                "architecture": c.architecture.name,
                "guests": "",
                "metric": "guests that memory holds",
            }
            | {"value": held[c.architecture.name], "low": "", "high": ""}
            | {"knee_guests": c.knee, "bottleneck": c.bottleneck}
            for c in curves
        ]
    return Outcome(rows, " ".join(f"{text}." for text in readings))


def _part(curve: _Curve) -> str:
    return DRIVERS if DRIVERS in curve.cells[0].runs.results[0].utilisation else "cores"


def _bigger(vcpus: int) -> list[Architecture]:
    """Xen with more processors in Domain 0: what moves its knee."""
    if not vcpus:
        return []
    xen = load_architecture("xen-pv")
    name = {"name": f"xen-pv-dom0-{vcpus}", "title": f"Xen, Domain 0 with {vcpus} vCPUs"}
    return [xen.model_copy(update={**name, "back_end_vcpus": vcpus})]


def _line(curve: _Curve, found: Sequence[Estimate | RatioEstimate], scale: float = 1.0) -> Line:
    return Line.of(curve.title, curve.loads, found, scale)


def _finding(workload: str, curves: list[_Curve]) -> str:
    """Where the first and the last knee are, and what gives way there."""
    full = sorted((c for c in curves if c.bottleneck), key=lambda c: c.knee)
    words = {"cores": "cores are"}
    if not full:
        return f"{workload}: {curves[0].loads[-1]} guests fill nothing under any architecture"
    first, last = full[0], full[-1]
    open_ended = [c.title for c in curves if not c.bottleneck]
    rest = f"; not full with {curves[0].loads[-1]}: {'; '.join(open_ended)}" if open_ended else ""
    return (
        f"{workload}: under {first.title} the {words.get(first.bottleneck, f'{first.bottleneck} is')} "
        f"full at {first.knee:.0f} guests"
        + (f", under {last.title} the {last.bottleneck} at {last.knee:.0f}" if last is not first else "")
        + rest
    )


def _alone(bare: _Curve | None, curves: list[_Curve]) -> str:
    """How much longer a request takes with the fewest guests."""
    found = [c.over(bare, "response_s")[0].value for c in curves if c is not bare] if bare else []
    if not found:
        return ""
    guests = curves[0].loads[0]
    ends = dict.fromkeys(f"{end:.2f}" for end in (min(found), max(found)))
    return f"; with {guests}, a request takes {' to '.join(ends)} times the bare machine's time"


def _held(context: Context, architecture: Architecture) -> int:
    """How many guests of one size the host's memory holds."""
    asked = load_workload("compute").model_copy(update={"memory": Memory(size=context["memory_gib"] * 2.0**30)})
    return most_guests([Scenario(asked, architecture, context.host)], 0) or 0


def _first_full(context: Context, curves: Sequence[_Curve], held: dict[str, int]) -> str:
    """Under how many architectures memory is full before anything else is, for guests of one size."""
    first = [c.title for c in curves if not c.bottleneck or held[c.architecture.name] < c.knee]
    what = "nothing" if not first else "all" if len(first) == len(curves) else ", ".join(first)
    most, least = max(held.values()), min(held.values())
    holds = f"{least}" if least == most else f"{least} to {most}"
    return f"; memory holds {holds} of {context['memory_gib']:g} GiB each, and is full first under {what}"


def _rows(workload: str, curve: _Curve) -> list[Row]:
    series = {name: curve.metric(name) for name in ("throughput_per_s", "response_s", "response_p99_s", "cpu_cycles")}
    series |= {f"{part} utilisation": curve.utilisation(part) for part in ("cores", DRIVERS, "disk")}
    head = {"workload": workload, "architecture": curve.architecture.name}
    tail = {"knee_guests": curve.knee, "bottleneck": curve.bottleneck}
    return [
        {**head, "guests": n, "metric": name, "value": e.value, "low": e.low, "high": e.high, **tail}
        for name, found in series.items()
        for n, e in zip(curve.loads, found, strict=True)
    ]


EXPERIMENT = Experiment(
    name="consolidation",
    title="Guests on one host: throughput, waiting, and what is full first",
    run=run,
    order=40,
    parameters=(
        Parameter("workloads", ("disk-read-random", "web-server"), "What each guest runs."),
        Parameter("think_us", (200.0, 1000.0), "Mean pause of a client, for each workload.", low=0.0, high=1e9),
        Parameter("clients", 2, "Tasks in each guest.", low=1, high=1000),
        Parameter("guests", (1, 2, 4, 8, 12, 16, 24, 32, 48, 64), "Guests.", (1, 6, 16, 40), 1, 10_000),
        Parameter(
            "architectures",
            ("native", "container", "assist-nested", "full-translation", "kvm-vhost", "hyperv", "xen-pv"),
            "Architectures.",
            ("native", "assist-nested", "kvm-vhost", "hyperv", "xen-pv"),
        ),
        Parameter(
            "memory_gib", 8.0, "What each guest asks for, to say whether memory is full first.", low=1e-3, high=2e4
        ),
        Parameter("driver_vcpus", 4, "Of a second Domain 0 under Xen; 0 for none.", low=0, high=4096),
    ),
    replications=(6, 3),
    operations=(3000, 320),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
