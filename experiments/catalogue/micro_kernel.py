"""What does it cost that the drivers live outside the hypervisor?

The same guests, the same device: a monolithic hypervisor holds the driver, a micro-kernel passes each request to a
driver domain and back. Latency and processor work of one request, over the number of guests that ask at the same time.

Wake-ups from idleness count as processor work here, though most of such a time is waiting. The wake-up of ESX is
inferred from a latency (`vcpu_wake` of its table) and is by far the longest, so that its cycles of a request look as
many as those of Xen or more. What is paid whether anybody sleeps or not is 1.2 times as much under Xen (by hand, a disk
read and a packet each way on the default host): the direction in which driver domains were measured, 2.25 times the
instructions a byte received of Domain 0 itself (Menon et al. 2005).
"""

from __future__ import annotations

from architectures import load_architecture
from experiments.catalogue.sweeps import against, clients
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.statistics import mean_interval
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import Row
from workloads import load_workload

__all__ = ["EXPERIMENT"]

METRICS = {"response_s": "response time", "cpu_cycles": "processor cycles each"}


def run(context: Context) -> Outcome:
    """Ratios against the monolithic hypervisor, paired, and the domain crossings of a request."""
    base, others = context["monolithic"], context["micro_kernels"]
    guests = context["guests"]
    rows: list[Row] = []
    readings = []
    for workload in context["workloads"]:
        asked = clients(workload, 1, context["think_us"] * 1e-6)
        cells = context.cells([context.ask(asked, name, guests=n) for name in (base, *others) for n in guests])
        by_name = {name: cells[i * len(guests) : (i + 1) * len(guests)] for i, name in enumerate((base, *others))}
        by_name = {name: found for name, found in by_name.items() if all(cell.scenario for cell in found)}
        lines: dict[str, list[Line]] = {metric: [] for metric in METRICS}
        crossings = []
        for name, found in by_name.items():
            title = load_architecture(name).title
            for metric in METRICS if name != base else ():
                pairs = [against(one, mono, metric) for one, mono in zip(found, by_name[base], strict=True)]
                lines[metric].append(Line.of(title, guests, pairs))
                rows += [
                    {"workload": workload, "architecture": name, "against": base, "guests": n, "metric": metric}
                    | {"value": cell.estimate(metric).value, "ratio": p.ratio, "low": p.low, "high": p.high}
                    for n, p, cell in zip(guests, pairs, found, strict=True)
                ]
            told = [mean_interval([r.notifications for r in cell.runs.results]) for cell in found]
            crossings.append(Line.of(title, guests, told))
            rows += [
                {"workload": workload, "architecture": name, "guests": n, "metric": "notifications"}
                | {"value": e.value, "low": e.low, "high": e.high}
                for n, e in zip(guests, told, strict=True)
            ]
        finding = _finding(workload, lines, base)
        readings.append(finding)
        over = f"over {load_architecture(base).title}"
        context.draw(
            line_plot,
            f"micro_kernel-{workload}",
            [
                *(
                    Panel(lines[metric], "guests", f"{words},\n{over}", x_log=True, levels={"": 1.0}, zero=False)
                    for metric, words in METRICS.items()
                ),
                Panel(crossings, "guests", "notifications and wake-ups\nof each operation", x_log=True),
            ],
            title=finding,
            caption=f"{load_workload(workload).title}: one client in each guest, exponential pauses of "
            f"{context['think_us']:g} us. A wake-up counts as cycles; ESX's is the longest. {context.caption}",
        )
    return Outcome(rows, " ".join(f"{text}." for text in readings))


def _finding(workload: str, lines: dict[str, list[Line]], base: str) -> str:
    """The surplus of each micro-kernel with one guest, at its worst, and with the most guests."""
    parts = []
    for line in lines["cpu_cycles"]:
        most = max(range(len(line.y)), key=lambda i: line.y[i])
        latency = next(one for one in lines["response_s"] if one.name == line.name)
        parts.append(
            f"{line.name} {line.y[0]:.2f} times with one guest, "
            + (f"at most {line.y[most]:.2f} ({line.x[most]:g}), " if 0 < most < len(line.y) - 1 else "")
            + f"{line.y[-1]:.2f} with {line.x[-1]:g} (latency {latency.y[0]:.2f} to {latency.y[-1]:.2f})"
        )
    return f"{workload}: cycles of a request over {load_architecture(base).title}'s: {'; '.join(parts)}"


EXPERIMENT = Experiment(
    name="micro_kernel",
    title="Micro-kernel against monolithic hypervisor",
    run=run,
    order=50,
    parameters=(
        Parameter("workloads", ("disk-read-random", "tcp-rr"), "What each guest runs.", ("disk-read-random",)),
        Parameter("think_us", 100.0, "Mean pause of the client.", low=0.0, high=1e9),
        Parameter("monolithic", "assist-nested", "What the others are compared with."),
        Parameter("micro_kernels", ("hyperv", "xen-pv"), "Architectures with a driver domain."),
        Parameter("guests", (1, 2, 4, 8, 12, 16, 24, 32), "Guests.", (1, 4, 10, 24), 1, 10_000),
    ),
    replications=(10, 4),
    operations=(3000, 300),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
