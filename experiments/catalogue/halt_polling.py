"""What does halt polling gain, and what does it cost?

A guest answers small requests at random times. Between two of them its virtual processor is idle: it sleeps, its host
polls for it, or it polls itself. The gaps between requests are varied, from shorter than the longest window to much
longer. Polling's gain is in the response time; its price is in cores that are held, and in the work that a neighbour
loses who computes on all of the host's cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from architectures import load_architecture
from experiments.catalogue.sweeps import made, mean
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.demands import Demand
from simcore.engines import COMPILED
from simcore.statistics import RatioEstimate, paired_ratio
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import Row
from vmarch.runs import Replications
from vmarch.scenario import Scenario
from vmarch.tenancy import Tenancy
from workloads import Workload, load_workload
from workloads.spec import Tasks

__all__ = ["EXPERIMENT"]

NONE = "none"
WAYS = {NONE: "sleeps at once", "host": "host polls", "guest": "guest polls"}
CYCLES = 20_000.0  # of the neighbour's operation: short, so that many are counted
SERVER, NEIGHBOUR = "server", "neighbour"
MEAN, P99, RATE = "response_s", "response_p99_s", "throughput_per_s"


@dataclass(frozen=True)
class _Found:
    """One way to poll at one gap: the mean response over that of sleeping, cores held, the neighbour's work left."""

    way: str
    gap_us: float
    gain: RatioEstimate
    held: float
    left: RatioEstimate
    row: Row


def run(context: Context) -> Outcome:
    """Response times, cores held and a neighbour's loss, over the gap between requests."""
    found = _found(context)
    reading = _reading(found)
    lines = {
        part: [
            _line(way, [one for one in found if one.way == way], part) for way in WAYS if part == "held" or way != NONE
        ]
        for part in ("gain", "held", "left")
    }
    gap, equal = "mean gap between requests (us)", {"equal": 1.0}
    context.draw(
        line_plot,
        "halt_polling",
        [
            Panel(
                lines["gain"],
                gap,
                "mean response over that\nof sleeping at once",
                "gain",
                x_log=True,
                levels=equal,
                zero=False,
            ),
            Panel(lines["held"], gap, "cores, working and polling", "price, alone", x_log=True),
            Panel(
                lines["left"],
                gap,
                "neighbour's work over that\nbeside sleeping at once",
                "price, shared",
                x_log=True,
                levels=equal,
                zero=False,
            ),
        ],
        title=reading[0],
        caption=f"{context['workload']} under {load_architecture(context['architecture']).title}, one virtual "
        f"processor, requests at random times; the neighbour computes on all {context['cores']} cores. "
        f"{context.caption}",
    )
    return Outcome([one.row for one in found], " ".join(f"{one}." for one in reading))


def _found(context: Context) -> list[_Found]:
    gaps = sorted(context["gaps_us"])
    keys = [(way, gap, beside) for way in WAYS for gap in gaps for beside in (False, True)]
    runs = dict(zip(keys, context.hosts([_host(context, *key) for key in keys], engine=COMPILED), strict=True))
    return [
        _one(way, gap, *(runs[key] for way_ in (way, NONE) for key in ((way_, gap, False), (way_, gap, True))))
        for way in WAYS
        for gap in gaps
    ]


def _one(
    way: str, gap: float, alone: Replications, beside: Replications, slept: Replications, beside_slept: Replications
) -> _Found:
    mine, theirs = alone.of(0, SERVER), beside.of(1, NEIGHBOUR)
    gain = paired_ratio(mine.metric(MEAN), slept.of(0, SERVER).metric(MEAN))
    crowded = paired_ratio(beside.of(0, SERVER).metric(MEAN), beside_slept.of(0, SERVER).metric(MEAN))
    left = paired_ratio(theirs.metric(RATE), beside_slept.of(1, NEIGHBOUR).metric(RATE))
    used, polling = (mean([getattr(r.shares[0], name) for r in mine.results]) for name in ("used", "polling"))
    row: Row = {
        "polling": way,
        "gap_us": gap,
        "response_s": mean(mine.metric(MEAN)),
        "p99_s": mean(mine.metric(P99)),
        "over_sleeping": gain.ratio,
        "low": gain.low,
        "high": gain.high,
        "used": used,
        "polls": polling,
        "beside_over_sleeping": crowded.ratio,
        "beside_low": crowded.low,
        "beside_high": crowded.high,
        "neighbour_over_sleeping": left.ratio,
        "neighbour_low": left.low,
        "neighbour_high": left.high,
    }
    return _Found(way, gap, gain, used + polling, left, row)


def _host(context: Context, way: str, gap_us: float, beside: bool) -> Tenancy:
    """The server, beside its neighbour if there is one.

    One that sleeps at once is one whose host polls for no time: with nobody to poll, a wake-up costs what its source
    measured, which may have been polled for.
    """
    host = context.host.with_(cores=context["cores"])
    under = load_architecture(context["architecture"])
    polls, costs = (
        (under.polling_as("host"), {"host_poll_longest": 0.0}) if way == NONE else (under.polling_as(way), {})
    )
    asked = _asked(context["workload"], gap_us)
    groups = [Scenario(asked, polls, host, vcpus=1, name=SERVER, overrides=costs)]
    if beside:
        work = made("computing", {Demand.USER_CYCLES: CYCLES}, varied=(Demand.USER_CYCLES,), tasks=host.cores)
        groups.append(Scenario(work, under, host, vcpus=host.cores, name=NEIGHBOUR, operations=0))
    return Tenancy(tuple(groups))


def _asked(workload: str, gap_us: float) -> Workload:
    arrivals = {"arrivals": "open", "rate": 1e6 / gap_us, "rate_distribution": {"family": "exponential"}}
    return load_workload(workload).model_copy(update={"tasks": Tasks.model_validate(arrivals)})


def _line(way: str, found: Sequence[_Found], part: str) -> Line:
    x = [one.gap_us for one in found]
    if part == "held":
        return Line(WAYS[way], x, [one.held for one in found])
    return Line.of(WAYS[way], x, [getattr(one, part) for one in found])


def _reading(found: Sequence[_Found]) -> list[str]:
    """Where each way gains most, what it holds there at most, and what it takes from the neighbour at most."""
    parts = []
    for way in (way for way in WAYS if way != NONE):
        mine = [one for one in found if one.way == way]
        best = min(mine, key=lambda one: one.gain.ratio)
        most = max(mine, key=lambda one: one.held)
        worst = min(mine, key=lambda one: one.left.ratio)
        parts.append(
            f"When the {way} polls, a response takes {100 * (1 - best.gain.ratio):.3g} % less at best, with gaps of "
            f"{best.gap_us:g} us, {most.held:.2g} cores are held at most, and the neighbour loses "
            f"{max(100 * (1 - worst.left.ratio), 0.0):.2g} % of its work at worst"
        )
    return parts


EXPERIMENT = Experiment(
    name="halt_polling",
    title="Halt polling: its gain and its price",
    run=run,
    order=44,
    parameters=(
        Parameter(
            "gaps_us",
            (20.0, 50.0, 100.0, 200.0, 400.0, 1000.0, 3000.0),
            "Mean gaps between requests.",
            (50.0, 200.0, 3000.0),
            1.0,
            1e7,
        ),
        Parameter("workload", "tcp-rr", "What is asked."),
        Parameter("architecture", "kvm-vhost", "An architecture whose costs say how host and guest poll."),
        Parameter("cores", 4, "Of the host.", low=1, high=64),
    ),
    replications=(8, 3),
    operations=(4000, 300),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
