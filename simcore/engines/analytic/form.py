"""Whether a model has a product form, and if so, which network it is (Baskett, Chandy, Muntz and Palacios 1975).

The question is asked only where somebody can have to wait. A place that has room for all tasks at once delays each by
its own service, however that is distributed; there, notifications are always paid and switches never. Where tasks can
wait, first come first served has a product form only if the service is exponential, of one mean, and independent of
all else; then taking turns changes nothing either, as an exponential visit does not remember how long it has run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from simcore.engines.analytic.bounds import mean_ticks
from simcore.model import Kind, Lock, Model, Row, Serial, Tail, TaskClass, Visit
from simcore.summing import added
from simcore.units import format_seconds, seconds

__all__ = ["Place", "Plan", "plan", "qualifies"]


@dataclass(frozen=True)
class Place:
    """Where visits go, and may wait.

    Attributes:
        servers: how many visits it serves at once.
        visits: their indices in the program.
    """

    name: str
    servers: int
    visits: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """A model as a closed network.

    Attributes:
        customers: tasks.
        queues: places at which tasks can have to wait.
        rows: mean ticks of each row, 0 for a notification that is never paid.
        notified: how often an operation pays a notification, on average.
        reasons: why it has no product form; empty where it has.
    """

    customers: int
    queues: tuple[Place, ...]
    rows: tuple[float, ...]
    notified: float
    reasons: tuple[str, ...]


def qualifies(model: Model) -> list[str]:
    """Why the model has no product form, a reason each; none if it has."""
    return list(plan(model).reasons)


def plan(model: Model) -> Plan:
    """The network of a model, as far as it is one."""
    reasons = list(_shape(model))
    tasks = model.classes[0]
    customers = sum(one.count for one in model.classes)
    places = list(_places(model, tasks, customers))
    queues = tuple(place for place in places if customers > place.servers)
    reasons += _processors(model, tasks, customers)
    unfit = [place.name for place in queues if not all(_is_exponential(tasks, index) for index in place.visits)]
    if unfit:
        reasons.append(f"tasks wait where service is fixed or not exponential: {', '.join(unfit)}")
    if any(tasks.program.visits[i].kind is Kind.CPU for place in queues if place.name in unfit for i in place.visits):
        reasons.append(f"they take turns of {format_seconds(seconds(model.quantum_ticks))} on processors")
    for place in queues:
        if place.name not in unfit:
            reasons += _service(tasks, place)
    paid = [_is_paid(tasks, visit) for visit in tasks.program.visits]
    rows = [mean_ticks(tasks, row) for row in tasks.program.rows]
    notified = 0.0
    for visit, is_paid in zip(tasks.program.visits, paid, strict=True):
        idle = [n for n in range(visit.first, visit.last) if tasks.program.rows[n].idle]
        if not idle:
            continue
        if is_paid is None:
            reasons.append(
                f"visit {visit.index} pays its notification only after operations that did not come from there"
            )
        for n in idle:
            rows[n] = rows[n] if is_paid else 0.0
        notified += max(_chance(tasks, tasks.program.rows[n]) for n in idle) if is_paid else 0.0
    return Plan(customers, queues, tuple(rows), notified, tuple(dict.fromkeys(reasons)))


def _shape(model: Model) -> Iterator[str]:
    """What the whole model must not have."""
    first = model.classes[0]
    for tasks in model.classes:
        if tasks.calls:
            yield f"{tasks.workload} calls others"
        if tasks.is_open:
            yield f"the operations of {tasks.workload} arrive by themselves (open arrivals): the network is not closed"
        for step in tasks.program.steps:
            if isinstance(step, Tail):
                ring = model.rings[step.ring].name
                yield f"work of {tasks.workload} goes on in the background, with a slot of the {ring}"
        if tasks.domain != first.domain:
            yield (
                f"guests in domains of their own ({model.domains[first.domain].name}, "
                f"{model.domains[tasks.domain].name}) are scheduled on two levels"
            )
        elif replace(tasks, guest=first.guest, count=first.count) != first:
            yield f"tasks of different kinds ({first.workload}, {tasks.workload}) share the machine"
    if any(v.serial is not Serial.NO for v in first.program.visits) and sum(one.count for one in model.classes) > 1:
        yield f"requests of {first.workload} are served one after the other, from one place to the next"
    if model.threads:
        yield "threads with queues of their own share out the work"
    if any(visit.spin >= 0 for tasks in model.classes for visit in tasks.program.visits):
        yield "locks are waited for by spinning"
    for domain in model.domains:
        if domain.quota_ticks or domain.cores:
            yield f"{domain.name} has a quota or cores of its own"
        if domain.polling:
            yield f"idle processors of {domain.name} poll before they sleep"
    for fault in model.faults:
        yield f"{model.domains[fault.domain].name} stops: there is no steady state"


def _used(tasks: TaskClass) -> list[int]:
    """The domains whose processors the tasks visit."""
    return sorted({visit.where for visit in tasks.program.visits if visit.kind is Kind.CPU})


def _crowd(model: Model, tasks: TaskClass, customers: int) -> int:
    """Virtual processors that may want a core at once."""
    return sum(min(model.domains[d].vcpus, customers) for d in _used(tasks))


def _places(model: Model, tasks: TaskClass, customers: int) -> Iterator[Place]:
    visits = tasks.program.visits
    locked = tuple(v.index for v in visits if v.lock is Lock.VM)
    room = all(customers <= min(model.domains[d].vcpus, model.cores) for d in _used(tasks))
    if locked and room:  # whoever has the lock has a processor at once: the lock is the queue
        yield Place(f"the page-table lock of {model.domains[tasks.domain].name}", 1, locked)
    for d in _used(tasks):
        here = tuple(
            v.index for v in visits if v.kind is Kind.CPU and v.where == d and not (room and v.index in locked)
        )
        servers = min(model.domains[d].vcpus, model.cores)
        yield Place(f"the processors of {model.domains[d].name}", servers, here)
    for s, station in enumerate(model.stations):
        here = tuple(v.index for v in visits if v.kind is Kind.STATION and v.where == s)
        if here:
            yield Place(f"the {station.name}", station.servers, here)


def _processors(model: Model, tasks: TaskClass, customers: int) -> Iterator[str]:
    """What holds for processors beyond their service."""
    used = _used(tasks)
    crowd = _crowd(model, tasks, customers)
    if len(used) > 1 and min(customers, crowd) > model.cores:
        names = " and ".join(model.domains[d].name for d in used)
        yield f"{names} compete for {model.cores} cores: scheduling on two levels"
    if any(model.domains[d].entry_ticks for d in used) and len(used) > 1 and crowd > model.cores:
        yield "cores pay for changes between domains, which depend on who ran last"
    for d in used:
        domain = model.domains[d]
        short = customers > domain.vcpus
        name = f"the processors of {domain.name}"
        mine = [v for v in tasks.program.visits if v.kind is Kind.CPU and v.where == d]
        if short and domain.switch_ticks:
            yield f"{name} pay for changes of task, which depend on who ran last"
        if short and any(tasks.program.rows[n].idle for v in mine for n in range(v.first, v.last)):
            yield f"notifications of {domain.name} are paid only when it is idle"
        if customers > min(domain.vcpus, model.cores):
            if any(v.lock is Lock.VM for v in tasks.program.visits):
                yield f"a page-table lock is held with one of {name}, for which others wait too"
            if _goes_on(tasks, d):
                yield f"a task goes on with its next visit to {name} before those who wait"


def _goes_on(tasks: TaskClass, d: int) -> bool:
    """Whether a task may follow one visit to a domain's processors by another without leaving in between."""
    visits = tasks.program.visits
    first = [(v.index, v.kind is Kind.CPU and v.where == d) for v in visits]
    again = [] if tasks.think_ticks else first
    for place, (_, here) in enumerate(first):
        if not here:
            continue
        for index, follows in [*first[place + 1 :], *again]:
            if follows:
                return True
            if _surely(tasks, visits[index]):
                break
    return False


