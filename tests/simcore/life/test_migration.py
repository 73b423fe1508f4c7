"""What a migration does, without a host: rounds against the formula, rules of the last round, and what breaks."""

import dataclasses
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.life.activity import Guest
from simcore.life.conductor import Failure, Plan, Told
from simcore.life.migration import METHODS, Migration, Rules, rounds_of
from simcore.life.rehearsal import Rehearsal, rehearse
from simcore.life.rules import Do
from simcore.memory import Memory
from simcore.units import TICKS_PER_S, ticks

MIB = 2.0**20
A, B = "host-a", "host-b"
GUEST_DOMAIN, A_DOMAIN, B_DOMAIN = 0, 1, 2
SEND, CLOCK, SAMPLER, BREAKS, TRACK = 10, 11, 12, 13, 14
GUEST = Guest("web.0", 0, (GUEST_DOMAIN,), ((A, A_DOMAIN), (B, B_DOMAIN)))
LINK = 125e6  # 1 Gbit/s
RULES = {
    "stop-and-copy": Rules("stop-and-copy", activation_s=0.01),
    "pre-copy": Rules("pre-copy", least_bytes=MIB / 4, most_rounds=29, most_sent=3.0, activation_s=0.01),
    "post-copy": Rules("post-copy", state_bytes=MIB, activation_s=0.01),
}


def memory(size: float = 64 * MIB, written: float = 8 * MIB, writes: float = 2000.0) -> Memory:
    return Memory(size=size, written=written, writes=writes)


def migration(rules: Rules, told: Memory | None = None) -> Migration:
    mine = told or memory()
    return Migration(
        ticks(1.0), CLOCK, GUEST, A, B, mine, rules, SEND, LINK, mine.resident_bytes, track=TRACK, quota_ticks=10**10
    )


def course(one: Migration, *failures: Failure) -> Rehearsal:
    plan = Plan((one,), failures, SAMPLER, ticks(1.0), ticks(1.0))
    return rehearse(plan.director(), {SEND: ticks(one.chunk_bytes / LINK), TRACK: 1})


def failing(at_s: float, what: str, host: str) -> Failure:
    domains = {A: (A_DOMAIN,), B: (B_DOMAIN,)}[host] if host else ()
    return Failure(ticks(at_s), what, BREAKS, host, domains)


def report(found: Rehearsal):  # type: ignore[no-untyped-def]
    assert isinstance(found.told, Told)
    return found.told.reports[0]


@pytest.mark.parametrize("method", METHODS)
def test_a_migration_ends_at_the_target(method: str) -> None:
    found = course(migration(RULES[method]))
    end = report(found).end
    assert (end.running, end.whole, end.reason) == (B, (B,), "")
    assert not found.paused
    assert found.placed == {GUEST_DOMAIN: B_DOMAIN}


def test_rounds_are_those_of_the_formula() -> None:
    mine = memory(writes=12_000.0)
    done = report(course(migration(RULES["pre-copy"], mine))).done
    sent = [one.moved_bytes for one in done if one.name.startswith("round")]
    assert len(sent) > 2
    for found, expected in zip(sent, rounds_of(mine, LINK, len(sent), mine.resident_bytes), strict=True):
        assert found == pytest.approx(expected, rel=0.02, abs=2 * 65536)


def test_downtime_falls_from_stop_and_copy_to_pre_copy() -> None:
    paused = {}
    for method in METHODS:
        done = report(course(migration(RULES[method]))).done
        paused[method] = sum(one.seconds for one in done if not one.running)
    assert paused["pre-copy"] < paused["stop-and-copy"] / 10
    assert paused["post-copy"] < paused["stop-and-copy"] / 10


def test_pre_copy_that_does_not_converge_ends_by_a_rule() -> None:
    wild = memory(written=64 * MIB, writes=1e6)
    done = report(course(migration(RULES["pre-copy"], wild))).done
    assert sum(one.moved_bytes for one in done[:-2]) >= 2.9 * 64 * MIB
    stays = dataclasses.replace(RULES["pre-copy"], gives_up=True, most_rounds=5, most_sent=0.0)
    end = report(course(migration(stays, wild))).end
    assert end.running == A
    assert "did not converge in 5 rounds" in end.reason


