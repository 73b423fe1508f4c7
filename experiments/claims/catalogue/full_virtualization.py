"""Full virtualization: an unmodified guest, run directly where possible, trapped or translated where not."""

from __future__ import annotations

from architectures import architecture_names, load_architecture
from experiments.catalogue.sweeps import made
from experiments.claims.bench import Bench, path_s, same
from experiments.claims.search import between, bracket, line_fit
from experiments.claims.spec import Claim, Evidence, Holds, Plot, Standing, Verdict, evidence, standing, whether
from simcore.demands import Demand
from simcore.statistics import Estimate, mean_interval
from vmarch.figures.plots import Line, Panel, line_plot

__all__ = ["CLAIMS"]

FULL = ("full-translation", "assist-shadow")
USER = Demand.USER_CYCLES
CRITICAL = {
    Demand.PAGE_FAULTS: "page fault",
    Demand.SYSTEM_CALLS: "system call",
    Demand.EXCEPTIONS: "exception",
}
WORK = 1e6  # user cycles of an operation
RATES = (0, 25, 50, 100, 200, 400)
STEEPER = 1.05  # a slope this far above the cost of one operation is steeper


def direct_execution(bench: Bench) -> Verdict:
    """User code alone; then more and more critical operations, and a straight line through the slowdowns."""
    lines, fits, drawn = [], {}, []
    for architecture in FULL:
        alone = bench.slowdown("compute", architecture)
        lines.append(evidence(f"{architecture}, user code alone: slowdown", alone, whether(same(alone))))
        for demand, words in CRITICAL.items():
            rates, slowdowns, curve = _sweep(bench, architecture, demand)
            intercept, slope = line_fit(rates, slowdowns, bench.setting.level)
            cost = _cost(bench, architecture, demand)
            right = abs(slope.value - cost) <= max(slope.half_width, 1e-3 * cost + 1e-12)
            straight = abs(intercept.value - 1.0) <= max(intercept.half_width, 1e-3)
            what = f"{architecture}: slope over the rate of {words}s, us for each (the tables say {1e6 * cost:.4g})"
            lines.append(
                Evidence(what, 1e6 * slope.value, 1e6 * slope.low, 1e6 * slope.high, whether(right and straight))
            )
            fits[architecture, demand] = slope
            drawn.append(Line(f"{load_architecture(architecture).title}, {words}s", *curve))
    shown = fits[FULL[0], Demand.PAGE_FAULTS]
    tasks = bench.pick((1, 4, 16), (1, 2, 3, 4, 6, 8, 12, 16))
    cost = _cost(bench, FULL[0], Demand.PAGE_FAULTS)
    slopes = {count: _slope_with(bench, count) for count in tasks}
    found = bracket(tasks, lambda count: slopes[count].low <= STEEPER * cost)
    lines += [
        evidence(f"{FULL[0]}, {count} tasks at once: cost of a page fault over the tables'", _over(slopes[count], cost))
        for count in tasks
    ]
    stands = standing(lines)
    return Verdict(
        Standing.WITHIN if stands is Standing.REPRODUCED and found[1] is not None else stands,
        f"{1e6 * shown.value:.3g} us of slowdown for each page fault a second under {FULL[0]}",
        *(1e6 * shown.value, 1e6 * shown.low, 1e6 * shown.high),
        boundary=f"steeper than one fault's cost where tasks wait for the lock of the virtual machine's page tables: "
        f"{between(found)} tasks that fault at once ({bench.host.cores} core{'s' if bench.host.cores > 1 else ''})",
        why="user code is the processor's own; each critical operation adds its own fixed cost and nothing else",
        lines=tuple(lines),
        plot=Plot(
            line_plot,
            (Panel(drawn, "thousands of critical operations in a second on the bare machine", "slowdown"),),
            "Slowdown grows in a straight line with the rate of critical operations",
        ),
    )


def _sweep(bench: Bench, architecture: str, demand: Demand) -> tuple[list[float], list[float], tuple[list[float], ...]]:
    """Rates and slowdowns of all replications, and the curve with its intervals."""
    rates, slowdowns = [], []
    curve: tuple[list[float], ...] = ([], [], [], [])
    for count in RATES:
        workload = made(f"critical-{demand}", {USER: WORK, demand: float(count)}, varied=(USER,))
        ours = bench.scenario(workload, architecture)
        native = bench.scenario(workload)
        pairs = list(zip(bench.runs(ours).metric("response_s"), bench.runs(native).metric("response_s"), strict=True))
        rates += [count / theirs for _, theirs in pairs]
        slowdowns += [mine / theirs for mine, theirs in pairs]
        ratio = bench.ratio(ours, native)
        mean_rate = sum(count / theirs for _, theirs in pairs) / len(pairs)
        for part, value in zip(curve, (mean_rate / 1e3, ratio.value, ratio.low, ratio.high), strict=True):
            part.append(value)
    return rates, slowdowns, curve


def _cost(bench: Bench, architecture: str, demand: Demand) -> float:
    """Seconds that one critical operation costs more than natively, by hand."""
    with_one = made("one", {USER: WORK, demand: 1.0})
    none = made("none", {USER: WORK})
    each = [path_s(bench.scenario(w, a)) for a in (architecture, "native") for w in (with_one, none)]
    return (each[0] - each[1]) - (each[2] - each[3])


