"""What the model leaves out: how far measurements lay outside of the ranges of the costs, by part of the time.

A range over the costs knows nothing of a mechanism that is missing, of a count that is off, or of a cost that carries
badly. Validation tells how much that was: for each part of an operation's time and each family of architectures, the
factor, either way, that would have held nine in ten of the measurements whose time is mostly that part. The table
`left_out.toml` is written by validation; a case has no part in the factors that its own rows are judged by.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import exp, log
from pathlib import Path

from architectures.compose import MEMORY
from simcore.demands import Demand, IoKind
from simcore.schema import read_toml
from simcore.summing import added
from vmarch.provenance import lines
from vmarch.scenario import Scenario

__all__ = ["ALL", "OPERATIONS", "PARTS", "TABLE", "TAKEN", "LeftOut", "left_out", "parts", "widened"]

TABLE = Path(__file__).parent / "left_out.toml"
ALL = "all"
OPERATIONS, TAKEN = "operations of a guest's life", "memory taken"  # what rows tell of that are no workload's time
SAME = 1e-9
_DEMANDS: dict[str, Collection[Demand]] = {
    "system calls and interrupts": (
        Demand.SYSTEM_CALLS,
        Demand.CLOCK_READINGS,
        Demand.EXCEPTIONS,
        Demand.PRIVILEGED_INSTRUCTIONS,
        Demand.PORT_ACCESSES,
        Demand.IPIS,
        Demand.TIMER_TICKS,
    ),
    "files": (
        Demand.PATH_LOOKUPS,
        Demand.FILE_OPENS,
        Demand.FILE_CHANGES,
        Demand.FILE_BYTES,
        Demand.WRITTEN_BYTES,
        Demand.MAPPING_CALLS,
    ),
    "page tables": MEMORY - {Demand.TLB_MISSES},
    "kernel code": (Demand.KERNEL_CYCLES,),
    "network": (Demand.LOOPBACK_MESSAGES,),
}
_OF = {demand: part for part, demands in _DEMANDS.items() for demand in demands}
_IO = {"network": (IoKind.SEND, IoKind.RECEIVE), "disk": (IoKind.DISK_READ, IoKind.DISK_WRITE, IoKind.DISK_FLUSH)}
PARTS = ("computing", *_DEMANDS, "disk")


def parts(scenario: Scenario) -> dict[str, float]:
    """Seconds of an operation that has the machine to itself, by part; what it waits for outside is in none.

    Background work counts. Parts that take no time are left out.
    """
    found = {part: _spent(scenario, part) for part in PARTS}
    return {part: spent for part, spent in found.items() if spent}


def _spent(scenario: Scenario, part: str) -> float:
    named = scenario.workload.demands.items()
    demands = {demand: amount for demand, amount in named if amount and _OF.get(demand, "computing") == part}
    io = tuple(item for item in scenario.workload.io if item.kind in _IO.get(part, ()))
    if not demands and not io:
        return 0.0
    alone = scenario.workload.model_copy(update={"demands": demands, "io": io, "varied": {}})
    return added(line.seconds for line in lines(replace(scenario, workload=alone), scenario.book))


@dataclass(frozen=True)
class LeftOut:
    """Logarithms of factors.

    Attributes:
        factors: by family of architectures and part of the time; `all` stands for any of either.
    """

    factors: Mapping[tuple[str, str], float]

    def of(self, family: str, part: str) -> float:
        """The logarithm of the factor for a part of the time: of the family, else of the part, else of everything."""
        for key in ((family, part), (ALL, part), (ALL, ALL)):
            if key in self.factors:
                return self.factors[key]
        return 0.0

    def factor(self, family: str, spent: Mapping[str, float], same: Collection[str] = ()) -> float:
        """The factor, either way, for a time that is spent on these parts: the mean of theirs, by their shares.

        Args:
            same: parts that are left as they are.
        """
        whole = added(spent.values())
        if not whole:
            return 1.0
        factors = {part: 1.0 if part in same else exp(self.of(family, part)) for part in spent}
        return added(seconds * factors[part] for part, seconds in spent.items()) / whole


@functools.cache
def left_out() -> LeftOut:
    """What validation told, over all its cases."""
    rows = read_toml(TABLE)["left_out"] if TABLE.exists() else ()
    return LeftOut({(row["family"], row["part"]): log(row["factor"]) for row in rows})


def widened(reach: tuple[float, float], slowdown: float, scenario: Scenario, bare: Scenario) -> tuple[float, float]:
    """A range of slowdowns, as factors of the nominal one, with what the model leaves out.

    A part that takes the same time on the bare machine is not widened, as an error of it is one of both. The low end
    does not fall below a slowdown of 1 by what is left out, which takes time.
    """
    ours, native = parts(scenario), parts(bare)
    same = {part for part in ours if abs(ours[part] - native.get(part, 0.0)) <= SAME * ours[part]}
    low, high = reach
    factor = left_out().factor(scenario.architecture.family, ours, same)
    return max(low / factor, min(low, 1.0 / slowdown)), high * factor
