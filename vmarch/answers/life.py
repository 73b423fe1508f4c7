"""What each operation of a guest's life takes, by architecture: alone, or for many guests at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from architectures import Architecture, architecture_names, load_architecture
from architectures.procedures import MEANINGS, Guest, load_procedure, procedure_names, procedure_of
from simcore.engines import AUTO
from simcore.errors import CapabilityError, InputError, unknown
from simcore.hosts import Host
from simcore.summing import added
from simcore.units import format_seconds, quantity
from vmarch.answers.answer import Answer
from vmarch.asking import Architectures, architecture_of, drawing, host_of, several
from vmarch.figures.plots import Line, Panel, mark_lines
from vmarch.output import Row
from vmarch.storms import Storm, Times
from vmarch.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Done", "Lived", "life"]

SHOWN = 3  # phases that a line names, the longest


@dataclass(frozen=True)
class Done:
    """One operation under one architecture.

    Attributes:
        storm: what was done.
        times: what it took; None where it was refused, for the reason in `refused`.
    """

    architecture: Architecture
    operation: str
    at_once: int
    storm: Storm | None = None
    times: Times | None = None
    refused: str = ""

    @property
    def phases(self) -> str:
        """Its longest phases and their shares of the first guest's time alone."""
        if self.storm is None:
            return self.refused
        parts: dict[str, float] = {}
        for name, seconds in self.storm.alone:
            parts[name] = parts.get(name, 0.0) + seconds
        total = added(parts.values())
        longest = sorted(parts, key=lambda name: -parts[name])[:SHOWN]
        return ", ".join(f"{name} {100 * parts[name] / total:.0f} %" for name in longest)


@dataclass(frozen=True, repr=False)
class Lived(Answer):
    """Operations by architecture.

    Attributes:
        found: each operation under each architecture, and for each number at once.
    """

    found: Sequence[Done]
    settings: Mapping[str, object]

    @cached_property
    def rows(self) -> Sequence[Row]:
        """One row for each operation, architecture and number at once; no times where it was refused."""
        return [
            {
                "architecture": one.architecture.name,
                "operation": one.operation,
                "at_once": one.at_once,
                "alone_s": added(seconds for _, seconds in one.storm.alone) if one.storm else None,
                "median_s": one.times.median if one.times else None,
                "last_s": one.times.last if one.times else None,
                "busy": one.times.busy if one.times else None,
                "phases": one.phases,
            }
            for one in self.found
        ]

    @property
    def table(self) -> Table:
        """The same in words: by architecture and operation, or of one operation by its phases."""
        return self._of_one if len(self._operations) == 1 else self._of_several

    @property
    def _operations(self) -> list[str]:
        return list(dict.fromkeys(one.operation for one in self.found))

    @property
    def _of_one(self) -> Table:
        lines = [[one.architecture.name, str(one.at_once), *_times(one), one.phases] for one in self.found]
        columns = ("architecture", "at once", "alone", "median", "last", "cores busy", "of the first one's time")
        return Table(f"{self._operations[0]}: {MEANINGS[self._operations[0]]}", columns, lines, notes=self._notes)

    @property
    def _of_several(self) -> Table:
        by = {(one.operation, one.architecture.name): one for one in self.found}
        names = list(dict.fromkeys(one.architecture.name for one in self.found))
        lines = [
            [operation, *(_time(by[operation, name]) for name in names)]
            for operation in self._operations
            if any(by[operation, name].times for name in names)
        ]
        return Table("Operations of a guest's life", ("operation", *names), lines, notes=self._notes)

    @property
    def _notes(self) -> tuple[str, ...]:
        managed = {one.architecture.name: procedure_of(one.architecture).title for one in self.found if one.storm}
        return tuple(f"{name}: {title}." for name, title in managed.items())

    @property
    def asked(self) -> Mapping[str, object]:
        """What was asked."""
        return {"command": "life", **self.settings}

    @property
    def name(self) -> str:
        """What its files are called."""
        return "life"

    @property
    def finding(self) -> str:
        """The quickest and the slowest of the first operation that several can do."""
        for operation in self._operations:
            mine = [(one.times.last, one) for one in self.found if one.operation == operation and one.times]
            if len(mine) > 1:
                (quick, first), (slow, last) = min(mine, key=_first), max(mine, key=_first)
                return (
                    f"{operation}: from {format_seconds(quick)} under {first.architecture.title} to "
                    f"{format_seconds(slow)} under {last.architecture.title}"
                )
        return f"{self._operations[0]} under one architecture"

    def _draw(self, axes: Axes) -> None:
        """The last guest's time over the number at once, of the first operation."""
        lines = []
        for name in dict.fromkeys(one.architecture.title for one in self.found):
            mine = [
                one
                for one in self.found
                if one.architecture.title == name and one.operation == self._operations[0] and one.times
            ]
            if mine:
                values = [one.times.last for one in mine if one.times]
                lines.append(Line(name, [float(one.at_once) for one in mine], values, values, values))
        mark_lines(axes, [Panel(lines, "guests at once", "until the last one is done (s)", x_log=True, y_log=True)])


