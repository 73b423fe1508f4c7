"""At what cost of an exit does hardware assist overtake binary translation?

Each processor generation exits and enters more quickly than the one before, while translated code takes as many cycles
as ever. The left panel takes the generations as they were; the right one changes nothing but the exit on one host.
"""

from __future__ import annotations

from collections.abc import Sequence

from architectures import load_architecture
from experiments.catalogue.sweeps import against, clients, crossing
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.hosts import Host, load_host
from simcore.statistics import RatioEstimate
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import Row
from workloads import load_workload

__all__ = ["EXPERIMENT"]

METRIC = "cpu_cycles"


def run(context: Context) -> Outcome:
    """Processor work with hardware assist over that with translation, by generation and by exit cost alone."""
    hosts = sorted((load_host(name) for name in context["hosts"]), key=lambda host: host.year)
    costs = sorted(context["exit_cycles"])
    rows: list[Row] = []
    readings = []
    for kind, words in (("macro", "applications"), ("micro", "single demands")):
        workloads = [name for name in context["workloads"] if load_workload(name).kind == kind]
        if not workloads:
            continue
        by_host, by_cost = _ratios(context, workloads, hosts, costs)
        places = list(range(len(hosts)))
        lines = [_line(name, places, by_host[name]) for name in workloads]
        swept = [_line(name, costs, by_cost[name]) for name in workloads]
        crossings = {line.name: crossing(line.x, line.y) for line in swept}
        for name in workloads:
            places_of = [
                (host, exit_cycles(context, host), one) for host, one in zip(hosts, by_host[name], strict=True)
            ]
            places_of += [(context.host, cost, one) for cost, one in zip(costs, by_cost[name], strict=True)]
            rows += [
                {"workload": name, "assist": context["assist"], "translation": context["translation"], "metric": METRIC}
                | {"host": host.name, "year": host.year, "exit_cycles": cycles, "ratio": one.ratio, "low": one.low}
                | {
                    "high": one.high,
                    "software_cycles": _cycles(context, host, "exit_software"),
                    "swept": number >= len(hosts),
                    "crossing_cycles": crossings[name] or "",
                }
                for number, (host, cycles, one) in enumerate(places_of)
            ]
        finding = _finding(lines, hosts)
        readings.append(f"{finding}. {_detail(crossings)}")
        titles = [load_architecture(context[name]).title for name in ("assist", "translation")]
        y_label, equal = f"{titles[0]}\nover {titles[1]}", {"equal": 1.0}
        ticks = {f"{host.name}\n{host.year}: {exit_cycles(context, host):.0f}": n for n, host in enumerate(hosts)}
        generations = "year: exit and entry (cycles)"
        alone = f"exit and entry (cycles), on {context.host.name}"
        context.draw(
            line_plot,
            f"exit_cost-{words.replace(' ', '-')}",
            [
                Panel(lines, generations, y_label, "generations as they were", y_log=True, levels=equal, ticks=ticks),
                Panel(swept, alone, y_label, "nothing but the exit changed", x_log=True, y_log=True, levels=equal),
            ],
            title=finding,
            caption=f"Processor cycles of an operation ({words}) with hardware assist and shadow paging over those "
            f"under binary translation, one task. Exits: Agesen et al. 2012. "
            f"Software of an exit, cycles (machine): {_software(context, hosts)}. Right: {context.caption}",
        )
    return Outcome(rows, " ".join(readings))


