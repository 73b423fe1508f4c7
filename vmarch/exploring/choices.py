"""What there is to choose from, and the costs and demands that can be moved, in units for people."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from architectures import architecture_names, load_architecture
from simcore.costs import CostBook, Kind, Resolved
from simcore.hosts import host_names, load_host
from simcore.units import TICKS_PER_S
from vmarch.exploring.state import State
from vmarch.output import Row
from workloads import load_workload, workload_names

__all__ = ["book_of", "choices", "cost_row", "cost_sliders", "demand_sliders"]

PER_BYTE = (Kind.CYCLES_PER_BYTE, Kind.TIME_PER_BYTE)


@functools.cache
def choices() -> Mapping[str, object]:
    """Names and titles of all presets."""
    return {
        "workloads": [
            {"name": name, "title": one.title, "kind": one.kind}
            for name in workload_names()
            for one in (load_workload(name),)
        ],
        "architectures": [{"name": name, "title": load_architecture(name).title} for name in architecture_names()],
        "hosts": [{"name": name, "title": load_host(name).title} for name in host_names()],
    }


@functools.lru_cache(maxsize=256)
def book_of(architecture: str, host: str) -> CostBook:
    """The costs of an architecture on a host, nothing changed."""
    return load_architecture(architecture).book(load_host(host))


def _scale(cost: Resolved, clock_hz: float) -> tuple[float, str]:
    """What a resolved amount is multiplied by to be in the unit for people, and that unit."""
    if cost.kind is Kind.RATIO:
        return 1.0, ""
    byte = "/byte" if cost.kind in PER_BYTE else ""
    if cost.cycles is None:
        return 1e9 / TICKS_PER_S, f"ns{byte}"
    return clock_hz / TICKS_PER_S, f"cycles{byte}"


def cost_row(cost: Resolved, clock_hz: float) -> Row:
    """A cost with its range and its source."""
    scale, unit = _scale(cost, clock_hz)
    return {
        "name": cost.name,
        "value": cost.value * scale,
        "low": cost.low * scale,
        "high": cost.high * scale,
        "unit": unit,
        "status": str(cost.status),
        "source": cost.source,
        "from": cost.carried_from or "",
        "rule": cost.rule or "",
        "year": cost.year,
    }


def cost_sliders(weights: Mapping[str, float], state: State, under: Iterable[str]) -> list[Row]:
    """The costs that can be moved, the heaviest first.

    Args:
        weights: seconds of an operation that each cost takes, where it takes most.
        under: the architectures that are seen; the first that has a cost says its range.
    """
    books = [book_of(name, state.host) for name in under]
    rows: list[Row] = []
    for name in sorted(weights, key=lambda one: (-weights[one], one)):
        known = [book for book in books if name in book]
        if not known:
            continue
        row = cost_row(known[0][name], known[0].clock_hz)
        values = {round(book[name].value, 6) for book in known}
        rows.append({**row, "differs": len(values) > 1, "set": state.costs.get(name, "")})
    return sorted(rows, key=lambda row: row["low"] == row["high"])  # those without a range last


def demand_sliders(state: State) -> list[Row]:
    """The demands of the workload, and what stands behind each."""
    workload = load_workload(state.workload)
    names = {str(name): amount for name, amount in workload.demands.items()}
    names |= {name: 0.0 for name in state.demands if name not in names}
    return [
        {
            "name": name,
            "value": amount,
            "low": amount,
            "high": amount,
            "unit": "cycles" if name.endswith("_cycles") else "",
            "source": workload.basis.get(name, workload.source),
            "set": state.demands.get(name, ""),
        }
        for name, amount in names.items()
    ]
