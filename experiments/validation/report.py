"""The page that shows every hit and every miss, and how to add a case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.validation.carrying import carrying
from experiments.validation.case import Case
from experiments.validation.coverage import coverage, left_out, widened
from experiments.validation.order import orders
from experiments.validation.predict import Prediction
from experiments.validation.reports import AGREES, COLUMNS, Report, in_order
from vmarch.figures.plots import agreement

__all__ = ["draw", "errors", "page"]

WORST = 10

HOW_TO = """\
## Add a case without touching code

A case is one TOML file: a host, systems (our architectures, with costs of the paper's own), workloads, and the
paper's rows sorted into three kinds. `[[input]]` rows are what costs rest on; `[[inferred]]` rows are spent on one
unknown of a workload each; `[[target]]` rows are predicted. A row that stands in two of them is refused. `quantity`
says what of an operation the row is (`time`, `rate`, `percent of native`, `ratio to native`, `time beyond native`,
`cycles`, `cycles to native`, `percent idle`, `percent used`, `rate to native`, `p50` to `p99.9`; `memory` and `memory
beside it` are bytes of the host; `against` names another system than native), and `scale` brings it to the row's
unit; an inferred row is a time or a rate. A system's cost that differs from the tables must be named in the
`used_for` of an input. A system may also say `cores` in use, fewer than the host has, `guests` on the host (a `rate`
is theirs together), `vcpus` of each, its `weight`, `cap`, `period` and cores (`pinned`), guests `beside` of other
sizes or workloads, its kernels' `mitigations`, and `changes` to keys of its architecture, such as `changes = {
offload = false }`. `vmarch validate --against uml` lists the rows that speak for or against one architecture's costs:
those whose measured value lies within the range of the costs, and those where it does not, with the cost that decides
each.

In place of a workload a row may name an operation of a guest's life (`[operation.boot] do = "create"`, with `at_once`,
`loop`, and what the guest is: `memory`, `touched` and so on; see [the life of a guest](life.md)): the row is
the median of what each takes, or with `row = "last"` the last one's. Or it names a migration (`[migration.web]` with
`memory`, `method`, `rules` and `limit` as in [a scenario file](migration.md)); then `quantity` is `time`, `downtime`
or `sent` (bytes), of all or of one `round` (-1: the last). A host may be a file beside the case.

`[calibration]` names a CSV file of micro-benchmarks beside the case (`table`, and of the host `name`, `clock`, `year`,
`cores`): its environments are architectures as [`vmarch calibrate`](calibrate.md) makes them, its rows inputs.

```toml
# file: mine.toml
name = "mine"
title = "A fork under two systems"
paper = "Barham et al. SOSP 2003"
host = "xeon-2003"

[[system]]
name = "native"
architecture = "native"

[[system]]
name = "VMware"
architecture = "workstation-translation"

[workload.fork]
demands = { forks = 1 }

[[target]]
table = "Table 3"
benchmark = "fork proc"
system = "VMware WS 3.2"
metric = "latency"
value = 874
unit = "us"
workload = "fork"
runs_on = "VMware"
quantity = "time"
scale = 1e6
mechanism = "page tables"
```

```console
$ vmarch validate --cases mine.toml
Predicted against measured
...
 mine fork proc, VMware WS 3.2 874 ...
