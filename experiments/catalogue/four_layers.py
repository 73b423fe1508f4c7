"""What do the four mappings of a hosted VM cost, taken away one at a time?

    guest OS ──emulated device── VMM ──world switch── VM application ──system call── host OS ── device

Each mapping is taken away by setting its costs to 0, alone and one after the other. What is left over the bare machine
when all are gone is the price of the guest's own kernel: translated, or behind exits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from architectures import load_architecture
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.hosts import Host, load_host
from vmarch.comparison import Cell
from vmarch.explanation import layers
from vmarch.figures.intervals import interval_bars
from vmarch.figures.plots import stacked_bars
from vmarch.output import Row
from vmarch.scenario import Scenario
from workloads import load_workload

__all__ = ["EXPERIMENT"]

MAPPINGS = {
    "emulated device in the VMM": ("device_port", "device_request", "device_response"),
    "world switches": ("world_switch",),
    "VM application": ("application_request", "application_response", "application_packet"),
    "host OS for packets": ("host_packet",),
}


def run(context: Context) -> Outcome:
    """For each host and workload: the layers as mappings go, exact, and the slowdown without each, simulated."""
    rows: list[Row] = []
    readings = []
    for host in dict.fromkeys((context["host"], *context["hosts"])):
        groups: dict[str, dict[str, tuple[float, float, float]]] = {}
        for workload in context["paths"]:
            finding, found = _peeled(context, host, workload)
            readings.append(finding)
            rows += found
        for workload in context["workloads"]:
            alone, more = _alone(context, host, workload)
            groups[workload] = alone
            rows += more
        readings.append(_summary(load_host(host).name, groups))
        context.draw(
            interval_bars,
            f"four_layers-{load_host(host).name}",
            groups,
            title=readings[-1],
            caption=f"{load_architecture(context['architecture']).title}: slowdown of the response time with one "
            f"mapping taken away, or all. Host: {load_host(host).name}. {context.sample}",
            label="slowdown against the bare machine (logarithmic)",
        )
    return Outcome(rows, " ".join(f"{text}." for text in readings))


def _without(names: Mapping[str, tuple[str, ...]]) -> dict[str, float | str]:
    return {cost: 0.0 for costs in names.values() for cost in costs}


def _peeled(context: Context, host: str, workload: str) -> tuple[str, list[Row]]:
    """Draws the exact path as mappings go one after the other."""
    bars: dict[str, dict[str, float]] = {}
    gone: dict[str, tuple[str, ...]] = {}
    steps: list[tuple[str, dict[str, float | str]]] = [("all four mappings", {})]
    for name, costs in MAPPINGS.items():
        gone[name] = costs
        steps.append((f"... without {name}", _without(gone)))
    for name, overrides in steps:
        asked = context.ask(workload, context["architecture"], host, overrides=overrides)[2]
        if not isinstance(asked, Scenario):
            raise asked
        bars[name] = layers(asked)
    bare = context.ask(workload, "native", host)[2]
    assert isinstance(bare, Scenario)
    bars[bare.architecture.title] = layers(bare)
    totals = {name: sum(bar.values()) for name, bar in bars.items()}
    whole, native = totals["all four mappings"], totals[bare.architecture.title]
    drops = {
        name: totals[before] - totals[after]
        for name, before, after in zip(MAPPINGS, list(totals), list(totals)[1:], strict=False)
    }
    most = max(drops, key=lambda name: drops[name])
    machine = load_host(host)
    finding = (
        f"{workload} on {machine.name}: {whole / native:.2f} times the bare machine; the four mappings are "
        f"{100 * sum(drops.values()) / (whole - native):.0f} % of the overhead, {most} alone "
        f"{100 * drops[most] / (whole - native):.0f} %"
        if whole > native * SOME
        else f"{workload} on {machine.name}: {whole / native:.2f} times the bare machine, the mappings hardly matter"
    )
    if whole > native * SEEN:
        _draw_peeled(context, workload, machine, bars, finding)
    rows: list[Row] = [
        {"host": machine.name, "workload": workload, "step": step, "kind": "exact, one after the other", "layer": layer}
        | {"seconds": time}
        for step, bar in bars.items()
        for layer, time in bar.items()
    ]
    return finding, rows


SOME = 1.005  # below this there is no overhead worth dividing
SEEN = 1.05  # below this a bar shows nothing of it


def _draw_peeled(
    context: Context, workload: str, machine: Host, bars: Mapping[str, Mapping[str, float]], finding: str
) -> None:
    unit = load_workload(workload).unit
    context.draw(
        stacked_bars,
        f"four_layers-{machine.name}-{workload}",
        {name: bars[name] for name in (list(bars)[-1], *list(bars)[:-1])},
        title=finding,
        caption=f"The mappings are taken away one after the other (cost set to 0), every draw at its mean: exact. "
        f"{load_architecture(context['architecture']).title}. Host: {machine.name}.",
        label=f"time of one {unit} (us)",
        scale=1e6,
    )


def _alone(context: Context, host: str, workload: str) -> tuple[dict[str, tuple[float, float, float]], list[Row]]:
    """Slowdowns with each mapping taken away alone, simulated with its queues."""
    steps = {
        "all four mappings": {},
        **{f"without {name}": _without({name: costs}) for name, costs in MAPPINGS.items()},
        "without all four": _without(MAPPINGS),
    }
    cells: list[Cell] = context.cells(
        [context.ask(workload, context["architecture"], host, overrides=o) for o in steps.values()],
        warmup=context["warmup"],
    )
    states = {name: cell.state for name, cell in zip(steps, cells, strict=True)}
    found = {name: c.slowdown() for name, c in zip(steps, cells, strict=True) if c.state == "ok"}
    numbers = {name: {"slowdown": s.ratio, "low": s.low, "high": s.high} for name, s in found.items()}
    rows: list[Row] = [
        {"host": load_host(host).name, "workload": workload, "step": name, "kind": "simulated, alone"}
        | numbers.get(name, NOTHING)
        | {"status": state}
        for name, state in states.items()
    ]
    return {name: (s.ratio, s.low, s.high) for name, s in found.items()}, rows


NOTHING = dict.fromkeys(("slowdown", "low", "high"))  # without a steady state


def _summary(host: str, groups: Mapping[str, Mapping[str, tuple[float, float, float]]]) -> str:
    """The workload that suffers most and least, and what helps the first."""
    whole = {name: group["all four mappings"][0] for name, group in groups.items() if "all four mappings" in group}
    if not whole:
        return f"{host}: no workload has a steady state"
    most, least = max(whole, key=lambda n: whole[n]), min(whole, key=lambda n: whole[n])
    helps = min(MAPPINGS, key=lambda name: groups[most].get(f"without {name}", (math.inf,))[0])
    return (
        f"{host}: {most} suffers most ({whole[most]:.1f} times); without the {helps} alone it is "
        f"{groups[most][f'without {helps}'][0]:.1f}; {least} suffers least ({whole[least]:.2f})"
    )


EXPERIMENT = Experiment(
    name="four_layers",
    title="The four mappings of a hosted VM, taken away one at a time",
    run=run,
    order=30,
    parameters=(
        Parameter("hosts", ("pentium3-733",), "Further hosts."),
        Parameter("paths", ("disk-read-random", "tcp-rr"), "What is taken apart, exactly."),
        Parameter("warmup", 300, "Operations left out first: a ring must fill before a stream settles.", 120, 0),
        Parameter("architecture", "workstation-translation", "A hosted architecture."),
        Parameter("workloads", ("disk-read-random", "tcp-rr", "tcp-stream-out", "hpc"), "What is simulated."),
    ),
    replications=(10, 3),
    operations=(1000, 40),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
