"""A validation case: one paper's host and systems, what of its figures goes in, and what must come out.

A figure is an input, an inferred one or a target, never two of these; the code refuses a case that uses a row twice. An
input is a figure that a cost of the model rests on. An inferred row is spent on solving one unknown of a workload. A
target is predicted, and no unknown and no cost may rest on it.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from architectures import Architecture, load_architecture
from experiments.validation.doing import Doing
from experiments.validation.moving import MOVED, Moving
from experiments.validation.quantity import Quantity
from simcore.demands import Demand
from simcore.errors import InputError, unknown
from simcore.fields import Seconds
from simcore.hosts import Host, load_host
from simcore.schema import LONGEST_TITLE, read_toml, validated
from vmarch.calibration import Calibrated, calibrate
from vmarch.limits import PERIOD_S, Limits, cores_of
from vmarch.storms import Storm
from workloads import Workload, load_workload

__all__ = ["Beside", "Case", "Inferred", "Input", "Row", "System", "Target", "case_paths", "load_case"]

FOLDER = Path(__file__).parent / "cases"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Row(_Part):
    """A published figure.

    Attributes:
        table, benchmark, system, metric: where it stands, in the paper's words; together they name it.
        value, unit: as published.
    """

    table: str = Field(min_length=1)
    benchmark: str = Field(min_length=1)
    system: str = Field(min_length=1)
    metric: str = Field(min_length=1)
    value: float = Field(gt=0.0, allow_inf_nan=False)
    unit: str = Field(min_length=1)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What names the row."""
        return self.table, self.benchmark, self.system, self.metric


class Input(Row):
    """A row that a cost or a demand of the model rests on.

    Attributes:
        used_for: which.
        value: 0 for what was switched off.
    """

    value: float = Field(ge=0.0, allow_inf_nan=False)
    used_for: str = Field(min_length=4)


class _Modelled(Row):
    """A row that the model can speak of.

    Attributes:
        workload, runs_on: whose figure it is: a workload and a system of the case.
        quantity: of an operation: `time`; `rate`, operations a second in all guests together; `percent of native` and
            `ratio to native`, of speed and of time; `time beyond native`, the difference; `cycles`, processor cycles;
            `cycles to native`, their ratio; `percent idle`, of the processors; `percent used`, of a core by all guests;
            `rate to native`, of rates; `p50`, `p95`, `p99` and `p99.9`, percentiles of the time;
            `memory`, the host's bytes that a guest takes for what it has touched, and `memory beside it`, those beyond
            the guest's own; of a migration: `time`, `downtime`, and `sent`, bytes.
        against: the system that stands for native in a quantity that compares; empty for the case's native.
        scale: what the quantity is multiplied by to be in the row's unit.
    """

    workload: str
    runs_on: str
    quantity: Quantity = "time"
    against: str = ""
    scale: float = Field(default=1.0, gt=0.0, allow_inf_nan=False)


class Inferred(_Modelled):
    """A row spent on one unknown: how many times these demands the workload's operation has.

    Attributes:
        demands: a mix of demands; the unknown multiplies it, and adds to what the workload says.
        why: nobody could count it.
    """

    demands: dict[str, float] = Field(min_length=1)
    why: str = Field(min_length=8)


class Target(_Modelled):
    """A row to predict.

    Attributes:
        mechanism: what dominates it, to group errors by.
        counted: false for a figure that is quoted from memory: shown, but no part of the error.
        cause: why it is missed, where it is.
        tried: what was tried to mend it, and what came of it.
        round: of a migration: which it speaks of, -1 for the last, which the guest waits for; 0 for all.
        upto: the other end, where a report gives a range from `value` on; of no use to a case.
    """

    upto: float | None = Field(default=None, gt=0.0, allow_inf_nan=False)
    mechanism: str = Field(min_length=2)
    round: int = Field(default=0, ge=-1, le=1000)
    counted: bool = True
    cause: str = ""
    tried: str = ""


class _Guests(_Part):
    guests: int = Field(default=1, ge=1, le=10_000)
    vcpus: int | None = Field(default=None, ge=1)
    weight: float | None = Field(default=None, ge=1.0, le=1e6)
    cap: float | None = Field(default=None, ge=1.0, le=409_600.0)
    period_s: Seconds = Field(default=PERIOD_S, ge=1e-3, le=1.0, alias="period")
    pinned: str | None = Field(default=None, min_length=1)

    @property
    def limits(self) -> Limits:
        """What each guest may have.

        Raises:
            InputError: `pinned` is not numbers and ranges of cores.
        """
        return Limits(self.weight, self.cap, self.period_s, cores_of(self.pinned) if self.pinned else ())


