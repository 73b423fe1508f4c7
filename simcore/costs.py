"""Costs are data: a value, a range, a source, and the machine it was measured on.

A cost table is TOML, an array of `[[cost]]`. One name may stand several times, measured on several machines. A cost
book answers for one host: the entry measured on that very host if there is one, else the entry that depends on no
machine, else the entry of the machine nearest in year (of equals, in clock), one of the host's own instruction set
where there is any, carried over by its rule and marked as carried. Where two tables know a name, the later table is
asked alone; so an architecture or a user overrides without copying.

Rules for carrying:
    cycles          the number of cycles stays; the time scales with the clock (processor work)
    time            the time stays (devices, wires)
    native:NAME     scaled by the ratio of the native cost NAME on the two hosts (software that runs as the native
                    does); assumed where that is assumed on either
    as it is        of a ratio, which needs no rule
    never           nothing is carried: it holds on its machine alone, as that was set up
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simcore.errors import MISSING, InputError, unknown
from simcore.schema import read_toml, validated
from simcore.units import TICKS_PER_S, quantity, split

__all__ = [
    "CostBook",
    "CostEntry",
    "CostTable",
    "Kind",
    "Machine",
    "Resolved",
    "Status",
    "mitigation_costs",
    "native_costs",
]


class Status(enum.StrEnum):
    """How much a resolved cost can be trusted."""

    MEASURED = "measured"  # on this very host
    CARRIED = "carried"  # measured on another machine, carried over by a rule
    ASSUMED = "assumed"  # nobody measured it: a reason and a range stand for the source


class Kind(enum.StrEnum):
    """What a cost is an amount of."""

    CYCLES = "cycles"
    TIME = "time"
    CYCLES_PER_BYTE = "cycles/byte"
    TIME_PER_BYTE = "time/byte"
    RATIO = "ratio"  # a factor or a count

    @property
    def in_cycles(self) -> bool:
        """Whether the amount is processor cycles."""
        return self in (Kind.CYCLES, Kind.CYCLES_PER_BYTE)


DEFAULT_RULES = {Kind.TIME: "time", Kind.TIME_PER_BYTE: "time", Kind.RATIO: "as it is"}
NATIVE, NEVER = "native:", "never"
INTERCHANGEABLE = ({Kind.CYCLES, Kind.TIME}, {Kind.CYCLES_PER_BYTE, Kind.TIME_PER_BYTE}, {Kind.RATIO})
UNIT_KINDS = {"cycles": Kind.CYCLES, "cycle": Kind.CYCLES, "ratio": Kind.RATIO, "count": Kind.RATIO, "": Kind.RATIO}


def _kind_of(unit: str) -> Kind:
    if unit in UNIT_KINDS:
        return UNIT_KINDS[unit]
    if re.fullmatch(r"cycles?\s*/\s*byte", unit):
        return Kind.CYCLES_PER_BYTE
    return Kind.TIME_PER_BYTE if "/" in unit else Kind.TIME


class CostEntry(BaseModel):
    """One row of a cost table.

    Attributes:
        name: what costs this, in the field's words.
        value, low, high: the amount and its range, in `unit`.
        unit: cycles, a time, cycles/byte, a time/byte, or ratio (a factor or a count).
        source: paper and table; for `assumed` the reason.
        measured_on: a host preset, or any machine with its `clock` and `year`; none for an amount that does not depend
            on the machine (a count, an architectural fact).
        clock: of a machine that is no preset, such as "2.1 GHz".
        year: of that machine.
        carry: the rule for other hosts; by default cycles for processor work and time for the rest. One that is carried
            `never` is asked on its machine alone.
        assumed: nobody measured it.

    Raises:
        InputError: (when loaded) an unknown key or unit, a negative or NaN amount, a range that misses the value,
            no source, an assumed cost without a range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    value: float = Field(ge=0.0, le=1e15, allow_inf_nan=False)
    low: float | None = Field(default=None, allow_inf_nan=False)
    high: float | None = Field(default=None, allow_inf_nan=False)
    unit: str
    source: str = Field(min_length=8)
    measured_on: str | None = None
    clock: str | None = None
    year: int | None = Field(default=None, ge=1960, le=2100)
    carry: str | None = Field(default=None, pattern=r"^(cycles|time|never|native:[a-z0-9_]+)$")
    assumed: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> CostEntry:
        if (self.low is None) != (self.high is None):
            raise InputError("low" if self.low is None else "high", MISSING, "a value: low and high come together")
        if self.low is not None and self.high is not None and not 0.0 <= self.low <= self.value <= self.high:
            given = f"{self.low} <= {self.value} <= {self.high}"
            raise InputError("low", given, "0 <= low <= value <= high")
        if self.assumed and self.low is None:
            raise InputError("low", MISSING, "a value: an assumed cost needs a range, low and high")
        if self.kind is Kind.RATIO:
            if self.carry not in (None, NEVER):
                raise InputError("carry", self.carry, "never or no rule: a factor or a count is carried over as it is")
        else:
            self.base(self.value)
        if self.carry == NEVER and self.measured_on is None:
            raise InputError("carry", self.carry, "another rule: it was measured on no machine")
        if self.clock is not None and quantity("clock", self.clock, "frequency") <= 0.0:
            raise InputError("clock", self.clock, "above 0 Hz")
        return self

    @property
    def kind(self) -> Kind:
        """What it is an amount of."""
        return _kind_of(self.unit)

    def base(self, amount: float) -> float:
        """An amount of this entry in cycles, seconds, the same for each byte, or as a plain number."""
        return amount if self.kind is Kind.RATIO else amount * quantity("unit", f"1 {self.unit}", self.kind.value)


