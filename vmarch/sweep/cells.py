"""Cells: the levels of a study become configurations, each with a key of all that decides its row.

The key is a hash of contents, not of names or options: the resolved workload, architecture with its cost tables, and
host; the costs that are overridden and known to the architecture; how it is run; and the rules, which are the source
of the model. So two studies share cells, a changed file or cost makes new ones, and rows of other rules are never
mixed in.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import vmarch
from architectures import Architecture, charged, load_architecture
from architectures.spec import checked, cost_table
from simcore.errors import InputError
from simcore.hosts import Host, load_host
from vmarch.asking import not_charged
from vmarch.scenario import MOST_GUESTS, Scenario
from vmarch.sweep.parameters import BASES, COSTS, OPTIONS, Level, with_fields
from vmarch.sweep.spec import Sweep
from workloads import Workload, load_workload

__all__ = ["Cell", "Configuration", "resolve", "rules"]

ROOT = Path(vmarch.__file__).parent.parent
RULES = ("simcore/**/*.py", "simcore/*.toml", "simcore/hosts/*.toml", "architectures/**/*.py", "workloads/*.py")
OURS = (
    "scenario.py",
    "runs.py",
    "comparison.py",
    "provenance.py",
    "tables.py",
    "sweep/rows.py",
)  # of vmarch
LOADERS: dict[str, Any] = {"workload": load_workload, "architecture": load_architecture, "host": load_host}
DEFAULT_HOST = "server"


@dataclass(frozen=True)
class Configuration:
    """What a worker needs to run a cell, wherever it is: no file of the user's.

    Attributes:
        options: of the scenario: guests, vcpus and so on.
        overrides: costs that the architecture knows.
    """

    workload: Workload
    architecture: Architecture
    host: Host
    options: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, float | str] = field(default_factory=dict)

    def scenario(self) -> Scenario:
        """The scenario; see there for what it raises."""
        return Scenario(self.workload, self.architecture, self.host, overrides=self.overrides, **self.options)


@dataclass(frozen=True)
class Cell:
    """A cell of a study.

    Attributes:
        levels: of the study's factors, in their order.
        what: the configuration, or why there is none.
        bare: equal for cells that share their bare machine, but for costs.
    """

    key: str
    levels: tuple[Level, ...]
    what: Configuration | InputError
    bare: str = ""


@functools.cache
def rules() -> str:
    """A hash of the source that decides what a configuration gives."""
    patterns = (*RULES, *(f"vmarch/{name}" for name in OURS))
    paths = sorted({path for pattern in patterns for path in ROOT.glob(pattern)})
    parts = [(path.relative_to(ROOT).as_posix(), path.read_bytes().replace(b"\r\n", b"\n")) for path in paths]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def resolve(sweep: Sweep) -> list[Cell]:
    """The cells of a study, in its order.

    Raises:
        InputError: a level that nothing can take: an unknown name, a cost that is none, a number out of range.
    """
    _check(sweep)
    makers = _Makers(sweep)
    cells = [makers.cell(dict(zip(sweep.names, levels, strict=True)), levels) for levels in sweep.cells()]
    _refuse(sweep, cells)
    if all(isinstance(cell.what, InputError) for cell in cells):
        raise next(cell.what for cell in cells if isinstance(cell.what, InputError))
    return cells


def _check(sweep: Sweep) -> None:
    """Refuses levels that are wrong by themselves."""
    levels = sweep.levels()
    for name, (low, high) in {"guests": (1, MOST_GUESTS), "vcpus": (1, 4096)}.items():
        for one in levels.get(name, ()):
            if isinstance(one, bool) or not isinstance(one, int) or not low <= one <= high:
                raise InputError(f"factors.{name}", one, f"a whole number from {low} to {high}")
    for name, kind in OPTIONS.items():
        for one in levels.get(name, ()):
            if kind is not int and not isinstance(one, kind):
                raise InputError(f"factors.{name}", one, "true or false" if kind is bool else "a name")


def _refuse(sweep: Sweep, cells: list[Cell]) -> None:
    """Refuses a level that no workload, architecture or host can take."""
    for number, name in enumerate(sweep.names):
        if name.split(".")[0] not in BASES or name in (*BASES, *sweep.sampled):
            continue
        good = {cell.levels[number] for cell in cells if isinstance(cell.what, Configuration)}
        for cell in cells:
            if isinstance(cell.what, InputError) and cell.levels[number] not in good:
                raise cell.what


class _Makers:
    """Makes cells; what they share is made once."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.how = {**asdict(sweep.plan), "precision": asdict(sweep.precision) if sweep.precision else sweep.level}
        self._bases: dict[Any, tuple[Any, str] | InputError] = {}
        self._books: dict[tuple[str, str], frozenset[str]] = {}
        self._check_names()

    def cell(self, settings: Mapping[str, Level], levels: tuple[Level, ...]) -> Cell:
        """One cell."""
        try:
            (workload, first), (architecture, second), (host, third) = (self._base(name, settings) for name in BASES)
        except InputError as error:
            return Cell(_hash(rules(), self.how, sorted(settings.items())), levels, error)
        options = {"guests": 1, "vcpus": host.cores, **{name: settings[name] for name in OPTIONS if name in settings}}
        given = {name.removeprefix(f"{COSTS}."): level for name, level in settings.items() if name.startswith("costs.")}
        overrides = self._known(architecture, second, host, third, given)
        key = _hash(rules(), first, second, third, options, overrides, self.how)
        bare = _hash(first, third, options["guests"], options["vcpus"])
        return Cell(key, levels, Configuration(workload, architecture, host, options, overrides), bare)

    def _base(self, kind: str, settings: Mapping[str, Level]) -> tuple[Any, str]:
        """A workload, an architecture or a host with its fields set, and a hash of it."""
        name = str(settings.get(kind, DEFAULT_HOST))
        fields = tuple((key.partition(".")[2], level) for key, level in settings.items() if key.startswith(f"{kind}."))
        asked = (kind, name, fields)
        if asked not in self._bases:
            try:
                self._bases[asked] = self._made(kind, name, fields)
            except InputError as error:
                self._bases[asked] = error
        found = self._bases[asked]
        if isinstance(found, InputError):
            raise found
        return found

    def _made(self, kind: str, name: str, fields: tuple[tuple[str, Level], ...]) -> tuple[Any, str]:
        is_file = name.endswith(".toml") or "/" in name
        try:
            base: BaseModel = LOADERS[kind](str(self.sweep.folder / name) if is_file else name)
        except InputError as error:
            raise _renamed(error, f"--{kind}", f"factors.{kind}") from None
        if fields:
            base = with_fields(base, fields, kind)
        content: list[object] = [base.model_dump(mode="json")]
        if isinstance(base, Architecture):
            checked(base, kind)
            content += [[entry.model_dump(mode="json") for entry in cost_table(table)] for table in base.costs]
        return base, _hash(*content)

    def _known(
        self, architecture: Architecture, mine: str, host: Host, its: str, given: Mapping[str, Level]
    ) -> dict[str, Any]:
        """Those of the costs given that an architecture knows."""
        if given and (mine, its) not in self._books:
            self._books[mine, its] = frozenset(architecture.book(host).names)
        return {name: given[name] for name in sorted(given) if name in self._books[mine, its]}

    def _check_names(self) -> None:
        """Refuses an unknown name, a cost that no architecture may charge, and a level that is no amount of it."""
        levels = self.sweep.levels()
        bases = {
            kind: [self._base(kind, {kind: name})[0] for name in levels.get(kind, (DEFAULT_HOST,))] for kind in BASES
        }
        pairs = list(itertools.product(bases["architecture"], bases["host"]))
        for name, given in levels.items():
            if not name.startswith(f"{COSTS}."):
                continue
            cost = name.removeprefix(f"{COSTS}.")
            books = [(one, host) for one, host in pairs if cost in charged(one) and cost in one.book(host)]
            if not books:
                known = {other for one, host in pairs for other in charged(one) & frozenset(one.book(host).names)}
                raise not_charged("factors.costs", cost, known, bases["architecture"])
            for level in given if name in self.sweep.factors else (min(given, key=_size), max(given, key=_size)):
                for one, host in books:
                    one.book(host, {cost: level})


def _size(level: Level) -> float:
    return float(str(level).split()[0])


def _renamed(error: InputError, old: str, new: str) -> InputError:
    return InputError(error.field.replace(old, new), error.value, error.allowed, error.suggestion)


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]