class Beside(_Guests):
    """Guests on the host of a system that are not like its others.

    Attributes:
        workload: what they run; the row's own unless stated, and then its rate is theirs too.
        guests, vcpus: as of the system.
        weight, cap, period, pinned: as of the system.
    """

    workload: str = ""


class System(_Guests):
    """What the paper compares: one of our architectures, with costs of the paper's own.

    Attributes:
        name: of the system in the case.
        architecture: of the catalogue, or of the case's calibration.
        changes: keys of the architecture's file that differ, such as `io` or `offload`.
        costs: in place of the tables', by name; every one must be explained by an input.
        cores: processors, where the paper used fewer than the host has.
        guests, vcpus: how many guests, and virtual processors of each (as many as the processors unless stated).
        weight, cap, period, pinned: of each guest, as `weight`, `cap`, `period` and `cores` of a scenario file.
        beside: others on the host, a list of tables.
        mitigations: of its kernels, where they differ from the host's.
        guest_isa: of its guests' programs, where it is not the host's.
    """

    guest_isa: str | None = None
    name: str
    architecture: str
    changes: dict[str, str | bool | int] = Field(default_factory=dict)
    costs: dict[str, float | str] = Field(default_factory=dict)
    cores: int | None = Field(default=None, ge=1, le=4096)
    beside: tuple[Beside, ...] = Field(default=(), strict=False)
    mitigations: Literal["none", "2018", "hardware"] | None = None


class Calibration(_Part):
    """Micro-benchmarks that the case's host and architectures are made of, as by `vmarch calibrate`.

    Attributes:
        table: a CSV file beside the case; every row that a system uses is an input.
        name, clock, year, cores: of the host to be; the case's `host` says what the table does not.
    """

    table: str = Field(min_length=5)
    name: str = "calibrated-host"
    clock: str | None = None
    year: int | None = None
    cores: int | None = None


