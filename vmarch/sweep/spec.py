"""A study's file: factors with their levels, a Latin hypercube over others, and how each cell is run.

Levels are a value, a list, or a range; all factors are crossed, and the samples of the hypercube are crossed with them.
Values computed for a range are rounded to ten digits, so that every machine makes the same ones.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simcore.errors import MISSING, InputError
from simcore.schema import LONGEST_TITLE, read_toml, validated
from simcore.units import split
from vmarch.asking import level_of, plan_of, precision_of
from vmarch.comparison import Precision
from vmarch.runs import Plan
from vmarch.sweep.parameters import BASES, Level, is_number, is_whole

__all__ = ["Sweep", "load_sweep"]

MOST_CELLS = 1_000_000
MARKS = {"start", "stop", "step", "points"}  # any of these makes a table a range
AMOUNT = "a number, or a text with a unit such as '500 cycles'"


class Spec(BaseModel):
    """A part of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Range(Spec):
    """Levels from start to stop, both included where a step reaches it; in place of a factor's list.

    Attributes:
        start, stop: the ends: numbers, or texts with a unit.
        step: from one level to the next.
        points: how many levels; in place of a step.
        scale: whether levels are equally far apart, or each the same factor from the last.
    """

    start: Any = None  # missing only where another key is misspelt: that is the better complaint
    stop: Any = None
    step: Any = None
    points: int | None = Field(default=None, ge=2, le=100_000)
    scale: Literal["linear", "log"] = "linear"


class Span(Spec):
    """What a sampled factor is drawn from.

    Attributes:
        low, high: the ends: numbers, or texts with a unit.
        scale: whether it is equally likely along the range, or along its logarithm.
    """

    low: Any = None
    high: Any = None
    scale: Literal["linear", "log"] = "linear"


class Latin(Spec):
    """A Latin hypercube: each factor's range is cut into as many equal parts as there are samples, one in each.

    Attributes:
        samples: how many.
        seed: of the random numbers that place them.
        ranges: by the name of a factor, a table with low and high.
    """

    samples: int = Field(ge=1, le=MOST_CELLS)
    seed: int = Field(default=1, ge=0, le=2**63 - 1)
    ranges: dict[str, Any] = Field(min_length=1)


class Run(Spec):
    """How each cell is run; as the options of `vmarch compare`.

    Attributes:
        seed: master seed of all random streams.
        replications: independent runs of each cell.
        operations: measured in each run; the workload's unless stated.
        warmup: operations left out first; found out unless stated.
        engine: what runs the model.
        deterministic: every draw is its mean.
        precision: add runs until slowdowns are within this share, such as 0.01 or "1%".
        level: confidence level of all intervals.
    """

    seed: int = Plan.seed
    replications: int = Plan.replications
    operations: int | None = None
    warmup: int | None = None
    engine: str = Plan.engine
    deterministic: bool = False
    precision: str | float | None = None
    level: float = 0.95


class File(Spec):
    """The whole file.

    Attributes:
        title: of the figure.
        run: how each cell is run.
        factors: what is varied, by name: an option of `vmarch compare`, or a key of a host, workload or architecture
            with its place in front, such as `host.cores` or `costs.vm_exit`; a value, a list or a range each.
        latin_hypercube: factors that are sampled together.
    """

    title: str = Field(default="", max_length=LONGEST_TITLE)
    run: Run = Run()
    factors: dict[str, Any]
    latin_hypercube: Latin | None = None


