"""Hosted monitors: installed on an operating system whose drivers they use, four mappings from the device."""

from __future__ import annotations

from collections.abc import Mapping

from architectures import load_architecture
from experiments.claims.bench import Bench, path_s
from experiments.claims.search import crossing
from experiments.claims.spec import (
    Claim,
    Evidence,
    Holds,
    Plot,
    Verdict,
    above,
    evidence,
    number_of,
    standing,
    whether,
)
from simcore.hosts import host_names, load_host
from simcore.path import Layer, flat
from vmarch.explanation import layers
from vmarch.figures.intervals import interval_bars, widest_first
from vmarch.figures.plots import stacked_bars
from workloads import load_workload, workload_names

__all__ = ["CLAIMS"]

HOSTED, BARE = "workstation-translation", "full-translation"
DRIVER_WORK = ("block_request", "host_packet")
IO = tuple(n for n in workload_names() if any(item.kind != "wait" for item in load_workload(n).io))


def no_host_change(bench: Bench) -> Verdict:
    """In whose layer the drivers work, and on which hosts it can be installed."""
    lines = []
    for name in bench.runs_here(HOSTED, "workstation-assist", BARE):
        work = [
            stage.layer
            for workload in IO
            for stage in flat(bench.scenario(workload, name).path)
            for charge in stage.charges
            if charge.cost in DRIVER_WORK and stage.label.startswith("host OS")
        ]
        hosted = load_architecture(name).capabilities.drivers_in == "host OS"
        all_host = bool(work) and all(layer is Layer.HOST_OS for layer in work)
        lines.append(
            Evidence(
                f"{name}: stages of driver work, all in the host OS",
                len(work),
                holds=Holds.APART if name == BARE else whether(hosted and all_host),
            )
        )
    hosts = [load_host(name) for name in host_names()]
    hosts = [host for host in hosts if host.isa in ("x86", "x86-64")]  # others are the boundary
    takes = [host.name for host in hosts if not bench.refusal(HOSTED, host)]
    lines.append(
        Evidence(
            "x86 hosts of the catalogue that take it as they are",
            f"{len(takes)} of {len(hosts)}",
            holds=whether(len(takes) == len(hosts)),
        )
    )
    refused = [
        isa
        for isa in ("itanium", "powerpc", "aarch64")
        if bench.refusal(HOSTED, bench.host.model_copy(update={"isa": isa}))
    ]
    return Verdict(
        standing(lines),
        f"{len(takes)} of {len(hosts)} x86 hosts take it as they are, with the drivers they have",
        value=float(len(takes)),
        boundary=f"x86 hosts: refused on {', '.join(refused)}; and its monitor takes turns with the host OS in ring 0",
        why="what reaches a real device is an ordinary request of a process, carried out by the host's own driver",
        lines=tuple(lines),
    )


ABLATION = {  # what is taken away in turn: guest OS to VMM, VMM to VM application, VM application to host OS
    "device emulation in the VMM": ("device_port", "device_request", "device_response", "translated_interrupt"),
    "world switches": ("world_switch",),
    "VM application": ("application_packet", "application_request", "application_response"),
}
PATHS = ("disk-read-random", "tcp-rr", "tcp-stream-out")
SIGNIFICANT = 1.25


def four_layers(bench: Bench) -> Verdict:
    """Processor cycles of a disk read and of packets, mapping after mapping taken away; computation; combined sends."""
    lines = []
    for workload in PATHS:
        whole = bench.slowdown(workload, HOSTED, "cpu_cycles", len(PATHS))
        time = bench.slowdown(workload, HOSTED, comparisons=len(PATHS))
        lines += [
            evidence(f"{workload}: cycles over native", whole, above(whole, SIGNIFICANT)),
            evidence(f"{workload}: response over native", time, above(time, SIGNIFICANT)),
        ]
        taken: dict[str, float] = {}
        for words, costs in ABLATION.items():
            taken |= dict.fromkeys(costs, 0.0)
            left = bench.slowdown(workload, HOSTED, "cpu_cycles", overrides=dict(taken))
            lines.append(evidence(f"{workload}: cycles over native, without {words} and the above", left))
    packet = bench.slowdown("tcp-rr", HOSTED)
    compute = bench.slowdown("compute", HOSTED)
    lines.append(evidence("compute: slowdown", compute))
    stream = bench.slowdown("tcp-stream-out", HOSTED, "cpu_cycles")
    combined = bench.slowdown("tcp-stream-out", HOSTED, "cpu_cycles", overrides={"packet_triggers": 0.05})
    lines.append(evidence("tcp-stream-out: cycles over native, 20 packets sent at once", combined))
    reach = _combining(bench)
    held = f"{number_of(lines, Holds.YES)} of {2 * len(PATHS)}"
    disk = bench.slowdown("disk-read-random", HOSTED)
    return Verdict(
        standing(lines),
        f"{packet.value:.2f} times native for a packet each way; {held} of cycles and responses more than 25 % "
        f"above native",
        *(packet.value, packet.low, packet.high),
        boundary=f"computation hardly suffers ({compute.value:.3f} times), and the response of a random disk read is "
        f"{disk.value:.2f} times native; sending 20 packets at once takes a stream's cycles from {stream.value:.1f} to "
        f"{combined.value:.1f} times, {reach}",
        why="a request goes from the guest's driver to the VMM, by a world switch to the VM application, by a "
        "system call to "
        "the host OS, and all the way back; where the device takes longer than that, it hardly shows",
        lines=tuple(lines),
        plot=Plot(
            stacked_bars,
            (_bars(bench),),
            f"A packet each way takes {packet.value:.1f} times native under a hosted monitor: four mappings, layer "
            f"by layer",
            {"label": "time of one packet each way (us)", "scale": 1e6},
        ),
    )