def test_auto_converge_slows_the_guest_until_it_converges() -> None:
    wild = memory(written=64 * MIB, writes=1e6)
    slowed = Rules(
        "pre-copy", downtime_s=0.3, most_rounds=100, converge=True, slowed=0.2, slowed_more=0.1, slowed_most=0.99
    )
    found = course(migration(slowed, wild))
    caps = [a for _, do, _, a in found.history if do is Do.CAP]
    assert caps[0] == 8 * 10**9
    assert caps == sorted(caps, reverse=True)  # less and less, and in the end no limit
    assert caps[-1] == 0


def test_adaptive_rates_follow_what_was_written() -> None:
    clark = Rules(
        "pre-copy",
        first_bytes_per_s=12.5e6,
        step_bytes_per_s=6.25e6,
        most_bytes_per_s=62.5e6,
        least_bytes=256 * 1024,
        most_rounds=30,
    )
    done = report(course(migration(clark))).done
    first = next(one for one in done if one.name == "round 1")
    assert first.moved_bytes / first.seconds == pytest.approx(12.5e6, rel=0.01)
    later = [one.moved_bytes / one.seconds for one in done[1:] if one.moved_bytes > MIB]
    assert all(12.5e6 < rate < 66e6 for rate in later)  # the first chunk of a round is not waited for


BREAKS_OF = [("link", ""), ("host", A), ("host", B), ("management", A), ("management", B)]


@dataclasses.dataclass(frozen=True)
class Moments:
    """Of a migration in which nothing breaks, in seconds: when it pauses, commits, resumes and is over."""

    pauses: float
    commits: float
    resumes: float
    over: float

    @property
    def all(self) -> tuple[float, ...]:
        return (self.pauses, self.commits, self.resumes, self.over)


def moments(method: str) -> Moments:
    found = course(migration(RULES[method]))
    first = {do: at / TICKS_PER_S for at, do, _, _ in reversed(found.history)}
    over = max(one.began_s + one.seconds for one in report(found).done)
    return Moments(first[Do.PAUSE], first[Do.PLACE], first[Do.RESUME], over)


def expected(method: str, at: float, what: str, host: str, when: Moments) -> str:
    """Where the guest runs when all is over, by the table of docs/migration.md: one copy, or none."""
    if at < when.commits:
        if (what, host) == ("host", A):
            return ""
        return "" if (what, host) == ("management", A) and at > when.pauses else A
    if method == "post-copy":
        return ""  # no host has all its pages
    if (what, host) == ("host", B):
        return ""
    return "" if (what, host) == ("management", B) and at < when.resumes else B


@pytest.mark.parametrize("method", METHODS)
def test_one_copy_runs_where_the_table_says_or_none(method: str) -> None:
    """At 1,500 random moments, each with something that breaks; each phase is met, and each ending that there is."""
    draw, when = random.Random(1), moments(method)
    endings = set()
    edges = (1.0, *when.all)
    for n in range(1500):
        what, host = draw.choice(BREAKS_OF)
        phase = n % 4 if n % 2 else -1  # half of them in each phase alike, which may be short
        span = (edges[phase], edges[phase + 1]) if phase >= 0 else (1.0, when.over)
        at = draw.uniform(*sorted(span))
        if any(abs(at - edge) < 1e-9 for edge in edges):
            continue
        found = course(migration(RULES[method]), failing(at, what, host))
        end = report(found).end
        wanted = expected(method, at, what, host, when)
        assert end.running == wanted, (at, what, host)
        moved = found.placed.get(GUEST_DOMAIN) == B_DOMAIN
        here = B if moved else A
        gone = GUEST_DOMAIN in found.stopped or (what, host) == ("host", here)
        runs = GUEST_DOMAIN not in found.paused and not gone
        assert runs == bool(wanted)  # what the engine was told is what the report says
        if wanted:
            assert (wanted, end.running in end.whole) == (here, True)
        else:
            assert end.reason
        endings.add((wanted, what, host))
    assert {one for one, _, _ in endings} == ({"", A} if method == "post-copy" else {"", A, B})
    assert len(endings) >= 8


@given(st.floats(1e5, 1e9), st.floats(0.0, 1e6), st.floats(1.0, 64.0))
def test_rounds_never_grow(rate: float, writes: float, written: float) -> None:
    found = rounds_of(memory(written=written * MIB, writes=writes), rate, 12, 64 * MIB)
    assert all(after <= before * (1 + 1e-12) for before, after in itertools.pairwise(found))