@dataclass(frozen=True)
class Sweep:
    """A study.

    Attributes:
        folder: where files that it names are looked for.
        factors: levels by name, crossed in this order, the last varying fastest.
        samples: of the hypercube, a level for each name in `sampled`; they vary fastest of all.
        latin: the hypercube as it stands in the file; empty without one.
    """

    name: str
    title: str
    folder: Path
    factors: Mapping[str, tuple[Level, ...]]
    sampled: tuple[str, ...]
    samples: tuple[tuple[Level, ...], ...]
    latin: Mapping[str, Any]
    plan: Plan
    precision: Precision | None
    level: float

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that is set in a cell."""
        return (*self.factors, *self.sampled)

    @property
    def size(self) -> int:
        """The number of cells."""
        return math.prod(map(len, self.factors.values())) * len(self.samples)

    def cells(self) -> Iterator[tuple[Level, ...]]:
        """The levels of each cell, in order, named by `names`."""
        for crossed in itertools.product(*self.factors.values()):
            for sample in self.samples:
                yield (*crossed, *sample)

    def levels(self) -> dict[str, tuple[Level, ...]]:
        """All levels by name, those of samples included."""
        return {**self.factors, **dict(zip(self.sampled, zip(*self.samples, strict=True), strict=True))}


def load_sweep(path: Path) -> Sweep:
    """Reads a study.

    Raises:
        InputError: not readable, an unknown name, a bad range, too many cells, or no workload or architecture.
    """
    file = validated(File, read_toml(path), path.name)
    factors = {name: _levels(name, given) for name, given in _flat(file.factors)}
    latin = file.latin_hypercube
    spans = {name: _span(name, given) for name, given in _flat(latin.ranges)} if latin else {}
    for name in ("workload", "architecture"):
        if name not in factors:
            raise InputError(f"{path.name}: factors.{name}", MISSING, f"at least one {name}")
    for name in spans:
        if name in factors:
            raise InputError("latin_hypercube.ranges", name, "a name that is no factor too")
    size = math.prod(map(len, factors.values())) * (latin.samples if latin else 1)
    if size > MOST_CELLS:
        raise InputError(path.name, f"{size} cells", f"at most {MOST_CELLS} cells")
    plan, precision = _how(file.run)
    return Sweep(
        name=path.stem,
        title=file.title,
        folder=path.parent,
        factors=factors,
        sampled=tuple(spans),
        samples=_sampled(spans, latin) if latin else ((),),
        latin=latin.model_dump() if latin else {},
        plan=plan,
        precision=precision,
        level=file.run.level,
    )


def _how(run: Run) -> tuple[Plan, Precision | None]:
    try:
        asked = run.model_dump(exclude={"precision", "level"})
        return plan_of(**asked), precision_of(run.precision, level_of(run.level))
    except InputError as error:
        raise InputError(error.field.replace("--", "run."), error.value, error.allowed, error.suggestion) from None


def _flat(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Names with dots, quoted or not: `costs.vm_exit = 1` without quotes is a table within a table."""
    for key, value in tables.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and not MARKS & set(value) and not {"low", "high"} & set(value):
            if not value or name.split(".")[0] not in (*BASES, "costs"):
                raise InputError(f"factors.{name}", "a table", "a value, a list, or a range with start and stop")
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def _levels(name: str, given: Any) -> tuple[Level, ...]:
    whole = is_whole(name)
    if isinstance(given, Mapping):
        return _range(name, validated(Range, given, f"factors.{name}"), whole)
    levels = tuple(_level(name, one) for one in (given if isinstance(given, list) else [given]))
    if not levels:
        raise InputError(f"factors.{name}", "an empty list", "at least one level")
    seen = set[Level]()
    for one in levels:
        if one in seen:
            raise InputError(f"factors.{name}", one, "each level once")
        seen.add(one)
    return levels


def _level(name: str, given: Any) -> Level:
    if isinstance(given, bool):
        return given
    if isinstance(given, float):
        if not math.isfinite(given):
            raise InputError(f"factors.{name}", given, "finite numbers")
        return _tidy(given)
    if isinstance(given, int | str) and given != "":
        return given
    raise InputError(f"factors.{name}", given, "a number, a text, true or false")


