"""How well a cost carries: pairs of machines, each rule by its error."""

from math import log
from pathlib import Path

import pytest

from experiments.validation.carrying import Carrying, carrying

HEAD = "event,machine,clock_ghz,year,value,unit,source\n"


def test_a_time_on_half_the_clock_takes_half_the_cycles(tmp_path: Path) -> None:
    table = tmp_path / "carried.csv"
    table.write_text(HEAD + "touch,a,1.0,2001,100,ns,x\ntouch,b,2.0,2011,0.1,us,x\n", encoding="utf-8")
    [one] = carrying(table)
    assert (one.event, one.machines, one.first, one.last) == ("touch", 2, 2001, 2011)
    assert one.in_cycles == pytest.approx(log(2.0))
    assert one.in_time == pytest.approx(0.0)
    assert one.better == "time"


def test_cycles_that_stay_are_carried_as_cycles(tmp_path: Path) -> None:
    table = tmp_path / "carried.csv"
    table.write_text(HEAD + "call,a,1.0,2001,100,cycles,x\ncall,b,4.0,2011,100,cycles,x\n", encoding="utf-8")
    [one] = carrying(table)
    assert one.in_cycles == pytest.approx(0.0)
    assert one.in_time == pytest.approx(log(4.0))
    assert one.better == "cycles"


def test_near_rules_are_told_apart_by_nobody() -> None:
    assert Carrying("x", 2, 2001, 2002, 0.30, 0.29).better == "either"


def test_every_event_of_the_table_has_machines_and_sources() -> None:
    found = carrying()
    assert len(found) >= 8
    assert all(one.machines >= 2 for one in found)
