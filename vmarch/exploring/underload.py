"""Under load: throughput, response and what is busy while guests, clients or arrivals grow, and where a host is full.

An answer comes within about a second, with as many replications as there was time for; the same question asked again
goes on from there, so that intervals narrow as one looks.
"""

from __future__ import annotations

import functools
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from architectures import Architecture, load_architecture
from simcore.errors import CapabilityError, InputError
from simcore.hosts import load_host
from simcore.statistics import Estimate
from vmarch.answers.compare import store_of
from vmarch.answers.load import METRICS, under_load
from vmarch.asking import demanding, plan_of
from vmarch.comparison import Cell, alone
from vmarch.exploring.choices import choices
from vmarch.exploring.state import State, read, whole
from vmarch.loading import Curve, Load, busy
from vmarch.output import Row
from vmarch.scenario import Scenario
from workloads import load_workload

__all__ = ["MORE", "loaded", "loaded_rows"]

MORE = {
    "over": "guests",
    "to": "",
    "guests": "1",
    "clients": "2",
    "think": "1 ms",
    "rate": "",
    "cores": "",
    "dom0": "",
    "runs": "16",
}
OPERATIONS = 2000  # of a replication: enough for a 99th percentile, few enough for many loads in a second
BUDGET_S = 0.5  # of simulation in one answer
MOST_RUNS = 256
Asked = tuple[str, str, Scenario | CapabilityError]


@dataclass(frozen=True)
class _Question:
    """What is simulated, architecture by architecture, each at as many loads."""

    load: Load
    loads: Sequence[tuple[float, ...]]
    architectures: tuple[Architecture, ...]
    scenarios: Sequence[Asked]
    cells: dict[int, Cell] = field(default_factory=dict)  # by place among the scenarios, as far as there was time

    @property
    def points(self) -> int:
        """How many loads an architecture has."""
        return len(self.loads[0])

    def runs(self, place: int) -> int:
        """How many replications there are of a scenario."""
        return len(self.cells[place].runs.results) if place in self.cells else 0

    @property
    def seen(self) -> Sequence[float]:
        """All loads, of the architectures that are not refused if there are any."""
        there = [mine for n, mine in enumerate(self.loads) if not self.refused(n)]
        return sorted({load for mine in there or self.loads for load in mine})

    def refused(self, number: int) -> str:
        """Why an architecture is refused; empty if it is not."""
        return next((str(asked[2]) for asked in self.of(number) if isinstance(asked[2], CapabilityError)), "")

    def of(self, number: int) -> Sequence[Asked]:
        """One architecture's scenarios."""
        return self.scenarios[number * self.points : (number + 1) * self.points]


