"""The formula of convergence: closed forms where there are some, and the simulated rounds."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import lambertw

from simcore.errors import InputError
from simcore.life.convergence import foreseen, most_converging, most_dirtied, rest_of, settled
from simcore.life.migration import Rules
from simcore.memory import PAGE_BYTES, Memory
from tests.simcore.life.test_migration import LINK, MIB, RULES, course, migration, report

RATE = 100e6


def evenly(dirtied_per_s: float, size: float = 256 * MIB) -> Memory:
    return Memory(size=size, writes=dirtied_per_s / PAGE_BYTES)


@given(st.floats(1.01, 50.0))
def test_one_set_settles_where_lambert_says(over: float) -> None:
    expected = 1.0 + lambertw(-over * math.exp(-over)).real / over
    assert settled(evenly(over * RATE), RATE) == pytest.approx(256 * MIB * expected, rel=1e-6)


@given(st.floats(0.0, 0.99))
def test_fewer_bytes_written_than_sent_settle_at_nothing(over: float) -> None:
    assert settled(evenly(over * RATE), RATE) < 1e-3


@given(st.floats(0.001, 0.999))
def test_the_most_that_may_be_written_has_a_closed_form(part: float) -> None:
    size = 256 * MIB
    expected = -RATE / part * math.log1p(-part)
    assert most_dirtied(evenly(0.0), RATE, part * size) == pytest.approx(expected, rel=1e-9)


def test_a_rest_that_holds_all_that_is_written_is_always_met() -> None:
    assert most_dirtied(evenly(0.0), RATE, 256 * MIB) == math.inf
    assert most_dirtied(evenly(0.0), RATE, 0.0) == pytest.approx(RATE, rel=1e-6)


@given(st.floats(0.1, 10.0), st.floats(0.5, 1.0), st.floats(0.001, 0.5))
def test_rounds_end_if_and_only_if_less_is_written_than_the_most(over: float, hot: float, part: float) -> None:
    """With two sets of pages, whatever their weights."""
    memory = Memory(size=64 * MIB, written=16 * MIB, writes=over * RATE / PAGE_BYTES, hot=hot)
    rest = part * 64 * MIB
    most = most_dirtied(memory, RATE, rest)
    if abs(over * RATE / most - 1.0) < 1e-3:
        return
    assert (settled(memory, RATE) < rest) == (over * RATE < most)
    rules = Rules("pre-copy", least_bytes=rest, most_rounds=10_000)
    assert foreseen(memory, rules, RATE).converged == (over * RATE < most)


@given(st.integers(2, 100), st.floats(1.5, 10.0), st.floats(1e3, 1e7))
def test_bounds_on_rounds_and_bytes_only_shrink_the_region(rounds: int, sent: float, rest: float) -> None:
    rules = Rules("pre-copy", least_bytes=rest, most_rounds=rounds, most_sent=sent)
    memory = evenly(0.0, 64 * MIB)
    most = most_converging(memory, rules, RATE)
    assert most <= most_dirtied(memory, RATE, rest)
    assert foreseen(evenly(0.999 * most, 64 * MIB), rules, RATE).converged
    assert not foreseen(evenly(1.001 * most, 64 * MIB), rules, RATE).converged


@pytest.mark.parametrize("over", [0.2, 0.5, 0.8, 1.2, 1.5, 3.0])
def test_simulated_rounds_converge_where_the_formula_says(over: float) -> None:
    rules = dataclasses.replace(RULES["pre-copy"], most_rounds=200, most_sent=0.0)
    memory = evenly(over * LINK, 64 * MIB)
    done = report(course(migration(rules, memory))).done
    last = next(one for one in done if one.name == "stop and copy")
    rest = rest_of(rules, LINK)
    if over * LINK < most_dirtied(memory, LINK, rest):
        assert last.moved_bytes <= rest
        sent = sum(one.name.startswith("round") for one in done)
        assert sent == pytest.approx(foreseen(memory, rules, LINK).rounds, abs=2)  # a round is whole chunks
    else:
        assert last.moved_bytes == pytest.approx(settled(memory, LINK), rel=0.02)


@pytest.mark.parametrize("call", [lambda: settled(evenly(1.0), 0.0), lambda: most_dirtied(evenly(1.0), RATE, -1.0)])
def test_what_is_out_of_range_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        call()
