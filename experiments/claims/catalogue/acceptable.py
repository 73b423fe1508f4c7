"""How much slower than the physical machine is too slow: a map of applications and architectures."""

from __future__ import annotations

import math

from architectures import architecture_names, load_architecture
from experiments.catalogue.shown import by_class, class_of
from experiments.claims.bench import Bench
from experiments.claims.spec import Claim, Evidence, Holds, Plot, Verdict, below, evidence, standing
from simcore.statistics import RatioEstimate
from vmarch.figures.maps import heat_map
from workloads import load_workload, workload_names

__all__ = ["CLAIMS"]

LIMITS = (1.05, 1.10, 1.25)
ACCEPTABLE = 1.10
APPLICATIONS = tuple(name for name in workload_names() if load_workload(name).kind == "macro")
OF_THE_TEXTBOOK = (  # for a first look
    "full-translation",
    "assist-shadow",
    "assist-nested",
    "xen-pv",
    "hyperv",
    "kvm-vhost",
    "workstation-translation",
    "workstation-assist",
)


def acceptable(bench: Bench) -> Verdict:
    """Whether each application has a virtual machine that is hardly slower; how many pairs are within each limit."""
    names = bench.runs_here(*bench.pick(OF_THE_TEXTBOOK, tuple(n for n in architecture_names() if _virtual(n))))
    pairs = len(names) * len(APPLICATIONS)
    found = {(w, name): bench.slowdown(w, name, comparisons=pairs) for w in APPLICATIONS for name in names}
    lines = []
    best: dict[str, tuple[str, RatioEstimate]] = {}
    for workload in APPLICATIONS:
        name = min(names, key=lambda n, w=workload: found[w, n].high)  # type: ignore[misc]
        best[workload] = name, found[workload, name]
        lines.append(
            evidence(
                f"{workload}: least slowdown, under {name}", best[workload][1], below(best[workload][1], ACCEPTABLE)
            )
        )
    lines += [evidence(f"{workload} under {name}: slowdown", ratio) for (workload, name), ratio in found.items()]
    hardest = max(best, key=lambda workload: best[workload][1].value)
    name, worst = best[hardest]
    within = {limit: sum(ratio.high <= limit for ratio in found.values()) for limit in LIMITS}
    lines += [Evidence(f"pairs within {100 * (limit - 1):.0f} %, of {pairs}", float(n)) for limit, n in within.items()]
    late = [line.what.split(":")[0] for line in lines if line.holds in (Holds.NO, Holds.OPEN)]
    shares = ", ".join(f"{100 * n / pairs:.0f} % within {100 * (limit - 1):.0f} %" for limit, n in within.items())
    shown = by_class(names, lambda n: math.prod(found[w, n].value for w in APPLICATIONS))
    columns = sorted(APPLICATIONS, key=lambda w: -math.prod(found[w, n].value for n in names))
    return Verdict(
        standing(lines),
        f"{worst.value:.2f} times native for the application that suffers most, in its best virtual machine "
        f"({hardest}, {name})",
        *(worst.value, worst.low, worst.high),
        boundary=f"of {pairs} pairs of application and architecture {shares}"
        + (f"; no virtual machine is within 10 % for {', '.join(late)}" if late else ""),
        why="computation is the processor's own everywhere; what requests and packets, kernel entries and page "
        "tables cost "
        "decides, so an application is as acceptable as its input and output is rare",
        lines=tuple(lines),
        plot=Plot(
            heat_map,
            (
                [[found[w, n].value for w in columns] for n in shown],
                [load_architecture(n).title for n in shown],
                columns,
            ),
            f"{shares.capitalize()} of native; the hardest application is {hardest}",
            {"label": "response time over the bare machine's", "row_groups": [class_of(n) for n in shown]},
        ),
    )


def _virtual(name: str) -> bool:
    """Whether it is a virtual machine of the host's own instruction set."""
    return load_architecture(name).family not in ("native", "OS-level", "foreign ISA")


CLAIMS = (
    Claim(
        "acceptable-slowdown",
        "Nobody wants a virtual machine that is much slower than the physical one",
        "pentium4-672",
        "the first with hardware assist, so that most architectures of the time are there",
        80,
        acceptable,
    ),
)
