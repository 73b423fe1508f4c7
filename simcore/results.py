"""What a run says, in units for people: rates, times and cycles for each operation, split by layer and by resource."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace

from simcore.collecting import uncollected
from simcore.errors import CheckError
from simcore.model import Kind, Lock, Model, Step, Tail, TaskClass, Visit
from simcore.path import Layer
from simcore.statistics import quantiles
from simcore.summing import added
from simcore.totals import ClassTotals, Totals, Window
from simcore.units import TICKS_PER_S, seconds

__all__ = ["PERCENTILES", "Result", "Share", "summarize"]

PERCENTILES = (50, 95, 99)
LAYERS = tuple(str(layer) for layer in Layer)


@dataclass(frozen=True)
class Spent:
    """What some operations took; "each" is for each completed operation.

    Attributes:
        operations, elapsed_s: completed in the measuring window, and its length.
        throughput_per_s: their quotient.
        response_s: mean; percentiles_s: by percent.
        service_s: by layer, the part of the response time in which the operation was served. With waiting_s it adds up
            to the response time.
        waiting_s: by resource.
        background_s: by layer, work that the operation did not wait for.
        cycles: by layer, processor cycles each, foreground and background.
    """

    operations: int
    elapsed_s: float
    throughput_per_s: float
    response_s: float
    percentiles_s: dict[int, float]
    service_s: dict[str, float]
    waiting_s: dict[str, float]
    background_s: dict[str, float]
    cycles: dict[str, float]

    @property
    def cycles_each(self) -> float:
        """Processor cycles of an operation in all layers."""
        return added(self.cycles.values())

    def metrics(self) -> dict[str, float]:
        """The metrics that are compared, by name; times in seconds."""
        percentiles = {f"response_p{percent}_s": value for percent, value in self.percentiles_s.items()}
        return {
            "throughput_per_s": self.throughput_per_s,
            "response_s": self.response_s,
            **percentiles,
            "cpu_cycles": self.cycles_each,
        }


@dataclass(frozen=True)
class Share(Spent):
    """A group's part of one replication.

    Attributes:
        used: mean number of cores that its operations kept busy, back ends included.
        steal: mean number of virtual processors that had a task and no core, in all guests of the group; of a kernel
            that several guests share, their part by number. throttled: the same, because their quota was used up.
        polling: the same number of those that had no task and kept a core, polling.
        spinning: of those that waited for a lock on a core, with what that entails.
        batches_s: mean response times of successive equal parts of the run, for an interval from one long run.
    """

    used: float
    steal: float
    throttled: float
    batches_s: tuple[float, ...] = ()
    polling: float = 0.0
    spinning: float = 0.0


@dataclass(frozen=True)
class Result(Spent):
    """One replication, all guests together.

    Attributes:
        utilisation: of the cores and of each device, between 0 and 1; of each domain, busy virtual processors. Polling
            is no part of it.
        polling: mean number of virtual processors that polled, of each domain that does.
        spinning: the same of those that waited for a lock on a core, of each domain that did.
        queue: mean number of visits present, by resource.
        notifications: idle wake-ups and notifications each.
        switches: changes of task and of domain each.
        events_per_visit: engine events.
        batches_s: as of a share; where there are several, the whole has none.
        shares: of each group of guests, in order.
    """

    utilisation: dict[str, float]
    queue: dict[str, float]
    notifications: float
    switches: float
    events_per_visit: float
    batches_s: tuple[float, ...] = ()
    shares: tuple[Share, ...] = ()
    polling: dict[str, float] = field(default_factory=dict)
    spinning: dict[str, float] = field(default_factory=dict)

    def of(self, group: int) -> Result:
        """The same run as one group of guests sees it."""
        share = self.shares[group]
        own = {one.name: getattr(share, one.name) for one in fields(Spent)}
        return replace(self, **own, batches_s=share.batches_s, shares=(share,))


@uncollected()
def summarize(model: Model, window: Window) -> Result:
    """The result of a run.

    Raises:
        CheckError: nothing was completed in the measuring window.
    """
    measured = window.measured
    done = sum(totals.completed for totals in measured.classes)
    if not done or not measured.now:
        raise CheckError("no operation was completed in the measuring window: make it longer")
    visits = sum(sum(totals.visits) for totals in window.whole.classes)
    parts = [_spent(model, measured, [group]) for group in range(model.groups)]
    whole = parts[0] if len(parts) == 1 else _spent(model, measured, range(model.groups))
    return Result(
        **vars(whole),
        shares=tuple(_share(model, measured, n, part) for n, part in enumerate(parts)),
        utilisation=_utilisation(model, measured),
        queue=_queues(model, measured),
        notifications=sum(sum(totals.idle) - sum(totals.polled) for totals in measured.classes) / done,
        polling={
            domain.name: totals.polling / measured.now
            for domain, totals in zip(model.domains, measured.domains, strict=True)
            if domain.polling
        },
        spinning={
            domain.name: totals.spinning / measured.now
            for domain, totals in zip(model.domains, measured.domains, strict=True)
            if totals.spinning
        },
        switches=sum(d.task_switches + d.domain_switches for d in measured.domains) / done,
        events_per_visit=window.whole.events / max(visits, 1),
    )


def _spent(model: Model, measured: Totals, groups: Collection[int]) -> Spent:
    """What the operations of some groups took; nothing where none was completed."""
    there = [n for n, tasks in enumerate(model.classes) if tasks.group in groups]
    service, background, cycles, waiting = _split(model, measured, there)
    done = sum(measured.classes[n].completed for n in there)
    each = max(done, 1)
    histogram = measured.histograms[list(groups)].sum(axis=0)
    times = quantiles(histogram, [percent / 100.0 for percent in PERCENTILES]) if done else [0.0] * len(PERCENTILES)
    return Spent(
        operations=done,
        elapsed_s=seconds(measured.now),
        throughput_per_s=done / seconds(measured.now),
        response_s=seconds(added(measured.classes[n].response for n in there)) / each,
        percentiles_s={p: seconds(float(value)) for p, value in zip(PERCENTILES, times, strict=True)},
        service_s={layer: seconds(ticks) / each for layer, ticks in service.items()},
        waiting_s={resource: seconds(ticks) / each for resource, ticks in waiting.items()},
        background_s={layer: seconds(ticks) / each for layer, ticks in background.items()},
        cycles={layer: ticks / TICKS_PER_S * model.frequency_hz / each for layer, ticks in cycles.items()},
    )


def _share(model: Model, measured: Totals, group: int, spent: Spent) -> Share:
    guests = Counter(tasks.domain for tasks in model.classes)
    mine = [(measured.domains[t.domain], guests[t.domain]) for t in model.classes if t.group == group]
    ready, held, polling, spun = (
        added(getattr(one, name) / many for one, many in mine) for name in ("ready", "throttled", "polling", "spinning")
    )
    used = spent.cycles_each / model.frequency_hz * spent.throughput_per_s
    steal, throttled, polls = ready / measured.now, held / measured.now, polling / measured.now
    return Share(
        **vars(spent), used=used, steal=steal, throttled=throttled, polling=polls, spinning=spun / measured.now
    )


def _steps(steps: tuple[Step, ...]) -> Iterator[tuple[Visit, bool]]:
    """All visits, and whether each is in the background."""
    for step in steps:
        if isinstance(step, Tail):
            yield from ((visit, True) for visit in step.visits)
        elif isinstance(step, Visit):
            yield step, False


def _split(
    model: Model, measured: Totals, classes: Sequence[int]
) -> tuple[dict[str, int], dict[str, int], dict[str, int], dict[str, int]]:
    service: dict[str, int] = {}
    background: dict[str, int] = {}
    cycles: dict[str, int] = {}
    waiting: dict[str, int] = {}

    def put(where: dict[str, int], key: str, ticks: int) -> None:
        if ticks:
            where[key] = where.get(key, 0) + ticks

    for tasks, totals in ((model.classes[n], measured.classes[n]) for n in classes):
        for visit, behind in _steps(tasks.program.steps):
            if not behind:
                put(waiting, resource(model, tasks, visit), totals.waits[visit.index])
            for row in range(visit.first, visit.last):
                layer, ticks = str(tasks.program.rows[row].layer), int(totals.rows[row])
                put(background if behind else service, layer, ticks)
                if visit.kind is Kind.CPU:
                    put(cycles, layer, ticks)
            for layer, ticks in _switches(model, totals, visit):
                put(background if behind else service, layer, ticks)
                put(cycles, layer, ticks)
        put(waiting, "ring", totals.ring_wait)
        put(waiting, "calls", totals.call_wait)
    ordered = [{layer: part[layer] for layer in LAYERS if layer in part} for part in (service, background, cycles)]
    return ordered[0], ordered[1], ordered[2], dict(sorted(waiting.items()))


def _switches(model: Model, totals: ClassTotals, visit: Visit) -> Iterator[tuple[str, int]]:
    if visit.kind is Kind.CPU:
        domain = model.domains[visit.where]
        for layer, ticks in domain.switch:
            yield layer, totals.task_switches[visit.index] * ticks
        for layer, ticks in domain.entry:
            yield layer, totals.domain_switches[visit.index] * ticks


def resource(model: Model, tasks: TaskClass, visit: Visit) -> str:
    """What a visit may wait for, in words."""
    if visit.kind is Kind.STATION:
        return model.stations[visit.where].name
    if visit.kind is Kind.DELAY:
        return "outside"
    if visit.lock in (Lock.ADDRESS_SPACE, Lock.VM):
        return "page-table lock and processors"
    if visit.spin >= 0:
        return "kernel locks and processors"
    if visit.client:
        return "client's processors"
    if visit.thread >= 0 and visit.where != tasks.domain:
        return "back end's threads and processors"
    return "processors" if visit.where == tasks.domain else "back end's processors"


def _utilisation(model: Model, measured: Totals) -> dict[str, float]:
    busy = sum(totals.busy for totals in measured.domains)
    result = {"cores": busy / (model.cores * measured.now)}
    for station, totals in zip(model.stations, measured.stations, strict=True):
        result[station.name] = totals.busy / (station.servers * measured.now)
    for domain, totals in zip(model.domains, measured.domains, strict=True):
        result[domain.name] = totals.busy / (domain.vcpus * measured.now)
    return result


def _queues(model: Model, measured: Totals) -> dict[str, float]:
    names = [*(station.name for station in model.stations), *(domain.name for domain in model.domains)]
    counts = (*measured.stations, *measured.domains)
    return {name: totals.population / measured.now for name, totals in zip(names, counts, strict=True)}
