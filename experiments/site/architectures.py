"""A page for each architecture: its layers, where the time goes, its costs, its cases with errors, its claims."""

from __future__ import annotations

import functools
import html
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from architectures import Architecture, architecture_names, load_architecture
from architectures.spec import FOLDER
from experiments.catalogue.shown import by_class
from experiments.claims import claim_names, load_claim
from experiments.page.documents import cost_columns, cost_row, table
from experiments.site.sources import every_cost, linked
from experiments.validation.case import case_paths, load_case
from experiments.validation.predict import Prediction, predict
from simcore.errors import CapabilityError
from simcore.hosts import load_host
from simcore.units import format_seconds
from vmarch.explanation import layers
from vmarch.figures.plots import stacked_bars
from vmarch.provenance import lines
from vmarch.scenario import Scenario
from workloads import load_workload

__all__ = ["claims_of", "draw", "index", "page", "predictions"]

HOST = "server"
REQUESTS = ("tcp-rr", "disk-read-random")
Verdicts = Mapping[tuple[str, str], str]  # by claim and era


def index() -> Iterator[str]:
    """The page of all architectures, by class."""
    yield "# Architectures"
    yield ""
    yield "What lies between a guest and the hardware: a composition of mechanisms, a placement and cost tables. Each"
    yield "page is made from the architecture's own description, the cost tables, the validation cases and the claims."
    yield ""
    names = by_class(architecture_names(), lambda _: 0.0)
    rows = [
        (f"[{one.title}](architectures/{one.name}.md)", one.family, one.cpu, one.mmu, one.io, _summary(one))
        for one in map(load_architecture, names)
    ]
    yield from table(("architecture", "class", "processor", "memory", "input and output", "in a sentence"), rows)
    yield "```{toctree}"
    yield ":hidden:"
    yield ""
    yield from (f"architectures/{name}" for name in names)
    yield "```"


def _summary(one: Architecture) -> str:
    """The comment with which its file begins."""
    text = (FOLDER / "catalogue" / f"{one.name}.toml").read_text("utf-8")
    said = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        said.append(line.removeprefix("#").strip())
    return " ".join(said)


def page(name: str, verdicts: Verdicts) -> Iterator[str]:
    """An architecture's page, beside its picture NAME.svg where it runs on the host of the page.

    Args:
        verdicts: of claims that were judged; empty for none.
    """
    one = load_architecture(name)
    yield f"# {one.title}"
    yield ""
    yield _summary(one)
    yield ""
    yield f"`{name}`, {one.family}. Composed of: processor *{one.cpu}*, memory *{one.mmu}*, input and output"
    yield f"*{one.io}*, placement *{one.placement}* ([what these do](../model.md))."
    yield ""
    yield "## Layers"
    yield ""
    yield from _stack(one)
    yield "## Where the time goes"
    yield ""
    yield from _times(name)
    yield "## Costs"
    yield ""
    yield from _costs(one)
    yield "## Predicted and measured"
    yield ""
    yield from _cases(name)
    yield "## Claims"
    yield ""
    yield from _claims(name, verdicts)


def _stack(one: Architecture) -> Iterator[str]:
    """The layers as boxes, the guests' at the top."""
    able = one.capabilities
    driver = f"drivers in the {able.drivers_in}"
    rows = [(ring, what, "") for ring, what in reversed(able.rings.items())]
    rows.append((driver, f"input and output fail with the {able.fails_with}", "drivers"))
    needs = f", with {', '.join(able.needs)}" if able.needs else ""
    rows.append(("hardware", f"{', '.join(able.host_isas) or 'any instruction set'}{needs}", "hardware"))
    yield '<div class="stack">'
    for left, right, kind in rows:
        yield f'<div class="{kind}"><span>{html.escape(left)}</span><span>{html.escape(right)}</span></div>'
    yield "</div>"
    yield ""
    yield (
        f"A guest has {'the same kernel as the host' if able.guest_os == 'same-kernel' else 'any operating system'}"
        f"{', its kernel modified,' if able.modified_guest else ''} and "
        f"{'any instruction set' if able.guest_isa == 'any' else 'the instruction set of the host'}."
        f"{' Guests may write host state.' if able.writes_host_state else ''}"
    )
    yield ""


def _scenario(request: str, name: str) -> Scenario | None:
    try:
        return Scenario(load_workload(request), load_architecture(name), load_host(HOST))
    except CapabilityError:
        return None


def draw(name: str, folder: Path) -> None:
    """Draws a packet each way by layer, beside the bare machine."""
    mine, bare = _scenario(REQUESTS[0], name), _scenario(REQUESTS[0], "native")
    if mine is None or bare is None or name == "native":
        return
    found = {one.architecture.title: layers(one) for one in (bare, mine)}
    whole, native = (sum(layers(one).values()) for one in (mine, bare))
    stacked_bars(
        folder / name,
        found,
        title=f"A packet each way: {whole / native:.2f} times the bare machine",
        caption=f"Nothing else runs, every draw at its mean: exact, without interval. Host: {HOST}.",
        label="time of one packet each way (us)",
        scale=1e6,
    )


