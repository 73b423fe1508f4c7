"""What do more virtual processors for Domain 0 buy, with one thread, several, or queues in its network back end?

Guests answer small requests of many clients, so that Domain 0 is what is full. Each way of sharing out the back end's
work is run with more and more virtual processors for Domain 0, on a host whose cores the guests want too.
"""

from __future__ import annotations

from collections.abc import Sequence

from architectures import Architecture, load_architecture
from experiments.catalogue.sweeps import clients
from experiments.experiment import Context, Experiment, Outcome, Parameter
from vmarch.comparison import Cell
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import Row

__all__ = ["EXPERIMENT"]

WAYS = {
    "all": "one thread for all guests (until 2010)",
    "processor": "one for each vCPU of Domain 0 (2.6.39 to 3.11)",
    "guest": "one for each guest (3.12)",
    "queue": "one for each queue (3.16)",
}
SHOWN = {"throughput_per_s": "requests per second", "cpu_cycles": "processor cycles of a request"}


def run(context: Context) -> Outcome:
    """Throughput and notifications over the virtual processors of Domain 0, for each way of sharing out its work."""
    sizes, guests = context["dom0_vcpus"], context["guests"]
    asked = clients(context["workload"], context["clients"], context["think_us"] * 1e-6)
    found: dict[str, list[Cell]] = {}
    ways = [_way(way, n) for way in WAYS for n in sizes]
    cells = context.cells([context.ask(asked, one, guests=guests, vcpus=context["vcpus"]) for one in ways])
    for number, way in enumerate(WAYS):
        found[way] = list(cells[number * len(sizes) : (number + 1) * len(sizes)])
    finding = _finding(found, sizes)
    context.draw(
        line_plot,
        "dom0-queues",
        [
            Panel(
                [Line.of(WAYS[way], sizes, [c.estimate(metric) for c in some]) for way, some in found.items()],
                "virtual processors of Domain 0",
                label,
                x_log=True,
                zero=True,
                ticks={str(n): float(n) for n in sizes},
            )
            for metric, label in SHOWN.items()
        ],
        title=finding,
        caption=f"{guests} guests of {context['vcpus']} virtual processors under Xen, {context['clients']} clients in "
        f"each, workload {context['workload']}; Linux versions of Domain 0 in brackets. {context.caption}",
    )
    rows = [
        row for way, some in found.items() for n, cell in zip(sizes, some, strict=True) for row in _rows(way, n, cell)
    ]
    return Outcome(rows, f"{finding}.")


def _way(way: str, vcpus: int) -> Architecture:
    """Xen whose Domain 0 has so many virtual processors and such threads in its network back end."""
    name = {"name": f"xen-pv-{way}-{vcpus}", "title": f"Xen, {WAYS[way]}, {vcpus} vCPUs"}
    return load_architecture("xen-pv").with_(**name, network_threads=way, back_end_vcpus=vcpus)


def _finding(found: dict[str, list[Cell]], sizes: Sequence[int]) -> str:
    """What the most virtual processors bring with one thread, and what the best number with queues."""

    def rates(way: str) -> list[float]:
        return [cell.estimate("throughput_per_s").value for cell in found[way]]

    one, best = rates("all"), max(range(len(sizes)), key=lambda n: rates("queue")[n])
    gain = rates("queue")[best] / rates("queue")[0]
    return (
        f"With one thread, Domain 0 of {sizes[-1]} virtual processors instead of {sizes[0]} serves "
        f"{one[-1] / one[0]:.2f} times as many requests; with queues, {sizes[best]} serve {gain:.1f} times as many"
    )


def _rows(way: str, vcpus: int, cell: Cell) -> list[Row]:
    found = {name: cell.estimate(name) for name in ("throughput_per_s", "response_s", "response_p99_s", "cpu_cycles")}
    head = {"network_threads": way, "dom0_vcpus": vcpus, "architecture": "xen-pv"}
    return [{**head, "metric": name, "value": e.value, "low": e.low, "high": e.high} for name, e in found.items()]


EXPERIMENT = Experiment(
    name="dom0_queues",
    title="Domain 0: virtual processors, and the threads and queues that use them",
    run=run,
    order=62,
    parameters=(
        Parameter("workload", "tcp-rr", "What each guest runs."),
        Parameter("clients", 16, "Tasks in each guest.", low=1, high=1000),
        Parameter("think_us", 10.0, "Mean pause of a client.", low=0.0, high=1e9),
        Parameter("guests", 10, "Guests.", low=1, high=10_000),
        Parameter("vcpus", 1, "Virtual processors of each guest.", low=1, high=4096),
        Parameter("dom0_vcpus", (1, 2, 4, 8, 16), "Virtual processors of Domain 0.", (1, 4), 1, 4096),
    ),
    replications=(6, 3),
    operations=(20_000, 1000),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
