"""How much of the cost of translating a foreign instruction set does waiting for devices hide?

A guest of another instruction set has every instruction translated. One operation computes and reads from the disk; its
share of waiting on the bare machine goes from none to nearly all. With a cold cache each instruction must first be
translated, which weighs more the less often the code runs again.
"""

from __future__ import annotations

from experiments.catalogue.sweeps import exact_s, made
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.demands import Demand
from simcore.hosts import load_host
from vmarch.comparison import Cell
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import Row
from workloads import Workload

__all__ = ["EXPERIMENT"]

READ = {"kind": "disk_read", "size": "4 KiB"}
OPERATION_S = 1e-3  # of pure computation


def run(context: Context) -> Outcome:
    """Slowdown over the share of the disk, warm, and cold for some numbers of reuse."""
    rows: list[Row] = []
    panels, readings = [], []
    shares = sorted(context["shares"])
    kinds: list[tuple[str, str, float]] = [("warm cache", context["warm"], 0.0)]
    kinds += [(f"cold, code runs {reuse:g} times", context["cold"], reuse) for reuse in context["reuse"]]
    for host in dict.fromkeys((context["host"], *context["hosts"])):
        asked = [context.ask(_mix(context, host, s, reuse), a, host) for _, a, reuse in kinds for s in shares]
        cells = context.cells(asked)
        lines: list[Line] = []
        for number, (name, architecture, reuse) in enumerate(kinds):
            mine: list[Cell] = cells[number * len(shares) : (number + 1) * len(shares)]
            there = {share: cell.slowdown() for share, cell in zip(shares, mine, strict=True) if cell.state == "ok"}
            found = list(there.values())
            value, low, high = ([getattr(one, part) for one in found] for part in ("ratio", "low", "high"))
            lines.append(Line(name, [100.0 * share for share in there], value, low, high))
            rows += [
                {"host": host, "architecture": architecture, "reuse": reuse or "", "disk_share": s}
                | {"slowdown": one.ratio, "low": one.low, "high": one.high}
                for s, one in there.items()
            ]
        panels.append(
            Panel(
                lines,
                "time in the disk on the bare machine (%)",
                "slowdown",
                host,
                y_log=True,
                levels={"bare machine": 1.0},
            )
        )
        warm = lines[0]
        readings.append(f"{warm.y[0]:.1f} to {warm.y[-1]:.2f} on {host}")
    finding = f"Waiting for the disk hides translation: slowdown {', '.join(readings)} (warm)"
    context.draw(
        line_plot,
        "foreign_isa",
        panels,
        title=finding,
        caption=f"Computation and 4 KiB random reads under {context['warm']} and {context['cold']}; the share is "
        f"varied by the amount of computation. {context.sample}",
    )
    worst = [row for row in rows if row["reuse"] == context["reuse"][-1]]
    text = ", ".join(f"{float(str(r['slowdown'])):.0f} on {r['host']}" for r in worst if r["disk_share"] == shares[0])
    return Outcome(
        rows, f"{finding}. With a cold cache and code that runs {context['reuse'][-1]:g} times it starts at {text}."
    )


def _mix(context: Context, host: str, share: float, reuse: float) -> Workload:
    """One read, and as much computation as leaves the read this share of the time on the bare machine."""
    clock_hz = load_host(host).frequency_hz
    io: tuple[dict[str, str], ...]
    if share:
        read_s = exact_s(context.ask(made("read", {}, (READ,)), "native", host))
        cycles, io = read_s * (1.0 - share) / share * clock_hz, (READ,)
    else:
        cycles, io = OPERATION_S * clock_hz, ()
    demands = {Demand.USER_CYCLES: cycles, Demand.CODE_INSTRUCTIONS: cycles / reuse if reuse else 0.0}
    return made(f"foreign-{share:g}-{reuse:g}", demands, io, varied=(Demand.USER_CYCLES,))


EXPERIMENT = Experiment(
    name="foreign_isa",
    title="A foreign instruction set, from compute-bound to disk-bound, cold and warm",
    run=run,
    order=90,
    parameters=(
        Parameter("hosts", ("pentium3-733",), "Further hosts."),
        Parameter("warm", "qemu-foreign", "With a warm translation cache."),
        Parameter("cold", "qemu-foreign-cold", "With a cold one."),
        Parameter("reuse", (10_000.0, 1000.0), "Times that an instruction runs before it is forgotten.", low=1.0),
        Parameter(
            "shares", (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98), "Of the disk.", (0.0, 0.3, 0.6, 0.9, 0.98), 0.0, 0.999
        ),
    ),
    replications=(10, 4),
    operations=(1000, 60),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
