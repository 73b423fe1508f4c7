"""The clock is SimPy's environment: what SimPy offers works on it, in the order that SimPy would give it."""

from collections.abc import Generator

import pytest
import simpy

from simcore.engines.simpy_engine.events import Clock, Walk


@pytest.fixture(scope="module")
def each_engine() -> None:
    """Instead of the fixture of the tests that run on each engine."""


def story(env: simpy.Environment) -> list[tuple[str, float]]:
    """Two processes and a resource: fills a list as they go on."""
    seen: list[tuple[str, float]] = []
    desk = simpy.Resource(env, 1)

    def visitor(name: str, comes: int) -> Generator[simpy.Event, object, None]:
        yield env.timeout(comes)
        with desk.request() as turn:
            yield turn
            seen.append((name, env.now))
            yield env.timeout(5)
        seen.append((name, env.now))

    env.process(visitor("late", 3))
    env.process(visitor("early", 1))
    return seen


def test_processes_and_resources_of_simpy_go_on_as_in_simpy() -> None:
    theirs, ours, stepped = simpy.Environment(), Clock(initial_time=0), Clock(initial_time=0)
    expected, found, once_more = story(theirs), story(ours), story(stepped)
    theirs.run()
    ours.advance(None)
    stepped.run()
    assert found == once_more == expected
    assert ours.now == stepped.now == theirs.now == 11


def test_walks_and_events_of_simpy_share_the_clock() -> None:
    env, seen = Clock(initial_time=0), []

    def walk() -> Walk:
        for _ in range(3):
            env.after(4, resume)
            yield
            seen.append(env.now)
        yield

    def process() -> Generator[simpy.Event, object, None]:
        yield env.timeout(6)
        seen.append(env.now)

    resume = walk().send
    resume(None)
    env.process(process())
    assert env.advance(None) == 6  # SimPy's process has an event for its start and one for its end
    assert seen == [4, 6, 8, 12]


def test_a_walk_waits_for_an_event_of_simpy() -> None:
    env = Clock(initial_time=0)
    seen: list[int] = []

    def walk() -> Walk:
        event = simpy.AllOf(env, (env.timeout(3), env.timeout(5)))
        event.callbacks.append(resume)
        yield
        seen.append(env.now)
        yield

    resume = walk().send
    resume(None)
    env.advance(None)
    assert seen == [5]


def test_what_happens_at_the_horizon_still_counts() -> None:
    env, seen = Clock(initial_time=0), []

    def first(_: object) -> None:
        seen.append("at it")
        env.after(0, second)

    def second(_: object) -> None:
        seen.append("then at it too")
        env.after(1, seen.append, "after it")

    env.after(10, first)
    assert env.advance(10) == 2
    assert seen == ["at it", "then at it too"]
    assert env.now == 10


def test_a_process_that_fails_is_heard() -> None:
    env = Clock(initial_time=0)

    def process() -> Generator[simpy.Event, object, None]:
        yield env.timeout(1)
        raise ValueError("lost")

    env.process(process())
    with pytest.raises(ValueError, match="lost"):
        env.advance(None)