class Case(_Part):
    """A validation case.

    Attributes:
        name: by which it is asked for.
        title: in a few words, for tables and figures.
        paper: where the rows were published.
        host: what they were measured on: a preset, or a host's file beside the case.
        note: what a reader of its errors should know.
        system: what is compared.
        input: rows that costs or demands rest on.
        inferred: rows that are spent on an unknown.
        target: rows to predict.
        calibration: where architectures come from that systems name and the catalogue does not.
        native: the system that others are compared with.
        workload: by name, a workload as in a workload's own file (name, kind, unit and source may be left out), or
            `use`: one of the catalogue.
        operation, migration: by name, an operation of a guest's life, and how it is moved; a `workload` may be one.

    Raises:
        InputError: (when loaded) an unknown key or name; a row used twice; nothing to predict.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(max_length=LONGEST_TITLE)
    paper: str = Field(min_length=4)
    host: str
    native: str = "native"
    note: str = ""
    calibration: Calibration | None = None
    system: tuple[System, ...] = Field(strict=False, min_length=1)
    workload: dict[str, dict[str, Any]] = Field(default_factory=dict)
    operation: dict[str, Doing] = Field(default_factory=dict)
    migration: dict[str, Moving] = Field(default_factory=dict)
    input: tuple[Input, ...] = Field(default=(), strict=False)
    inferred: tuple[Inferred, ...] = Field(default=(), strict=False)
    target: tuple[Target, ...] = Field(strict=False, min_length=1)

    @model_validator(mode="after")
    def _honest(self) -> Case:
        uses: dict[tuple[str, str, str, str], str] = {}
        for kind, rows in (("input", self.inputs), ("inferred", self.inferred), ("target", self.target)):
            for row in rows:
                if row.key in uses:
                    raise InputError(kind, " | ".join(row.key), f"a row used once; it is {uses[row.key]} already")
                uses[row.key] = f"an {kind}" if kind != "target" else "a target"
        systems = {system.name for system in self.system}
        if self.native not in systems:
            raise unknown("native", self.native, systems)
        said = " ".join(item.used_for for item in self.input)
        for system in self.system:
            for name in system.costs:
                if not re.search(rf"\b{re.escape(name)}\b", said):
                    raise InputError(
                        f"system.{system.name}.costs.{name}", name, "a cost that an input's used_for names"
                    )
        done = {**self.operation, **self.migration}
        known = {**self.workload, **done}
        if len(known) < max(1, len(self.workload) + len(self.operation) + len(self.migration)):
            raise InputError("operation", sorted(done), "a workload, an operation or a migration, of different names")
        for item in (*self.inferred, *self.target):
            if item.runs_on not in systems:
                raise unknown("runs_on", item.runs_on, systems)
            if item.against and item.against not in systems:
                raise unknown("against", item.against, systems)
            if item.workload not in known:
                raise unknown("workload", item.workload, known)
            allowed = MOVED if item.workload in self.migration else MOVED[:1]
            if item.workload in done and (item.quantity not in allowed or isinstance(item, Inferred)):
                raise InputError("quantity", item.quantity, f"{', '.join(allowed)}, of a predicted row")
            if item.quantity in MOVED[1:] and item.workload not in self.migration:
                raise InputError("quantity", item.quantity, "what a workload has: it is a migration's")
        for other in (one.workload for system in self.system for one in system.beside):
            if other and other not in self.workload:
                raise unknown("system.beside.workload", other, self.workload)
        for item in self.inferred:
            if item.quantity not in ("time", "rate"):
                raise InputError("inferred.quantity", item.quantity, "time or rate: an unknown is solved on one system")
            for demand in item.demands:
                if demand not in list(Demand):
                    raise unknown("inferred.demands", demand, list(Demand))
        return self

    @cached_property
    def calibrated(self) -> Calibrated | None:
        """What the case's micro-benchmarks make, if it has some."""
        found = self.calibration
        if found is None:
            return None
        given = found.model_dump(exclude={"table"})
        return calibrate(Path(found.table), base=self.host, noisy=True, **given)

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The rows that costs rest on: those of the case, and those of its micro-benchmarks that systems use."""
        if self.calibrated is None or self.calibration is None:
            return self.input
        used = {system.architecture for system in self.system}
        table = Path(self.calibration.table).name
        rows = [
            Input(
                table=table,
                benchmark=row.operation,
                system=row.environment,
                metric="median",
                value=row.value,
                unit=row.unit,
                used_for="calibration",
            )
            for row in self.calibrated.rows
            if row.environment.removeprefix("native@") in {"native", *used}
        ]
        return (*self.input, *rows)

    @property
    def on_host(self) -> Host:
        """The host: a preset, or the calibrated one."""
        return self.calibrated.host if self.calibrated else load_host(self.host)

    def composed(self, system: System) -> Architecture:
        """A system's architecture, a calibrated one or one of the catalogue, with its changes.

        Raises:
            InputError: it is neither, or a change makes none.
        """
        made = self.calibrated.architectures if self.calibrated else {}
        name = system.architecture
        found = made[name] if name in made else load_architecture(name)
        return found.variant(system.changes, f"system.{system.name}.changes")

    def storm(self, item: Target) -> Storm:
        """What a row about an operation of a guest's life is predicted from.

        Raises:
            InputError, CapabilityError: it cannot be run.
        """
        system = next(one for one in self.system if one.name == item.runs_on)
        host = self.on_host.with_(cores=system.cores) if system.cores else self.on_host
        return self.operation[item.workload].storm(self.composed(system), host, system.costs)

    def workload_named(self, name: str) -> Workload:
        """A workload of the case, before its unknowns are solved.

        Raises:
            InputError: it is not a workload.
        """
        raw = dict(self.workload[name])
        if "use" in raw:
            if len(raw) > 1:
                raise InputError(f"workload.{name}", sorted(raw), "either `use`, or a workload of its own")
            return load_workload(str(raw["use"]))
        filled = {"name": name, "title": name, "kind": "macro", "unit": "run", "source": self.paper, **raw}
        if not filled.get("demands") and not filled.get("io"):
            filled["demands"] = {"user_cycles": 1.0}  # the unknowns say the rest
        return validated(Workload, filled, f"workload.{name}")


def case_paths() -> tuple[Path, ...]:
    """The cases that come with the project, sorted by name."""
    return tuple(sorted(FOLDER.glob("*.toml")))


def load_case(path: Path) -> Case:
    """Reads a case.

    Raises:
        InputError: not readable, not TOML, or not a case.
    """
    raw = read_toml(path)
    table = raw.get("calibration")
    if isinstance(table, dict) and isinstance(table.get("table"), str):
        raw["calibration"] = {**table, "table": str(path.parent / table["table"])}
    if str(raw.get("host")).endswith(".toml"):
        raw["host"] = str(path.parent / str(raw["host"]))
    case = validated(Case, raw, path.name)
    most = case.on_host.cores
    for system in case.system:
        case.composed(system)
        host = case.on_host.model_copy(update={"cores": system.cores or most})
        for guests in (system, *system.beside):
            guests.limits.check(host)
        if system.cores is not None and system.cores > most:
            raise InputError(f"system.{system.name}.cores", system.cores, f"at most the {most} of {case.host}")
    for name in case.workload:
        case.workload_named(name)
    for item in case.target:
        if item.workload in case.operation:
            case.storm(item)
    return case
