"""`vmarch costs`: every cost of an architecture on a host, with its source."""

from __future__ import annotations

import click

from architectures import load_architecture
from experiments.commands.options import formats
from experiments.commands.printing import show, table
from simcore.costs import Kind, Resolved
from simcore.hosts import load_host
from simcore.units import TICKS_PER_S
from vmarch.output import Row
from vmarch.tables import amount

__all__ = ["command"]


@click.command("costs")
@click.argument("architecture")
@click.option("--host", default="server", show_default=True, help="A host preset, or a TOML file.")
@formats
def command(architecture: str, host: str, form: str) -> None:
    """The costs of an architecture, with their sources."""
    machine = load_host(host)
    book = load_architecture(architecture).book(machine)
    found = [book[name] for name in book.names]
    if form != "table":
        show([_row(cost) for cost in found], form)
        return
    lines = [[cost.name, amount(cost, cost.value), _range(cost), _mark(cost), cost.source] for cost in found]
    table(f"Costs of {architecture} on {machine.name}", lines, ("cost", "value", "range", "status", "source"), left=5)


def _row(cost: Resolved) -> Row:
    scale = 1.0 if cost.kind is Kind.RATIO else 1.0 / TICKS_PER_S
    return {
        "name": cost.name,
        "value": cost.value * scale,
        "low": cost.low * scale,
        "high": cost.high * scale,
        "unit": {Kind.RATIO: "ratio", Kind.CYCLES_PER_BYTE: "s/byte", Kind.TIME_PER_BYTE: "s/byte"}.get(cost.kind, "s"),
        "cycles": cost.cycles,
        "status": cost.status,
        "carried_from": cost.carried_from or "",
        "rule": cost.rule or "",
        "source": cost.source,
    }


def _range(cost: Resolved) -> str:
    return "" if cost.low == cost.high else f"{amount(cost, cost.low)} .. {amount(cost, cost.high)}"


def _mark(cost: Resolved) -> str:
    return f"{cost.status} from {cost.carried_from} ({cost.rule})" if cost.carried_from else str(cost.status)