def _first(item: tuple[float, Done]) -> float:
    return item[0]


def _time(one: Done) -> str:
    return format_seconds(one.times.last) if one.times else "-"


def _times(one: Done) -> list[str]:
    if one.times is None or one.storm is None:
        return ["-"] * 4
    alone = added(seconds for _, seconds in one.storm.alone)
    return [*map(format_seconds, (alone, one.times.median, one.times.last)), f"{100 * one.times.busy:.0f} %"]


def life(
    architectures: Architectures = (),
    operations: str | Sequence[str] = (),
    *,
    host: str | Host = "server",
    at_once: int | Sequence[int] = 1,
    memory: str | float = "256 MiB",
    touched: str | float | None = None,
    changed: str | float | None = None,
    given: str | float | None = None,
    image: str | float = "1 GiB",
    vcpus: int = 1,
    networks: int = 1,
    guests: int = 0,
    distribution: bool = False,
    cores: int | None = None,
    costs: Mapping[str, float | str] | None = None,
    engine: str = AUTO,
) -> Lived:
    """What creating, saving, copying, rolling back or stopping a guest takes, alone or for many at once.

    The host does nothing else. Each operation is the steps of the architecture's procedure; the management domain, its
    daemons, the processors and the disk are shared.

    Args:
        architectures: names, paths of files or objects; by default the first of each procedure.
        operations: names, or one; all by default. See `architectures.procedures.MEANINGS`.
        at_once: for how many guests, all beginning together; several numbers for as many rows.
        memory: asked for by each guest; touched: of it written at all, a quarter by default; changed: of that, since
            it was last saved or cloned, a quarter by default; given: what a balloon takes or gives back, a sixteenth
            of the memory by default; image: its disk, in use. With units, or in bytes.
        vcpus, networks: of each guest.
        guests: that are there already.
        distribution: whether the guest's user space is a distribution's, with services.
        cores: of the host, in place of its own.
        costs: by name, in place of the tables'.

    Raises:
        InputError: an unknown name, a bad file, or a value out of range.
        CapabilityError: every architecture refuses every operation; the first reason.
    """
    drawing(engine)
    wanted = list(dict.fromkeys([operations] if isinstance(operations, str) else operations)) or list(MEANINGS)
    for name in wanted:
        if name not in MEANINGS:
            raise unknown("--operation", name, MEANINGS)
    sizes = [at_once] if isinstance(at_once, int) else list(dict.fromkeys(at_once))
    if len(sizes) > 1 and len(wanted) > 1:
        raise InputError("--at-once", ", ".join(map(str, sizes)), "one number, or one operation")
    whole = _bytes("--memory", memory)
    most = whole / 4 if touched is None else _bytes("--touched", touched)
    fresh = most / 4 if changed is None else _bytes("--changed", changed)
    taken = whole / 16 if given is None else _bytes("--given", given)
    guest = Guest(whole, most, fresh, _bytes("--image", image), vcpus, networks, guests, distribution, taken)
    on = host_of(host)
    if cores is not None:
        on = on.with_(cores=cores)
    named = several(architectures)
    firsts = [load_procedure(name).architectures[0] for name in procedure_names()]
    under = [architecture_of(one) for one in named] or [
        load_architecture(n) for n in architecture_names() if n in firsts
    ]
    found = [
        _done(Done(one, name, size), on, guest, costs, engine) for one in under for name in wanted for size in sizes
    ]
    if not any(one.times for one in found):
        raise CapabilityError(found[0].refused)
    settings = {
        "architectures": list(dict.fromkeys(one.architecture.name for one in found)),
        "operations": wanted,
        "host": on.name,
        "cores": on.cores,
        "at_once": sizes,
        "memory": memory,
        "touched": touched,
        "changed": changed,
        "given": given,
        "image": image,
        "vcpus": vcpus,
        "networks": networks,
        "guests": guests,
        "distribution": distribution,
        "costs": dict(costs or {}),
    }
    return Lived(found, settings)


def _bytes(field: str, value: str | float) -> float:
    return quantity(field, value, "size")


def _done(asked: Done, host: Host, guest: Guest, costs: Mapping[str, float | str] | None, engine: str) -> Done:
    """One operation, run or refused."""
    one = asked.architecture
    try:
        storm = Storm(one, host, asked.operation, guest, asked.at_once, overrides=costs)
    except CapabilityError as error:
        return Done(one, asked.operation, asked.at_once, refused=str(error))
    return Done(one, asked.operation, asked.at_once, storm, storm.run(engine))
