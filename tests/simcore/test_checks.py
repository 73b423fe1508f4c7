"""Each law is broken once, and the check says which."""

from collections.abc import Callable

import pytest

from simcore.checks import check
from simcore.engines import engine
from simcore.errors import CheckError
from simcore.model import Model
from simcore.totals import Settings, Totals, Window
from tests.models import at, behind, closed, cpu, model

MODEL = model(
    closed(cpu(10, idle=2), at(0, 20), behind(cpu(5, 1)), cpu(7), count=3, name="some"),
    vcpus=(2, 1),
    servers=(1,),
    slots=(1,),
    quantum=4,
    task_switch=1,
    domain_switch=1,
)


def window(made: Model = MODEL, horizon: int | None = None) -> Window:
    return engine("simpy")(made, Settings(operations=50, warmup=5, horizon_ticks=horizon))


def broken(change: Callable[[Totals], None], horizon: int | None = None) -> str:
    found = window(horizon=horizon)
    change(found.whole)
    with pytest.raises(CheckError) as caught:
        check(MODEL, found)
    return str(caught.value)


def test_an_honest_run_passes() -> None:
    check(MODEL, window())
    check(MODEL, window(horizon=333))


CHANGES = {
    "started": "flow balance of some in guest 0",
    "completed": "flow balance of some in guest 0",
    "tails_started": "flow balance of some in guest 0",
    "tails_completed": "flow balance of some in guest 0",
    "response": "time = service + waiting of some in guest 0",
    "ring_wait": "time = service + waiting of some in guest 0",
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_count_of_a_class_that_is_one_off_is_found(field: str) -> None:
    def change(whole: Totals) -> None:
        totals = whole.classes[0]
        setattr(totals, field, getattr(totals, field) + 1)

    assert CHANGES[field] in broken(change)


@pytest.mark.parametrize("field", ["task_switches", "domain_switches", "waits", "rows"])
def test_a_list_of_a_class_that_is_one_off_is_found(field: str) -> None:
    def change(whole: Totals) -> None:
        getattr(whole.classes[0], field)[0] += 1

    assert "time = service + waiting of some" in broken(change)


def test_a_negative_wait_is_found_even_if_the_sum_is_right() -> None:
    def change(whole: Totals) -> None:
        waits = whole.classes[0].waits
        waits[0], waits[1] = -1, waits[1] + waits[0] + 1

    assert broken(change) == "the run breaks waiting of some in guest 0: a negative wait: please report this"


LAWS = {
    "arrivals": "flow balance of",
    "completions": "flow balance of",
    "busy": "the utilisation law at",
    "service": "the utilisation law at",
    "population": "Little's law at",
    "sojourn": "Little's law at",
}


@pytest.mark.parametrize("resource", ["station 0", "domain 0", "domain 1"])
@pytest.mark.parametrize("field", LAWS)
def test_a_count_of_a_resource_that_is_one_off_is_found(field: str, resource: str) -> None:
    def change(whole: Totals) -> None:
        kind, number = resource.split()
        totals = (whole.stations if kind == "station" else whole.domains)[int(number)]
        setattr(totals, field, getattr(totals, field) + 1)

    assert f"{LAWS[field]} {resource}" in broken(change)


@pytest.mark.parametrize("horizon", [None, 333])
def test_more_work_than_there_is_room_for_is_found(horizon: int | None) -> None:
    def station(whole: Totals) -> None:
        whole.stations[0].busy = whole.stations[0].service = whole.now + 1

    def cores(whole: Totals) -> None:
        whole.domains[1].busy = whole.domains[1].service = whole.now + 1

    assert "capacity of station 0" in broken(station, horizon)
    assert "capacity of the cores" in broken(cores, horizon)


def test_what_is_under_way_at_a_horizon_is_no_breach() -> None:
    found = window(horizon=333)
    assert found.whole.classes[0].started > found.whole.classes[0].completed
    check(MODEL, found)
