"""Runs of a job: on the bare machine, and by turns with environments, so that noise meets both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from simcore.errors import InputError
from vmarch.calibration.micro import NATIVE
from vmarch.measuring.environments import Environment, Native
from vmarch.measuring.running import Ran

__all__ = ["BARE", "Taken", "by_turns", "job_run", "rounds_of", "slowdowns"]

MOST_ROUNDS = 1000
BARE = Native(NATIVE, "", "")


@dataclass(frozen=True)
class Taken:
    """A run of a job in some place.

    Attributes:
        start_s: what it took to enter the place and leave it, in seconds: a run of `true` of the same round, less one
            on the bare machine; 0 where the run's time does not hold it.
    """

    ran: Ran
    start_s: float = 0.0

    @property
    def seconds(self) -> float:
        """The job's time without the start of the place."""
        return max(self.ran.wall_s - self.start_s, 0.1 * self.ran.wall_s)


def rounds_of(runs: int) -> int:
    """How many runs of a job there are to be.

    Raises:
        InputError: out of range.
    """
    if not 1 <= runs <= MOST_ROUNDS:
        raise InputError("--runs", runs, f"1 to {MOST_ROUNDS}")
    return runs


def job_run(
    words: Sequence[str], place: Environment, *, folder: Path, cpu: int | None, limit_s: float, job: str = ""
) -> Ran:
    """One run of a job, which gets no terminal.

    Args:
        job: what errors call it; the words by default.

    Raises:
        InputError: it cannot be started, fails, or does not end within the limit.
    """
    what = "COMMAND" if place is BARE else place.name
    done = place.run(words, folder=folder, cpu=cpu, limit_s=limit_s, what=what, rehearsed=True)
    if done.status:
        said = (done.error.strip().splitlines() or done.output.strip().splitlines() or ["it says nothing"])[-1][:200]
        how = f"status {done.status}" if done.status > 0 else f"signal {-done.status}"
        where = "COMMAND" if place is BARE else f"COMMAND in {place.name}"
        allowed = f"a job that ends well without a terminal, not with {how} ({said})"
        raise InputError(where, job or " ".join(words), allowed)
    return done


def by_turns(
    words: Sequence[str],
    places: Sequence[Environment],
    rounds: int,
    *,
    folder: Path,
    cpu: int | None,
    limit_s: float,
    ended: Callable[[Sequence[Mapping[str, Taken]]], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[dict[str, Taken]]:
    """Rounds of one run in each place, the bare machine first, after a round that warms up.

    Args:
        ended: called with all rounds after each, so that an interruption keeps them.

    Returns:
        For each round, the runs by place.

    Raises:
        InputError: a run fails anywhere.
    """
    done: list[dict[str, Taken]] = []
    nothing = ["true"]
    total = len(places) * (rounds + 1)
    for number in range(rounds + 1):
        found: dict[str, Taken] = {}
        least_s = 0.0
        for at, place in enumerate(places):
            progress(number * len(places) + at, total)
            start_s = 0.0
            if number and not place.timed_inside:
                empty = place.run(nothing, folder=folder, cpu=cpu, limit_s=limit_s).wall_s
                least_s = empty if place is BARE else least_s
                start_s = max(empty - least_s, 0.0)
            ran = job_run(words, place, folder=folder, cpu=cpu, limit_s=limit_s)
            found[place.name] = Taken(ran, start_s)
        if number:
            done.append(found)
            ended(done)
    progress(total, total)
    return done


def slowdowns(rounds: Sequence[Mapping[str, Taken]], name: str) -> tuple[float, float, float]:
    """Of the pairs with the native run of the same round, without starts: median, least and most."""
    ratios = [one[name].seconds / one[BARE.name].seconds for one in rounds]
    return median(ratios), min(ratios), max(ratios)
