"""Weights against generalized processor sharing, quotas against a server with vacations, pools of cores."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import brentq

from simcore.distributions import EXPONENTIAL
from simcore.model import Domain, Model, TaskClass
from simcore.totals import Window
from tests.models import US, A, closed, cpu, model, run
from tests.theory.agreement import agrees, estimate


def with_domains(made: Model, **changes: tuple[object, ...]) -> Model:
    """A model with some fields of its domains changed, a value for each."""
    rows = [dict(zip(changes, values, strict=True)) for values in zip(*changes.values(), strict=True)]
    domains = tuple(dataclasses.replace(d, **row) for d, row in zip(made.domains, rows, strict=True))
    return dataclasses.replace(made, domains=domains)


def used(window: Window) -> list[float]:
    """The share of each domain in all that was used of the cores."""
    busy = [domain.busy for domain in window.whole.domains]
    return [one / sum(busy) for one in busy]


@pytest.mark.parametrize("cores", [1, 2])
def test_weights_share_as_generalized_processor_sharing_does(cores: int) -> None:
    """Who always has work gets its weight over the sum of weights (Parekh and Gallager 1993).

    Exactly so on one core; on more, round robin in one queue shares so the better, the more wait for each core.
    """
    weights = (1.0, 2.0, 5.0, 4.0)
    visits = [cpu(10 * US, n, by=A) for n in range(4)]
    classes = [closed(v, varied={A: EXPONENTIAL}, count=cores, domain=n, name=f"{n}") for n, v in enumerate(visits)]
    made = model(*classes, cores=cores, vcpus=(cores,) * 4, weights=weights, quantum=US)
    found = used(run(made, horizon=100_000 * US))
    assert found == pytest.approx([w / sum(weights) for w in weights], rel=0.02 if cores == 1 else 0.1)


def by_turns(weights: Sequence[float], cores: int) -> list[float]:
    """Shares of a core in one queue for all cores: who has a turn of its weight waits for as long as all others do."""
    wait = brentq(lambda wait: sum(one / (one + wait) for one in weights) - cores, 1e-9, 1e9)
    return [one / (one + wait) for one in weights]


def generalized(weights: Sequence[float], cores: int) -> list[float]:
    """Shares by generalized processor sharing on several cores: by weight, and none has more than one core."""
    least = {n for n, one in enumerate(weights) if one * cores >= sum(weights)}
    if not least:
        return [one * cores / sum(weights) for one in weights]
    rest = [one for n, one in enumerate(weights) if n not in least]
    others = iter(generalized(rest, cores - len(least)) if rest else [])
    return [1.0 if n in least else next(others) for n in range(len(weights))]


@pytest.mark.parametrize(("weights", "cores"), [((1.0, 2.0, 5.0, 4.0), 2), ((1.0, 2.0, 3.0, 4.0, 5.0, 6.0), 3)])
def test_on_several_cores_one_queue_shares_more_evenly_than_weights_say(weights: tuple[float, ...], cores: int) -> None:
    """As if all waited alike, to a fifth: between equal shares and those of generalized processor sharing."""
    visits = [cpu(1000 * US, n, by=A) for n in range(len(weights))]
    classes = [closed(v, varied={A: EXPONENTIAL}, domain=n, name=f"{n}") for n, v in enumerate(visits)]
    made = model(*classes, cores=cores, vcpus=(1,) * len(weights), weights=weights, quantum=US)
    window = run(made, horizon=20_000 * US)
    found = [domain.busy / window.whole.now for domain in window.whole.domains]
    assert found == pytest.approx(by_turns(weights, cores), rel=0.2)
    for n, (share, ideal) in enumerate(zip(found, generalized(weights, cores), strict=True)):
        even = cores / len(weights)
        assert min(ideal, even) < share < max(ideal, even), n


def test_what_one_leaves_the_others_share_by_weight() -> None:
    """Generalized processor sharing is work-conserving: a domain that asks for a tenth leaves the rest."""
    idle = closed(cpu(US, 0), think=9 * US, domain=0, name="idle")
    classes = [closed(cpu(10 * US, n, by=A), varied={A: EXPONENTIAL}, domain=n, name=f"{n}") for n in (1, 2)]
    made = model(idle, *classes, vcpus=(1, 1, 1), weights=(4.0, 1.0, 3.0), quantum=US // 10)
    found = used(run(made, horizon=50_000 * US))
    assert found[0] == pytest.approx(0.1, rel=0.1)
    assert found[2] / found[1] == pytest.approx(3.0, rel=0.05)
    assert sum(domain.busy for domain in run(made, horizon=1000 * US).whole.domains) == 1000 * US


def limited(made: Model, quota: int, period: int) -> Model:
    return with_domains(made, quota_ticks=(quota,) * len(made.domains), period_ticks=(period,) * len(made.domains))


@pytest.mark.parametrize(("vcpus", "quota"), [(1, 3), (2, 7), (4, 25)])
def test_who_always_has_work_uses_its_quota_and_no_more(vcpus: int, quota: int) -> None:
    made = model(closed(cpu(13 * US, by=A), varied={A: EXPONENTIAL}, count=vcpus), cores=4, vcpus=(vcpus,))
    window = run(limited(made, quota * US, 10 * US), horizon=10_000 * US)
    most = min(quota * 1000, vcpus * 10_000) * US
    assert window.whole.domains[0].busy == pytest.approx(most, abs=vcpus)
    assert window.whole.domains[0].throttled == vcpus * 10_000 * US - window.whole.domains[0].busy


def vacations(work: float, quota: float, period: float) -> float:
    """The mean time of a lone job that comes at any moment of a period: a server that is away when its quota is used.

    In the first period it has what is left of it, at most the quota; then a quota in each, and the server is away for
    the rest of a period unless the job is done.
    """
    moments = (np.arange(1_000_000) + 0.5) / 1_000_000 * period
    rest = work - np.minimum(quota, period - moments)
    further = np.ceil(rest / quota) - 1.0
    later = period - moments + further * period + rest - further * quota
    return float(np.where(rest > 0.0, later, work).mean())


@pytest.mark.parametrize("work", [1, 4, 9, 30])
def test_a_quota_is_a_server_with_vacations(work: int) -> None:
    """The pause is long beside the period, so that a job comes at any moment of it, and finds a quota unused."""
    tasks = closed(cpu(work * US), think=20_000 * US, thinking=EXPONENTIAL)
    found = estimate(limited(model(tasks), 4 * US, 10 * US), operations=2000, warmup=20)
    agrees(found, vacations(work, 4.0, 10.0) * US, within=0.03)


def test_pools_of_cores_are_hosts_of_their_own() -> None:
    """Domains pinned to different cores know nothing of each other."""

    def tasks(domain: int) -> TaskClass:
        visit = cpu(3 * US, domain, by=A)
        return closed(visit, varied={A: EXPONENTIAL}, count=3, think=2 * US, domain=domain, name="a")

    both = model(tasks(0), tasks(1), cores=4, vcpus=(3, 3), quantum=US)
    pinned = with_domains(both, cores=((0, 1), (2, 3)))
    alone = model(tasks(0), cores=2, vcpus=(3,), quantum=US)
    window, other = run(pinned, horizon=5000 * US), run(alone, horizon=5000 * US)
    for n in range(2):
        assert window.whole.classes[n].response == other.whole.classes[0].response
        assert window.whole.domains[n].busy == other.whole.domains[0].busy


def test_a_core_that_two_pools_share_serves_both() -> None:
    """Three cores, two domains of two virtual processors each, the middle core of both: none is idle, all share."""
    classes = [closed(cpu(5 * US, n), domain=n, count=2, name=f"{n}") for n in range(2)]
    made = with_domains(model(*classes, cores=3, vcpus=(2, 2), quantum=US), cores=((0, 1), (1, 2)))
    window = run(made, horizon=1000 * US)
    assert sum(domain.busy for domain in window.whole.domains) == 3 * 1000 * US
    assert used(window) == pytest.approx([0.5, 0.5], rel=0.01)


def test_who_may_run_nowhere_else_takes_the_core_from_who_may() -> None:
    """A turn that ends for one who is pinned goes on on an idle core."""
    free, pinned = (closed(cpu(100 * US, n), domain=n, name=f"{n}") for n in range(2))
    made = with_domains(model(free, pinned, cores=2, vcpus=(1, 1), quantum=US, preempt=False), cores=((), (0,)))
    window = run(made, horizon=1000 * US)
    assert [domain.busy for domain in window.whole.domains] == pytest.approx([1000 * US] * 2, abs=2 * US)


def test_a_domain_without_limits_is_as_it_was() -> None:
    assert Domain("any", 1).quota_ticks == 0
    assert model(closed(cpu(1)), cores=3).pools == (((0, 1, 2),), (0,))
