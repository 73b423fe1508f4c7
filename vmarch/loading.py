"""Load on a host: the same scenario while guests, clients or arrivals grow, and where it is full.

The knee is where the lines of the light and of the heavy load meet: the highest throughput over that of the lightest
load. Beyond it, whoever asks only waits longer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from architectures import Architecture
from simcore.engines.analytic import bounds
from simcore.errors import CapabilityError, InputError, unknown
from simcore.hosts import Host
from simcore.statistics import Estimate, mean_interval
from simcore.units import quantity
from vmarch.asking import scenarios
from vmarch.comparison import Cell
from vmarch.scenario import Scenario
from workloads import Workload

__all__ = ["NEARLY", "OVER", "Curve", "Load", "busiest", "busy"]

Over = Literal["guests", "clients", "rate"]
OVER: tuple[str, ...] = get_args(Over)
NEARLY = 0.95  # busy: beyond this, something is full
LIMITS = {"guests": (1, 1_000), "clients": (1, 10_000), "rate": (1e-6, 1e9)}
POINTS = 10
BEYOND = 1.1  # of the highest bound, where the arrivals end unless said otherwise
FREE = {"guests": 64, "clients": 64}


@dataclass(frozen=True)
class Load:
    """What grows, and what does not.

    Attributes:
        over: what grows: `guests`, `clients` (tasks of each guest), or `rate` (arrivals per second and guest).
        to: where it ends; None for 64 guests or clients, or a tenth more arrivals than the architecture serves.
        clients: tasks of each guest; None for the workload's own.
        think: of clients between operations, exponential, such as "1 ms"; None for the workload's own.
        rate: arrivals per second and guest, in place of clients; None for clients.
        cores: of the host; None for its own.
        back_end_vcpus: virtual processors of the domain that holds the drivers; None for the architecture's own.

    Raises:
        InputError: a value out of range, or two that exclude each other.
    """

    over: str = "guests"
    to: float | None = None
    clients: int | None = None
    think: str | float | None = None
    rate: float | None = None
    cores: int | None = None
    back_end_vcpus: int | None = None

    def __post_init__(self) -> None:
        if self.over not in OVER:
            raise unknown("--over", self.over, OVER)
        low, high = LIMITS[self.over]
        if self.to is not None and not low <= self.to <= high:
            raise InputError("--to", self.to, f"{low:g} to {high:g} for {self.over}")
        for field, value, limit in (
            ("--clients", self.clients, "clients"),
            ("--rate", self.rate, "rate"),
            ("--cores", self.cores, "guests"),
            ("--back-end-vcpus", self.back_end_vcpus, "guests"),
        ):
            if value is not None and not LIMITS[limit][0] <= value <= LIMITS[limit][1]:
                raise InputError(field, value, f"{LIMITS[limit][0]:g} to {LIMITS[limit][1]:g}")
        if self.is_open and self.think is not None:
            raise InputError("--think", self.think, "no pause: what arrives by itself has none")
        if self.rate is not None and self.over != "guests":
            raise InputError(
                "--rate", self.rate, f"no rate: {self.over} grow" if self.over == "clients" else "only --to"
            )
        if self.think is not None and not 0.0 <= quantity("--think", self.think, "time") <= 86400.0:
            raise InputError("--think", self.think, "0 to 86400 s")

    @property
    def is_open(self) -> bool:
        """Whether operations arrive by themselves."""
        return self.over == "rate" or self.rate is not None

    def host(self, host: Host) -> Host:
        """The host with its cores."""
        return host.with_(cores=self.cores) if self.cores else host

    def architecture(self, one: Architecture) -> Architecture:
        """The architecture with the processors of its driver domain."""
        return one.with_(back_end_vcpus=self.back_end_vcpus) if self.back_end_vcpus else one

    def workload(self, workload: Workload, load: float) -> Workload:
        """The workload with the tasks of one load."""
        tasks: dict[str, Any] = {}
        if self.is_open:
            rate = load if self.over == "rate" else self.rate
            tasks |= {"arrivals": "open", "rate": rate, "think": 0.0, "think_distribution": None}
        clients = int(load) if self.over == "clients" else self.clients
        tasks |= {"count": clients} if clients else {}
        if self.think is not None:
            think_s = quantity("--think", self.think, "time")
            tasks |= {"think": think_s, "think_distribution": {"family": "exponential"} if think_s else None}
        return workload.with_(tasks=tasks) if tasks else workload

    def scenarios(
        self, workload: Workload, architectures: Sequence[Architecture], loads: Sequence[float], **options: Any
    ) -> list[tuple[str, str, Scenario | CapabilityError]]:
        """Each architecture under each load, architecture by architecture.

        Raises:
            InputError: see `vmarch.asking.scenarios`.
        """
        host = self.host(options.pop("host"))
        under = [self.architecture(one) for one in architectures]
        by_load = []
        for load in loads:
            guests = {"guests": int(load)} if self.over == "guests" else {}
            by_load.append(scenarios(self.workload(workload, load), under, host=host, **{**options, **guests}))
        return [asked[n] for n in range(len(under)) for asked in by_load]

    def by_architecture(
        self, workload: Workload, architectures: Sequence[Architecture], **options: Any
    ) -> tuple[list[tuple[float, ...]], list[tuple[str, str, Scenario | CapabilityError]]]:
        """The loads of each architecture, as many for one as for the other, and all their scenarios in order.

        Raises:
            InputError: see `vmarch.asking.scenarios`.
        """
        loads = [self.loads(workload, [one], **options) for one in architectures]
        asked = [
            scenario
            for one, mine in zip(architectures, loads, strict=True)
            for scenario in self.scenarios(workload, [one], mine, **options)
        ]
        return loads, asked

    def loads(self, workload: Workload, architectures: Sequence[Architecture], **options: Any) -> tuple[float, ...]:
        """The loads, from light to heavy: whole guests or clients each about the same factor from the last, or rates.

        Raises:
            InputError: see `vmarch.asking.scenarios`.
        """
        if self.over == "rate":
            to = self.to or self._most(workload, architectures, **options)
            return tuple(float(f"{to * (n + 1) / POINTS:.3g}") for n in range(POINTS))
        most = int(self.to or FREE[self.over])
        return tuple(sorted({round(most ** (n / (POINTS - 1))) for n in range(POINTS)}))

    def _most(self, workload: Workload, architectures: Sequence[Architecture], **options: Any) -> float:
        """Somewhat more arrivals per guest than any of the architectures can serve; 1 where all are refused."""
        asked = self.scenarios(workload, architectures, [1.0], **options)
        there = [one for _, _, one in asked if isinstance(one, Scenario)]
        served = (bounds(one.model, arrivals=False).throughput_per_s / one.guests for one in there)
        return float(f"{BEYOND * max(served, default=1.0 / BEYOND):.2g}")


@dataclass(frozen=True)
class Curve:
    """One workload under one architecture, over a load that grows.

    Attributes:
        title: of the architecture.
        loads: guests, clients or arrivals, from light to heavy; cells: one for each.
    """

    title: str
    loads: Sequence[float]
    cells: Sequence[Cell]

    def metric(self, name: str, level: float = 0.95) -> list[Estimate]:
        """A metric at each load."""
        return [cell.estimate(name, level) for cell in self.cells]

    def utilisation(self, part: str, level: float = 0.95) -> list[Estimate]:
        """How busy a part is at each load; 0 where it is not there."""
        return [mean_interval([r.utilisation.get(part, 0.0) for r in cell.runs.results], level) for cell in self.cells]

    @property
    def knee(self) -> float:
        """The load at which the throughput would reach its highest, were nobody in another's way."""
        rates = self.metric("throughput_per_s")
        return max(rate.value for rate in rates) / (rates[0].value / self.loads[0])

    @property
    def bottleneck(self) -> str:
        """What is nearly always busy under the heaviest load; empty if nothing is."""
        name, share = busiest(self.cells[-1])
        return name if share.value > NEARLY else ""


def busy(cell: Cell, level: float = 0.95) -> dict[str, Estimate]:
    """How busy each part of the host is; of what each guest has for itself, the busiest."""
    found: dict[str, list[float]] = {}
    for number, result in enumerate(cell.runs.results):
        for name, share in result.utilisation.items():
            kind = re.sub(r" \d+$", "", name)
            shares = found.setdefault(kind, [0.0] * len(cell.runs.results))
            shares[number] = max(shares[number], share)
    return {kind: mean_interval(shares, level) for kind, shares in found.items()}


def busiest(cell: Cell, level: float = 0.95) -> tuple[str, Estimate]:
    """What is busiest, and how much."""
    found = busy(cell, level)
    name = max(found, key=lambda one: found[one].value)
    return name, found[name]
