"""How much of what lies beyond the bare machine rests on costs that nobody measured, on the default host."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from architectures import architecture_names
from simcore.costs import Status
from simcore.errors import CapabilityError
from vmarch.asking import scenario_of
from vmarch.overhead import overhead
from workloads import load_workload, workload_names

__all__ = ["applications", "assumed", "shares_assumed"]

NATIVE = "native"


@functools.cache
def applications() -> tuple[str, ...]:
    """The catalogue's workloads that stand for whole programs, sorted."""
    return tuple(name for name in workload_names() if load_workload(name).kind == "macro")


@functools.cache
def assumed(architecture: str) -> Mapping[str, float] | None:
    """For each application, the share (0 to 1) of the overhead that is assumed; those without one are left out.

    Returns:
        None where the default host cannot carry the architecture.
    """
    found = {}
    try:
        for name in applications():
            beyond = overhead(scenario_of(name, architecture), scenario_of(name, NATIVE))
            if any(beyond.shares.values()):
                found[name] = beyond.shares[Status.ASSUMED]
    except CapabilityError:
        return None
    return found


def shares_assumed() -> Iterator[tuple[str, ...]]:
    """A row for each architecture: its name, and the shares in per cent, a dash where there is nothing to share."""
    for architecture in architecture_names():
        found = assumed(architecture)
        if architecture != NATIVE and found is not None:
            shares = (f"{100 * found[name]:.0f}" if name in found else "-" for name in applications())
            yield (f"`{architecture}`", *shares)