def loaded(state: State) -> Mapping[str, object]:
    """Curves as far as they are known by now.

    Raises:
        InputError: a value that cannot be used.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    runs = _runs(state)
    question = _question(replace(state, at="").address)
    complete = _go_on(question, runs)
    curves = [_curve(question, number) for number in range(len(question.architectures))]
    workload = load_workload(state.workload)
    host = question.load.host(load_host(state.host))
    return {
        "view": "load",
        "title": f"Under load: {workload.title}",
        "unit": workload.unit,
        "curves": curves,
        "loads": question.seen,
        "over": question.load.over,
        "runs": runs,
        "complete": complete,
        "cores": host.cores,
        "own": {"clients": workload.tasks.count, "cores": load_host(state.host).cores},
        "costs": [],
        "demands": [],
        "choices": choices(),
        "state": state.seen,
        "address": state.address,
        "command": _command(state),
        "python": _program(state),
    }


def loaded_rows(state: State) -> Sequence[Row]:
    """All rows of `vmarch load`, with every replication that is asked for.

    Raises:
        InputError, CapabilityError, StuckError, CheckError: as for `under_load`.
    """
    return under_load(state.workload, state.architectures, jobs=1, **_arguments(state), **state.options).rows


@functools.lru_cache(maxsize=16)
def _question(address: str) -> _Question:
    """What an address asks; making its models takes longer than running some of them."""
    state = read(parse_qsl(address, keep_blank_values=True), MORE)
    load = _load(state)
    workload = demanding(load_workload(state.workload), state.demands)
    under = tuple(map(load_architecture, state.architectures))
    options: dict[str, Any] = {"host": load_host(state.host), "costs": state.costs}
    options |= {"guests": whole("guests", state.more["guests"])} if load.over != "guests" else {}
    loads, asked = load.by_architecture(workload, under, **options)
    return _Question(load, loads, under, asked)


def _load(state: State) -> Load:
    """The load; what does not go with what grows is left out of account."""
    said = state.more
    over = said["over"]
    is_open = over == "rate" or (over == "guests" and bool(said["rate"]))
    return Load(
        over,
        _number("to", said["to"]) if said["to"] else None,
        whole("clients", said["clients"]) if said["clients"] and over != "clients" and not is_open else None,
        said["think"] if said["think"] and not is_open else None,
        _number("rate", said["rate"]) if said["rate"] and over == "guests" else None,
        whole("cores", said["cores"]) if said["cores"] else None,
        whole("dom0", said["dom0"]) if said["dom0"] else None,
    )


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(name, text, "a number") from None


def _runs(state: State) -> int:
    runs = whole("runs", state.more["runs"])
    if not 2 <= runs <= MOST_RUNS:
        raise InputError("runs", runs, f"2 to {MOST_RUNS}")
    return runs


def _go_on(question: _Question, runs: int) -> bool:
    """Adds to the cells for as long as there is time; whether all are there with all replications."""
    until = time.monotonic() + BUDGET_S
    store = store_of(None)
    wanted = [place for place, (_, _, one) in enumerate(question.scenarios) if isinstance(one, Scenario)]
    ends = (0, question.points - 1)
    wanted.sort(key=lambda place: ((n := place % question.points) not in ends, n % 2, n))  # coarse, then fine
    while wanted:
        have = {place: question.runs(place) for place in wanted}
        for place in wanted:
            if time.monotonic() >= until and len(question.cells) >= len(ends):
                return False
            if have[place] == min(have.values()) < runs:
                plan = plan_of(operations=OPERATIONS, replications=min(max(2, 2 * have[place]), runs))
                (question.cells[place],) = alone([question.scenarios[place]], plan, store=store)
        if min(map(question.runs, wanted)) >= runs:
            break
    return True


def _curve(question: _Question, number: int) -> Mapping[str, object]:
    """What is drawn of one architecture."""
    one, loads = question.architectures[number], question.loads[number]
    head = {"name": one.name, "title": one.title}
    if reason := question.refused(number):
        return {**head, "refused": reason}
    mine = [question.cells.get(number * len(loads) + place) for place in range(len(loads))]
    there = [(load, cell) for load, cell in zip(loads, mine, strict=True) if cell is not None]
    if not there:
        return {**head, "points": [], "knee": None, "full": ""}
    curve = Curve(one.title, [load for load, _ in there], [cell for _, cell in there])
    full = curve.bottleneck if len(there) == len(loads) else ""
    return {
        **head,
        "points": [_point(load, cell) for load, cell in there],
        "knee": curve.knee if full else None,
        "full": full,
    }


def _point(load: float, cell: Cell) -> Mapping[str, object]:
    return {
        "load": load,
        "state": cell.state,
        "runs": len(cell.runs.results),
        **{name: _ends(cell.estimate(name)) if cell.lasts(name) else None for name in METRICS},
        "busy": {name: _ends(one) for name, one in busy(cell).items()},
    }


def _ends(one: Estimate) -> Sequence[float]:
    return one.value, one.low, one.high


def _arguments(state: State) -> dict[str, Any]:
    """What is said beside workload, architectures, host, costs and demands, as `under_load` takes it."""
    load = _load(state)
    said = {name: value for name, value in asdict(load).items() if value is not None}
    guests = {"guests": whole("guests", state.more["guests"])} if load.over != "guests" else {}
    return {**said, **guests, "operations": OPERATIONS, "replications": _runs(state)}


def _command(state: State) -> str:
    words = ["vmarch", "load", "-w", state.workload]
    for name in state.architectures:
        words += ["-a", name]
    for name, value in _arguments(state).items():
        words += [f"--{name.replace('_', '-')}", f"{value:g}" if isinstance(value, float) else str(value)]
    return f"{shlex.join(words)} {state.words}".rstrip()


def _program(state: State) -> str:
    said = ", ".join(f"{name}={value!r}" for name, value in _arguments(state).items())
    given = f", {state.arguments}" if state.arguments else ""
    return (
        "import vmarch\n\n"
        f"found = vmarch.under_load({state.workload!r}, {list(state.architectures)!r}, {said}{given})\n"
        "print(found.finding)\nprint(found.frame)\n"
    )
