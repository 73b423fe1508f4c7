"""Guests that a script starts one after the other: by hand, and what must hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from architectures import load_architecture
from simcore.errors import InputError
from simcore.hosts import load_host
from vmarch.starting import Script, first_turn, settled
from vmarch.storms import Storm


def test_a_new_process_waits_only_where_all_processors_are_busy() -> None:
    assert first_turn(3, 4) == 0.0
    assert first_turn(4, 4) == pytest.approx(3 * 6e-3 / 2)  # of two turns of 9 ms, the other's
    assert first_turn(40, 4) == pytest.approx(10 * 3 * 0.75e-3)  # ten turns of the granularity
    assert first_turn(96, 48) == pytest.approx(4 * 2 * 6e-3 / 3)


def test_few_are_under_way_where_each_start_takes_long() -> None:
    """One processor, 10 ms of work each: a start takes no less, as soon as it is busy."""
    found = settled(Script(within=0, around=1), 100, 1, 1e-3, lambda number: number * 10e-3)
    assert first_turn(found.under_way, 1) + 1e-3 <= 10e-3 < first_turn(found.under_way + 1, 1) + 1e-3
    assert found.seconds == pytest.approx(found.under_way * 10e-3)


def test_all_are_under_way_where_starting_is_quick() -> None:
    assert settled(Script(within=0, around=1), 100, 1000, 1e-6, lambda number: 1.0).under_way == 99


@given(st.integers(1, 50), st.integers(1, 8), st.integers(0, 5), st.integers(1, 9), st.floats(1e-4, 1e-1))
def test_never_more_than_are_kept(at_once: int, cores: int, within: int, around: int, work: float) -> None:
    def time_of(number: int) -> float:
        return work * max(1.0, number / cores)

    found = settled(Script(within, around), at_once, cores, 1e-3, time_of)
    assert 1 <= found.under_way <= at_once
    assert found.seconds >= time_of(found.under_way)


def test_a_storm_by_a_script_takes_no_longer_than_one_of_itself() -> None:
    host = load_host("server").model_copy(update={"cores": 4})
    one = Storm(load_architecture("uml"), host, "create", at_once=20, loop=True, script=Script(1, 2))
    plain = Storm(load_architecture("uml"), host, "create", at_once=20, loop=True)
    assert one.settle("simpy").seconds <= plain.run("simpy").median * 1.5


def test_bad_scripts_are_refused() -> None:
    with pytest.raises(InputError, match=r"script\.around"):
        Script(0, 0)
    with pytest.raises(InputError, match=r"script\.within"):
        Script(101, 1)
    with pytest.raises(InputError, match="in a loop"):
        Storm(load_architecture("uml"), load_host("server"), "create", script=Script(1, 2))
    with pytest.raises(InputError, match="started for each guest"):
        Storm(load_architecture("uml"), load_host("server"), "create").settle()
