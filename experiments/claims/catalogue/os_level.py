"""Virtualization at the level of the operating system: one kernel, many containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from architectures import architecture_names, load_architecture
from experiments.catalogue.sweeps import made
from experiments.claims.bench import Bench, ends, path_slowdown
from experiments.claims.search import crossing
from experiments.claims.spec import (
    Claim,
    Evidence,
    Holds,
    Plot,
    Standing,
    Verdict,
    below,
    evidence,
    number_of,
    standing,
    whether,
)
from simcore.demands import Demand
from vmarch.figures.intervals import interval_bars, widest_first
from workloads import workload_names

__all__ = ["CLAIMS"]

NEAR = 1.05  # what counts as near native: within 5 %
OTHER_OS = "windows"
PACKET = ({"kind": "receive", "size": "1 B"}, {"kind": "send", "size": "1 B"})


def near_native(bench: Bench) -> Verdict:
    """Slowdown of every workload in a container, and the work between packets and calls that hides what it adds."""
    names = workload_names()
    found = {name: bench.slowdown(name, "container", comparisons=len(names)) for name in names}
    lines = [evidence(f"{name}: slowdown", ratio, below(ratio, NEAR)) for name, ratio in found.items()]
    worst = max(found, key=lambda name: found[name].value)
    held = number_of(lines, Holds.YES)
    without = bench.slowdown(worst, "container-host-network")
    lines.append(evidence(f"{worst} on the host's network, without bridge: slowdown", without))
    packets = _work_between(bench, ("bridge_packet", "route_packet", "track_packet", "nat_packet"), PACKET)
    calls = _work_between(bench, ("container_system_call",))
    boundary = (
        f"within 5 % from {packets} of work to a packet each way through the bridge, "
        f"and from {calls} to a system call; {number_of(lines, Holds.NO)} of {len(names)} workloads do less"
    )
    why = "a container's system calls pass a filter and its packets a bridge with address translation, nothing else"
    return Verdict(
        standing(lines),
        f"{found[worst].value:.2f} times native at worst ({worst}); {held} of {len(names)} workloads within 5 %",
        *(found[worst].value, found[worst].low, found[worst].high),
        boundary=boundary,
        why=why,
        lines=tuple(lines),
        plot=Plot(
            interval_bars,
            (widest_first({name: {"container": (r.value, r.low, r.high)} for name, r in found.items()}),),
            f"In a container, {held} of {len(names)} workloads are within 5 % of native; {worst} is not",
            {"label": "slowdown against the bare machine (logarithmic)"},
        ),
    )


def _work_between(bench: Bench, costs: Sequence[str], io: Sequence[Mapping[str, object]] = ()) -> str:
    """User cycles to a packet or a call from which the slowdown is near native, over the ranges of the costs."""

    def slowdown(cycles: float, override: object) -> float:
        workload = made("between", {Demand.USER_CYCLES: cycles, Demand.SYSTEM_CALLS: 0.0 if io else 1.0}, io)
        return path_slowdown(bench.scenario(workload, "container", overrides=override))

    plain = bench.scenario("tcp-rr" if io else "system-call", "container")
    at, low, high = (
        crossing(lambda cycles, override=override: slowdown(cycles, override), 1.0, 1e9, NEAR) or 0.0  # type: ignore[misc]
        for override in ends(plain, *costs)
    )
    return f"{at:,.0f} cycles ({low:,.0f} to {high:,.0f} over the costs' ranges)"


def one_kernel(bench: Bench) -> Verdict:
    """Each architecture is asked for a guest of another family of operating systems."""
    lines = []
    shared = [name for name in architecture_names() if _shares_kernel(name)]
    for name in shared:
        reason = bench.refusal(name, guest_os=OTHER_OS)
        lines.append(Evidence(f"{name}: a {OTHER_OS} guest", reason or "accepted", holds=whether(bool(reason))))
    others = [n for n in bench.runs_here(*architecture_names()) if not _shares_kernel(n) and n != "native"]
    for name in others:
        reason = bench.refusal(name, guest_os=OTHER_OS)
        lines.append(Evidence(f"{name}: a {OTHER_OS} guest", reason or "accepted", holds=whether(not reason)))
    return Verdict(
        standing(lines),
        f"0 of {len(shared)} architectures on the host's kernel carry another family, "
        f"{len(others)} of {len(others)} others do"
        if standing(lines) is Standing.REPRODUCED
        else f"{number_of(lines, Holds.YES)} of {len(lines)} architectures as claimed",
        value=float(len(shared)),
        boundary="ends with the shared kernel: every architecture that gives each guest its own kernel carries a mix",
        why="a container's system calls are served by the host's kernel, which speaks for one family only",
        lines=tuple(lines),
    )


def never_modify_host(bench: Bench) -> Verdict:
    """Who may write the host's state, by the architectures' descriptions."""
    shared = [name for name in architecture_names() if _shares_kernel(name)]
    lines = [
        Evidence(f"{name}: may write host state", _yes(name), holds=whether(not _writes(name)))
        for name in (*shared, "native")
    ]
    lines[-1] = Evidence("native, for contrast: may write host state", _yes("native"))
    return Verdict(
        standing(lines),
        f"{sum(map(_writes, shared))} of {len(shared)} architectures on the host's kernel let a guest write host state",
        value=float(sum(map(_writes, shared))),
        boundary=f"what a guest may change is a property of the description, on {bench.host.name} as anywhere; what it "
        "may bring down is not held back: the kernel is shared, and its loss stops every container",
        why="containers see the host through their own namespaces; only the kernel, below them, holds the host's state",
        lines=tuple(lines),
    )


def _shares_kernel(name: str) -> bool:
    return name != "native" and load_architecture(name).capabilities.guest_os == "same-kernel"


def _writes(name: str) -> bool:
    return load_architecture(name).capabilities.writes_host_state


def _yes(name: str) -> str:
    return "yes" if _writes(name) else "no"


CLAIMS = (
    Claim(
        "containers-near-native",
        "Virtual machines at the level of the operating system share one kernel, so processes reach the host's "
        "resources "
        "almost directly",
        "xeon-2003",
        "two processors, so a container and the kernel's work need not share one",
        10,
        near_native,
    ),
    Claim(
        "containers-one-kernel",
        "All virtual machines at the level of the operating system must run the same kind of guest operating system",
        "xeon-2003",
        "Xen's host, for the mix of guests that hypervisors carry",
        11,
        one_kernel,
    ),
    Claim(
        "containers-never-modify-host",
        "Guests at the level of the operating system can use the host's resources but not change them",
        "xeon-2003",
        "as its neighbours; nothing of it depends on the machine",
        12,
        never_modify_host,
    ),
)