def _ends(field: tuple[str, str], low: Any, high: Any, scale: str) -> tuple[float, float, str]:
    for name, given in zip(field, (low, high), strict=True):
        if given is None:
            raise InputError(name, MISSING, f"both ends of the range: {' and '.join(e.split('.')[-1] for e in field)}")
    (first, unit), (last, other) = split(field[0], low, AMOUNT), split(field[1], high, AMOUNT)
    if unit != other:
        raise InputError(field[1], high, f"the unit of the other end, {unit or 'none'}")
    for name, value, given in ((field[0], first, low), (field[1], last, high)):
        if not math.isfinite(value):
            raise InputError(name, given, "a finite number")
    if scale == "log" and first <= 0.0:
        raise InputError(field[0], low, "above 0 on a log scale")
    if not first < last:
        raise InputError(field[1], high, f"above the other end, {low}")
    return first, last, unit


def _range(name: str, given: Range, whole: bool) -> tuple[Level, ...]:
    field = f"factors.{name}"
    _numeric(field, name)
    start, stop, unit = _ends((f"{field}.start", f"{field}.stop"), given.start, given.stop, given.scale)
    if (given.step is None) == (given.points is None):
        raise InputError(field, "both" if given.step is not None else "neither", "a step, or a number of points")
    if given.points is not None:
        shares = [i / (given.points - 1) for i in range(given.points)]
        values = [_between(start, stop, share, given.scale) for share in shares]
    else:
        if given.scale == "log":
            raise InputError(f"{field}.step", given.step, "a number of points: a log range has no step")
        step, own = split(f"{field}.step", given.step, AMOUNT)
        if not 0.0 < step <= stop - start or own not in ("", unit):
            raise InputError(
                f"{field}.step", given.step, f"above 0 and at most {_tidy(stop - start)}, in the unit of the ends"
            )
        count = math.floor((stop - start) / step * (1.0 + 1e-12) + 1e-9) + 1
        if count > MOST_CELLS:
            raise InputError(f"{field}.step", given.step, f"at most {MOST_CELLS} levels")
        values = [start + i * step for i in range(count)]
    return tuple(dict.fromkeys(_amount(value, unit, whole) for value in values))


def _span(name: str, given: Any) -> tuple[float, float, str, str, bool]:
    field = f"latin_hypercube.ranges.{name}"
    whole = is_whole(name)
    _numeric(field, name)
    span = validated(Span, given, field)
    return *_ends((f"{field}.low", f"{field}.high"), span.low, span.high, span.scale), span.scale, whole


def _numeric(field: str, name: str) -> None:
    if not is_number(name):
        raise InputError(field, "a range", f"a value or a list: {name} is no number")


def _sampled(spans: Mapping[str, tuple[float, float, str, str, bool]], latin: Latin) -> tuple[tuple[Level, ...], ...]:
    from scipy.stats.qmc import LatinHypercube

    shares = LatinHypercube(len(spans), rng=latin.seed).random(latin.samples)
    return tuple(
        tuple(
            _drawn(low, high, float(share), unit, scale, whole)
            for share, (low, high, unit, scale, whole) in zip(sample, spans.values(), strict=True)
        )
        for sample in shares
    )


def _drawn(low: float, high: float, share: float, unit: str, scale: str, whole: bool) -> Level:
    """A level of a sampled factor; each whole number of a linear range is as likely as any other."""
    if whole and scale == "linear":
        return _amount(min(max(math.floor(low + share * (high - low + 1.0)), low), high), unit, whole)
    return _amount(_between(low, high, share, scale), unit, whole)


def _between(low: float, high: float, share: float, scale: str) -> float:
    if scale == "log":
        return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    return low + share * (high - low)


def _amount(value: float, unit: str, whole: bool) -> Level:
    number = round(value) if whole else _tidy(value)
    return f"{number} {unit}" if unit else number


def _tidy(value: float) -> int | float:
    """Ten digits, and an int where it is one: strict schemas take an int for a float, but not the other way round."""
    rounded = float(f"{value:.10g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded
