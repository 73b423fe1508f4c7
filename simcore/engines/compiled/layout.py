"""From a model to the arrays of the compiled loop, and from their counts back to totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import Any

import numpy as np

from simcore.collecting import uncollected
from simcore.engines.compiled import fields as f
from simcore.engines.compiled.alike import Alike, alike
from simcore.engines.compiled.forms import Form, entry
from simcore.engines.compiled.told import Places, directed
from simcore.engines.records import Record
from simcore.engines.stuck import MOST_LIVE
from simcore.model import Call, Kind, Lock, Model, Tail, TaskClass, Visit
from simcore.spinning import PLAIN
from simcore.statistics.histogram import BUCKETS
from simcore.streams import key
from simcore.totals import ClassTotals, DomainTotals, Ints, Series, Settings, StationTotals, Totals

__all__ = ["Layout"]

POOL = 64  # walks beside the tasks, at first
TRACED = 1 << 14  # records kept at once


class Layout:
    """The state of a run, and what its numbers mean.

    Attributes:
        state: the arrays; some are replaced by larger ones as the run asks for it.
        alike, homes: the classes that differ in more than where they are, and for each class which it is like.
        first_ring: the slot of the first ring.
        elsewhere: where the programs are of classes that may move.
    """

    @uncollected()
    def __init__(self, model: Model, settings: Settings, *, traced: bool) -> None:
        self.model = model
        self.tasks = [(n, task) for n, tasks in enumerate(model.classes) for task in range(tasks.count)]
        self.settings = settings
        self.alike, self.homes = alike(model.classes, deterministic=settings.deterministic)
        self.visits = model.longest
        self.first_ring = len(model.domains)  # among slots: after turns
        self.first_thread = self.first_ring + len(model.rings)
        programs, counts = self._programs()
        self.state = f.State(
            now=self._numbers(settings, programs["steps"]),
            heap=np.zeros(256 + 4 * (len(self.tasks) + model.cores), f.EVENT),
            walks=np.zeros(0, f.WALK),
            log=np.zeros(0, f.MEETING),
            sources=self._sources(),
            stack=np.zeros(0, np.int64),
            queues=_records(f.QUEUE, [(-1, -1)] * (f.HELD + len(model.domains))),
            pools=np.zeros(len(model.pools[0]), f.POOL),
            allowed=np.array([[c in pool for c in range(model.cores)] for pool in map(set, model.pools[0])], np.int64),
            vcpus=np.zeros(sum(domain.vcpus for domain in model.domains), f.VCPU),
            spaces=np.full(sum(domain.vcpus for domain in model.domains), -1, np.int32),
            cores=np.zeros(model.cores, f.CORE),
            domains=np.zeros(len(model.domains), f.DOMAIN),
            stations=np.zeros(len(model.stations), f.STATION_RECORD),
            slots=np.zeros(self.first_thread + len(model.threads), f.SLOT),
            threads=_records(f.THREADS, [one for tasks in model.classes for one in self._threads(tasks)]),
            spun=self._spun(),
            locks=_records(f.LOCKS, [(one.first, one.count) for tasks in model.classes for one in tasks.locks]),
            calls=np.array([to for tasks in model.classes for to in tasks.calls], np.int64),
            faults=_records(f.FAULT_RECORD, [(fault.at_ticks, fault.domain) for fault in model.faults]),
            directed=directed(model),
            counts=np.zeros(counts + self._counts_of_resources(), np.int64),
            carried=np.zeros(counts + self._counts_of_resources(), np.int64),
            groups=_groups(settings.of(model.groups)),
            histograms=np.zeros((model.groups, BUCKETS), np.int64),
            series=np.zeros((model.groups, Series.LONGEST), np.int64),
            trace=_trace(model.cores, sum(one.vcpus for one in model.domains)) if traced else np.zeros(0, np.int64),
            **programs,
        )
        self._resources(counts)
        self.more_walks(len(self.tasks) + POOL)
        self._boot()

    def _numbers(self, settings: Settings, steps: f.Records) -> Any:
        model = self.model
        now = np.zeros(1, f.NUMBERS)[0]
        for nobody in ("sliced", "between", "handed", "free"):
            now[nobody] = -1
        now["idle_last"], now["breath"] = model.cores - 1, f.BREATH
        now["sources"] = now["serials"] = len(self.tasks)
        goals = settings.of(model.groups)
        now["warm"] = not any(warmup for warmup, _ in goals)
        now["lacking"] = sum(goal[now["warm"]] > 0 for goal in goals)
        now["horizon"] = -1 if settings.horizon_ticks is None else settings.horizon_ticks
        now["quantum"] = model.quantum_ticks
        now["many"] = len(self.tasks) > f.MANY_TASKS
        now["preempt"], now["futile"] = model.preempt, model.futile is not None
        now["most_live"], now["life"] = MOST_LIVE, model.life is not None
        now["yielding"] = any(domain.polling and domain.polling.yields for domain in model.domains)
        visits = steps[steps["kind"] == Kind.CPU]
        now["locks"] = np.any((visits["spin"] >= 0) | np.isin(visits["lock"], (Lock.ADDRESS_SPACE, Lock.VM)))
        return now

    def _programs(self) -> tuple[dict[str, Any], int]:
        """Steps, classes and what they draw, and how many counts the classes have."""
        steps: list[tuple[int, ...]] = []
        classes: list[tuple[int, ...]] = []
        entries: list[tuple[int, ...]] = []
        terms: list[tuple[Any, ...]] = []
        varying: list[tuple[int, ...]] = []
        forms: list[float] = []
        rows: list[int] = []
        bases: list[tuple[int, int]] = []
        places: list[tuple[tuple[int, ...], ...]] = []  # of those that are alike: what their classes have in common
        for one in self.alike:
            tasks, form, first = one.tasks, one.form, len(steps)
            steps += self._steps(one, first, len(rows), len(varying))
            pause = self._pause(tasks)
            lengths = ((entries, len(form.entries)), (terms, len(form.terms)), (varying, form.own))
            drawn = tuple(n for kept, more in lengths for n in (len(kept), len(kept) + more))
            bases.append((len(rows), len(varying)))
            pauses = (drawn[1] if pause else -1, _pause_ticks(tasks))
            places.append(((first, first + len(tasks.program.steps)), pauses, (*drawn, form.width)))
            entries += [*form.entries, *(pause[:1] if pause else ())]
            forms += [*form.forms, *(pause[1] if pause else ())]
            terms += form.terms
            varying += form.varying
            rows += form.visits.ravel().tolist()
        self.elsewhere = []
        for n, programs in self.model.life.elsewhere if self.model.life else ():
            home = self.homes[n]
            one, firsts = self.alike[home.like], [places[home.like][0][0]]
            for program in programs[1:]:
                there = Alike(replace(one.tasks, program=program), one.form, [False] * len(program.visits))
                firsts.append(len(steps))
                steps += self._steps(there, firsts[-1], *bases[home.like])
            shifts = [(home.domains, home.rings), *[(0, 0)] * (len(programs) - 1)]
            self.elsewhere.append(Places(n, firsts, shifts))
        counts = threads = calls = locks = source = 0
        for tasks, home in zip(self.model.classes, self.homes, strict=True):
            ends, its_pauses, its_draws = places[home.like]
            name = key(self.settings.seed, self.settings.replication, tasks.workload, tasks.guest)
            own = counts + f.CLASS_COUNTS
            row_counts = own + f.VISIT_COUNTS * len(tasks.program.visits)
            place = (
                *ends,
                tasks.domain,
                tasks.group,
                home.domains,
                home.rings,
                counts,
                own,
                row_counts,
                threads,
                self.first_thread + tasks.shared,
                calls,
                locks,
                source,
            )
            threads += len(tasks.threads)
            calls += len(tasks.calls)
            locks += len(tasks.locks)
            source += tasks.count
            entry_of_pause, pause_ticks = its_pauses
            drawn_by = int(name.astype(np.int64))
            classes.append((*place, entry_of_pause, *its_draws, drawn_by, pause_ticks, tasks.start_ticks))
            counts = row_counts + len(self.alike[home.like].form.varying)
        found = {
            "steps": _records(f.STEP, steps),
            "classes": _records(f.CLASS, classes),
            "entries": _records(f.ENTRY, entries),
            "forms": np.array(forms, np.float64),
            "values": np.ones(1 + max(len(one.form.entries) for one in self.alike)),
            "terms": _records(f.TERM, terms),
            "varying": _records(f.ROW, varying),
            "rows": np.array(rows, np.int64),
        }
        return found, counts

    def _steps(self, one: Alike, first: int, fixed: int, varying: int) -> Iterator[tuple[int, ...]]:
        """A class's steps: the operation's own, then the visits of its tails, one after the other.

        Args:
            first, fixed, varying: where its steps, its ticks that do not vary, and its rows that do begin among all.
        """
        program = one.tasks.program
        tail = first + len(program.steps)
        for n, step in enumerate(program.steps):
            if isinstance(step, Tail):
                rows = (varying + row for row in one.form.behind[n])
                yield f.TAIL_STEP, self.first_ring + step.ring, *[0] * 10, tail, tail + len(step.visits), *rows
                tail += len(step.visits)
            elif isinstance(step, Call):
                yield f.CALL_STEP, step.to, *[0] * 14
            else:
                yield _visit(step, one, fixed)
        for step in program.steps:
            if isinstance(step, Tail):
                yield from (_visit(visit, one, fixed) for visit in step.visits)

    def _spun(self) -> f.Records:
        """Locks that are waited for by spinning, free."""
        locks, paging = self.model.locks, len(self.tasks) + len(self.model.domains)
        spun = np.zeros(paging + len(locks), f.SPUN)
        spun["holder"] = spun["first"] = spun["last"] = spun["last_vcpu"] = -1
        spun["preemptible"] = [*[True] * paging, *(one.preemptible for one in locks)]
        spun["move"][paging:] = [one.move_ticks for one in locks]
        spun["more"][paging:] = [one.queue_ticks for one in locks]
        spun["number"] = self.first_thread + len(self.model.threads) + np.arange(len(spun))
        return spun

    def _threads(self, tasks: TaskClass) -> Iterator[tuple[int, ...]]:
        for thread in range(len(tasks.threads)):
            first, *rest = tasks.share(thread)
            yield self.first_thread + first, *rest

    def _pause(self, tasks: TaskClass) -> tuple[tuple[int, int, int], tuple[float, float]] | None:
        """How pauses are drawn: an entry and its form; None if all are alike."""
        distribution = tasks.interarrival if tasks.is_open else tasks.think
        if self.settings.deterministic or distribution.is_constant or not _pause_ticks(tasks):
            return None
        kind, a, b = distribution.form
        return entry("arrival" if tasks.is_open else "think", kind), (a, b)

    def _sources(self) -> f.Records:
        """Tasks."""
        sources = np.zeros(len(self.tasks), f.SOURCE)
        sources["tasks"], sources["number"] = np.array(self.tasks).T
        return sources

    def _counts_of_resources(self) -> int:
        return f.STATION_COUNTS * len(self.model.stations) + f.DOMAIN_COUNTS * len(self.model.domains)

    def _resources(self, counts: int) -> None:
        """Stations, domains, virtual processors, cores, locks and rings, all idle; their counts begin at `counts`."""
        model, state = self.model, self.state
        for n, station in enumerate(model.stations):
            state.stations[n] = (station.servers, station.servers, -1, -1, 0, counts)
            counts += f.STATION_COUNTS
        vcpus = np.array([domain.vcpus for domain in model.domains])
        lasts = np.cumsum(vcpus)
        firsts = lasts - vcpus
        domains, all_vcpus = state.domains, state.vcpus
        domains["switch"] = [domain.switch_ticks for domain in model.domains]
        domains["entry"] = [domain.entry_ticks for domain in model.domains]
        domains["turn"] = model.turn_ticks
        domains["idle_first"], domains["idle_last"] = firsts, lasts - 1
        domains["first"] = domains["last"] = -1
        domains["first_vcpu"], domains["last_vcpu"] = firsts, lasts
        domains["pool"] = model.pools[1]
        domains["quota"] = domains["left"] = [domain.quota_ticks for domain in model.domains]
        domains["period"] = [domain.period_ticks for domain in model.domains]
        domains["due"] = -1
        for n, polling in ((n, domain.polling) for n, domain in enumerate(model.domains) if domain.polling):
            domains[n]["most"], domains[n]["start"] = polling.most_ticks, polling.start_ticks
            domains[n]["grow"], domains[n]["shrink"] = polling.grow, polling.shrink
            domains[n]["yields"], domains[n]["asleep_only"] = polling.yields, polling.asleep_only
        for n, how in ((n, domain.spinning or PLAIN) for n, domain in enumerate(model.domains)):
            domains[n]["window"], domains[n]["exit_"], domains[n]["directed"] = (
                how.longest_ticks,
                how.exit_ticks,
                how.directed,
            )
            domains[n]["halts"], domains[n]["kick"], domains[n]["wake"] = how.halts, how.kick_ticks, how.wake_ticks
        domains["counts"] = counts + f.DOMAIN_COUNTS * np.arange(len(domains))
        all_vcpus["domain"] = np.repeat(np.arange(len(domains)), vcpus)
        for nothing in ("job", "task", "core", "idle_since"):
            all_vcpus[nothing] = -1
        windows = [domain.polling.first_ticks if domain.polling else 0 for domain in model.domains]
        all_vcpus["window"] = np.repeat(windows, vcpus)
        all_vcpus["next"], all_vcpus["before"] = np.arange(len(all_vcpus)) + 1, np.arange(len(all_vcpus)) - 1
        all_vcpus["next"][lasts - 1] = all_vcpus["before"][firsts] = -1
        for c in range(model.cores):
            state.cores[c] = (-1, -1, 0, -1, c + 1 if c + 1 < model.cores else -1, c - 1, 0, 0)
        state.slots["free"][: self.first_ring] = 1
        state.slots["free"][self.first_ring :] = [ring.slots for ring in model.rings] + [1] * len(model.threads)
        state.slots["first"] = state.slots["last"] = -1

    def _boot(self) -> None:
        """The tasks, about to begin."""
        walks, tasks = self.state.walks[: len(self.tasks)], self.state.sources["tasks"]
        walks["place"], walks["tasks"] = f.NEXT_OPERATION, tasks
        is_open = np.array([one.is_open for one in self.model.classes])
        walks["kind"] = np.where(is_open[tasks], f.ARRIVALS, f.TASK)
        walks["kind"][np.array([one.called for one in self.model.classes])[tasks]] = f.CALLED
        if self.model.life is not None:
            walks["kind"][np.isin(tasks, self.model.life.directed)] = f.DIRECTED
        walks["shift"] = self.state.classes["shift"][tasks]
        walks["source"] = walks["serial"] = walks["who"] = walks["space"] = np.arange(len(walks))

    def more_walks(self, more: int) -> None:
        """Room for more operations and tails under way."""
        had, state = len(self.state.walks), self.state
        width = max(one.form.width for one in self.alike)
        walks = np.zeros(more, f.WALK)
        walks["born"] = walks["lock"] = -1
        walks["row"] = len(state.rows) + width * np.arange(more)
        walks["log"] = self.visits * (had + np.arange(more))
        walks["next"] = had + 1 + np.arange(more)
        walks["next"][-1] = state.now["free"]
        state.now["free"] = had if had else len(self.tasks)  # the tasks themselves are taken
        self.state = state._replace(
            walks=np.concatenate([state.walks, walks]),
            log=_longer(state.log, self.visits * more),
            rows=_longer(state.rows, width * more),
            stack=np.concatenate([state.stack, np.zeros(more, np.int64)]),
        )

    def more_events(self) -> None:
        """Room for more events to come."""
        self.state = self.state._replace(heap=np.concatenate([self.state.heap, np.zeros_like(self.state.heap)]))

    @uncollected()
    def totals(self) -> Totals:
        """What was counted so far; the integrals must be up to now."""
        low, high = self.state.counts.tolist(), self.state.carried
        counted = iter(low)
        if high.any():
            counted = iter([many * f.LIMIT + rest for many, rest in zip(high.tolist(), low, strict=True)])
        return Totals(
            int(self.state.now["time"]),
            int(self.state.now["events"]),
            self.state.histograms.copy(),
            [self._class(n, counted) for n in range(len(self.model.classes))],
            [StationTotals(*_take(counted, f.STATION_COUNTS)) for _ in self.model.stations],
            [DomainTotals(*_take(counted, f.DOMAIN_COUNTS)) for _ in self.model.domains],
        )

    def _class(self, n: int, counted: Iterator[int]) -> ClassTotals:
        program = self.model.classes[n].program
        alone = _take(counted, f.CLASS_COUNTS)
        visits = _take(counted, f.VISIT_COUNTS * len(program.visits))
        by_kind = [visits[kind :: f.VISIT_COUNTS] for kind in range(f.VISIT_COUNTS)]
        form = self.alike[self.homes[n].like].form
        times = (by_kind[f.VISITS], by_kind[f.IDLE], by_kind[f.POLLED])
        rows = _rows(form, *times, _take(counted, len(form.varying)))
        named = dict(zip((field.name for field in fields(ClassTotals)), (*alone, *by_kind), strict=False))
        return ClassTotals(**named, rows=rows)  # type: ignore[arg-type]


def _groups(goals: list[tuple[int, int]]) -> f.Records:
    """Each group with what it lacks before the first mark: its warm-up, or its operations where there is none."""
    warm = not any(warmup for warmup, _ in goals)
    return _records(f.GROUP, [(goal[warm], goal[1], 1, 0, 0, 0) for goal in goals])


def _rows(form: Form, visits: list[int], idle: list[int], polled: list[int], drawn: list[int]) -> Ints:
    """Ticks of each row in all: those drawn were added up, the others are as many as their visits were made."""
    visit, is_idle, asleep = form.of
    times = np.array((visits, idle, np.subtract(idle, polled)), np.int64)
    found: Ints = form.fixed * times[is_idle + asleep, visit]
    found[form.drawn] = drawn
    return found


def _pause_ticks(tasks: TaskClass) -> int:
    return tasks.interarrival_ticks if tasks.is_open else tasks.think_ticks


def _trace(cores: int, vcpus: int) -> Ints:
    return np.zeros((TRACED + f.ROOM + 4 * cores + 2 * vcpus, len(Record._fields)), np.int64)


def _longer(array: Any, more: int) -> Any:
    """The array with more zeros; they need no memory until they are used."""
    longer = np.zeros(len(array) + more, array.dtype)
    longer[: len(array)] = array
    return longer


def _records(kind: np.dtype[np.void], rows: Sequence[tuple[Any, ...]]) -> f.Records:
    return np.array(rows, kind) if rows else np.zeros(0, kind)


def _visit(visit: Visit, one: Alike, fixed: int) -> tuple[int, ...]:
    """A visit's step; its ticks that do not vary are among those of its like, which begin at `fixed`."""
    held = (visit.lock, visit.serial, visit.index, visit.thread, visit.client, visit.spin)
    place = (visit.kind, visit.where, int(one.moves[visit.index]), *held)
    kinds, visits = one.form.places.shape
    ticks = (int(one.form.places[kind, visit.index]) for kind in range(kinds))
    alike = (-1 - (fixed + kind * visits + visit.index) for kind in range(kinds))
    return *place, *(own if own >= 0 else all_ for own, all_ in zip(ticks, alike, strict=True)), *[0] * 4


def _take(counted: Iterator[int], number: int) -> list[int]:
    return list(islice(counted, number))
