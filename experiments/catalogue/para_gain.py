"""What does a modified guest kernel gain, and for which workloads?

Para-virtualization against what carries an unmodified guest: binary translation, first-generation hardware assist with
shadow paging, and nested paging where the host has it. Gain is their response time over that of para-virtualization:
above 1, changing the guest's kernel was worth it.
"""

from __future__ import annotations

from architectures import load_architecture
from experiments.catalogue.sweeps import against, made
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.demands import Demand
from simcore.hosts import load_host
from vmarch.comparison import Cell
from vmarch.figures.intervals import interval_bars, widest_first
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import Row
from workloads import Workload, load_workload, workload_names

__all__ = ["EXPERIMENT"]

EVENTS = {
    Demand.SYSTEM_CALLS: "system_call",
    Demand.PAGE_FAULTS: "page_fault",
    Demand.ADDRESS_SPACE_SWITCHES: "address_space_switch",
}
OPERATION_S = 1e-3  # of the mixed workload, on the bare machine


def run(context: Context) -> Outcome:
    """The gain for each application on each host, and over the share of kernel events."""
    rows: list[Row] = []
    readings = []
    for host in dict.fromkeys((context["host"], *context["hosts"])):
        machine = load_host(host)
        others = context["against"]
        workloads = [*_applications(context["applications"]), *context["workloads"]]
        cells = {
            (cell.workload, cell.architecture): cell
            for cell in context.cells([context.ask(w, a, host) for w in workloads for a in (context["para"], *others)])
        }
        groups: dict[str, dict[str, tuple[float, float, float]]] = {}
        for workload in workloads:
            para = cells[workload, context["para"]]
            groups[workload] = {}
            for name in others:
                if (cell := cells[workload, name]).state == para.state == "ok":
                    gain = against(cell, para)
                    groups[workload][load_architecture(name).title] = (gain.ratio, gain.low, gain.high)
                    rows.append(_row(host, workload, name, cell, gain.ratio, gain.low, gain.high))
        finding = _finding(machine.name, groups)
        readings.append(finding)
        context.draw(
            interval_bars,
            f"para_gain-{machine.name}",
            widest_first(groups),
            title=finding,
            caption=f"Response time over that under {load_architecture(context['para']).title}; above 1 "
            f"para-virtualization is quicker. Host: {machine.name}. {context.sample}",
            label="gain of para-virtualization (logarithmic)",
        )
    more, reading = _over_mix(context)
    return Outcome([*rows, *more], " ".join(f"{text}." for text in (*readings, reading)))


def _applications(names: tuple[str, ...]) -> tuple[str, ...]:
    if names != ("all",):
        return names
    return tuple(name for name in workload_names() if load_workload(name).kind == "macro")


def _row(host: str, workload: str, name: str, cell: Cell, gain: float, low: float, high: float) -> Row:
    slow = cell.slowdown()
    head = {"host": host, "workload": workload, "kernel_share": "", "against": name, "gain": gain, "low": low}
    return {**head, "high": high, "slowdown_against_native": slow.ratio}


def _finding(host: str, groups: dict[str, dict[str, tuple[float, float, float]]]) -> str:
    """For each rival: how often para-virtualization is surely quicker or slower, and the span of the gain."""
    rivals = list(dict.fromkeys(name for group in groups.values() for name in group))
    parts = []
    for rival in rivals:
        gains = [group[rival] for group in groups.values() if rival in group]
        quicker, slower = sum(low > 1.0 for _, low, _ in gains), sum(high < 1.0 for _, _, high in gains)
        parts.append(f"than {rival} for {quicker} (slower for {slower})")
    return f"{host}: of {len(groups)} workloads, para-virtualization is surely quicker {'; '.join(parts)}"


def _over_mix(context: Context) -> tuple[list[Row], str]:
    """The gain over the share of time that the bare machine spends in kernel events."""
    shares = sorted(context["shares"])
    rows: list[Row] = []
    panels, ends = [], []
    for host in dict.fromkeys((context["host"], *context["hosts"])):
        pairs = [(share, name) for share in shares for name in (context["para"], *context["against"])]
        cells = context.cells([context.ask(_mix(context, host, share), name, host) for share, name in pairs])
        found = {pair: cell for pair, cell in zip(pairs, cells, strict=True) if cell.state == "ok"}
        lines = []
        for name in context["against"]:
            there = [share for share in shares if {(share, name), (share, context["para"])} <= found.keys()]
            if not there:
                continue
            gains = [against(found[share, name], found[share, context["para"]]) for share in there]
            value, low, high = ([getattr(one, part) for one in gains] for part in ("ratio", "low", "high"))
            lines.append(Line(load_architecture(name).title, [100.0 * share for share in there], value, low, high))
            ends.append(f"{lines[-1].y[-1]:.1f} ({name} on {host})")
            rows += [
                {"host": host, "workload": "mix", "kernel_share": share, "against": name}
                | {"gain": one.ratio, "low": one.low, "high": one.high}
                for share, one in zip(there, gains, strict=True)
            ]
        panels.append(
            Panel(
                lines,
                "time in kernel events on the bare machine (%)",
                "gain of para-virtualization",
                host,
                levels={"equal": 1.0},
                zero=False,
            )
        )
    finding = f"With all time in kernel events the gain is {', '.join(ends)}; with none it is 1"
    context.draw(
        line_plot,
        "para_gain-mix",
        panels,
        title=finding,
        caption="User code mixed with system calls, page faults and address-space switches (a third of the kernel's "
        f"time each). {context.sample}",
    )
    return rows, finding


def _mix(context: Context, host: str, share: float) -> Workload:
    """A millisecond of the bare machine, of which a share is kernel events."""
    native = context.ask("hpc", "native", host)[2]
    assert not isinstance(native, Exception)
    machine = load_host(host)
    book = native.book
    demands = {Demand.USER_CYCLES: (1.0 - share) * OPERATION_S * machine.frequency_hz}
    for demand, cost in EVENTS.items():
        demands[demand] = share / len(EVENTS) * OPERATION_S / (book[cost].value * 1e-12)
    return made(f"kernel-mix-{share:g}", demands)


EXPERIMENT = Experiment(
    name="para_gain",
    title="What para-virtualization gains, over the workload mix",
    run=run,
    order=80,
    parameters=(
        Parameter("hosts", ("pentium4-672",), "Further hosts."),
        Parameter("para", "xen-pv", "The para-virtualized architecture."),
        Parameter("against", ("full-translation", "assist-shadow", "assist-nested"), "What it is compared with."),
        Parameter("applications", ("all",), "Applications of the catalogue, or all."),
        Parameter(
            "workloads", ("system-call", "page-fault", "fork", "tcp-rr", "disk-read-random"), "Beside the applications."
        ),
        Parameter(
            "shares", (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0), "Of kernel events.", (0.0, 0.1, 0.4, 1.0), 0.0, 1.0
        ),
    ),
    replications=(10, 4),
    operations=(1000, 50),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
