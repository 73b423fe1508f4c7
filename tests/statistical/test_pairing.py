"""Common random numbers by name: what is added shifts no other's draws, and pairing is worth many replications."""

import pytest

from simcore.distributions import EXPONENTIAL
from simcore.draws import Draws
from tests.models import US, A, B, at, closed, cpu
from vmarch.asking import scenarios
from vmarch.comparison import compare
from vmarch.runs import Plan


def test_a_further_variable_or_visit_does_not_shift_the_draws_of_another() -> None:
    alone = closed(cpu(US, by=A), varied={A: EXPONENTIAL})
    more = closed(at(0, US, by=B), cpu(US, by=A), varied={A: EXPONENTIAL, B: EXPONENTIAL})
    one, other = (Draws(tasks, 0, 1, 0, deterministic=False).block().visits for tasks in (alone, more))
    assert [row[0] for row in one] == [row[1] for row in other]


def test_tasks_and_replications_have_streams_of_their_own() -> None:
    tasks = closed(cpu(US, by=A), count=2, varied={A: EXPONENTIAL})
    drawn = [
        Draws(tasks, task, 1, replication, deterministic=False).block().visits.tolist()
        for task in range(2)
        for replication in range(2)
    ]
    assert all(one != other for n, one in enumerate(drawn) for other in drawn[:n])


@pytest.mark.slow
@pytest.mark.parametrize("workload", ["java-server", "kernel-build", "web-server"])
def test_pairing_saves_replications_against_nearly_every_architecture(workload: str) -> None:
    """Where tasks queue for one another the two sides part company: under User-Mode Linux pairing is worth nothing."""
    cells = compare(scenarios([workload], []), Plan(replications=8, operations=400))
    saved = {c.architecture: c.slowdown().variance_reduction for c in cells if c.scenario}
    del saved["native"]
    worth = sorted(value for value in saved.values() if value is not None)
    assert len(worth) > 10
    assert worth[0] > 0.3
    assert sum(value > 4.0 for value in worth) >= len(worth) - 2
