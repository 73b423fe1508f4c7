"""Binary translation: what an unmodified kernel costs when it runs translated, in ring 1."""

from __future__ import annotations

from experiments.catalogue.sweeps import made
from experiments.claims.bench import Bench, path_s, path_slowdown
from experiments.claims.search import crossing
from experiments.claims.spec import (
    Claim,
    Evidence,
    Holds,
    Plot,
    Standing,
    Verdict,
    above,
    evidence,
    number_of,
    standing,
    whether,
)
from simcore.demands import Demand
from simcore.statistics import RatioEstimate
from vmarch.figures.intervals import interval_bars, widest_first

__all__ = ["CLAIMS"]

WARM, COLD, ASSIST, HYPERCALLS = "full-translation", "full-translation-cold", "assist-shadow", "xen-pv"
KERNEL_HEAVY = (
    "system-call",
    "exception",
    "page-fault",
    "context-switch",
    "fork",
    "exec",
    "kernel-build",
    "web-server",
)
FAR = 1.25  # far from native: more than 25 % slower
NEAR = 1.05
TRANSLATION_WINS = ("page-fault", "page-table-update", "fork", "port-access")


def slow(bench: Bench) -> Verdict:
    """Kernel-heavy work translated; a boot with a cold cache; and the work that hides a kernel entry."""
    shown: dict[str, dict[str, tuple[float, float, float]]] = {}
    lines = []
    for name in KERNEL_HEAVY:
        found = bench.slowdown(name, WARM, comparisons=len(KERNEL_HEAVY))
        lines.append(evidence(f"{name}: slowdown, warm", found, above(found, FAR)))
        shown[name] = {"translated": _point(found), "hypercalls": _point(bench.slowdown(name, HYPERCALLS))}
        lines.append(evidence(f"{name}: over para-virtualization", _over(bench, name, HYPERCALLS)))
    worst = bench.slowdown("web-server", WARM)
    compute = bench.slowdown("compute", WARM)
    boots = {name: path_s(bench.scenario("desktop-boot", name)) for name in ("native", WARM, COLD)}
    share = (boots[COLD] - boots[WARM]) / (boots[COLD] - boots["native"])
    lines += [
        evidence("compute: slowdown", compute),
        evidence("desktop-boot: slowdown, warm", bench.slowdown("desktop-boot", WARM)),
        evidence("desktop-boot: slowdown, cold", bench.slowdown("desktop-boot", COLD)),
        Evidence("desktop-boot, cold: share of the overhead that is translating itself, by hand", share),
    ]
    wins = {name: _over(bench, name, ASSIST) for name in TRANSLATION_WINS}
    lines += [evidence(f"{name}: over first-generation hardware assist", ratio) for name, ratio in wins.items()]
    beaten = [f"{name} {ratio.value:.2g}" for name, ratio in wins.items() if ratio.high < 1.0]
    calls = crossing(lambda cycles: _between(bench, cycles), 1.0, 1e9, NEAR)
    return Verdict(
        standing(lines),
        f"{worst.value:.2f} times native (web-server, warm); {number_of(lines, Holds.YES)} of {len(KERNEL_HEAVY)} "
        "kernel-heavy workloads are more than 25 % slower",
        *(worst.value, worst.low, worst.high),
        boundary=f"near native for computation ({compute.value:.3f} times) and within 5 % from {calls or 0.0:,.0f} "
        f"cycles of work to a "
        f"system call; of the times of first-generation hardware assist it takes {', '.join(beaten)}",
        why=f"translating itself is {100 * share:.0f} % of a cold boot's overhead and nothing of a warm one's: what "
        f"lasts are "
        "kernel entries through the hypervisor and page tables kept twice",
        lines=tuple(lines),
        plot=Plot(
            interval_bars,
            (widest_first(shown),),
            f"Translated, {number_of(lines, Holds.YES)} of {len(KERNEL_HEAVY)} kernel-heavy workloads are more than "
            f"25 % slower",
            {"label": "slowdown against the bare machine (logarithmic)"},
        ),
    )


def _point(found: RatioEstimate) -> tuple[float, float, float]:
    return found.value, found.low, found.high


def _over(bench: Bench, workload: str, other: str) -> RatioEstimate:
    """Translated over another architecture."""
    return bench.ratio(bench.scenario(workload, WARM), bench.scenario(workload, other))


def _between(bench: Bench, cycles: float) -> float:
    return path_slowdown(bench.scenario(made("between", {Demand.USER_CYCLES: cycles, Demand.SYSTEM_CALLS: 1.0}), WARM))


def deprivileging(bench: Bench) -> Verdict:
    """Which ring each layer is in, and what kernel entries pay for it."""
    lines = [
        Evidence(
            f"{name}: hypervisor in ring 0, guest kernel in ring 1, applications in ring 3",
            _words(bench, name),
            holds=_as_claimed(bench, name),
        )
        for name in (WARM, HYPERCALLS)
    ]
    cycles = bench.host.frequency_hz
    extra = {}
    for name in bench.runs_here(WARM, HYPERCALLS, "xen-pv-64", ASSIST):
        for workload, words in (("system-call", "system call"), ("exception", "exception")):
            found = bench.extra(workload, name, 1000.0 / cycles)
            extra[name, workload] = found
            counts = above(found, 0.0) if name in (WARM, HYPERCALLS) else Holds.APART
            lines.append(evidence(f"{name}: extra cycles of a {words}", found, counts))
    call = extra[WARM, "system-call"]
    in_32, in_64 = extra[HYPERCALLS, "system-call"], extra.get(("xen-pv-64", "system-call"))
    stands = standing(lines)
    if in_64 is None:
        boundary = f"64-bit para-virtualization does not exist on {bench.host.name}"
    else:
        boundary = (
            f"32-bit guests: in 64 bit the para-virtual kernel shares ring 3 with applications and a system call pays "
            f"{in_64.value:,.0f} cycles more, against {in_32.value:,.0f}; with hardware assist the kernel is in "
            f"ring 0 and "
            f"pays {extra[ASSIST, 'system-call'].value:,.0f}"
        )
        stands = Standing.WITHIN if stands is Standing.REPRODUCED else stands
    return Verdict(
        stands,
        f"{call.value:,.0f} cycles more for a system call, kernel in ring 1 (translated)",
        *(call.value, call.low, call.high),
        boundary=boundary,
        why="an entry to a kernel that is not in ring 0 goes through the hypervisor, unless a gate leads past it as "
        "Xen's "
        "does in 32 bit; without segment limits, ring 1 protects no longer",
        lines=tuple(lines),
    )


def _words(bench: Bench, name: str) -> str:
    rings = bench.scenario("compute", name).architecture.capabilities.rings
    return "; ".join(f"{ring}: {what}" for ring, what in rings.items())


def _as_claimed(bench: Bench, name: str) -> Holds:
    rings = bench.scenario("compute", name).architecture.capabilities.rings
    found = "guest kernel" in rings.get("ring 1", "") and "applications" in rings.get("ring 3", "")
    return whether(found and "guest" not in rings.get("ring 0", "guest"))


CLAIMS = (
    Claim(
        "binary-translation-slow",
        "Full virtualization may be far from ideal, because translation takes time",
        "pentium4-672",
        "the machine on which translation and first-generation hardware assist were compared",
        33,
        slow,
    ),
    Claim(
        "ring-deprivileging",
        "The hypervisor is in ring 0, the guest's kernel in ring 1, applications in ring 3",
        "pentium4-672",
        "it runs 32-bit and 64-bit guests",
        34,
        deprivileging,
    ),
)