def _ratios(
    context: Context, workloads: Sequence[str], hosts: Sequence[Host], costs: Sequence[int]
) -> tuple[dict[str, list[RatioEstimate]], dict[str, list[RatioEstimate]]]:
    """For each workload, assist over translation on each host, and at each exit cost on the experiment's host."""
    pair = (context["assist"], context["translation"])
    places: list[tuple[Host, dict[str, float | str]]] = [(host, {}) for host in hosts]
    places += [(context.host, {"vm_exit": f"{cost} cycles"}) for cost in costs]
    asked = [
        context.ask(clients(w, 1), a, host, overrides=overrides if a == pair[0] else {})
        for w in workloads
        for host, overrides in places
        for a in pair
    ]
    cells = context.cells(asked)
    found = [against(one, other, METRIC) for one, other in zip(cells[::2], cells[1::2], strict=True)]
    mine = {name: found[n * len(places) : (n + 1) * len(places)] for n, name in enumerate(workloads)}
    return (
        {name: ratios[: len(hosts)] for name, ratios in mine.items()},
        {name: ratios[len(hosts) :] for name, ratios in mine.items()},
    )


def _line(name: str, x: Sequence[float], found: Sequence[RatioEstimate]) -> Line:
    value, low, high = ([getattr(one, part) for one in found] for part in ("ratio", "low", "high"))
    return Line(name, x, value, low, high)


def exit_cycles(context: Context, host: Host) -> float:
    """The exit of a host's processor, with the entry."""
    return _cycles(context, host, "vm_exit")


def _cycles(context: Context, host: Host, cost: str) -> float:
    return round(load_architecture(context["assist"]).book(host)[cost].cycles or 0.0, 3)


def _software(context: Context, hosts: Sequence[Host]) -> str:
    """Where the software's part of an exit was measured: it changes the picture as much as the exit itself."""
    parts: dict[str, list[str]] = {}
    for host in hosts:
        found = load_architecture(context["assist"]).book(host)["exit_software"]
        parts.setdefault(
            f"{_cycles(context, host, 'exit_software'):.0f} ({found.carried_from or host.name})", []
        ).append(host.name)
    return "; ".join(f"{text} on {', '.join(names)}" for text, names in parts.items())


def _finding(lines: Sequence[Line], hosts: Sequence[Host]) -> str:
    """Which workloads changed sides over the generations, by their intervals."""
    turned = [line for line in lines if line.low[0] > 1.0 > line.high[-1]]
    if not turned:
        worst = max(lines, key=lambda line: line.y[0])
        return (
            f"No workload changes sides between {hosts[0].name} and {hosts[-1].name}; {worst.name} goes from "
            f"{worst.y[0]:.3g} to {worst.y[-1]:.3g} times translation's cycles"
        )
    most = max(turned, key=lambda line: line.y[0])
    return (
        f"{most.name}: hardware assist takes {most.y[0]:.3g} times translation's cycles on {hosts[0].name} "
        f"({hosts[0].year}), {most.y[-1]:.3g} times on {hosts[-1].name} ({hosts[-1].year}); "
        f"{len(turned)} of {len(lines)} workloads change sides"
    )


def _detail(crossings: dict[str, float | None]) -> str:
    found = [f"{name} {at:.0f}" for name, at in crossings.items() if at]
    never = [name for name, at in crossings.items() if not at]
    text = f"With nothing but the exit changed, the two are equal at (cycles): {', '.join(found)}." if found else ""
    return text + (f" No exit cost within the range decides: {', '.join(never)}." if never else "")


EXPERIMENT = Experiment(
    name="exit_cost",
    title="Exit cost by processor generation, and the crossover with binary translation",
    run=run,
    order=60,
    parameters=(
        Parameter(
            "hosts", ("prescott", "merom", "penryn", "nehalem", "westmere", "sandy-bridge"), "Processor generations."
        ),
        Parameter("exit_cycles", (200, 500, 1000, 2000, 4000, 8000), "Exit costs to try.", (200, 1000, 4000), 1, 10**6),
        Parameter("assist", "assist-shadow", "An architecture that exits."),
        Parameter("translation", "full-translation", "An architecture that translates."),
        Parameter(
            "workloads",
            ("kernel-build", "desktop-boot", "web-server", "page-fault", "fork", "context-switch", "port-access"),
            "Workloads.",
            ("kernel-build", "web-server", "page-fault", "context-switch", "port-access"),
        ),
    ),
    host="sandy-bridge",
    replications=(8, 3),
    operations=(600, 60),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
