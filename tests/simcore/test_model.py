"""Models: what they refuse, and what a program knows of itself."""

from dataclasses import replace
from typing import Any

import pytest

from simcore.demands import Demand, Operation
from simcore.errors import InputError
from simcore.model import Domain, Kind, Model, Program, Ring, Row, Station, Tail, TaskClass, Visit
from simcore.path import ALWAYS, Layer

ROWS = (
    Row(Layer.USER, ((ALWAYS, 5.0),)),
    Row(Layer.VMM, ((ALWAYS, 7.0),), idle=True),
    Row(Layer.DEVICE, (("io0.0", 9.0),)),
)
VISITS = (Visit(0, Kind.CPU, 0, 0, 2), Visit(1, Kind.STATION, 0, 2, 3))
PROGRAM = Program((VISITS[0], Tail(0, (VISITS[1],))), ROWS)
TASKS = TaskClass("w", 0, 0, 1, Operation(demands={Demand.USER_CYCLES: 1.0}), PROGRAM)
MODEL = Model(2, 10, (Domain("d", 1),), (Station("disk", 1),), (TASKS,), (Ring("r", 1),))


def test_a_program_knows_its_visits_and_idle_rows() -> None:
    assert PROGRAM.visits == VISITS
    assert PROGRAM.busy.tolist() == [1, 0, 1]


def test_switch_ticks_are_summed_over_layers() -> None:
    assert Domain("d", 1).switch_ticks == 0
    assert Domain("d", 1, switch=((Layer.VMM, 3), (Layer.GUEST_KERNEL, 4))).switch_ticks == 7


def test_open_and_closed() -> None:
    assert not TASKS.is_open
    assert replace(TASKS, interarrival_ticks=1).is_open


@pytest.mark.parametrize(
    ("whole", "change", "field"),
    [
        (Domain("d", 1), {"vcpus": 0}, "d.vcpus"),
        (Domain("d", 1), {"weight": 0.0}, "d.weight"),
        (Domain("d", 1), {"weight": float("inf")}, "d.weight"),
        (Domain("d", 1), {"weight": float("nan")}, "d.weight"),
        (Station("disk", 1), {"servers": 0}, "disk.servers"),
        (Ring("r", 1), {"slots": 0}, "r.slots"),
        (TASKS, {"count": 0}, "tasks.count"),
        (TASKS, {"think_ticks": -1}, "tasks"),
        (TASKS, {"interarrival_ticks": -1}, "tasks"),
        (MODEL, {"cores": 0}, "cores"),
        (MODEL, {"quantum_ticks": 0}, "quantum"),
        (MODEL, {"domains": ()}, "model"),
        (MODEL, {"classes": ()}, "model"),
    ],
)
def test_bad_parts(whole: Any, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        replace(whole, **change)
    assert caught.value.field == field
