"""How much slower is every workload under every architecture?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from architectures import architecture_names, load_architecture
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.costs import Status
from simcore.demands import IoKind
from vmarch.comparison import Cell
from vmarch.figures.maps import heat_map
from vmarch.figures.plots import interval_bars
from vmarch.tables import authority_table, comparison_rows, slowdown_table
from workloads import load_workload, workload_names

__all__ = ["EXPERIMENT", "all_cells", "chosen"]

KINDS = ("macro", "micro")
Cells = Mapping[tuple[str, str], Cell]


def all_cells(context: Context) -> list[Cell]:
    """Every workload under every architecture on the host, in the order of both catalogues."""
    lengths: dict[int, list[str]] = {}  # 0 for streams
    workloads, architectures = chosen(context)
    for name in workloads:
        lengths.setdefault(0 if _is_stream(name) else _operations(context, name), []).append(name)
    found: dict[tuple[str, str], Cell] = {}
    for operations, names in lengths.items():
        asked = [context.ask(w, a, guests=context["guests"]) for w in names for a in architectures]
        long = context["stream_operations"]
        steady = {"operations": long, "warmup": long, "replications": 1, "deterministic": True}
        cells = context.cells(asked, operations) if operations else context.cells(asked, **steady)
        found |= {(cell.workload, cell.architecture): cell for cell in cells}
    return [found[workload, name] for workload in workloads for name in architectures]


def chosen(context: Context) -> tuple[Sequence[str], Sequence[str]]:
    """The workloads and the architectures asked for, in the order of the catalogues; native comes first.

    Raises:
        InputError: an unknown name.
    """
    workloads, architectures = context["workloads"], context["architectures"]
    for known, names, load in (
        (workload_names(), workloads, load_workload),
        (architecture_names(), architectures, load_architecture),
    ):
        for name in () if names == ALL else names:
            _ = name in known or load(name)
    return (
        workload_names() if workloads == ALL else [name for name in workload_names() if name in workloads],
        architecture_names() if architectures == ALL else [n for n in architecture_names() if n in architectures],
    )


def _is_stream(name: str) -> bool:
    """Whether nothing of it varies, and it waits for a ring, not the device: one long run, once that is full."""
    workload = load_workload(name)
    operation = workload.operation
    network = all(io.kind in (IoKind.SEND, IoKind.RECEIVE) and io.count.is_integer() for io in operation.io)
    return workload.kind == "micro" and network and not operation.varied and any(not io.sync for io in operation.io)


def _operations(context: Context, name: str) -> int:
    """Fewer for single demands, which vary little, and for operations with much input and output, which take long."""
    workload = load_workload(name)
    share = context["micro_share"] if workload.kind == "micro" else 1.0
    items = len(workload.operation.slots)
    return max(2, int(0.5 + share * context["operations"] / max(1.0, items / MANY_ITEMS)))


MANY_ITEMS = 8
OLD = 10  # years
MARKS = (
    "Hatched: most of what lies beyond it rests on assumed costs. \N{DAGGER}: its costs were measured on machines more "
    f"than {OLD} years older than the host."
)
ALL = ("all",)


def run(context: Context) -> Outcome:
    """The maps of slowdowns, and their intervals for the applications."""
    cells = all_cells(context)
    by_name = {(cell.workload, cell.architecture): cell for cell in cells}
    workloads, architectures = chosen(context)
    shown = [name for name in architectures if any(by_name[w, name].scenario for w in workloads)]
    titles = [load_architecture(name).title for name in shown]
    caption = f"{context.caption} One replication's random numbers are the same everywhere."
    readings = []
    for kind in KINDS:
        mine = [name for name in workloads if load_workload(name).kind == kind]
        if not mine:
            continue
        fields = [[by_name[workload, name] for name in shown] for workload in mine]
        finding = _finding(kind, by_name, mine, shown)
        readings.append(finding)
        context.draw(
            heat_map,
            f"slowdown-{kind}",
            [[cell.slowdown().ratio if cell.state == "ok" else cell.state for cell in line] for line in fields],
            mine,
            titles,
            title=finding,
            caption=f"Response time of an operation over that on the bare machine. {MARKS} {caption}",
            label="slowdown",
            hatched=_where(fields, lambda cell: cell.overhead.shares[Status.ASSUMED] > 0.5),
            marked=_where(fields, _is_old),
        )
    macro = [name for name in workloads if load_workload(name).kind == "macro"] or workloads
    groups = {
        title: {
            w: (s.ratio, s.low, s.high) for w in macro if (c := by_name[w, name]).state == "ok" and (s := c.slowdown())
        }
        for name, title in zip(shown, titles, strict=True)
        if name != "native"
    }
    spread = _spans(groups)
    context.draw(
        interval_bars,
        "slowdown-intervals",
        groups,
        title=spread,
        caption=f"Slowdown of the response time, paired, log ratio. {caption}",
        label="slowdown against the bare machine (logarithmic)",
    )
    rows = comparison_rows(cells, context["host"], context["guests"], context["seed"], 0.95)
    return Outcome(
        rows,
        " ".join(f"{text}." for text in (*readings, spread)),
        [slowdown_table(cells, 0.95), authority_table(cells)],
    )


def _where(fields: Sequence[Sequence[Cell]], holds: Callable[[Cell], bool]) -> set[tuple[int, int]]:
    """The places of the fields of which something holds."""
    places = ((y, x, cell) for y, line in enumerate(fields) for x, cell in enumerate(line))
    return {(y, x) for y, x, cell in places if cell.scenario is not None and holds(cell)}


def _is_old(cell: Cell) -> bool:
    """Whether the software whose costs these are is much older than the host."""
    years = cell.overhead.years
    return cell.scenario is not None and years is not None and years[1] < cell.scenario.host.year - OLD


def _spans(groups: Mapping[str, Mapping[str, tuple[float, float, float]]]) -> str:
    """How far slowdowns spread over the workloads under one architecture, and over architectures for one workload."""
    under = {title: [value for value, _, _ in group.values()] for title, group in groups.items()}
    workloads = dict.fromkeys(workload for group in groups.values() for workload in group)
    of = {w: [group[w][0] for group in groups.values() if w in group] for w in workloads}
    widest, most = (max(part, key=lambda key: max(part[key]) / min(part[key])) for part in (under, of))
    one, other = max(under[widest]) / min(under[widest]), max(of[most]) / min(of[most])
    return (
        f"One architecture's slowdown spreads up to {one:.1f}-fold over the workloads ({widest}), "
        f"one workload's {other:.1f}-fold over the architectures ({most})"
    )


def _finding(kind: str, cells: Cells, workloads: Sequence[str], names: Sequence[str]) -> str:
    """How many slowdowns are small, and the worst."""
    ratios = {
        (w, n): cells[w, n].slowdown().ratio
        for w in workloads
        for n in names
        if n != "native" and cells[w, n].state == "ok"
    }
    worst = max(ratios, key=lambda key: ratios[key])
    within = sum(1 for ratio in ratios.values() if ratio <= 1.1) / len(ratios)
    what = "application" if kind == "macro" else "single-demand"
    return (
        f"{100 * within:.0f} % of {what} slowdowns are within 10 %; "
        f"the worst is {ratios[worst]:.0f} ({worst[0]} under {load_architecture(worst[1]).title})"
    )


EXPERIMENT = Experiment(
    name="slowdown",
    title="Slowdown of every workload under every architecture",
    run=run,
    order=10,
    parameters=(
        Parameter("workloads", ALL, "Workloads of the catalogue, or all."),
        Parameter("architectures", ALL, "Architectures of the catalogue, or all."),
        Parameter("guests", 1, "Identical guests on the host.", low=1, high=10_000),
        Parameter("stream_operations", 2000, "Of streams, as many again left out: a ring must fill.", 600, 1, 10**8),
        Parameter("micro_share", 0.3, "Operations of single-demand workloads, as a share.", low=0.001, high=1.0),
    ),
    operations=(1000, 200),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