def _bars(bench: Bench) -> Mapping[str, Mapping[str, float]]:
    """The layers of a packet each way, natively and as the mappings are taken away."""
    bars = {"Bare machine": layers(bench.scenario("tcp-rr")), "Hosted": layers(bench.scenario("tcp-rr", HOSTED))}
    taken: dict[str, float] = {}
    for words, costs in ABLATION.items():
        taken |= dict.fromkeys(costs, 0.0)
        bars[f"... without {words}"] = layers(bench.scenario("tcp-rr", HOSTED, overrides=dict(taken)))
    return bars


def _combining(bench: Bench) -> str:
    """How many packets must be sent at once for a stream to keep the link busy as natively, by hand."""
    native = bench.estimate(bench.scenario("tcp-stream-out"), "throughput_per_s").value

    def cpu_s(triggers: float) -> float:
        return path_s(bench.scenario("tcp-stream-out", HOSTED, overrides={"packet_triggers": triggers}))

    if cpu_s(1.0) <= 1.0 / native:
        return "though the link is busy without that"
    at = crossing(cpu_s, 1e-3, 1.0, 1.0 / native)
    return (
        f"and the link is as busy as natively from {1.0 / at:.1f} at once"
        if at
        else "which does not fill the link as natively"
    )


def slower(bench: Bench) -> Verdict:
    """Every workload with input or output: hosted against a hypervisor with the same processor mechanism."""
    pairs = [(HOSTED, BARE)]
    if not bench.refusal("workstation-assist"):
        pairs.append(("workstation-assist", "assist-shadow"))
    lines: list[Evidence] = []
    shown: dict[str, dict[str, tuple[float, float, float]]] = {name: {} for name in IO}
    ratios = {}
    for hosted, bare in pairs:
        for name in IO:
            found = bench.ratio(
                bench.scenario(name, hosted), bench.scenario(name, bare), comparisons=len(IO) * len(pairs)
            )
            ratios[hosted, name] = found
            lines.append(evidence(f"{name}: {hosted} over {bare}", found, above(found, 1.0)))
            shown[name][load_architecture(hosted).title] = (found.value, found.low, found.high)
    held = number_of(lines, Holds.YES)
    worst = max(ratios, key=lambda key: ratios[key].value)
    top = ratios[worst]
    equal = sorted({name for (_, name), ratio in ratios.items() if above(ratio, 1.0) is Holds.NO})
    limits = {name: _busiest(bench, name) for name in equal}
    boundary = "; ".join(
        [
            "not slower where a device sets the pace: "
            + ", ".join(f"{name} ({what} {100 * value:.0f} % busy)" for name, (what, value) in limits.items())
        ]
        * bool(equal)
        + [f"undecided in {number_of(lines, Holds.OPEN)} comparisons"] * bool(number_of(lines, Holds.OPEN))
    )
    return Verdict(
        standing(lines),
        f"{top.value:.2f} times the hypervisor's response at most ({worst[1]}); slower in {held} of {len(lines)} "
        f"comparisons",
        *(top.value, top.low, top.high),
        boundary=boundary or "none found: every workload is slower",
        why="two more layers and two world switches for each request; they vanish where a device is the bottleneck",
        lines=tuple(lines),
        plot=Plot(
            interval_bars,
            (widest_first(shown),),
            f"Host-based is slower than a hypervisor in {held} of {len(lines)} comparisons of input and output",
            {"label": "response, hosted over hypervisor (logarithmic)"},
        ),
    )


def _busiest(bench: Bench, name: str) -> tuple[str, float]:
    """The device that is busiest under the hosted monitor, and how busy."""
    scenario = bench.scenario(name, HOSTED)
    return max(
        (
            (what, bench.estimate(scenario, lambda r, what=what: r.utilisation[what]).value)
            for what in ("disk", "disk bus", "NIC transmit", "NIC receive")
        ),
        key=lambda pair: pair[1],
    )


CLAIMS = (
    Claim(
        "host-based-no-host-change",
        "A hosted monitor installs on an unmodified operating system and uses its drivers",
        "pentium3-733",
        "the host on which VMware Workstation was measured",
        50,
        no_host_change,
    ),
    Claim(
        "host-based-four-layers",
        "Access to hardware from a hosted virtual machine passes four mappings, which costs much",
        "pentium3-733",
        "the host on which VMware Workstation was measured",
        51,
        four_layers,
    ),
    Claim(
        "host-based-slower",
        "Host-based virtualization is slower than a hypervisor on the bare machine",
        "pentium3-733",
        "the host on which VMware Workstation was measured",
        52,
        slower,
    ),
)
