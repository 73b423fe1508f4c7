"""How much slower is every workload under every architecture?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from architectures import architecture_names, load_architecture
from experiments.catalogue.shown import ALL, by_class, class_of, drawn, joint_title, merged
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.costs import Status
from simcore.demands import IoKind
from vmarch.comparison import Cell
from vmarch.figures.intervals import spreads
from vmarch.figures.maps import heat_map
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
    "Hatched: most of what lies beyond the bare machine rests on assumed costs. "
    f"\N{DAGGER}: costs of machines more than {OLD} years older than the host."
)


def run(context: Context) -> Outcome:
    """The maps of slowdowns, and how far they spread over the applications."""
    cells = all_cells(context)
    by_name = {(cell.workload, cell.architecture): cell for cell in cells}
    workloads, architectures = chosen(context)
    there = [name for name in architectures if any(by_name[w, name].scenario for w in workloads)]
    readings = []
    for kind in KINDS:
        mine = [name for name in workloads if load_workload(name).kind == kind]
        if mine:
            readings.append(_finding(kind, by_name, mine, there))
            _few(context, kind, by_name, mine, [name for name in drawn(architectures) if name in there])
    macro = [name for name in workloads if load_workload(name).kind == "macro"] or workloads
    _every(context, by_name, macro, [name for name in there if name != "native"])
    spread = _spread(context, by_name, macro, there)
    rows = comparison_rows(cells, context["host"], context["guests"], context["seed"], 0.95, likely=False)
    return Outcome(
        rows,
        " ".join(f"{text}." for text in (*readings, spread)),
        [slowdown_table(cells, 0.95), authority_table(cells)],
    )


def _few(context: Context, kind: str, cells: Cells, workloads: Sequence[str], names: Sequence[str]) -> None:
    """The map of those that tell the story; what is 1 everywhere is named in the caption."""
    names = by_class(names, lambda name: _typical(cells, workloads, [name]))
    order = sorted(workloads, key=lambda name: -_typical(cells, [name], names))
    even = [w for w in order if all(_near(_ratio(cells[w, n])) for n in names)]
    shown = [name for name in order if name not in even] or order
    left_out = f" Within 5 % everywhere, and not drawn: {', '.join(even)}." if even and shown != order else ""
    _map(
        context,
        f"slowdown-{kind}",
        [[cells[workload, name] for name in names] for workload in shown],
        shown,
        [load_architecture(name).title for name in names],
        title=_finding(kind, cells, workloads, names),
        caption=left_out,
        column_groups=[class_of(name) for name in names],
    )


def _every(context: Context, cells: Cells, workloads: Sequence[str], names: Sequence[str]) -> None:
    """The map of all architectures, those that cannot be told apart as one."""
    order = sorted(workloads, key=lambda name: -_typical(cells, [name], names))
    sorted_names = by_class(names, lambda name: _typical(cells, order, [name]))
    groups = merged({name: [_ratio(cells[w, name]) for w in order] for name in sorted_names})
    together = " A row of several: the same within 3 %." if len(groups) < len(sorted_names) else ""
    _map(
        context,
        "slowdown-all",
        [[cells[workload, group[0]] for workload in order] for group in groups],
        [joint_title(group) for group in groups],
        order,
        title=_best(cells, order, sorted_names),
        caption=together,
        row_groups=[class_of(group[0]) for group in groups],
    )


def _map(
    context: Context,
    name: str,
    fields: Sequence[Sequence[Cell]],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    caption: str,
    **groups: Sequence[str],
) -> None:
    context.draw(
        heat_map,
        name,
        [[cell.slowdown().ratio if cell.state == "ok" else cell.state for cell in line] for line in fields],
        rows,
        columns,
        title=title,
        caption=f"{MARKS}{caption} {context.caption}",
        label="response time over the bare machine's",
        hatched=_where(fields, lambda cell: cell.overhead.shares[Status.ASSUMED] > 0.5),
        marked=_where(fields, _is_old),
        **groups,
    )


def _spread(context: Context, cells: Cells, workloads: Sequence[str], there: Sequence[str]) -> str:
    """Draws how far each architecture's slowdowns spread over the applications; the finding."""

    def points(name: str) -> dict[str, tuple[float, float, float]]:
        mine = {w: cells[w, name] for w in workloads if cells[w, name].state == "ok"}
        return {w: (s.ratio, s.low, s.high) for w, cell in mine.items() if (s := cell.slowdown())}

    few = [name for name in drawn(chosen(context)[1]) if name in there and points(name)]
    names = by_class(few, lambda name: _worst(cells, workloads, name))
    finding = _spans({load_architecture(name).title: points(name) for name in there if name != "native"})
    shown = {load_architecture(name).title: points(name) for name in names}
    context.draw(
        spreads,
        "slowdown-intervals",
        shown,
        title=_spans(shown),
        caption=f"One point for each application; the slowest is named, with its interval. {context.caption}",
        label="response time over the bare machine's (logarithmic)",
        of=[class_of(name) for name in names],
    )
    return finding


def _ratio(cell: Cell) -> float | None:
    return cell.slowdown().ratio if cell.state == "ok" else None


def _near(ratio: float | None) -> bool:
    return ratio is not None and abs(ratio - 1.0) <= 0.05


def _typical(cells: Cells, workloads: Sequence[str], names: Sequence[str]) -> float:
    """The geometric mean of slowdowns; infinite where there is none."""
    found = [ratio for w in workloads for n in names if (ratio := _ratio(cells[w, n]))]
    return math.exp(sum(map(math.log, found)) / len(found)) if found else math.inf


def _worst(cells: Cells, workloads: Sequence[str], name: str) -> float:
    return max((ratio for w in workloads if (ratio := _ratio(cells[w, name]))), default=math.inf)


def _best(cells: Cells, workloads: Sequence[str], names: Sequence[str]) -> str:
    """How many architectures keep every application near, and which application is the hardest."""
    near = [name for name in names if _worst(cells, workloads, name) <= LIMIT]
    hard = [max((_ratio(cells[w, name]) or 0.0, w) for w in workloads)[1] for name in names]
    hardest = max(dict.fromkeys(hard), key=hard.count)
    return (
        f"{len(near)} of {len(names)} architectures keep every application within {100 * (LIMIT - 1):.0f} %; "
        f"{hardest} is the hardest for {hard.count(hardest)}"
    )


LIMIT = 1.25


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