def _slope_with(bench: Bench, tasks: int) -> Estimate:
    """The time that a page fault adds when so many tasks fault at once and changes of task are free."""
    workload = made("faulting", {USER: WORK / 4.0, Demand.PAGE_FAULTS: 100.0}, varied=(USER,), tasks=tasks)
    free = {"address_space_switch": 0.0, "shadow_switch": 0.0}  # what they cost is another matter than the lock
    ours = bench.scenario(workload, FULL[0], overrides=free)
    at_once = min(tasks, bench.host.cores)
    each = (bench.runs(one).metric("throughput_per_s") for one in (ours, ours.bare(load_architecture("native"))))
    extra = [at_once * (1.0 / mine - 1.0 / native) / 100.0 for mine, native in zip(*each, strict=True)]
    return mean_interval(extra, bench.setting.level)


def _over(found: Estimate, cost: float) -> Estimate:
    return Estimate(found.value / cost, found.low / cost, found.high / cost, found.n, found.level)


def unmodified_guest(bench: Bench) -> Verdict:
    """Each architecture that runs here is given a guest whose kernel cannot be changed."""
    lines = []
    for name in bench.runs_here(*architecture_names()):
        one = load_architecture(name)
        if one.capabilities.guest_os == "same-kernel" or one.cpu == "direct":
            continue
        reason = bench.refusal(name, modifiable=False)
        hypercalls = one.cpu == "hypercall"
        in_a_container = one.capabilities.modified_guest and not hypercalls  # a paravirtual guest on hardware assist
        lines.append(
            Evidence(
                f"{name}: a guest that cannot be changed",
                reason or "accepted",
                holds=Holds.APART if in_a_container else whether(bool(reason) is hypercalls),
            )
        )
    accepting = [line for line in lines if line.value == "accepted"]
    split = [
        name
        for name in bench.runs_here(*architecture_names())
        if load_architecture(name).io in ("split-driver", "virtio", "serial-virtio")
        and not bench.refusal(name, modifiable=False)
    ]
    return Verdict(
        standing(lines),
        f"{len(accepting)} full-virtualization architectures accept it, {len(lines) - len(accepting)} that use "
        f"hypercalls refuse",
        value=float(len(accepting)),
        boundary=f"unaware as to processor and memory only in {len(split)} of the {len(accepting)}: their guests have "
        f"drivers made for the virtual device ({', '.join(split)})"
        if split
        else f"none found among the {len(accepting)} that exist on {bench.host.name}",
        why="what is sensitive is translated or trapped below the guest's kernel, which need not know",
        lines=tuple(lines),
    )


def sensitive_not_privileged(bench: Bench) -> Verdict:
    """Plain trap-and-emulate on this host, beside what makes up for it, and on a host whose instructions all trap."""
    plain = bench.refusal("trap-and-emulate")
    lines = [Evidence("trap-and-emulate", plain or "accepted", holds=whether("17" in plain))]
    for name, what in (
        ("full-translation", "binary translation"),
        ("xen-pv", "hypercalls"),
        ("assist-shadow", "hardware assist"),
    ):
        reason = bench.refusal(name)
        absent = name == "assist-shadow" and not bench.host.hardware_assist
        lines.append(
            Evidence(
                f"with {what} ({name})", reason or "accepted", holds=Holds.APART if absent else whether(not reason)
            )
        )
    trapping = bench.host.model_copy(update={"isa": "powerpc"})
    elsewhere = bench.refusal("trap-and-emulate", trapping)
    lines.append(Evidence("trap-and-emulate on a PowerPC host", elsewhere or "accepted", holds=whether(not elsewhere)))
    absent_words = "" if bench.host.hardware_assist else "; hardware assist does not exist on this host yet"
    return Verdict(
        standing(lines),
        "17 sensitive instructions of x86 do not trap in user mode: plain trap-and-emulate is refused",
        value=17.0,
        boundary=f"ends with the instruction set: accepted on a PowerPC host, where every sensitive one "
        f"traps{absent_words}",
        why="an instruction that does not trap is carried out by the processor, unseen by the hypervisor, on the "
        "wrong state",
        lines=tuple(lines),
    )


CLAIMS = (
    Claim(
        "full-virt-direct-execution",
        "Instructions that are not critical run directly on the hardware; only critical ones are trapped and emulated",
        "pentium4-672",
        "the first with hardware assist, so that both ways of full virtualization can be seen",
        30,
        direct_execution,
    ),
    Claim(
        "full-virt-unmodified-guest",
        "The guest operating system need not know that it is virtualized",
        "pentium4-672",
        "the first with hardware assist, so that both ways of full virtualization can be seen",
        31,
        unmodified_guest,
    ),
    Claim(
        "sensitive-not-privileged",
        "On x86 some sensitive instructions do not trap in user mode, so plain trap-and-emulate is not enough",
        "xeon-2003",
        "before hardware assist, when the gap was still open",
        32,
        sensitive_not_privileged,
    ),
)
