"""Para-virtualization: a modified guest kernel calls the hypervisor instead of trapping."""

from __future__ import annotations

from dataclasses import replace

from experiments.catalogue.sweeps import made
from experiments.claims.bench import Bench, path_s
from experiments.claims.catalogue.microkernel import drivers_inside
from experiments.claims.search import crossing
from experiments.claims.spec import (
    Claim,
    Evidence,
    Holds,
    Plot,
    Verdict,
    above,
    below,
    evidence,
    number_of,
    standing,
    whether,
)
from simcore.demands import Demand
from simcore.hosts import load_host
from simcore.statistics import RatioEstimate
from vmarch.figures.intervals import interval_bars, widest_first

__all__ = ["CLAIMS"]

HYPERCALLS, TRANSLATION, FIRST_ASSIST, NESTED = "xen-pv", "full-translation", "assist-shadow", "assist-nested"
EARLIER = "xeon-2003"
WORKLOADS = (
    "system-call",
    "exception",
    "page-fault",
    "page-table-update",
    "context-switch",
    "fork",
    "exec",
    "timer-tick",
    "tcp-rr",
    "small-packets",
    "disk-read-random",
    "fsync",
    "kernel-build",
    "web-server",
)


def reduces(bench: Bench) -> Verdict:
    """Response times under hypercalls over those under translation and under first-generation hardware assist."""
    others = bench.runs_here(TRANSLATION, FIRST_ASSIST)
    later = bench.runs_here(NESTED)
    lines = []
    shown: dict[str, dict[str, tuple[float, float, float]]] = {}
    won: dict[str, int] = {}
    for other in (*others, *later):
        for name in WORKLOADS:
            found = _over(bench, name, other, len(WORKLOADS))
            decides = below(found, 1.0 - 1e-5) if other in others else Holds.APART
            won[other] = won.get(other, 0) + (found.high < 1.0)
            lines.append(evidence(f"{name}: hypercalls over {other}", found, decides))
            shown.setdefault(name, {})[f"over {other}"] = (found.value, found.low, found.high)
    web = _over(bench, "web-server", TRANSLATION, 1)
    of = " and ".join(f"{won[other]} of {len(WORKLOADS)} against {other}" for other in others)
    inside = drivers_inside(bench)
    for name in ("tcp-rr", "disk-read-random"):
        found = bench.ratio(bench.scenario(name, inside), bench.scenario(name, TRANSLATION))
        lines.append(evidence(f"{name}: hypercalls with the drivers in the hypervisor over {TRANSLATION}", found))
    packet = lines[-2].value
    mixed = _break_even(bench)
    parts = [f"quicker in {of}"]
    parts += [f"against nested paging in {won[other]} of {len(WORKLOADS)} only" for other in later]
    if mixed:
        parts.append(f"loses to first-generation assist from {mixed:.0f} system calls to a page-table update")
    if not later:
        parts.append(f"nested paging does not exist on {bench.host.name}")
    parts += _earlier(bench, lines)
    return Verdict(
        standing(lines),
        f"{web.value:.2f} times the response under translation (web-server); quicker in "
        f"{number_of(lines, Holds.YES)}, not in "
        f"{number_of(lines, Holds.NO)} comparisons",
        *(web.value, web.low, web.high),
        boundary="; ".join(parts),
        why="a hypercall beats a trap or an exit with its emulation, and loses to what needs neither: system calls "
        "under "
        "hardware assist, writes to page tables that translation foresees, tables that the hardware walks; and the "
        "way of "
        f"input and output through Domain 0 takes what it saves (with the drivers inside, {packet:.2f} times for a "
        f"packet)",
        lines=tuple(lines),
        plot=Plot(
            interval_bars,
            (widest_first(shown),),
            f"Para-virtualization is quicker in {of}",
            {"label": "response under hypercalls over the other (logarithmic)"},
        ),
    )


