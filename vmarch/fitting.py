"""How many guests fit on a host before a limit breaks: doubled until it does, then halved in between.

At each number, replications are added until the interval of the metric lies on one side of the limit, or there are
enough. What is sought is a last number, so the metric is taken to grow worse with each guest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from simcore.errors import InputError, unknown
from simcore.statistics import Estimate
from simcore.units import format_seconds, quantity
from vmarch.comparison import Cell

__all__ = ["METRICS", "Bound", "Capacity", "Found", "Verdict", "search"]

METRICS = {
    "response": "response_s",
    "p50": "response_p50_s",
    "p95": "response_p95_s",
    "p99": "response_p99_s",
    "throughput": "throughput_per_s",
}
FORM = re.compile(r"\s*(?P<guest>[a-z0-9][a-z0-9._-]*)\.(?P<metric>[a-z0-9]+)\s*(?P<sign><=|>=)\s*(?P<value>\S.*)")


@dataclass(frozen=True)
class Bound:
    """What must hold for a kind of guests: a time at most, or a rate of one guest at least.

    Attributes:
        guest: the kind's name.
        metric: one of METRICS.
        value: in seconds, or per second.
    """

    guest: str
    metric: str
    value: float

    @classmethod
    def parse(cls, text: str) -> Bound:
        """'web.p99 <= 5 ms', or 'web.throughput >= 100 / s'.

        Raises:
            InputError: not like this.
        """
        found = FORM.fullmatch(text)
        if found is None:
            raise InputError("--limit", text, "NAME.METRIC <= TIME, such as 'web.p99 <= 5 ms'")
        metric = found["metric"]
        if metric not in METRICS:
            raise unknown("--limit", metric, METRICS)
        rate = metric == "throughput"
        if found["sign"] != (">=" if rate else "<="):
            raise InputError("--limit", text, f"{metric} {'>= a rate' if rate else '<= a time'}")
        amount = re.sub(r"^([^a-zA-Z/]*)/", r"\1 1/", found["value"]) if rate else found["value"]
        value = quantity("--limit", amount, "frequency" if rate else "time")
        if not 0.0 < value < 1e12:
            raise InputError("--limit", text, "a value above 0")
        return cls(found["guest"], metric, value)

    @property
    def is_rate(self) -> bool:
        """Whether more is better."""
        return self.metric == "throughput"

    def measure(self, cell: Cell, level: float) -> Estimate:
        """The metric of a cell of the kind; of a rate, each guest's."""
        found = cell.estimate(METRICS[self.metric], level)
        each = cell.scenario.guests if self.is_rate and cell.scenario else 1
        return Estimate(found.value / each, found.low / each, found.high / each, found.n, level)

    def verdict(self, found: Estimate) -> Verdict:
        """Whether it holds, and how surely."""
        good = found.value >= self.value if self.is_rate else found.value <= self.value
        return Verdict(good, sure=not found.low <= self.value <= found.high)

    def said(self, value: float) -> str:
        """A value in words."""
        return f"{value:.4g} /s" if self.is_rate else format_seconds(value)

    def __str__(self) -> str:
        return f"{self.guest}.{self.metric} {'>=' if self.is_rate else '<='} {self.said(self.value)}"


@dataclass(frozen=True)
class Verdict:
    """Whether a bound holds; `sure` if the whole interval lies on that side."""

    good: bool
    sure: bool


@dataclass(frozen=True)
class Found:
    """What was found for one number of guests; no estimate where more arrives than can be served, or memory is full.

    Attributes:
        memory: of the host's, the share that they ask for with what is beside them; None where none states a memory.
        full: the host has no memory for so many.
    """

    guests: int
    cell: Cell
    estimate: Estimate | None
    verdict: Verdict
    memory: float | None = None
    full: bool = False

    @property
    def state(self) -> str:
        """That of the cell; see there. `memory full` where the host has no room for so many."""
        if self.full:
            return "memory full"
        return self.cell.state if self.estimate else "overloaded"


@dataclass(frozen=True)
class Capacity:
    """How many fit.

    Attributes:
        guests: the most for which the bound holds; 0 if it does for none.
        low, high: from the most for which it surely holds to the fewest, less one, for which it surely does not; None
            where it held for as many as were tried.
        tried: by number of guests.
    """

    guests: int
    low: int
    high: int | None
    tried: tuple[Found, ...]

    @property
    def broken(self) -> Found | None:
        """What was tried next beyond those that fit; None where all that were tried do."""
        return next((one for one in self.tried if one.guests > self.guests), None)


def search(look: Callable[[int], Found], most: int) -> Capacity:
    """Looks at as few numbers from 1 to `most` as it takes.

    Args:
        look: runs a number of guests, and says whether the bound holds.
    """
    tried: dict[int, Found] = {}

    def verdict(number: int) -> Verdict:
        if number not in tried:
            tried[number] = look(number)
        return tried[number].verdict

    def doubled(number: int) -> int:
        return min(2 * number, most) if number < most else most + 1

    fits, breaks = 0, 1
    while breaks <= most and verdict(breaks).good:
        fits, breaks = breaks, doubled(breaks)
    while breaks - fits > 1 and fits < most:
        middle = (fits + breaks) // 2
        fits, breaks = (middle, breaks) if verdict(middle).good else (fits, middle)
    surely = Verdict(False, sure=True)
    while breaks <= most and surely not in (verdict(breaks), *(one.verdict for one in tried.values())):
        breaks = doubled(breaks)  # none surely breaks it yet: the upper end of the interval lies further up
    seen = tuple(tried[number] for number in sorted(tried))
    held = [one.guests for one in seen if one.verdict == Verdict(True, sure=True) and one.guests <= fits]
    broken = [one.guests for one in seen if one.verdict == surely]
    return Capacity(fits, max(held, default=0), min(broken) - 1 if broken else None, seen)