def _times(name: str) -> Iterator[str]:
    if _scenario(REQUESTS[0], name) is None:
        yield f"It does not run on the host of this page (`{HOST}`)."
        yield ""
        return
    if name != "native":
        yield f"![A packet each way by layer, {load_architecture(name).title} beside the bare machine]({name}.svg)"
        yield ""
    for request in REQUESTS:
        scenario = _scenario(request, name)
        if scenario is None:
            continue
        charges = [line for line in lines(scenario) if not line.background]
        total = sum(line.seconds for line in charges)
        yield f"{load_workload(request).title}: {format_seconds(total)} on `{HOST}`, nothing else running."
        yield f"`vmarch explain {request} {name}` prints the same."
        yield ""
        rows = [
            (line.label, line.layer, f"{line.count:.4g} x `{line.cost}`", f"{line.seconds * 1e6:.3f}", line.status)
            for line in charges
        ]
        yield from table(("step", "layer", "cost", "time (us)", "the cost is"), rows)


def _costs(one: Architecture) -> Iterator[str]:
    files = [f"architectures/costs/{stem}.toml" for stem in one.costs] + [f"architectures/catalogue/{one.name}.toml"]
    rows = [
        (*map(_linked, cost_row(entry)), f"`{Path(file).name}`")
        for file in files
        for entry in every_cost().get(file, ())
    ]
    if not rows:
        yield "It adds none to those of the bare machine, which stand on the page of [costs](../costs.md)."
        yield ""
        return
    yield "Beside those of the bare machine; where two of its tables know a name, the later is asked."
    yield ""
    yield from table((*cost_columns(), "table"), rows)


def _linked(cell: object) -> object:
    return linked(cell, "../sources.md") if isinstance(cell, str) else cell


@functools.cache
def predictions() -> Mapping[str, Sequence[tuple[str, Prediction]]]:
    """Predicted rows with their case's title, by the architecture of the catalogue that they are of."""
    found: dict[str, list[tuple[str, Prediction]]] = {}
    for case in map(load_case, case_paths()):
        systems = {one.name: one.architecture for one in case.system}
        of = {one.key: systems[one.runs_on] for one in case.target}
        for row in predict(case):
            key = (row.table, row.benchmark, row.system, row.metric)
            if row.kind == "predicted" and key in of:
                found.setdefault(of[key], []).append((case.title, row))
    return found


def _cases(name: str) -> Iterator[str]:
    mine = predictions().get(name, ())
    if not mine:
        yield "No case measures it by itself; [validation](../validation.md) has those of its mechanisms."
        yield ""
        return
    counted = sorted(row.error for _, row in mine if row.counted)
    if counted:
        middle = (counted[(len(counted) - 1) // 2] + counted[len(counted) // 2]) / 2
        yield f"{len(counted)} predicted rows, median error {middle:.3f}, worst {counted[-1]:.3f}, of"
        yield "|ln(predicted / measured)|: 0.10 is 10 % either way."
        yield ""
    columns = ("case", "row", "measured", "predicted", "unit", "error", "why it is missed")
    rows = [
        (
            *(
                _linked(title),
                f"{row.benchmark}, {row.system}",
                f"{row.measured:.4g}",
                f"{row.predicted:.4g}",
                row.unit,
            ),
            *(f"{row.error:.3f}" if row.counted else "not counted", row.cause),
        )
        for title, row in mine
    ]
    yield from table(columns, rows)


def claims_of(name: str) -> Sequence[str]:
    """The claims whose programs name an architecture, themselves or by what they call of their module."""
    return [claim for claim in claim_names() if name in _named(claim)]


@functools.cache
def _named(claim: str) -> frozenset[str]:
    judge = load_claim(claim).judge
    seen: set[int] = set()
    found: set[str] = set()
    _search(judge.__code__, judge.__globals__, seen, found)
    return frozenset(found & set(architecture_names()))


def _search(code: CodeType, scope: Mapping[str, Any], seen: set[int], found: set[str]) -> None:
    """Adds the texts that a function holds, or that constants and functions of its module hold that it names."""
    if id(code) in seen:
        return
    seen.add(id(code))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _search(constant, scope, seen, found)
        else:
            found |= _texts(constant)
    for name in code.co_names:
        value = scope.get(name)
        inner = getattr(value, "__code__", None)
        if inner is not None and getattr(value, "__module__", "") == scope.get("__name__"):
            _search(inner, scope, seen, found)
        elif not isinstance(value, ModuleType):
            found |= _texts(value)


def _texts(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, tuple | list | frozenset | dict):
        return {text for part in value for text in _texts(part)}
    return set()


def _claims(name: str, verdicts: Verdicts) -> Iterator[str]:
    mine = claims_of(name)
    if not mine:
        yield "No claim names it by itself; those about all architectures judge it with the others."
        yield ""
        return
    eras = ("then", "now") if verdicts else ()
    rows = [
        (f"`{claim}`", load_claim(claim).statement, *(verdicts.get((claim, era), "") for era in eras)) for claim in mine
    ]
    yield from table(("claim", "says", *eras), rows)