def _earlier(bench: Bench, lines: list[Evidence]) -> list[str]:
    """The same against the translation that Xen was first compared with, on Xen's own host."""
    if bench.era != "then":
        return []
    first = replace(bench, host=load_host(EARLIER))
    found = {name: _over(first, name, TRANSLATION, len(WORKLOADS)) for name in WORKLOADS}
    lines += [evidence(f"{name}: hypercalls over {TRANSLATION} on {EARLIER}", ratio) for name, ratio in found.items()]
    return [f"against the translation of 2003 ({EARLIER}) quicker in {sum(r.high < 1.0 for r in found.values())}"]


def _over(bench: Bench, workload: str, other: str, comparisons: int) -> RatioEstimate:
    ours, theirs = bench.scenario(workload, HYPERCALLS), bench.scenario(workload, other)
    return bench.ratio(ours, theirs, comparisons=comparisons)


def _break_even(bench: Bench) -> float | None:
    """System calls to a page-table update at which hypercalls and first-generation assist take equally long."""
    if bench.refusal(FIRST_ASSIST):
        return None

    def ratio(calls: float) -> float:
        workload = made("kernel-entries", {Demand.SYSTEM_CALLS: calls, Demand.PAGE_TABLE_UPDATES: 1.0})
        return path_s(bench.scenario(workload, HYPERCALLS)) / path_s(bench.scenario(workload, FIRST_ASSIST))

    return crossing(ratio, 1e-3, 1e6, 1.0)


def cost_of_change(bench: Bench) -> Verdict:
    """How far the gain over translation spreads, and who is refused."""
    lines = []
    gains = {}
    for name in (*WORKLOADS, "compute", "hpc"):
        ours, theirs = bench.scenario(name, HYPERCALLS), bench.scenario(name, TRANSLATION)
        gains[name] = bench.ratio(theirs, ours, comparisons=len(WORKLOADS) + 2)
    least, most = (end(gains, key=lambda name: gains[name].value) for end in (min, max))
    reason = bench.refusal(HYPERCALLS, modifiable=False)
    spread = gains[most].value / gains[least].value
    low, high = gains[most].low / gains[least].high, gains[most].high / gains[least].low
    none = [name for name, gain in gains.items() if above(gain, 1.0) is Holds.NO]
    lines = [
        Evidence("a guest that cannot be changed", reason or "accepted", holds=whether(bool(reason))),
        Evidence("spread of the gain, most over least", spread, low, high, whether(low > 1.0)),
        *(evidence(f"{name}: gain, response under translation over hypercalls", gain) for name, gain in gains.items()),
    ]
    return Verdict(
        standing(lines),
        f"{spread:.1f}-fold spread of the gain, {gains[least].value:.2f} ({least}) to {gains[most].value:.2f} "
        f"({most}) times; "
        "an unmodifiable guest is refused",
        *(spread, low, high),
        boundary=f"no gain at all in {len(none)} of {len(gains)} workloads ({', '.join(none)})"
        if none
        else "a gain in every workload",
        why="the gain is that of the operations replaced, so work that has few of them gains nothing",
        lines=tuple(lines),
        plot=Plot(
            interval_bars,
            (widest_first({name: {"gain": (g.value, g.low, g.high)} for name, g in gains.items()}),),
            f"What a modified kernel gains varies {spread:.1f}-fold over the workloads, from "
            f"{gains[least].value:.2f} ({least})",
            {"label": "response under translation over that under hypercalls (logarithmic)"},
        ),
    )


CLAIMS = (
    Claim(
        "para-virt-reduces-overhead",
        "Hypercalls from a modified guest kernel, in place of what cannot be virtualized, reduce the overhead",
        "pentium4-672",
        "the machine on which translation and first-generation hardware assist were measured",
        61,
        reduces,
    ),
    Claim(
        "para-virt-cost-of-change",
        "It needs a modified guest operating system, and its gain varies with the workload",
        "pentium4-672",
        "as its neighbour",
        62,
        cost_of_change,
    ),
)
