"""The laws that every run must obey, checked on its own counts, exactly.

Counts are integers, so these are equalities. The integrals over time (busy servers, visits present) are kept by the
resources; the sums over visits (service, sojourn) by those who visit: two books that must agree.
"""

from __future__ import annotations

from collections.abc import Iterator

from simcore.collecting import uncollected
from simcore.engines.analytic.bounds import exceeded
from simcore.errors import CheckError
from simcore.model import Kind, Model, TaskClass, Visit
from simcore.totals import ClassTotals, Totals, Window

__all__ = ["check"]


@uncollected()
def check(model: Model, window: Window) -> None:
    """Checks a run that has drained; one that was cut off by a horizon is checked for what still holds.

    Raises:
        CheckError: flow balance, the utilisation law, Little's law, time = service + waiting or a bound on the
            throughput does not hold.
    """
    broken = list(_broken(model, window.whole) if window.drained else _limits(model, window.whole))
    broken += exceeded(model, window)
    if broken:
        raise CheckError(f"the run breaks {'; '.join(broken)}: please report this")


def _broken(model: Model, whole: Totals) -> Iterator[str]:
    for tasks, totals in zip(model.classes, whole.classes, strict=True):
        name = f"{tasks.workload} in guest {tasks.guest}"
        if totals.started != totals.completed or totals.tails_started != totals.tails_completed:
            yield f"flow balance of {name}: {totals.started} started, {totals.completed} completed"
        accounted = _foreground(model, tasks, totals)
        if totals.response != accounted:
            yield f"time = service + waiting of {name}: {totals.response} ticks, {accounted} accounted for"
        if any(wait < 0 for wait in totals.waits):
            yield f"waiting of {name}: a negative wait"
    resources = [
        *zip((s.name for s in model.stations), whole.stations, strict=True),
        *zip((d.name for d in model.domains), whole.domains, strict=True),
    ]
    for name, station in resources:
        if station.arrivals != station.completions:
            yield f"flow balance of {name}: {station.arrivals} arrivals, {station.completions} completions"
        if station.busy != station.service:
            yield f"the utilisation law at {name}: busy {station.busy} ticks, service {station.service}"
        if station.population != station.sojourn:
            yield f"Little's law at {name}: integral {station.population} ticks, sojourns {station.sojourn}"
    yield from _limits(model, whole)


def _limits(model: Model, whole: Totals) -> Iterator[str]:
    for station, totals in zip(model.stations, whole.stations, strict=True):
        if totals.busy > station.servers * whole.now:
            yield f"capacity of {station.name}: busy {totals.busy} of {station.servers * whole.now} ticks"
    for domain, used in zip(model.domains, whole.domains, strict=True):
        periods = whole.now // domain.period_ticks + 1 if domain.quota_ticks else 0
        most = periods * domain.quota_ticks + domain.vcpus  # a tick more than is left, for each virtual processor
        if domain.quota_ticks and used.held > most:
            yield f"the quota of {domain.name}: used {used.held} of {most} ticks in {periods} periods"
        if used.held > domain.vcpus * whole.now:
            yield f"capacity of {domain.name}: on cores for {used.held} of {domain.vcpus * whole.now} ticks"
        if used.polling and domain.polling is None:
            yield f"polling of {domain.name}: {used.polling} ticks, though it does not poll"
    held = sum(totals.held for totals in whole.domains)
    if held > model.cores * whole.now:
        yield f"capacity of the cores: held for {held} of {model.cores * whole.now} ticks"


def _foreground(model: Model, tasks: TaskClass, totals: ClassTotals) -> int:
    """Ticks of completed operations, put together from what their visits asked for, paid and waited."""
    result = totals.ring_wait + totals.call_wait
    for step in tasks.program.steps:
        if isinstance(step, Visit):
            result += totals.waits[step.index] + int(totals.rows[step.first : step.last].sum())
            if step.kind is Kind.CPU:
                domain = model.domains[step.where]
                result += totals.task_switches[step.index] * domain.switch_ticks
                result += totals.domain_switches[step.index] * domain.entry_ticks
    return result
