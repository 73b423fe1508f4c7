"""A claim and its verdict.

A claim is a statement and a program. The program runs what it needs on the bench it is given, decides by intervals, and
returns a verdict: how the claim stands, the figure behind it, and where it stops being true.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from experiments.claims.rounding import ROUNDING
from simcore.errors import MISSING, InputError

if TYPE_CHECKING:
    from experiments.claims.bench import Bench

__all__ = [
    "Claim",
    "Evidence",
    "Holds",
    "Interval",
    "Plot",
    "Standing",
    "Verdict",
    "above",
    "below",
    "evidence",
    "number_of",
    "standing",
    "whether",
]


class Standing(enum.StrEnum):
    """How a claim stands."""

    REPRODUCED = "reproduced"
    WITHIN = "reproduced within"  # its boundary
    NOT = "not reproduced"
    PENDING = "pending"  # not simulated yet


class Holds(enum.StrEnum):
    """Whether a line of evidence speaks for the claim."""

    YES = "yes"
    NO = "no"
    OPEN = "undecided"  # the interval reaches over the limit
    APART = ""  # a boundary, or for comparison


class Interval(Protocol):
    """A value with its confidence interval, as every estimate has it."""

    @property
    def value(self) -> float:
        """The estimate."""

    @property
    def low(self) -> float:
        """The lower end."""

    @property
    def high(self) -> float:
        """The upper end."""


@dataclass(frozen=True)
class Evidence:
    """One line behind a verdict.

    Attributes:
        what: what was compared, in words with its unit.
        low, high: the confidence interval; None where nothing was simulated.
    """

    what: str
    value: float | str
    low: float | None = None
    high: float | None = None
    holds: Holds = Holds.APART


def evidence(what: str, found: Interval, holds: Holds = Holds.APART) -> Evidence:
    """A line from an estimate."""
    return Evidence(what, found.value, found.low, found.high, holds)


def whether(condition: bool) -> Holds:
    """Of what is not a matter of an interval."""
    return Holds.YES if condition else Holds.NO


def above(found: Interval, limit: float) -> Holds:
    """Whether all of an interval lies above a limit, or all of it at or below; but for the rounding to whole ticks."""
    limit += ROUNDING * abs(limit)
    return Holds.YES if found.low > limit else Holds.NO if found.high <= limit else Holds.OPEN


def below(found: Interval, limit: float) -> Holds:
    """Whether all of an interval lies at or below a limit, or all of it above; but for the rounding to whole ticks."""
    limit += ROUNDING * abs(limit)
    return Holds.YES if found.high <= limit else Holds.NO if found.low > limit else Holds.OPEN


@dataclass(frozen=True)
class Plot:
    """A figure to draw: a shape of vmarch.figures.plots with its data."""

    shape: Callable[..., None]
    data: tuple[object, ...]
    title: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What a program found.

    Attributes:
        figure: the number that the verdict turns on, with its unit, in words.
        value, low, high: that number with its confidence interval; low and high are None where nothing was simulated.
        boundary: where the claim stops being true, with the number that was found.
        why: the mechanism behind it.

    Raises:
        InputError: a boundary or a reason is missing where the verdict needs one, or the interval misses the value.
    """

    standing: Standing
    figure: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    boundary: str = ""
    why: str = ""
    lines: tuple[Evidence, ...] = ()
    plot: Plot | None = None

    def __post_init__(self) -> None:
        if self.standing is Standing.WITHIN and not self.boundary:
            raise InputError("verdict.boundary", MISSING, "where the claim stops being true")
        if self.standing is Standing.NOT and not self.why:
            raise InputError("verdict.why", MISSING, "the mechanism behind a claim that is not reproduced")
        if (self.low is None) != (self.high is None):
            raise InputError("verdict.low", self.low, "both ends of the interval, or none")
        if (
            self.low is not None
            and self.high is not None
            and (self.value is None or not self.low <= self.value <= self.high)
        ):
            raise InputError("verdict.value", self.value, f"between {self.low} and {self.high}")


@dataclass(frozen=True)
class Claim:
    """What is claimed, and the program that judges it.

    Attributes:
        name: the claim's id.
        statement: in our words.
        then: the host of the textbook's time on which it is judged; `why_then` says why that one.
        order: its place in tables.
    """

    name: str
    statement: str
    then: str
    why_then: str
    order: int
    judge: Callable[[Bench], Verdict]


def number_of(lines: Iterable[Evidence], holds: Holds) -> int:
    """How many lines speak so."""
    return sum(line.holds is holds for line in lines)


def standing(lines: Sequence[Evidence]) -> Standing:
    """How a claim of several comparisons stands: all hold, or at least half of those that are decided do, or fewer.

    Raises:
        InputError: no line decides anything.
    """
    held, failed, undecided = (number_of(lines, holds) for holds in (Holds.YES, Holds.NO, Holds.OPEN))
    if not held + failed + undecided:
        raise InputError("evidence", "nothing that decides", "at least one line that holds or does not")
    if not failed + undecided:
        return Standing.REPRODUCED
    return Standing.WITHIN if held and held >= failed else Standing.NOT
