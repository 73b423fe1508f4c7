"""Bounds that hold whatever the scheduling, the distributions and the notifications (Denning and Buzen 1978).

Whatever an operation needs of something that comes in limited number, throughput cannot exceed that number over that
need. Processors, devices, locks, slots of rings and the tasks themselves all come in limited number, so

    throughput <= min(1 / max(demand / servers), tasks / (service + think time))

Only work that is always done counts, not what is paid where a domain happens to be idle; the background counts too,
except for the task, which does not wait for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simcore.model import Kind, Lock, Model, Row, Serial, Tail, TaskClass, Visit, visits_of
from simcore.summing import added
from simcore.totals import Window
from simcore.units import TICKS_PER_S, seconds

__all__ = ["Bounds", "Resource", "balanced_job", "bounds", "exceeded", "mean_ticks", "resources"]

Ticks = Sequence[Sequence[float]]  # by class, of each row of its program


@dataclass(frozen=True)
class Resource:
    """Something that comes in limited number.

    Attributes:
        servers: how many there are.
        each: ticks of it, by number of the class of tasks, where there are any: of one operation, or of all, as the
            rows were given. (Of ten thousand guests' processors, each is used by one class.)
    """

    name: str
    servers: float
    each: Mapping[int, float]


@dataclass(frozen=True)
class Bounds:
    """What no schedule can beat, all guests together.

    Attributes:
        throughput_per_s: the most.
        response_s: the least mean.
        limit: what sets the throughput.
    """

    throughput_per_s: float
    response_s: float
    limit: str


def resources(model: Model, rows: Ticks, think: Sequence[float]) -> Iterator[Resource]:
    """Everything that comes in limited number, with what the rows ask of it.

    Args:
        rows: ticks of each row, by class.
        think: ticks of pauses, by class; closed classes only.
    """
    processors, locks, turns = (_Uses(len(model.domains)) for _ in range(3))
    stations, rings = _Uses(len(model.stations)), _Uses(len(model.rings))
    cores, spaces, own = (_Uses(1) for _ in range(3))
    threads: dict[tuple[int, int], dict[int, float]] = {}
    elsewhere = dict(model.life.elsewhere) if model.life is not None else {}
    for k, tasks in enumerate(model.classes):
        own.add(0, k, think[k])
        for number, step in enumerate(tasks.program.steps):
            for place, visit in enumerate(visits_of(step)):
                ticks = added(rows[k][visit.first : visit.last])
                others = (tuple(visits_of(program.steps[number]))[place] for program in elsewhere.get(k, ()))
                stays = all(other.where == visit.where for other in others)  # or nobody knows how much of it is here
                if visit.kind is Kind.CPU:
                    if stays:
                        processors.add(visit.where, k, ticks)
                    cores.add(0, k, ticks)
                elif visit.kind is Kind.STATION and stays:
                    stations.add(visit.where, k, ticks)
                if visit.lock is Lock.VM:
                    locks.add(tasks.domain, k, ticks)
                for first, count in _threads(tasks, visit):
                    uses = threads.setdefault((first, count), {})
                    uses[k] = uses.get(k, 0) + ticks
                if visit.lock is Lock.ADDRESS_SPACE:
                    spaces.add(0, k, ticks)
                if visit.serial is not Serial.NO:
                    turns.add(tasks.domain, k, ticks)
                if isinstance(step, Tail):
                    rings.add(step.ring, k, ticks)
                else:
                    own.add(0, k, ticks)
    yield Resource("the cores", model.cores, cores[0])
    for (first, count), used in threads.items():
        yield Resource(f"the {model.threads[first]}", count, used)
    for domain, used, locked, served in zip(model.domains, processors, locks, turns, strict=True):
        yield Resource(f"the processors of {domain.name}", domain.vcpus, used)
        yield Resource(f"the page-table lock of {domain.name}", 1, locked)
        yield Resource(f"the requests of {domain.name}, one at a time", 1, served)
    for station, used in zip(model.stations, stations, strict=True):
        yield Resource(f"the {station.name}", station.servers, used)
    for ring, used in zip(model.rings, rings, strict=True):
        yield Resource(f"the {ring.name}", ring.slots, used)
    for k, tasks in enumerate(model.classes):
        yield Resource(f"the page-table locks of {tasks.workload}", tasks.count, _only(k, spaces[0].get(k, 0)))
        if not tasks.overlap:
            yield Resource(f"the number of tasks of {tasks.workload}", tasks.count, _only(k, own[0].get(k, 0)))


def _threads(tasks: TaskClass, visit: Visit) -> Iterator[tuple[int, int]]:
    """The threads of which a visit takes one, and the lock that they share: the first, and how many."""
    if visit.thread >= 0:
        yield tasks.share(visit.thread)[:2]
    if visit.lock is Lock.SHARED:
        yield tasks.shared, 1


class _Uses(list[dict[int, float]]):
    """Ticks by class, of each of several resources of a kind."""

    def __init__(self, number: int) -> None:
        super().__init__({} for _ in range(number))

    def add(self, which: int, k: int, ticks: float) -> None:
        """More ticks of one of them for a class."""
        if ticks:
            self[which][k] = self[which].get(k, 0) + ticks


def _only(k: int, ticks: float) -> dict[int, float]:
    return {k: ticks} if ticks else {}


def mean_ticks(tasks: TaskClass, row: Row) -> float:
    """The mean of a row where it is paid."""
    mean = tasks.means
    return added(ticks * mean[variable] for variable, ticks in row.ticks)


def bounds(model: Model, *, arrivals: bool = True) -> Bounds:
    """The asymptotic bounds from mean demands.

    With several classes of tasks, the throughput is bounded by what is left if the least demanding had all.

    Args:
        arrivals: whether what arrives is a bound too; without, the throughput is what the resources could serve.
    """
    rows = [[0.0 if row.idle else mean_ticks(tasks, row) for row in tasks.program.rows] for tasks in model.classes]
    found = list(resources(model, rows, [tasks.think_ticks for tasks in model.classes]))
    by_all = [resource for resource in found if len(resource.each) == len(model.classes)]
    limits = [(resource.servers / min(resource.each.values()), resource.name) for resource in by_all]
    own: list[list[tuple[float, str]]] = [[] for _ in model.classes]
    for resource in (*found, *_quotas(model, rows), *(_arrivals(model) if arrivals else ())):
        for k, ticks in resource.each.items():
            own[k].append((resource.servers / ticks, resource.name))
    best = [min(mine, default=(math.inf, "nothing")) for mine in own]
    limits.append((added(most for most, _ in best), " and ".join(dict.fromkeys(name for _, name in best))))
    most, limit = min(limits, key=lambda one: one[0])
    least = min(
        added(added(mine[step.first : step.last]) for step in tasks.program.steps if isinstance(step, Visit))
        for tasks, mine in zip(model.classes, rows, strict=True)
    )
    if not any(tasks.is_open for tasks in model.classes):
        customers = sum(tasks.count for tasks in model.classes)
        least = max(least, customers / most - max(tasks.think_ticks for tasks in model.classes))
    return Bounds(most * TICKS_PER_S, seconds(least), limit)


def _quotas(model: Model, rows: Ticks) -> Iterator[Resource]:
    for d, domain in enumerate(model.domains):
        if domain.quota_ticks:
            used = {
                k: added(
                    added(mine[v.first : v.last]) for v in tasks.program.visits if (v.kind, v.where) == (Kind.CPU, d)
                )
                for k, (tasks, mine) in enumerate(zip(model.classes, rows, strict=True))
            }
            each = {k: ticks for k, ticks in used.items() if ticks}
            yield Resource(f"the quota of {domain.name}", domain.quota_ticks / domain.period_ticks, each)


def _arrivals(model: Model) -> Iterator[Resource]:
    for k, tasks in enumerate(model.classes):
        if tasks.is_open:
            yield Resource(f"the arrivals of {tasks.workload}", 1, _only(k, tasks.interarrival_ticks))


def exceeded(model: Model, window: Window) -> Iterator[str]:
    """Each bound that a run exceeds, exactly, in ticks; none if the engine is right.

    Two forms of the same bound, and neither needs a tolerance. For the whole run, the work that its operations drew
    must fit into its time. For the measuring window, so must the work that any operation does at least; operations
    that were under way when it began, or whose background was not over when it ended, are left out, and those are no
    more than tasks and slots of rings. (The mean demand would not do: a sample of operations may be lighter.)
    """
    whole = window.whole
    for resource in resources(model, [t.rows.tolist() for t in whole.classes], [t.think for t in whole.classes]):
        if added(resource.each.values()) > resource.servers * whole.now:
            yield (
                f"the bound set by {resource.name}: {added(resource.each.values()):.0f} ticks of work "
                f"in {resource.servers} x {whole.now} ticks"
            )
    measured = window.measured
    least = [_least(tasks) for tasks in model.classes]
    pauses = [tasks.think_ticks if tasks.think.is_constant else 0 for tasks in model.classes]
    counted = [
        0 if tasks.overlap else max(totals.completed - _under_way(model, tasks), 0)
        for tasks, totals in zip(model.classes, measured.classes, strict=True)
    ]
    for resource in resources(model, least, pauses):
        needed = added(counted[k] * each for k, each in resource.each.items())
        if needed > resource.servers * measured.now:
            yield (
                f"the bound set by {resource.name}: {added(counted)} operations in {measured.now} ticks "
                f"need at least {needed / resource.servers:.0f}"
            )


def _least(tasks: TaskClass) -> list[int]:
    """Ticks of each row in any operation; all that varies may be 0."""
    changing, mean = tasks.varied, tasks.means
    return [
        0 if row.idle else round(added(ticks * mean[name] for name, ticks in row.ticks if name not in changing))
        for row in tasks.program.rows
    ]


def _under_way(model: Model, tasks: TaskClass) -> int:
    rings = {step.ring for step in tasks.program.steps if isinstance(step, Tail)}
    return tasks.count + sum(model.rings[ring].slots for ring in rings)


def balanced_job(demands: Sequence[float], think: float, customers: int) -> tuple[float, float]:
    """Bounds on the throughput of a closed product-form network of single servers (Zahorjan et al. 1982).

    Balanced networks of the same total and the same largest demand do no better and no worse; with think time as in
    Lazowska et al. 1984, table 5.2.

    Args:
        demands: service of one operation at each server, all in one unit of time, as `think`.
    """
    total, largest = added(demands), max(demands)
    average, others = total / len(demands), customers - 1
    low = customers / (total + think + others * largest / (1.0 + think / (customers * total)))
    high = customers / (total + think + others * average / (1.0 + think / total))
    return low, min(high, 1.0 / largest if largest else math.inf)
