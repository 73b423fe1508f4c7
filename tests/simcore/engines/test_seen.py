"""Visits put together from a run's records add up to the run's own counts."""

from hypothesis import given, settings

from simcore.engines.seen import Seen, Sight
from simcore.model import Model
from tests.models import run
from tests.simcore.engines.test_laws import models


@settings(max_examples=60)
@given(models())
def test_they_add_up(made: Model) -> None:
    seen: list[Seen] = []
    sight = Sight(made)
    window = run(made, 30, recorder=lambda records: seen.extend(sight.follow(records)))
    for number, (tasks, totals) in enumerate(zip(made.classes, window.whole.classes, strict=True)):
        for visit in tasks.program.visits:
            mine = [one for one in seen if (one.tasks, one.visit) == (number, visit.index)]
            assert len(mine) == totals.visits[visit.index]
            assert sum(one.waited for one in mine) == totals.waits[visit.index]
            assert sum(one.idle > 0 for one in mine) == totals.idle[visit.index]
    switching = sum(
        totals.task_switches * domain.switch_ticks + totals.domain_switches * domain.entry_ticks
        for domain, totals in zip(made.domains, window.whole.domains, strict=True)
    )
    assert sum(one.switching for one in seen) == switching
