"""Every cost of an architecture on a host, with its range and its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from architectures import Architecture
from simcore.costs import Kind, Resolved
from simcore.hosts import Host
from simcore.units import TICKS_PER_S
from vmarch.answers.answer import Answer
from vmarch.asking import architecture_of, host_of
from vmarch.output import Row
from vmarch.tables import Table, amount

__all__ = ["Costs", "costs"]


@dataclass(frozen=True, repr=False)
class Costs(Answer):
    """The costs of an architecture on a host, as they hold there."""

    architecture: Architecture
    host: Host

    @property
    def found(self) -> Sequence[Resolved]:
        """Each cost."""
        book = self.architecture.book(self.host)
        return [book[name] for name in book.names]

    @property
    def rows(self) -> Sequence[Row]:
        """One row for each cost, in seconds or as a ratio."""
        return [_row(cost) for cost in self.found]

    @property
    def table(self) -> Table:
        """The costs in words."""
        lines = [[c.name, amount(c, c.value), _range(c), _mark(c), c.source] for c in self.found]
        title = f"Costs of {self.architecture.name} on {self.host.name}"
        return Table(title, ("cost", "value", "range", "status", "source"), lines, left=5)

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked; nothing is drawn, so there is no seed."""
        return {"command": "costs", "architecture": self.architecture.name, "host": self.host.name}

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"costs-{self.architecture.name}"

    @property
    def finding(self) -> str:
        """How many costs there are."""
        return f"{len(self.found)} costs of {self.architecture.name} on {self.host.name}"


def costs(architecture: str | Path | Architecture, host: str | Path | Host = "server") -> Costs:
    """The costs of an architecture on a host.

    Raises:
        InputError: an unknown name, or a bad file.
    """
    return Costs(architecture_of(architecture), host_of(host))


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