def _surely(tasks: TaskClass, visit: Visit) -> bool:
    """Whether every operation makes this visit."""
    rows = tasks.program.rows[visit.first : visit.last]
    return any(_chance(tasks, row) >= 1.0 for row in rows if not row.idle)


def _chance(tasks: TaskClass, row: Row) -> float:
    """How often an operation has this row."""
    changing, mean = tasks.varied, tasks.means
    gates = [item.gate for name, _ in row.ticks if (item := changing.get(name))]
    chances = [mean[gate] if gate else 1.0 for gate in gates] + [1.0] * (len(row.ticks) - len(gates))
    return max(chances, default=1.0)


def _is_paid(tasks: TaskClass, visit: Visit) -> bool | None:
    """Whether a visit always comes from elsewhere than its domain's processors; None if it depends."""
    idle = [row for row in tasks.program.rows[visit.first : visit.last] if row.idle]
    if not idle:
        return False
    needed = {name for row in idle for name in _gates(tasks, row)}
    found = set()
    for before in reversed(tasks.program.visits[: visit.index]):
        found.add(before.kind is not Kind.CPU or before.where != visit.where)
        rows = tasks.program.rows[before.first : before.last]
        if any(set(_gates(tasks, row)) <= needed for row in rows if not row.idle):  # made whenever this one is notified
            break
    else:
        found.add(True)  # the first of an operation comes from elsewhere
    return found.pop() if len(found) == 1 else None


def _gates(tasks: TaskClass, row: Row) -> list[str]:
    changing = tasks.varied
    gates = [changing[name].gate if name in changing else None for name, _ in row.ticks]
    return [gate for gate in gates if gate] if all(gates) else []


def _is_exponential(tasks: TaskClass, index: int) -> bool:
    visit = tasks.program.visits[index]
    names = {name for row in tasks.program.rows[visit.first : visit.last] for name, _ in row.ticks}
    item = tasks.varied.get(next(iter(names))) if len(names) == 1 else None
    return item is not None and item.distribution.is_exponential


def _service(tasks: TaskClass, place: Place) -> Iterator[str]:
    """Why exponential service at a queue is not independent and of one mean."""
    spread: set[float] = set()
    for index in place.visits:
        visit = tasks.program.visits[index]
        rows = tasks.program.rows[visit.first : visit.last]
        name = rows[0].ticks[0][0]
        others = (row for n, row in enumerate(tasks.program.rows) if not visit.first <= n < visit.last)
        if any(name == other for row in others for other, _ in row.ticks):
            yield f"one draw of {name} decides a visit to {place.name} and others"
        gate = tasks.varied[name].gate
        spread.add(added(mean_ticks(tasks, row) for row in rows) / (tasks.means[gate] if gate else 1.0))
    if max(spread) > min(spread) * (1.0 + 1e-9):
        yield f"visits to {place.name} have different means"