class CostTable(BaseModel):
    """A TOML file of costs: a title and its entries."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    title: str = ""
    cost: tuple[CostEntry, ...] = Field(default=(), strict=False)

    @classmethod
    def load(cls, path: Path) -> CostTable:
        """Reads a table.

        Raises:
            InputError: not readable, not TOML, or an entry that CostEntry refuses.
        """
        return validated(cls, read_toml(path), str(path.name))


@dataclass(frozen=True)
class Resolved:
    """A cost on one host.

    Attributes:
        value, low, high: ticks (for each byte where so), or a plain number for a ratio. Without a stated range, low and
            high equal the value.
        cycles: the value in cycles where the cost is processor work, else None.
        carried_from: the machine it was measured on, where that is another.
        year: of the machine that it was measured on, this one included; None where nobody measured it, or it depends on
            no machine.
    """

    name: str
    kind: Kind
    value: float
    low: float
    high: float
    cycles: float | None
    status: Status
    source: str
    carried_from: str | None = None
    rule: str | None = None
    year: int | None = None


class Machine(NamedTuple):
    """What carrying needs to know of a machine; one that is no preset is taken as an x86."""

    clock_hz: float
    year: int
    isa: str = "x86-64"

    def alike(self, other: Machine) -> bool:
        """Whether both execute the same instructions (x86-64 and x86 count as one set)."""
        return self.isa.removesuffix("-64") == other.isa.removesuffix("-64")


class CostBook:
    """Every cost on one host.

    Args:
        tables: later tables override earlier ones, name by name.
        host: name of the host asked about, and `here` what it is.
        machines: the hosts that entries may name.
        overrides: values by name that replace the entry's, in the entry's unit or as text with a unit; marked assumed.
    """

    def __init__(
        self,
        tables: Iterable[Iterable[CostEntry]],
        host: str,
        here: Machine,
        machines: Mapping[str, Machine],
        overrides: Mapping[str, float | str] | None = None,
    ) -> None:
        self.host, self.here, self.clock_hz = host, here, here.clock_hz
        self._machines = {**machines, host: here}
        self._entries: dict[str, tuple[CostEntry, ...]] = {}
        for table in tables:
            named: dict[str, tuple[CostEntry, ...]] = {}
            for entry in table:
                named[entry.name] = (*named.get(entry.name, ()), entry)
            self._entries.update(named)
        self._resolved: dict[str, Resolved] = {}
        for name, value in (overrides or {}).items():
            self._override(name, value)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that can be asked for, sorted."""
        return tuple(sorted(self._entries))

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> Resolved:
        """The cost of this name on this host.

        Raises:
            InputError: no table has it, or its machine is unknown.
        """
        if name not in self._resolved:
            if name not in self._entries:
                raise unknown("cost", name, self._entries)
            self._resolved[name] = self._resolve(self._nearest(name))
        return self._resolved[name]

    def _nearest(self, name: str) -> CostEntry:
        entries = self._entries[name]
        for place in (self.host, None):
            here = [entry for entry in entries if entry.measured_on == place]
            if here:
                return here[-1]

        def distance(entry: CostEntry) -> tuple[bool, int, float]:
            there, here = self._machine(entry), self.here
            return not there.alike(here), abs(there.year - here.year), abs(there.clock_hz - here.clock_hz)

        carried = [entry for entry in entries if entry.carry != NEVER]
        if not carried:
            raise InputError("cost", name, f"one that is known on {self.host}: {name} is carried over from no machine")
        return min(carried, key=distance)

    def _machine(self, entry: CostEntry) -> Machine:
        """The machine an entry was measured on."""
        if entry.clock is not None and entry.year is not None:
            return Machine(quantity(f"{entry.name}.clock", entry.clock, "frequency"), entry.year)
        if entry.measured_on not in self._machines:
            raise InputError(
                f"{entry.name}.measured_on",
                entry.measured_on,
                f"a known host ({', '.join(sorted(self._machines))}), or any machine with its clock and year",
            )
        return self._machines[entry.measured_on]

    def _resolve(self, entry: CostEntry) -> Resolved:
        here = entry.measured_on in (self.host, None)
        clock_hz = self.clock_hz if here else self._machine(entry).clock_hz
        rule = entry.carry or DEFAULT_RULES.get(entry.kind, "cycles")
        factor = 1.0 if here else self._factor(rule, entry, clock_hz)
        if entry.kind.in_cycles:
            factor *= TICKS_PER_S / clock_hz
        elif entry.kind is not Kind.RATIO:
            factor *= TICKS_PER_S
        low, high = (entry.value, entry.value) if entry.low is None or entry.high is None else (entry.low, entry.high)
        value = entry.base(entry.value) * factor
        carried = not here
        assumed = entry.assumed or (carried and self._scaled_by_assumed(rule, entry))
        status = Status.ASSUMED if assumed else Status.CARRIED if carried else Status.MEASURED
        return Resolved(
            name=entry.name,
            kind=entry.kind,
            value=value,
            low=entry.base(low) * factor,
            high=entry.base(high) * factor,
            cycles=None if entry.kind is Kind.RATIO or rule == "time" else value * self.clock_hz / TICKS_PER_S,
            status=status,
            source=entry.source,
            carried_from=entry.measured_on if carried else None,
            rule=rule if carried else None,
            year=None if assumed or entry.measured_on is None else self._machine(entry).year,
        )

    def _factor(self, rule: str, entry: CostEntry, clock_hz: float) -> float:
        """What a cost measured at `clock_hz`, converted with that clock, is multiplied by to stand for this host."""
        if rule == "cycles":
            return clock_hz / self.clock_hz
        if rule in ("time", "as it is"):
            return 1.0
        cost = self._there(rule, entry)
        return self[cost.name].value / (
            cost.base(cost.value) * (TICKS_PER_S / clock_hz if cost.kind.in_cycles else TICKS_PER_S)
        )

    def _there(self, rule: str, entry: CostEntry) -> CostEntry:
        """The native cost that a rule scales by, on the machine that the entry was measured on."""
        natives = self._entries.get(rule.removeprefix(NATIVE), ())
        there = [native for native in natives if native.measured_on == entry.measured_on]
        if not there:
            raise InputError(f"{entry.name}.carry", rule, f"a native cost measured on {entry.measured_on}")
        return there[-1]

    def _scaled_by_assumed(self, rule: str, entry: CostEntry) -> bool:
        """Whether what an entry is scaled by was measured by nobody, here or on its machine."""
        if not rule.startswith(NATIVE):
            return False
        there = self._there(rule, entry)
        return there.assumed or self[there.name].status is Status.ASSUMED

    def _override(self, name: str, value: float | str) -> None:
        old = self[name]
        entry = self._nearest(name)
        number, unit = split(f"costs.{name}", value, "a number, or a text such as '5 us'")
        unit = unit or entry.unit
        if not any({_kind_of(unit), entry.kind} <= kinds for kinds in INTERCHANGEABLE):
            raise InputError(f"costs.{name}", value, f"an amount in {entry.unit} or the like")
        new = validated(
            CostEntry,
            {"name": name, "value": number, "unit": unit, "low": number, "high": number, "assumed": True}
            | {
                "source": f"given by the user, instead of: {old.source}",
                "carry": None if entry.carry == NEVER else entry.carry,
            },
            f"costs.{name}",
        )
        self._resolved[name] = replace(self._resolve(new), carried_from=None)


@functools.cache
def native_costs() -> tuple[CostEntry, ...]:
    """What the processor, the operating system and the devices cost without virtualization, host by host."""
    return CostTable.load(Path(__file__).parent / "native.toml").cost


@functools.cache
def mitigation_costs(kind: str) -> tuple[CostEntry, ...]:
    """What mitigations of side channels change of them: `2018` or `hardware`; nothing for `none`."""
    return () if kind == "none" else CostTable.load(Path(__file__).parent / "mitigations" / f"{kind}.toml").cost
