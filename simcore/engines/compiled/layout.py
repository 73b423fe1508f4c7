"""From a model to the arrays of the compiled loop, and from their counts back to totals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simcore.draws import Draws
from simcore.engines.compiled import fields as f
from simcore.engines.stuck import MOST_LIVE
from simcore.model import Model, Tail, Visit
from simcore.statistics.histogram import BUCKETS
from simcore.totals import ClassTotals, DomainTotals, Ints, Series, Settings, StationTotals, Totals

__all__ = ["Layout"]

POOL = 64  # walks beside the tasks, at first
TRACED = 4096  # ends of visits kept for an observer
SPACE = 1 << 23  # numbers drawn in advance in all, if the tasks are not too many
MOST_AHEAD = 4096  # operations of a task drawn in advance


class Layout:
    """The state of a run, and what its numbers mean.

    Attributes:
        state: the arrays; some are replaced by larger ones as the run asks for it.
        draws: of each task.
    """

    def __init__(self, model: Model, settings: Settings, *, traced: bool) -> None:
        self.model = model
        self.tasks = [(n, task) for n, tasks in enumerate(model.classes) for task in range(tasks.count)]
        self.draws = [
            Draws(model.classes[n], task, settings.seed, settings.replication, deterministic=settings.deterministic)
            for n, task in self.tasks
        ]
        self.strides = [1 + 2 * len(tasks.program.visits) + len(tasks.program.rows) for tasks in model.classes]
        self.ahead = self._ahead(settings)
        steps, classes, idle_rows, counts = self._programs()
        sources, drawn = self._sources()
        stations = np.zeros((len(model.stations), f.STATION_COLUMNS), dtype=np.int64)
        for n, station in enumerate(model.stations):
            stations[n, [f.S_SERVERS, f.S_FREE, f.S_COUNTS]] = station.servers, station.servers, counts
            counts += f.STATION_COUNTS
        domains, vcpus = self._domains(counts)
        counts += f.DOMAIN_COUNTS * len(domains)
        cores = np.full((model.cores, f.CORE), -1, dtype=np.int64)
        _link(cores, f.C_NEXT, f.C_PREV)
        slots = np.full((len(self.tasks) + len(domains) + len(model.rings), f.SLOT), -1, dtype=np.int64)
        slots[:, f.L_FREE] = [1] * (len(self.tasks) + len(domains)) + [ring.slots for ring in model.rings]
        visits = max(len(tasks.program.visits) for tasks in model.classes)
        self.own = 2 * visits + max(len(tasks.program.rows) for tasks in model.classes)
        self.state = f.State(
            now=self._numbers(settings, traced=traced),
            heap=np.zeros((256 + 4 * (len(self.tasks) + model.cores), 3), dtype=np.int64),
            walks=np.full((0, f.WALK), -1, dtype=np.int64),
            log=np.zeros((0, f.LOG * visits), dtype=np.int64),
            rows=np.zeros(drawn, dtype=np.int64),
            sources=sources,
            stack=np.zeros(0, dtype=np.int64),
            vcpus=vcpus,
            cores=cores,
            domains=domains,
            stations=stations,
            slots=slots,
            steps=steps,
            classes=classes,
            idle_rows=idle_rows,
            faults=np.array([(x.at_ticks, x.domain) for x in model.faults], dtype=np.int64).reshape(-1, 2),
            counts=np.zeros((counts, 2), dtype=np.int64),
            histogram=np.zeros((len(model.classes), BUCKETS), dtype=np.int64),
            series=np.zeros(Series.LONGEST, dtype=np.int64),
            trace=np.zeros((TRACED if traced else 1, 5), dtype=np.int64),
        )
        self.more_walks(len(self.tasks) + POOL)
        self._boot()

    def _ahead(self, settings: Settings) -> int:
        """Operations of a task to draw at a time."""
        wanted = (settings.operations + settings.warmup) // len(self.tasks) + 2
        wanted += wanted // 4
        room = SPACE // (len(self.tasks) * max(self.strides))
        return max(min(wanted if settings.horizon_ticks is None else MOST_AHEAD, room, MOST_AHEAD), 4)

    def _numbers(self, settings: Settings, *, traced: bool) -> Ints:
        model = self.model
        now = np.zeros(f.NUMBERS, dtype=np.int64)
        for name in (f.SLICED, f.BETWEEN, f.FREE, f.WOKEN_FIRST, f.WOKEN_LAST, f.READY_FIRST, f.READY_LAST):
            now[name] = -1
        now[[f.IDLE_FIRST, f.IDLE_LAST]] = 0, model.cores - 1
        now[[f.GROUP, f.SOURCES, f.SERIALS]] = 1, len(self.tasks), len(self.tasks)
        now[[f.WARMUP, f.OPERATIONS]] = settings.warmup, settings.operations
        now[f.HORIZON] = -1 if settings.horizon_ticks is None else settings.horizon_ticks
        now[[f.QUANTUM, f.DOMAIN_SWITCH, f.PREEMPT]] = model.quantum_ticks, model.domain_switch_ticks, model.preempt
        now[[f.FUTILE, f.TRACING, f.MOST_LIVE]] = model.futile is not None, traced, MOST_LIVE
        return now

    def _programs(self) -> tuple[Ints, Ints, Ints, int]:
        """Steps of all classes, classes, idle rows, and how many counts the classes have."""
        steps: list[list[int]] = []
        rows: list[bool] = []
        classes = np.zeros((len(self.model.classes), f.CLASS_COLUMNS), dtype=np.int64)
        counts = 0
        for n, tasks in enumerate(self.model.classes):
            program = tasks.program
            first = len(steps)
            tails = first + len(program.steps)  # where the visits of the next tail will be
            behind: list[list[int]] = []
            for step in program.steps:
                if isinstance(step, Tail):
                    ring = len(self.tasks) + len(self.model.domains) + step.ring
                    steps.append([f.TAIL_STEP, ring, 0, 0, tails, tails + len(step.visits)])
                    behind += [_visit(visit) for visit in step.visits]
                    tails += len(step.visits)
                else:
                    steps.append(_visit(step))
            end = len(steps)
            steps += behind
            visits, own = len(program.visits), counts + f.CLASS_COUNTS
            classes[n] = (
                *(first, end, visits, len(program.rows), len(rows)),
                *(counts, own, own + f.VISIT_COUNTS * visits, tasks.domain),
            )
            rows += [row.idle for row in program.rows]
            counts = own + f.VISIT_COUNTS * visits + len(program.rows)
        table = np.array(steps, dtype=np.int64).reshape(-1, f.STEP_COLUMNS)
        return table, classes, np.array(rows, dtype=np.int64), counts

    def _sources(self) -> tuple[Ints, int]:
        """Tasks, and how many drawn numbers they keep."""
        sources = np.zeros((len(self.tasks), f.SOURCE_COLUMNS), dtype=np.int64)
        place = 0
        for n, (tasks, number) in enumerate(self.tasks):
            stride = self.strides[tasks]
            sources[n, [f.DATA, f.STRIDE, f.OF_CLASS, f.NUMBER_IN_CLASS]] = place, stride, tasks, number
            pauses = self._pauses(n)
            sources[n, f.FIXED] = self.draws[n].constant and pauses.constant
            place += stride * (1 if sources[n, f.FIXED] else self.ahead)
        return sources, place

    def _pauses(self, source: int):  # type: ignore[no-untyped-def]
        draws = self.draws[source]
        return draws.arrivals if self.model.classes[self.tasks[source][0]].is_open else draws.thinks

    def _domains(self, counts: int) -> tuple[Ints, Ints]:
        domains = np.full((len(self.model.domains), f.DOMAIN), -1, dtype=np.int64)
        vcpus = np.full((sum(domain.vcpus for domain in self.model.domains), f.VCPU), -1, dtype=np.int64)
        vcpus[:, [f.V_FRESH, f.V_WOKEN, f.V_TURN, f.V_TASK_TURN]] = 0
        first = 0
        for n, domain in enumerate(self.model.domains):
            last = first + domain.vcpus
            domains[n, [f.D_SWITCH, f.D_TURN]] = domain.switch_ticks, self.model.turn_ticks[n]
            domains[n, [f.D_PRESENT, f.D_RUNNING, f.D_SINCE, f.D_STOPPED]] = 0
            domains[n, [f.D_IDLE_FIRST, f.D_IDLE_LAST, f.D_COUNTS]] = first, last - 1, counts + f.DOMAIN_COUNTS * n
            vcpus[first:last, f.V_DOMAIN] = n
            _link(vcpus[first:last], f.V_NEXT, f.V_PREV, first)
            first = last
        return domains, vcpus

    def _boot(self) -> None:
        """The tasks, about to begin."""
        walks = self.state.walks
        for n, (tasks, _) in enumerate(self.tasks):
            is_open = self.model.classes[tasks].is_open
            walks[n, [f.KIND, f.CLASS, f.SOURCE, f.SERIAL]] = f.ARRIVALS if is_open else f.TASK, tasks, n, n
            walks[n, f.PLACE] = f.NEXT_ARRIVAL if is_open else f.NEXT_OPERATION
            self.draw(n)

    def draw(self, source: int) -> None:
        """Draws a task's next operations: pause, visits, idle rows of visits, rows."""
        base, stride, fixed = self.state.sources[source, [f.DATA, f.STRIDE, f.FIXED]]
        size = 1 if fixed else self.ahead
        block = self.draws[source].block(size)
        visits = block.visits.shape[1]
        rows = self.state.rows[base : base + size * stride].reshape(size, stride)
        rows[:, 0] = self._pauses(source).take(size)
        rows[:, 1 : 1 + visits] = block.visits
        rows[:, 1 + visits : 1 + 2 * visits] = block.idle
        rows[:, 1 + 2 * visits :] = block.rows
        self.state.sources[source, [f.CURSOR, f.CAPACITY]] = 0, size

    def more_walks(self, more: int) -> None:
        """Room for more operations and tails under way."""
        had, state = len(self.state.walks), self.state
        walks = np.full((more, f.WALK), -1, dtype=np.int64)
        walks[:, f.ROW] = len(state.rows) + self.own * np.arange(more)
        walks[:, f.NEXT] = had + 1 + np.arange(more)
        walks[-1, f.NEXT] = -1
        state.now[f.FREE] = had + (len(self.tasks) if not had else 0)
        self.state = state._replace(
            walks=np.concatenate([state.walks, walks]),
            log=np.concatenate([state.log, np.zeros((more, state.log.shape[1]), dtype=np.int64)]),
            rows=np.concatenate([state.rows, np.zeros(self.own * more, dtype=np.int64)]),
            stack=np.concatenate([state.stack, np.zeros(more + 8, dtype=np.int64)]),
        )

    def more_events(self) -> None:
        """Room for more events to come."""
        self.state = self.state._replace(heap=np.concatenate([self.state.heap, np.zeros_like(self.state.heap)]))

    def totals(self) -> Totals:
        """What was counted so far; the integrals must be up to now."""
        counted = (int(high) * f.LIMIT + int(low) for high, low in self.state.counts.tolist())
        totals = Totals(
            int(self.state.now[f.NOW]),
            int(self.state.now[f.EVENTS]),
            [self._class(n, counted) for n in range(len(self.model.classes))],
            [StationTotals(*_take(counted, f.STATION_COUNTS)) for _ in self.model.stations],
            [],
        )
        for _ in self.model.domains:
            totals.domains.append(DomainTotals(*_take(counted, f.DOMAIN_COUNTS)))
        return totals

    def _class(self, n: int, counted: Iterator[int]) -> ClassTotals:
        program = self.model.classes[n].program
        alone = _take(counted, f.CLASS_COUNTS)
        visits = _take(counted, f.VISIT_COUNTS * len(program.visits))
        rows = np.array(_take(counted, len(program.rows)), dtype=np.int64)
        by_kind = [visits[kind :: f.VISIT_COUNTS] for kind in range(f.VISIT_COUNTS)]
        return ClassTotals(*alone, *by_kind, rows, self.state.histogram[n].copy())


def _visit(visit: Visit) -> list[int]:
    return [visit.kind, visit.where, visit.lock, visit.index, visit.first, visit.last]


def _take(counted: Iterator[int], number: int) -> list[int]:
    return [next(counted) for _ in range(number)]


def _link(table: Ints, forward: int, backward: int, first: int = 0) -> None:
    """Links the rows of a table, numbered from `first`, one after the other."""
    table[:, forward] = first + 1 + np.arange(len(table))
    table[:, backward] = first - 1 + np.arange(len(table))
    table[-1, forward] = table[0, backward] = -1
