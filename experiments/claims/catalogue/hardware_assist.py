"""Hardware assist: the processor switches modes, and what is sensitive exits to the hypervisor."""

from __future__ import annotations

from experiments.catalogue.sweeps import made
from experiments.claims.bench import Bench, path_s, same
from experiments.claims.rounding import ROUNDING
from experiments.claims.search import crossing, line_fit
from experiments.claims.spec import Claim, Evidence, Plot, Standing, Verdict, evidence, standing, whether
from simcore.demands import Demand
from simcore.hosts import load_host
from simcore.statistics import Estimate
from vmarch.figures.plots import Line, Panel, line_plot

__all__ = ["CLAIMS"]

FIRST, TRANSLATION = "assist-shadow", "full-translation"
GENERATIONS = ("prescott", "merom", "penryn", "nehalem", "westmere", "sandy-bridge")
EXIT_CYCLES = (500.0, 1000.0, 2000.0, 4000.0)
SENSITIVE = {
    Demand.PAGE_TABLE_UPDATES: "page-table update (shadow paging)",
    Demand.PORT_ACCESSES: "port access",
    Demand.TIMER_TICKS: "timer tick",
    Demand.IPIS: "inter-processor interrupt",
    Demand.PRIVILEGED_INSTRUCTIONS: "privileged instruction",
}
USER = Demand.USER_CYCLES
WORK = 1e6


def mode_switch(bench: Bench) -> Verdict:
    """System calls; the cost of what exits over that of an exit; and the crossover with translation by generation."""
    lines = []
    names = bench.runs_here(FIRST, "assist-nested")
    for name in names:
        calls = bench.slowdown("system-call", name)
        lines.append(evidence(f"{name}: system calls, slowdown", calls, whether(same(calls))))
    slopes = {}
    for demand, words in SENSITIVE.items():
        counted, slope = _by_exit_cost(bench, demand)
        right = abs(slope.value - counted) <= max(slope.half_width, 1e-3 * counted)
        what = f"{FIRST}: {words}, its cycles over those of an exit, as a slope (exits by the tables: {counted:g})"
        lines.append(evidence(what, slope, whether(right and slope.low > ROUNDING)))
        slopes[demand] = slope
    crossovers = {host: _crossover(bench, host) for host in GENERATIONS}
    lines += [
        Evidence(f"{host}: page-table updates to 1000 system calls at which translation is as quick, by hand", at)
        for host, at in crossovers.items()
    ]
    exits = {host: _exit_cycles(bench, host) for host in GENERATIONS}
    quiet = ", ".join(f"a {words}" for demand, words in SENSITIVE.items() if slopes[demand].low <= ROUNDING)
    here = _crossover(bench, bench.host.name)
    first, last = GENERATIONS[0], GENERATIONS[-1]
    shown = slopes[Demand.TIMER_TICKS]
    costs = [exits[host] for host in GENERATIONS]
    return Verdict(
        _within(standing(lines)),
        f"{shown.value:.2f} times an exit's cycles for a timer tick; system calls at native speed",
        *(shown.value, shown.low, shown.high),
        boundary=f"not all that is sensitive exits: {quiet or 'none found'} {'does' if quiet else 'do'} not; "
        f"translation is quicker from {here:.0f} page-table updates to 1000 system calls on {bench.host.name} (shadow "
        f"paging); with exits from {exits[first]:,.0f} ({first}) to {exits[last]:,.0f} cycles ({last}) from "
        f"{crossovers[first]:.0f} to {crossovers[last]:.0f}",
        why="a system call stays within the guest's own rings and does not exit; each exit costs its round trip and "
        "the "
        "software behind it, which later processors do not shorten as much",
        lines=tuple(lines),
        plot=Plot(
            line_plot,
            (
                Panel(
                    [Line("crossover", costs, [crossovers[host] for host in GENERATIONS])],
                    "cycles of an exit, by generation",
                    "page-table updates to 1000 system calls",
                    marks={host: exits[host] for host in (first, last)},
                ),
            ),
            f"Quicker exits move the crossover with translation from {crossovers[first]:.0f} to {crossovers[last]:.0f} "
            "page-table updates to 1000 system calls",
        ),
    )


def _within(found: Standing) -> Standing:
    """There is always a mix of operations at which translation is quicker."""
    return Standing.WITHIN if found is Standing.REPRODUCED else found


def _by_exit_cost(bench: Bench, demand: Demand) -> tuple[float, Estimate]:
    """Exits of one operation by the tables, and the slope of its measured cycles over the cost of an exit."""
    workload = made(f"exiting-{demand}", {USER: WORK, demand: 100.0}, varied=(USER,))
    hertz = bench.host.frequency_hz
    x, y = [], []
    for cycles in EXIT_CYCLES:
        ours = bench.scenario(workload, FIRST, overrides={"vm_exit": f"{cycles} cycles"})
        native = bench.scenario(workload)
        for mine, theirs in zip(
            bench.runs(ours).metric("response_s"), bench.runs(native).metric("response_s"), strict=True
        ):
            x.append(cycles)
            y.append((mine - theirs) * hertz / 100.0)
    one, two = (
        path_s(bench.scenario(workload, FIRST, overrides={"vm_exit": f"{cycles} cycles"})) * hertz / 100.0
        for cycles in EXIT_CYCLES[:2]
    )
    _, slope = line_fit(x, y, bench.setting.level)
    return (two - one) / (EXIT_CYCLES[1] - EXIT_CYCLES[0]), slope


def _crossover(bench: Bench, host: str) -> float:
    """Page-table updates to 1000 system calls at which shadow paging on exits and translation take equally long."""
    machine = load_host(host)

    def ratio(updates: float) -> float:
        workload = made("kernel-entries", {Demand.SYSTEM_CALLS: 1000.0, Demand.PAGE_TABLE_UPDATES: updates})
        scenarios = (bench.scenario(workload, name, host=machine) for name in (FIRST, TRANSLATION))
        assist, translated = map(path_s, scenarios)
        return assist / translated

    return crossing(ratio, 1e-3, 1e6, 1.0) or 0.0


def _exit_cycles(bench: Bench, host: str) -> float:
    return bench.scenario("compute", FIRST, host=load_host(host)).book["vm_exit"].cycles or 0.0


CLAIMS = (
    Claim(
        "hardware-assist-mode-switch",
        "The hardware switches modes and saves the processor's state; all sensitive operations trap to the hypervisor",
        "pentium4-672",
        "the first with hardware assist; there is none in 2003",
        63,
        mode_switch,
    ),
)
