"""What does lock-holder preemption cost, the more virtual processors share a core?

A guest of as many virtual processors as the host has cores takes a spin lock of its kernel again and again. Beside it
computes a neighbour of one virtual processor, of two and so on, who rests now and then, so that turns do not end in
step. The more there are, the more often the host takes the core of one that holds the lock, or is next. The others spin
on and on, exit after a while as the processor notices it, or halt until they are woken; in containers the one kernel
that all share holds no lock without a core.
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
from workloads import Workload

__all__ = ["EXPERIMENT"]

WAYS = {"spin": "spins on", "exit": "pause-loop exits", "halt": "paravirtual locks", "container": "container"}
WHO = {
    "spin": "a guest that spins on",
    "exit": "One with pause-loop exits",
    "halt": "One with paravirtual locks",
    "container": "A container",
}
GUEST, RATE = "guest", "throughput_per_s"
CYCLES = 13_500_000.0  # of the neighbour's work between two rests: half a turn


@dataclass(frozen=True)
class _Found:
    """One way to wait beside a neighbour: work done over that alone, cores that spin over cores."""

    way: str
    each: float  # virtual processors for each core
    left: RatioEstimate
    burned: float
    row: Row


def run(context: Context) -> Outcome:
    """Work done and time burned, over virtual processors for each core."""
    found = _found(context)
    reading = _reading(found)
    each = "virtual processors for each core"
    context.draw(
        line_plot,
        "lock_holder",
        [
            Panel(
                [_line(way, found, "left") for way in WAYS],
                each,
                "work done over that\nwith the host to itself",
                "work",
            ),
            Panel([_line(way, found, "burned") for way in WAYS], each, "share of the cores\nthat spins", "burned"),
        ],
        title=reading[0],
        caption=f"{context['cores']} cores, a guest of as many virtual processors under "
        f"{load_architecture(context['architecture']).title} that takes one lock: {context['between_us']:g} us of work "
        f"between two holds of {context['hold_us']:g} us; the neighbour computes. {context.caption}",
    )
    return Outcome([one.row for one in found], " ".join(f"{one}." for one in reading))


def _found(context: Context) -> list[_Found]:
    numbers = sorted({0, *context["neighbours"]})
    keys = [(way, number) for way in WAYS for number in numbers]
    runs = dict(zip(keys, context.hosts([_host(context, *key) for key in keys], engine=COMPILED), strict=True))
    return [_one(context, *key, runs[key], runs[key[0], 0]) for key in keys]


def _one(context: Context, way: str, neighbours: int, here: Replications, alone: Replications) -> _Found:
    left = paired_ratio(here.of(0, GUEST).metric(RATE), alone.of(0, GUEST).metric(RATE))
    spins = mean([result.shares[0].spinning for result in here.results]) / context["cores"]
    each = 1.0 + neighbours / context["cores"]
    row: Row = {
        "lock_waits": way,
        "neighbours": neighbours,
        "each_core": each,
        "throughput_per_s": mean(here.of(0, GUEST).metric(RATE)),
        "over_alone": left.ratio,
        "low": left.low,
        "high": left.high,
        "spinning": spins,
        "steal": mean([result.shares[0].steal for result in here.results]),
    }
    return _Found(way, each, left, spins, row)


def _host(context: Context, way: str, neighbours: int) -> Tenancy:
    host = context.host.with_(cores=context["cores"])
    under = load_architecture("container" if way == "container" else context["architecture"])
    if way != "container":
        under = under.variant({"lock_waits": way}, "lock_waits")
    work = _work(context, host.frequency_hz / 1e6)
    groups = [Scenario(work, under, host, vcpus=host.cores, name=GUEST)]
    if neighbours:
        pause = {"kind": "wait", "wait": "100 us", "distribution": {"family": "exponential"}}
        beside = made("computing", {Demand.USER_CYCLES: CYCLES}, (pause,), (Demand.USER_CYCLES,), neighbours)
        groups.append(Scenario(beside, under, host, vcpus=neighbours, name="neighbour", operations=0))
    return Tenancy(tuple(groups))


def _work(context: Context, cycles_per_us: float) -> Workload:
    return Workload.model_validate(
        {
            "name": "locking",
            "title": "takes a lock of its kernel",
            "kind": "micro",
            "unit": "operation",
            "source": "made for a sweep of an experiment",
            "demands": {"user_cycles": context["between_us"] * cycles_per_us},
            "varied": {"user_cycles": {"family": "exponential"}},
            "lock": ({"name": "shared", "hold_cycles": context["hold_us"] * cycles_per_us},),
            "tasks": {"count": context["cores"]},
        }
    )


def _line(way: str, found: Sequence[_Found], part: str) -> Line:
    mine = [one for one in found if one.way == way]
    x = [one.each for one in mine]
    if part == "burned":
        return Line(WAYS[way], x, [one.burned for one in mine])
    return Line.of(WAYS[way], x, [one.left for one in mine])


def _reading(found: Sequence[_Found]) -> list[str]:
    """What each way burns and leaves where most virtual processors share a core."""
    most = max(one.each for one in found)
    parts = [
        f"{WHO[one.way]} does {100 * one.left.ratio:.2g} % of its work and burns {100 * one.burned:.2g} % of the cores"
        for one in found
        if one.each == most
    ]
    return [f"With {most:g} virtual processors for each core, {parts[0]}", *parts[1:]]


EXPERIMENT = Experiment(
    name="lock_holder",
    title="Lock-holder preemption over overcommitment",
    run=run,
    order=45,
    parameters=(
        Parameter("neighbours", (1, 2, 3, 4), "Virtual processors of the neighbour.", (1, 4), 1, 64),
        Parameter("architecture", "kvm-vhost", "An architecture whose costs say how its guests wait for locks."),
        Parameter("cores", 4, "Of the host, and virtual processors of each guest.", low=1, high=64),
        Parameter("between_us", 20.0, "Work between two holds.", low=0.1, high=1e6),
        Parameter("hold_us", 2.0, "Of a hold.", low=0.01, high=1e6),
    ),
    replications=(6, 3),
    operations=(60000, 6000),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
