"""From a model to the arrays of the compiled loop, and from their counts back to totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from typing import Any

import numpy as np

from simcore.draws import Draws
from simcore.engines.compiled import fields as f
from simcore.engines.compiled.drawing import Drawing, Form
from simcore.engines.stuck import MOST_LIVE
from simcore.model import Model, Tail, TaskClass, Visit
from simcore.statistics.histogram import BUCKETS
from simcore.totals import ClassTotals, DomainTotals, Ints, Series, Settings, StationTotals, Totals

__all__ = ["Layout"]

POOL = 64  # walks beside the tasks, at first
TRACED = 4096  # ends of visits kept for an observer
SPACE = 1 << 23  # numbers drawn in advance in all, if the tasks are not too many
MOST_AHEAD = 2048  # operations of a task drawn in advance: fewer cost calls, more cost cache misses


class Layout:
    """The state of a run, and what its numbers mean.

    Attributes:
        state: the arrays; some are replaced by larger ones as the run asks for it.
        drawings: of each task.
        first_ring: the slot of the first ring.
    """

    def __init__(self, model: Model, settings: Settings, *, traced: bool) -> None:
        self.model = model
        self.tasks = [(n, task) for n, tasks in enumerate(model.classes) for task in range(tasks.count)]
        self.drawings = [drawing for tasks in model.classes for drawing in _drawings(tasks, settings)]
        self.widths = [2 * len(tasks.program.visits) + len(tasks.program.rows) for tasks in model.classes]
        self.visits = max(len(tasks.program.visits) for tasks in model.classes)
        self.first_ring = len(self.tasks) + 2 * len(model.domains)  # among slots: after locks and turns
        self.ahead = self._ahead(settings)
        steps, classes, idle_rows, counts = self._programs()
        sources, drawn = self._sources()
        self.state = f.State(
            now=self._numbers(settings, traced=traced),
            heap=np.zeros(256 + 4 * (len(self.tasks) + model.cores), f.EVENT),
            walks=np.zeros(0, f.WALK),
            log=np.zeros(0, f.MEETING),
            rows=np.zeros(drawn, np.int64),
            sources=sources,
            stack=np.zeros(0, np.int64),
            queues=_records(f.QUEUE, [(-1, -1), (-1, -1)]),
            vcpus=np.zeros(sum(domain.vcpus for domain in model.domains), f.VCPU),
            cores=np.zeros(model.cores, f.CORE),
            domains=np.zeros(len(model.domains), f.DOMAIN),
            stations=np.zeros(len(model.stations), f.STATION_RECORD),
            slots=np.zeros(self.first_ring + len(model.rings), f.SLOT),
            steps=steps,
            classes=classes,
            idle_rows=idle_rows,
            faults=_records(f.FAULT_RECORD, [(fault.at_ticks, fault.domain) for fault in model.faults]),
            counts=np.zeros(counts + self._counts_of_resources(), f.COUNT),
            histogram=np.zeros((len(model.classes), BUCKETS), np.int64),
            series=np.zeros(Series.LONGEST, np.int64),
            trace=np.zeros((TRACED if traced else 1, 5), np.int64),
        )
        self._resources(counts)
        self.more_walks(len(self.tasks) + POOL)
        self._boot()

    def _ahead(self, settings: Settings) -> int:
        """Operations of a task to draw at a time."""
        wanted = (settings.operations + settings.warmup) // len(self.tasks) + 2
        wanted += wanted // 4
        room = SPACE // (len(self.tasks) * (1 + max(self.widths)))
        return max(min(wanted if settings.horizon_ticks is None else MOST_AHEAD, room, MOST_AHEAD), 4)

    def _numbers(self, settings: Settings, *, traced: bool) -> Any:
        model = self.model
        now = np.zeros(1, f.NUMBERS)[0]
        for nobody in ("sliced", "between", "free"):
            now[nobody] = -1
        now["idle_last"] = model.cores - 1
        now["group"] = 1
        now["sources"] = now["serials"] = len(self.tasks)
        now["warmup"], now["operations"] = settings.warmup, settings.operations
        now["horizon"] = -1 if settings.horizon_ticks is None else settings.horizon_ticks
        now["quantum"], now["domain_switch"] = model.quantum_ticks, model.domain_switch_ticks
        now["preempt"], now["futile"] = model.preempt, model.futile is not None
        now["tracing"], now["most_live"] = traced, MOST_LIVE
        return now

    def _programs(self) -> tuple[f.Records, f.Records, Ints, int]:
        """Steps of all classes, classes, idle rows, and how many counts the classes have."""
        steps: list[tuple[int, ...]] = []
        rows: list[bool] = []
        classes: list[tuple[int, ...]] = []
        counts = 0
        for tasks, width in zip(self.model.classes, self.widths, strict=True):
            program, first, visits = tasks.program, len(steps), len(tasks.program.visits)
            tail = end = first + len(program.steps)  # the visits of the first tail come after the steps
            for step in program.steps:
                if isinstance(step, Tail):
                    steps.append((f.TAIL_STEP, self.first_ring + step.ring, 0, 0, 0, 0, tail, tail + len(step.visits)))
                    tail += len(step.visits)
                else:
                    steps.append(_visit(step, visits))
            behind = [step for step in program.steps if isinstance(step, Tail)]
            steps += [_visit(visit, visits) for step in behind for visit in step.visits]
            own = counts + f.CLASS_COUNTS
            row_counts = own + f.VISIT_COUNTS * visits
            classes.append((first, end, width, 2 * visits, len(rows), counts, own, row_counts, tasks.domain))
            rows += [row.idle for row in program.rows]
            counts = row_counts + len(program.rows)
        return _records(f.STEP, steps), _records(f.CLASS, classes), np.array(rows, np.int64), counts

    def _sources(self) -> tuple[f.Records, int]:
        """Tasks, and how many drawn numbers they keep."""
        sources = np.zeros(len(self.tasks), f.SOURCE)
        place = 0
        for n, (tasks, number) in enumerate(self.tasks):
            fixed, stride = self.drawings[n].fixed, 1 + self.widths[tasks]
            sources[n] = (place, 0, 0, fixed, stride, 0, number, tasks)
            place += stride * (1 if fixed else self.ahead)
        return sources, place

    def _counts_of_resources(self) -> int:
        return f.STATION_COUNTS * len(self.model.stations) + f.DOMAIN_COUNTS * len(self.model.domains)

    def _resources(self, counts: int) -> None:
        """Stations, domains, virtual processors, cores, locks and rings, all idle; their counts begin at `counts`."""
        model, state = self.model, self.state
        for n, station in enumerate(model.stations):
            state.stations[n] = (station.servers, station.servers, -1, -1, 0, 0, counts)
            counts += f.STATION_COUNTS
        first = 0
        for n, domain in enumerate(model.domains):
            last = first + domain.vcpus
            turn = (domain.switch_ticks, model.turn_ticks[n])
            state.domains[n] = (*turn, first, last - 1, -1, -1, 0, 0, 0, counts)
            for v in range(first, last):
                neighbours = (v + 1 if v + 1 < last else -1, v - 1 if v > first else -1)
                state.vcpus[v] = (n, -1, -1, -1, 0, 0, 0, 0, *neighbours)
            counts += f.DOMAIN_COUNTS
            first = last
        for c in range(model.cores):
            state.cores[c] = (-1, -1, 0, -1, c + 1 if c + 1 < model.cores else -1, c - 1)
        slots = [1] * self.first_ring + [ring.slots for ring in model.rings]
        state.slots[:] = [(free, -1, -1) for free in slots]

    def _boot(self) -> None:
        """The tasks, about to begin."""
        for n, (tasks, _) in enumerate(self.tasks):
            walk = self.state.walks[n]
            is_open = self.model.classes[tasks].is_open
            walk["place"] = f.NEXT_ARRIVAL if is_open else f.NEXT_OPERATION
            walk["kind"], walk["tasks"] = f.ARRIVALS if is_open else f.TASK, tasks
            walk["source"] = walk["serial"] = n
            self.draw(n)

    def draw(self, source: int) -> None:
        """Draws a task's next operations: pause, visits, idle rows of visits, rows."""
        task = self.state.sources[source]
        size = 1 if task["fixed"] else self.ahead
        rows = self.state.rows[task["data"] :][: size * task["stride"]]
        self.drawings[source].write(rows.reshape(size, task["stride"]))
        task["cursor"], task["capacity"] = 0, size

    def more_walks(self, more: int) -> None:
        """Room for more operations and tails under way."""
        had, state = len(self.state.walks), self.state
        walks, width = np.zeros(more, f.WALK), max(self.widths)
        walks["born"] = -1
        walks["row"] = len(state.rows) + width * np.arange(more)
        walks["log"] = self.visits * (had + np.arange(more))
        walks["next"] = had + 1 + np.arange(more)
        walks["next"][-1] = state.now["free"]
        state.now["free"] = had if had else len(self.tasks)  # the tasks themselves are taken
        self.state = state._replace(
            walks=np.concatenate([state.walks, walks]),
            log=np.concatenate([state.log, np.zeros(self.visits * more, f.MEETING)]),
            rows=np.concatenate([state.rows, np.zeros(width * more, np.int64)]),
            stack=np.concatenate([state.stack, np.zeros(more, np.int64)]),
        )

    def more_events(self) -> None:
        """Room for more events to come."""
        self.state = self.state._replace(heap=np.concatenate([self.state.heap, np.zeros_like(self.state.heap)]))

    def totals(self) -> Totals:
        """What was counted so far; the integrals must be up to now."""
        counted = (high * f.LIMIT + low for high, low in self.state.counts.tolist())
        return Totals(
            int(self.state.now["time"]),
            int(self.state.now["events"]),
            [self._class(n, counted) for n in range(len(self.model.classes))],
            [StationTotals(*_take(counted, f.STATION_COUNTS)) for _ in self.model.stations],
            [DomainTotals(*_take(counted, f.DOMAIN_COUNTS)) for _ in self.model.domains],
        )

    def _class(self, n: int, counted: Iterator[int]) -> ClassTotals:
        program = self.model.classes[n].program
        alone = _take(counted, f.CLASS_COUNTS)
        visits = _take(counted, f.VISIT_COUNTS * len(program.visits))
        by_kind = [visits[kind :: f.VISIT_COUNTS] for kind in range(f.VISIT_COUNTS)]
        rows = np.array(_take(counted, len(program.rows)), np.int64)
        named = dict(zip((field.name for field in fields(ClassTotals)), (*alone, *by_kind), strict=False))
        return ClassTotals(**named, rows=rows, histogram=self.state.histogram[n].copy())  # type: ignore[arg-type]


def _drawings(tasks: TaskClass, settings: Settings) -> Iterator[Drawing]:
    form = None
    for task in range(tasks.count):
        draws = Draws(tasks, task, settings.seed, settings.replication, deterministic=settings.deterministic)
        form = form or Form(draws)
        yield Drawing(draws, draws.arrivals if tasks.is_open else draws.thinks, form)


def _records(kind: np.dtype[np.void], rows: list[tuple[int, ...]]) -> f.Records:
    return np.array(rows, kind) if rows else np.zeros(0, kind)


def _visit(visit: Visit, visits: int) -> tuple[int, ...]:
    place = (visit.kind, visit.where, visit.lock, visit.serial)
    return (*place, visit.index, visits + visit.index, visit.first, visit.last)


def _take(counted: Iterator[int], number: int) -> list[int]:
    return list(islice(counted, number))
