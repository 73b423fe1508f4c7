"""How many guests fit on a host, by architecture, and what is full first: memory, or a processor?

Small guests fill processors, large ones memory. A virtual machine takes memory beside its guest, and processor time for
its requests, and a container little of both: the smaller the guest, the more that weighs. Where more memory is asked
for than there is, each technique of overcommitment has its own price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from architectures import load_architecture
from experiments.experiment import Asked, Context, Experiment, Outcome, Parameter
from simcore.engines.analytic import bounds
from simcore.memory import Memory
from simcore.units import format_bytes
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import Row
from vmarch.placing import most_guests
from vmarch.scenario import Scenario
from vmarch.tables import Table
from workloads import Workload, load_workload
from workloads.spec import Tasks

__all__ = ["EXPERIMENT"]

GIB = 2.0**30
MANY = 256  # guests in a model that is only asked what its processors could serve
TECHNIQUES = (
    ("kvm-vhost", ("share", "swap")),
    ("kvm-vhost", ("compress", "swap")),
    ("kvm-vhost", ("balloon",)),
    ("kvm-vhost", ("swap",)),
    ("assist-nested", ("swap",)),
    ("container", ("swap",)),
)


@dataclass(frozen=True)
class _Fit:
    """How many guests of one size fit under one architecture."""

    title: str
    by_memory: int
    by_processors: int
    part: str

    @property
    def guests(self) -> int:
        """As many as both allow."""
        return min(self.by_memory, self.by_processors)

    @property
    def full(self) -> str:
        """What is full first."""
        return "memory" if self.by_memory < self.by_processors else self.part


def run(context: Context) -> Outcome:
    """Guests that fit over what each asks for; then the response over how much more is asked for than there is."""
    fits = {name: [_fit(context, name, size) for size in context["sizes_gib"]] for name in context["architectures"]}
    rows: list[Row] = [
        {"architecture": name, "size_gib": size, "guests": one.guests, "full_first": one.full}
        | {"by_memory": one.by_memory, "by_processors": one.by_processors}
        for name, found in fits.items()
        for size, one in zip(context["sizes_gib"], found, strict=True)
    ]
    sizes = context["sizes_gib"]
    finding = _finding(sizes, list(fits.values()))
    first = next(iter(fits.values()))
    lines = [
        Line(
            found[0].title,
            sizes,
            [100.0 * one.guests / max(ref.guests, 1) for one, ref in zip(found, first, strict=True)],
        )
        for found in fits.values()
    ]
    over, more = _overcommitted(context)
    context.draw(
        line_plot,
        "guests_fit",
        [
            Panel(
                lines,
                "memory of each guest (GiB)",
                f"guests that fit,\n% of those under {first[0].title}",
                x_log=True,
                levels={"": 100.0},
                zero=False,
            ),
            Panel(
                over,
                "memory asked for over what there is",
                "response over the bare machine",
                levels={"": 1.0},
                zero=False,
            ),
        ],
        title=finding,
        caption=f"Left: {context['workload']}, {context['rate']:g} requests a second each, {context['vcpus']} virtual "
        f"processors each: the fewer of those that memory and processors allow. Right: {context['guests']} guests that "
        f"touched 95 % of what they ask for, a tenth of it written, 90 % of the {context['touches']:g} touches of a "
        f"request there. {context.caption}",
    )
    worst = max(more, key=lambda row: float(str(row["slowdown"])))
    text = (
        f"{finding}. Where guests ask for {worst['asked']:g} times what there is, a request takes "
        f"{worst['slowdown']:.3g} times the bare machine's time under {worst['architecture']} by {worst['overcommit']}."
    )
    return Outcome([*rows, *more], text, [_table(sizes, list(fits.values()))])


def _finding(sizes: Sequence[float], fits: Sequence[Sequence[_Fit]]) -> str:
    """How many of the smallest fit, and from which size memory is full first everywhere."""
    most, least = (end(fits, key=lambda found: found[0].guests)[0] for end in (max, min))
    full = next((size for n, size in enumerate(sizes) if all(found[n].full == "memory" for found in fits)), None)
    beyond = f"; from {format_bytes(full * GIB)} on memory is full first everywhere" if full else ""
    return (
        f"Of guests that ask for {format_bytes(sizes[0] * GIB)}, {most.guests} fit under {most.title} "
        f"({most.full} full first) and {least.guests} under {least.title} ({least.full}){beyond}"
    )


def _table(sizes: Sequence[float], fits: Sequence[Sequence[_Fit]]) -> Table:
    """Guests that fit, and what is full first, by what each asks for."""
    columns = ("each asks for", *(found[0].title for found in fits))
    rows = [
        [format_bytes(size * GIB), *(f"{found[n].guests} ({found[n].full})" for found in fits)]
        for n, size in enumerate(sizes)
    ]
    return Table("Guests that fit, and what is full first", columns, rows)


def _asking(context: Context, size_bytes: float, **memory: float) -> Workload:
    asked = load_workload(context["workload"])
    return asked.model_copy(update={"memory": Memory.model_validate({"size": size_bytes, **memory})})


def _fit(context: Context, name: str, size_gib: float) -> _Fit:
    architecture = load_architecture(name)
    one = Scenario(_asking(context, size_gib * GIB), architecture, context.host, vcpus=context["vcpus"])
    many = Scenario(load_workload(context["workload"]), architecture, context.host, MANY, context["vcpus"])
    served = bounds(many.model, arrivals=False)
    most = most_guests([one], 0)
    part = served.limit.removeprefix("the ")
    return _Fit(architecture.title, most or 0, int(served.throughput_per_s / context["rate"]), part)


def _overcommitted(context: Context) -> tuple[list[Line], list[Row]]:
    """The response over the bare machine, for each technique, over how much more is asked for than there is."""
    lines: list[Line] = []
    rows: list[Row] = []
    for name, how in TECHNIQUES:
        asked = {more: _squeezed(context, name, how, more) for more in context["more"]}
        cells = dict(zip(asked, context.cells(list(asked.values())), strict=True))
        there = {more: cell.slowdown() for more, cell in cells.items() if cell.state == "ok"}
        called = f"{load_architecture(name).title}: {', '.join(how)}"
        ends = [[getattr(one, part) for one in there.values()] for part in ("ratio", "low", "high")]
        lines.append(Line(called, list(there), *ends))
        rows += [
            {"architecture": name, "overcommit": ", ".join(how), "asked": more}
            | {"slowdown": one.ratio, "low": one.low, "high": one.high}
            for more, one in there.items()
        ]
    return lines, rows


def _squeezed(context: Context, name: str, how: tuple[str, ...], more: float) -> Asked:
    """Guests that ask for so many times what there is, under one architecture and its techniques."""
    size = more * context.host.memory_bytes / context["guests"]
    parts = {"resident": 0.95 * size, "written": 0.095 * size, "hot": 0.9, "stores": 0.3, "shared": context["shared"]}
    asked = _asking(context, size, touches=context["touches"], **parts)
    tasks = Tasks.model_validate({"count": 2, "think": context["think_ms"] * 1e-3})
    workload = asked.model_copy(update={"tasks": tasks})
    return context.ask(workload, name, guests=context["guests"], vcpus=context["vcpus"], overcommit=how)


EXPERIMENT = Experiment(
    name="guests_fit",
    title="Guests on one host: what is full first, memory or processors",
    run=run,
    order=45,
    parameters=(
        Parameter("workload", "web-server", "What each guest runs."),
        Parameter("rate", 4.0, "Requests a second of each guest.", low=1e-3, high=1e9),
        Parameter("vcpus", 2, "Virtual processors of each guest.", low=1, high=4096),
        Parameter(
            "architectures",
            ("container", "firecracker", "kvm-vhost", "xen-pv", "assist-nested"),
            "Architectures.",
            ("container", "firecracker", "kvm-vhost", "xen-pv", "assist-nested"),
        ),
        Parameter(
            "sizes_gib", (0.03125, 0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0), "Of each guest.", low=1e-3
        ),
        Parameter("guests", 8, "Of the overcommitted host.", low=1, high=1000),
        Parameter("more", (0.9, 1.0, 1.1, 1.2, 1.35, 1.5), "Asked for over what there is.", (0.9, 1.1, 1.5), 0.1, 10.0),
        Parameter("touches", 100.0, "Pages that a request comes to.", low=0.0, high=1e4),
        Parameter(
            "shared", 0.15, "Of what is touched and not written, equal to other guests' pages.", low=0.0, high=1.0
        ),
        Parameter("think_ms", 5.0, "Pause of each guest's two clients between requests.", low=0.0, high=1e6),
    ),
    replications=(6, 3),
    operations=(2000, 240),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
