"""The machine stack: what each further layer adds to the way of the same request."""

from __future__ import annotations

from collections.abc import Sequence

from architectures import Architecture, load_architecture
from experiments.claims.bench import Bench, ratio_over_ranges, variant
from experiments.claims.spec import Claim, Evidence, Holds, Plot, Verdict, above, evidence, number_of, standing
from simcore.statistics import RatioEstimate
from vmarch.figures.intervals import interval_bars

__all__ = ["CLAIMS"]

REQUESTS = ("disk-read-random", "disk-write-random", "fsync", "tcp-rr")
STACK = {  # the layers of each, then and now
    "then": ("native", "container", "full-translation", "xen-pv", "workstation-translation"),
    "now": ("native", "container", "assist-nested", "hyperv", "workstation-assist"),
}
NAMES = ("native", "container", "monolithic", "micro-kernel", "hosted")


def more_latency(bench: Bench) -> Verdict:
    """The same four requests through five stacks, each over the one with a layer less."""
    stack = STACK[bench.era]
    lines = []
    comparisons = len(REQUESTS) * (len(stack) - 1)
    broken = []
    sure = 0
    shown: dict[str, dict[str, tuple[float, float, float]]] = {}
    for request in REQUESTS:
        shown[request] = {}
        for number in range(1, len(stack)):
            found = _ratio(bench, request, stack[number], stack[number - 1], comparisons)
            holds = above(found, 1.0)
            pair = f"{NAMES[number]} over {NAMES[number - 1]}"
            lines.append(evidence(f"{request}: {pair} ({stack[number]}, {stack[number - 1]})", found, holds))
            ends = ratio_over_ranges(bench.scenario(request, stack[number]), bench.scenario(request, stack[number - 1]))
            sure += ends[0] > 1.0
            what = f"{request}: {pair}, over the ranges of all costs that differ, by hand"
            lines.append(Evidence(what, sum(ends) / 2.0, *ends))
            shown[request][pair] = (found.value, found.low, found.high)
            if holds is Holds.NO:
                broken.append(f"{NAMES[number]} {found.value:.2g} times {NAMES[number - 1]} ({request})")
    whole = _ratio(bench, "tcp-rr", stack[-1], stack[0], 1)
    words = [f"the order breaks: {'; '.join(broken)}"] if broken else ["the order holds for all four requests"]
    words += _around(bench, stack, lines)
    held = number_of(lines, Holds.YES)
    words.append(f"{sure} of {comparisons} pairs are in order whatever their costs are within their ranges")
    return Verdict(
        standing(lines),
        f"{whole.value:.2f} times native through all layers (a packet each way); {held} of {comparisons} pairs in "
        f"order",
        *(whole.value, whole.low, whole.high),
        boundary="; ".join(words),
        why="each layer hands a request on at a cost of its own"
        + ("; but a bridge with address translation costs more than a whole hypervisor's way" if broken else ""),
        lines=tuple(lines),
        plot=Plot(
            interval_bars,
            (shown,),
            f"{held} of {comparisons} pairs of neighbouring layers are in order; all layers take {whole.value:.1f} "
            f"times native for a packet",
            {"label": "response over the stack with a layer less (logarithmic)"},
        ),
    )


def _ratio(
    bench: Bench, request: str, ours: str | Architecture, theirs: str | Architecture, comparisons: int
) -> RatioEstimate:
    return bench.ratio(bench.scenario(request, ours), bench.scenario(request, theirs), comparisons=comparisons)


def _around(bench: Bench, stack: Sequence[str], lines: list[Evidence]) -> list[str]:
    """Ways around a layer: the back end in the host's kernel, and the device given to the guest."""
    words = []
    monolithic, micro = stack[2], stack[3]
    passed = variant("pass-through", monolithic, io="pass-through")
    around = [(passed, f"pass-through under {load_architecture(monolithic).title}", monolithic)]
    around += [(load_architecture(name), load_architecture(name).title, micro) for name in bench.runs_here("kvm-vhost")]
    for architecture, title, beside in around:
        for request in ("disk-read-random", "tcp-rr"):
            found = _ratio(bench, request, architecture, beside, len(around) * 2)
            lines.append(evidence(f"{request}: {title} over {beside}", found))
        words.append(f"{title} takes {found.value:.2f} times {beside} for a packet each way")
    return words


CLAIMS = (
    Claim(
        "more-layers-more-latency",
        "Each layer in the machine stack adds work",
        "xeon-2003",
        "before hardware assist: the layers in their first form",
        64,
        more_latency,
    ),
)