...
```
"""


OPERATIONS = "making, saving, restoring and resizing guests"
MIGRATION = "migration"
MEMORY = "memory that guests take"
WORK = "what guests do"


def errors(found: Sequence[Prediction]) -> tuple[float, float, int]:
    """Median and 90th percentile of |ln(predicted / measured)| over the predicted rows that count, and their number."""
    counted = [item.error for item in found if item.kind == "predicted" and item.counted]
    if not counted:
        return float("nan"), float("nan"), 0
    return float(np.median(counted)), float(np.quantile(counted, 0.9)), len(counted)


def _subject(case: Case) -> str:
    """What a case is about."""
    if case.operation:
        return OPERATIONS
    if case.migration:
        return MIGRATION
    return MEMORY if all(row.quantity in ("memory", "memory beside it") for row in case.target) else WORK


def _subjects(cases: Sequence[Case], found: Sequence[Prediction]) -> list[str]:
    """The errors by what cases are about: the life of a guest and its memory, in parts and together; and its work."""
    about = {case.name: _subject(case) for case in cases}
    life = (OPERATIONS, MIGRATION, MEMORY)
    groups = [
        *((name, (name,)) for name in life),
        ("the life of a guest and its memory: these three", life),
        (WORK, (WORK,)),
    ]
    lines = ["| rows about | cases | rows | median | 90th percentile |", "|---|---|---|---|---|"]
    for name, several in groups:
        middle, end, rows = errors([item for item in found if about[item.case] in several])
        if rows:
            number = sum(subject in several for subject in about.values())
            lines.append(f"| {name} | {number} | {rows} | {middle:.3f} | {end:.3f} |")
    return [*lines, ""]


def page(cases: Sequence[Case], found: Sequence[Prediction], reported: Sequence[Report] = ()) -> str:
    """The page, in Markdown; `reported`: what people reported, in a table of its own."""
    median, tail, rows = errors(found)
    parts = [
        "# Validation",
        "",
        "<!-- Generated by `python -m experiments.validation`: do not edit. -->",
        "",
        "Costs come from micro-benchmarks; what follows was predicted and not fitted. An error is",
        "|ln(predicted / measured)|: 0.10 is 10 % either way. Misses stay in, with their likely cause.",
        "",
        f"**{rows} predicted rows: median error {median:.3f}, 90th percentile {tail:.3f}.**",
        "",
        "![Predicted against measured](images/validation.png)",
        "",
        *_subjects(cases, found),
        "## By case",
        "",
        "| case | inputs | unknowns solved | rows predicted | median | worst | the worst row |",
        "|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        mine = [item for item in found if item.case == case.name]
        counted = [item for item in mine if item.kind == "predicted" and item.counted]
        sizes = f"{len(case.inputs)} | {len(case.inferred)} | {len(counted)}"
        if not counted:
            parts.append(f"| {case.title} | {sizes} |  |  | none of its rows counts |")
            continue
        worst = max(counted, key=lambda item: item.error)
        middle = errors(mine)[0]
        words = f"{worst.benchmark}, {worst.system}: {worst.predicted:.3g} for {worst.measured:.3g} {worst.unit}"
        parts.append(f"| {case.title} | {sizes} | {middle:.3f} | {worst.error:.3f} | {_cell(words)} |")
    parts += ["", "## By mechanism", "", "| mechanism | rows | median | 90th percentile |", "|---|---|---|---|"]
    names = sorted({item.mechanism for item in found if item.kind == "predicted" and item.counted})
    for name in names:
        middle, end, count = errors([item for item in found if item.mechanism == name])
        parts.append(f"| {name} | {count} | {middle:.3f} | {end:.3f} |")
    parts += _ranges(cases, found, names) + _carried() + _worst(found)
    ranks = orders(found)
    if ranks:
        parts += ["", "## Order of systems", "", f"{sum(not one.inverted for one in ranks)} of {len(ranks)} benchmarks"]
        parts[-1] += " over three systems or more have every pair in order that was measured over 10 % apart,"
        parts.append(f"{sum(not one.inverted for one in orders(found, 1.2))} every pair that was over 20 % apart.")
        parts += ["", "| benchmark | systems | Spearman | pairs over 10 % apart | the other way round |"]
        parts += ["|---|---|---|---|---|"]
    for one in ranks:
        numbers = f"{one.systems} | {one.spearman:.2f} | {one.pairs}"
        parts.append(f"| {one.case}: {_cell(one.benchmark)} | {numbers} | {_cell(', '.join(one.inverted))} |")
    parts += _reported(reported)
    for case in cases:
        parts += _case(case, [item for item in found if item.case == case.name])
    return "\n".join([*parts, "", HOW_TO])


def _ranges(cases: Sequence[Case], found: Sequence[Prediction], mechanisms: Sequence[str]) -> list[str]:
    wide = widened(found)
    every = coverage(found, wide)
    share = 100 * every.with_left_out / max(1, every.rows)
    lines = ["", "## How many measured values lie within their range", ""]
    lines += [f"Within the 90 % range of the costs alone lie {every.by_costs} of {every.rows} measured values, within"]
    lines += [f"the range widened by what the model leaves out {every.with_left_out} ({share:.0f} %). The ranges below"]
    lines += ["are of the costs alone. What is left out (mechanisms, errors of counts and of carrying) is told by the"]
    lines += ["other cases, by family of architectures and by the part that takes most of a row's time: the factor,"]
    lines += ["either way, that would have held nine in ten of their values, each case of one weight. A time that is"]
    lines += ["spent on several parts is widened by the mean of theirs. No row has a part in the factors of its own"]
    lines += ["case; `vmarch compare` and `vmarch explain` take those of all cases:", ""]
    lines += ["| family | part of the time | left out, a factor |", "|---|---|---|"]
    lines += [f"| {f} | {part} | {np.exp(value):.2f} |" for (f, part), value in left_out(found).factors.items()]
    lines += ["", "| case | rows | by costs | with what is left out |", "|---|---|---|---|"]
    for case in cases:
        one = coverage(*([row for row in rows if row.case == case.name] for rows in (found, wide)))
        lines.append(f"| {case.title} | {one.rows} | {one.by_costs} | {one.with_left_out} |")
    lines += ["", "| mechanism | rows | by costs | with what is left out |", "|---|---|---|---|"]
    for name in mechanisms:
        one = coverage(*([row for row in rows if row.mechanism == name] for rows in (found, wide)))
        lines.append(f"| {name} | {one.rows} | {one.by_costs} | {one.with_left_out} |")
    return lines


def _worst(found: Sequence[Prediction]) -> list[str]:
    counted = [item for item in found if item.kind == "predicted" and item.counted]
    lines = [
        "",
        f"## The {WORST} worst rows",
        "",
        "| row | measured | predicted | unit | error | cause, or decisive cost | tried |",
    ]
    lines += ["|---|---|---|---|---|---|---|"]
    for item in sorted(counted, key=lambda item: item.error, reverse=True)[:WORST]:
        words = _cell(f"{item.case}: {item.benchmark}, {item.system}")
        numbers = f"{item.measured:.4g} | {item.predicted:.4g} | {item.unit} | {item.error:.3f}"
        why = f"{_cell(item.cause or item.decisive or 'not known')} | {_cell(item.tried)}"
        lines.append(f"| {words} | {numbers} | {why} |")
    return lines


def _carried() -> list[str]:
    """How well costs carry between the machines that one event was measured on."""
    lines = ["", "## How well costs carry between machines", ""]
    lines += ["Sources that measured one event on several machines say what a carried cost may be off by: the mean,"]
    lines += [
        "over pairs of machines, of |ln(what one measured / what the rule makes of the other)|, if the cycles are"
    ]
    lines += [
        "kept and if the time is (`experiments/validation/carried.csv`). Neither rule is right for all: cycles are"
    ]
    lines += [
        "the better for calls, exits, page faults and processes, times for what passes the bus or waits for memory"
    ]
    lines += ["(an IPI, a first touch, page tables changed on the way) and for the Pentium 4, whose traps took many"]
    lines += ["cycles. The nearest machine in years answers first, which keeps such distances rare; what remains is"]
    lines += ["part of what is left out, above.", ""]
    lines += ["| event | machines | years | cycles kept | time kept | better |", "|---|---|---|---|---|---|"]
    found = carrying()
    for one in found:
        numbers = f"{one.machines} | {one.first} to {one.last} | {one.in_cycles:.2f} | {one.in_time:.2f}"
        lines.append(f"| {one.event} | {numbers} | {one.better} |")
    cycles, time = (float(np.mean([getattr(one, rule) for one in found])) for rule in ("in_cycles", "in_time"))
    lines.append(f"| mean of the events |  |  | {cycles:.2f} | {time:.2f} |  |")
    return lines


def _case(case: Case, found: Sequence[Prediction]) -> list[str]:
    lines = ["", f"## {case.title}", "", f"{case.paper}, on `{case.on_host.name}`. {case.note}".rstrip(), ""]
    lines += ["| row | measured | predicted | 90 % range | unit | ratio | kind | cause, or decisive cost |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    for item in found:
        if item.kind == "input":
            continue
        kind = item.kind if item.counted else f"{item.kind}, not counted"
        span = f"{item.low:.3g} .. {item.high:.3g}"
        lines.append(
            f"| {_cell(f'{item.benchmark}, {item.system}')} | {item.measured:.4g} | {item.predicted:.4g} | {span} "
            f"| {item.unit} | {item.ratio:.2f} | {kind} | {_cell(item.cause or item.decisive)} |"
        )
    return lines


def _reported(found: Sequence[Report]) -> list[str]:
    """What people reported who do this job."""
    right, pairs = in_order(found)
    lines = ["", "## What people reported", ""]
    lines += [
        "Public reports by people who do this job, as cases of their own (`experiments/validation/reports`, run by",
        "`vmarch validate --reports`): direction and rough size, on hardware that is often not stated. A prediction",
        f"agrees that is within a factor of {AGREES} of what was reported, or of its range. None of these rows is in",
        "the errors above.",
        "",
        f"{sum(one.agrees for one in found)} of {len(found)} agree; {right} of {pairs} pairs of systems of one "
        "report are in its order.",
    ]
    lines += ["", f"| report | {' | '.join(COLUMNS)} |", "|---|" + "---|" * len(COLUMNS)]
    lines += [f"| {' | '.join(_cell(text) for text in (one.row.paper, *one.cells))} |" for one in found]
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "/")


def draw(path: Path, found: Sequence[Prediction]) -> None:
    """Predicted against measured, as a figure."""
    median, tail, rows = errors(found)
    groups: dict[str, list[tuple[float, float, float, float]]] = {}
    for item in found:
        if item.kind == "predicted" and item.counted:
            groups.setdefault(item.case, []).append((item.measured, item.predicted, item.low, item.high))
    agreement(
        path,
        groups,
        title=f"{rows} predictions: half within {100 * (np.exp(median) - 1):.0f} %, "
        f"nine in ten within {100 * (np.exp(tail) - 1):.0f} %",
        caption="Each point is a published figure that the model was not fitted to, in its own unit. "
        "Lines: equal, 10 % and 30 % off. "
        "Bars: where 90 % of predictions lie when every cost is drawn over its range.",
    )
