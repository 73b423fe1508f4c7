"""Micro-kernel hypervisors: small, with the drivers in another domain, and what the way there costs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architectures import Architecture, load_architecture
from experiments.claims.bench import Bench, ratio_over_ranges, variant
from experiments.claims.search import between, bracket
from experiments.claims.spec import (
    Claim,
    Evidence,
    Holds,
    Plot,
    Standing,
    Verdict,
    above,
    evidence,
    standing,
    whether,
)
from simcore.path import Layer, Role, Stage, StageKind, flat
from simcore.units import TICKS_PER_S
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.provenance import lines as path_lines
from vmarch.scenario import Scenario
from workloads import load_workload, workload_names

__all__ = ["CLAIMS", "drivers_inside"]

MICRO, MONOLITHIC = ("xen-pv", "hyperv"), ("full-translation", "assist-nested", "assist-shadow")
DRIVER_WORK = (
    "block_request",
    "bridge_packet",
    "host_packet",
    "hypervisor_request",
    "hypervisor_packet",
    "hypervisor_byte",
    "interrupt",
)
DEVICES = (StageKind.DISK, StageKind.DISK_BUS, StageKind.NIC_TX, StageKind.NIC_RX)
REQUESTS = ("disk-write-random", "tcp-rr")
NARROW = 1.05


def smaller(bench: Bench) -> Verdict:
    """Parts in the most privileged mode by the descriptions, and the driver work that the paths put there."""
    lines = []
    parts = {}
    for name in bench.runs_here(*MICRO, *MONOLITHIC):
        rings = load_architecture(name).capabilities.rings
        inside = re.split(r", | and | with ", next(iter(rings.values())))
        work = {c for s in _scenarios(bench, name) for c in _driver_work(s)}
        parts[name] = len(inside)
        few = len(inside) == 1 and not work if name in MICRO else len(inside) > 1 and bool(work)
        lines.append(Evidence(f"{name}: in the most privileged mode", ", ".join(inside), holds=whether(few)))
        lines.append(
            Evidence(
                f"{name}: kinds of driver work there",
                ", ".join(sorted(work)) or "none",
                holds=whether(bool(work) is (name in MONOLITHIC)),
            )
        )
        lines += [
            Evidence(f"{name}: cycles of one {workload} there, by hand", _hypervisor_cycles(bench, workload, name))
            for workload in REQUESTS
        ]
    micro = min(n for name, n in parts.items() if name in MICRO)
    mono = min(n for name, n in parts.items() if name in MONOLITHIC)
    absent = [name for name in MICRO if name not in parts]
    cycles = [_hypervisor_cycles(bench, REQUESTS[0], name) for name in ("xen-pv", "full-translation")]
    return Verdict(
        standing(lines),
        f"{micro} part in the most privileged mode, against {mono} of a monolithic hypervisor",
        value=float(micro),
        boundary=f"smaller is not less work: of one disk write {cycles[0]:,.0f} cycles run there under Xen, "
        f"{cycles[1]:,.0f} "
        f"under ESX; and the drivers are still trusted, in the driver domain"
        + (f"; {', '.join(absent)} does not exist on {bench.host.name}" if absent else ""),
        why="the hypervisor keeps processors, memory and events; the drivers are a guest's",
        lines=tuple(lines),
    )


def _scenarios(bench: Bench, name: str | Architecture) -> Iterator[Scenario]:
    """Every workload that has input or output."""
    for workload in workload_names():
        if any(item.kind != "wait" for item in load_workload(workload).io):
            yield bench.scenario(workload, name)


def _driver_work(scenario: Scenario) -> set[str]:
    """Costs of driver work that are charged to the hypervisor."""
    stages = [stage for stage in flat(scenario.path) if stage.layer is Layer.VMM]
    return {charge.cost for stage in stages for charge in stage.charges if charge.cost in DRIVER_WORK}


def _hypervisor_cycles(bench: Bench, workload: str, name: str) -> float:
    found = path_lines(bench.scenario(workload, name))
    return sum(line.seconds for line in found if line.layer == Layer.VMM) * bench.host.frequency_hz


def drivers_inside(bench: Bench) -> Architecture:
    """Xen as it would be with the drivers in the hypervisor: the same but for the way of a request."""
    call = bench.scenario("compute", "xen-pv").book["hypercall"]
    low, value, high = (f"{ticks / TICKS_PER_S:.12g}" for ticks in (call.low, call.value, call.high))
    request = {"name": "device_request", "unit": "s", "assumed": True, "value": float(value)}
    reach = {"low": float(low), "high": float(high), "source": "a request reaches the hypervisor by a hypercall"}
    return variant(
        "xen-drivers-inside",
        "xen-pv",
        io="hypervisor",
        placement="hypervisor",
        costs=("esx", "xen"),  # the scheduler, and so a wake-up, stays Xen's
        cost=({**request, **reach},),
    )


def crossings(bench: Bench) -> Verdict:
    """Xen beside itself with the drivers inside: the same request, alone, then from more and more guests."""
    inside = drivers_inside(bench)
    guests = bench.pick((1, 2, 8), (1, 2, 4, 8, 16))
    lines, drawn = [], []
    comparisons = 2 * len(REQUESTS)
    shown = None
    narrowed = {}
    for workload in REQUESTS:
        latency, cycles, told = [], [], []
        for count in guests:
            pair = (
                bench.scenario(workload, "xen-pv", guests=count, vcpus=1),
                bench.scenario(workload, inside, guests=count, vcpus=1),
            )
            times, work = (bench.ratio(*pair, metric, comparisons) for metric in ("response_s", "cpu_cycles"))
            latency.append(times)
            cycles.append(work)
            told.append(bench.estimate(pair[0], lambda result: result.notifications))
            decides = count == 1
            lines += [
                evidence(
                    f"{workload}, {count} guests: response over drivers inside",
                    times,
                    above(times, 1.0) if decides else Holds.APART,
                ),
                evidence(
                    f"{workload}, {count} guests: cycles over drivers inside",
                    work,
                    above(work, 1.0) if decides else Holds.APART,
                ),
                evidence(f"{workload}, {count} guests: notifications of a request", told[-1]),
            ]
        narrowed[workload] = bracket(guests, lambda n, own=cycles: own[guests.index(n)].high >= own[0].low / NARROW)  # type: ignore[misc]
        for words, ratios in (("response", latency), ("cycles", cycles)):
            drawn.append(Line.of(f"{workload}: {words}", list(guests), ratios))
        shown = latency[0] if workload == "tcp-rr" else shown
        last = (latency[-1], cycles[0], cycles[-1], told[0], told[-1])
    assert shown is not None
    response, first, final, alone, crowded = last
    ranges = {w: ratio_over_ranges(bench.scenario(w, "xen-pv"), bench.scenario(w, inside)) for w in REQUESTS}
    lines += [
        Evidence(
            f"{workload}: response over drivers inside, over the ranges of all costs, by hand", sum(ends) / 2.0, *ends
        )
        for workload, ends in ranges.items()
    ]
    least, most = ranges["tcp-rr"]
    boundary = (
        f"batching narrows the cycles of a packet each way from {first.value:.2f} to {final.value:.2f} times with "
        f"{guests[-1]} "
        f"guests ({alone.value:.1f} to {crowded.value:.1f} notifications; 5 % less {between(narrowed['tcp-rr'])} "
        f"guests), "
        f"the response is then {response.value:.2f} times; over the ranges of all costs that differ {least:.2f} to "
        f"{most:.2f} times"
    )
    return Verdict(
        standing(lines),
        f"{shown.value:.2f} times the response of the same hypervisor with drivers inside (a packet each way, one "
        f"guest)",
        *(shown.value, shown.low, shown.high),
        boundary=boundary,
        why="each request and packet wakes another domain and is handed over by grants and events; where the back "
        "end is "
        "busy, one waking serves several",
        lines=tuple(lines),
        plot=Plot(
            line_plot,
            (
                Panel(
                    drawn,
                    "guests",
                    "Xen over Xen with the drivers inside",
                    x_log=True,
                    levels={"equal": 1.0},
                    zero=False,
                ),
            ),
            f"Drivers outside the hypervisor: {shown.value:.2f} times the response of one packet each way",
        ),
    )


def separates(bench: Bench) -> Verdict:
    """The order of stages on every path to a device."""
    lines = []
    for name in bench.runs_here("xen-pv", "xen-pv-64", "hyperv"):
        scenarios = list(_scenarios(bench, name))
        work = {cost for scenario in scenarios for cost in _driver_work(scenario)}
        visits = [through for scenario in scenarios for through in _through_back_end(scenario)]
        lines += [
            Evidence(f"{name}: kinds of driver work in the hypervisor", len(work), holds=whether(not work)),
            Evidence(
                f"{name}: share of {len(visits)} device stages next to the driver domain",
                sum(visits) / len(visits),
                holds=whether(all(visits)),
            ),
        ]
    passed = variant("xen-pass-through", "xen-pv", io="pass-through")
    around = [through for scenario in _scenarios(bench, passed) for through in _through_back_end(scenario)]
    lines.append(
        Evidence(
            "xen-pv with pass-through: share of device stages next to the driver domain", sum(around) / len(around)
        )
    )
    memory = bench.scenario("page-fault", "xen-pv")
    policy = any(stage.role is Role.BACK_END for stage in flat(memory.path))
    lines.append(Evidence("xen-pv: a page fault passes the driver domain", "yes" if policy else "no"))
    return Verdict(
        standing(lines),
        "100 % of device stages are the driver domain's, none the hypervisor's"
        if standing(lines) is Standing.REPRODUCED
        else "some device stages are not the driver domain's",
        value=100.0,
        boundary=f"with pass-through {100 * sum(around) / len(around):.0f} % of device stages pass Domain 0; "
        f"processor and memory "
        "work never does",
        why="the split driver hands every request to the domain that holds the driver; the hypervisor maps pages "
        "and sends events",
        lines=tuple(lines),
    )


def _through_back_end(scenario: Scenario) -> Iterator[bool]:
    """For each device stage: whether a back end's stage comes next before it, or after it for what is received."""
    stages = [stage for stage in flat(scenario.path) if stage.kind is not StageKind.DELAY]
    for number, stage in enumerate(stages):
        if stage.kind not in DEVICES:
            continue
        near = _next(stages[number + 1 :]) if stage.kind is StageKind.NIC_RX else _next(stages[:number][::-1])
        yield near is not None and near.role is Role.BACK_END


def _next(stages: list[Stage]) -> Stage | None:
    return next((stage for stage in stages if stage.kind not in DEVICES), None)


CLAIMS = (
    Claim(
        "micro-kernel-smaller",
        "A micro-kernel hypervisor holds only the basic functions; drivers are outside, so it is smaller than a "
        "monolithic one",
        "xeon-2003",
        "Xen's own host",
        40,
        smaller,
    ),
    Claim(
        "micro-kernel-pays-crossings",
        "Drivers outside the hypervisor cost a crossing between domains for each input or output",
        "xeon-2003",
        "Xen's own host",
        41,
        crossings,
    ),
    Claim(
        "xen-separates-mechanism",
        "The hypervisor carries out mechanisms, Domain 0 sets the policy; there are no drivers in the hypervisor",
        "xeon-2003",
        "Xen's own host",
        42,
        separates,
    ),
)
