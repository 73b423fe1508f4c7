"""The director of activities: begins each at its time, lets its phases follow, and writes down what happened.

It knows nothing of migration or boot: an activity gives phases, and is told how each of them ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from simcore.life.activity import Activity, End, Outcome, Phase, Phases
from simcore.life.rules import AT_FIRST, Command, Do
from simcore.totals import Totals
from simcore.units import seconds

__all__ = ["Done", "Failure", "Plan", "Report", "Told"]


@dataclass(frozen=True)
class Failure:
    """Something that breaks.

    Attributes:
        what: "link", "host" or "management".
        host: which; empty for the link.
        clock: a directed class that only measures time.
        domains: those that stop.
    """

    at_ticks: int
    what: str
    clock: int
    host: str = ""
    domains: tuple[int, ...] = ()


@dataclass(frozen=True)
class Done:
    """A phase that is over.

    Attributes:
        share: what the guest had of its usual processor time.
        running: on which host it ran meanwhile.
    """

    name: str
    began_s: float
    seconds: float
    moved_bytes: float
    share: float
    running: str


@dataclass
class Report:
    """What an activity did."""

    title: str
    guest: str
    done: list[Done] = field(default_factory=list)
    end: End | None = None


@dataclass
class Told:
    """What happened in a run: the activities, when totals were kept, and what broke."""

    reports: list[Report]
    marks_s: list[float] = field(default_factory=list)
    broke: list[tuple[float, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """All that shall happen in a run.

    Attributes:
        sampler: a directed class that only measures time: the totals are kept every `slice_ticks`.
        after_ticks: how long the run goes on when all is done.
    """

    activities: tuple[Activity, ...]
    failures: tuple[Failure, ...]
    sampler: int
    slice_ticks: int
    after_ticks: int

    def director(self) -> _Conductor:
        """A new director, for a run."""
        return _Conductor(self)


class _Course:
    """An activity under way."""

    def __init__(self, activity: Activity, report: Report) -> None:
        self.activity, self.report = activity, report
        self.steps: Phases | None = None
        self.phase: Phase | None = None
        self.waits: set[int] = set()  # classes that its phase waits for
        self.began = self.busy = 0
        self.usual = 0.0  # processor time a tick of its guest, before


class _Conductor:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.told = Told([Report(one.title, one.guest.name) for one in plan.activities])
        self._courses = [_Course(*pair) for pair in zip(plan.activities, self.told.reports, strict=True)]
        self._failures = {one.clock: one for one in plan.failures}
        self._busy: set[int] = set()
        self._owed: Counter[int] = Counter()  # work aside that was asked for while its class was busy
        self._over_at: int | None = None
        self._at: dict[str, str] = {}  # where each guest is
        for one in plan.activities:
            self._at.setdefault(one.guest.name, one.source)

    def asked(self, of: int, now: int, seen: Callable[[], Totals]) -> Sequence[Command]:
        """See simcore.life.rules.Director."""
        return list(self._asked(of, now, seen))

    def _asked(self, of: int, now: int, seen: Callable[[], Totals]) -> Iterator[Command]:
        plan = self._plan
        if of == AT_FIRST:
            times = [(one.clock, one.at_ticks) for one in plan.activities]
            for clock, at in (*times, *((one.clock, one.at_ticks) for one in plan.failures)):
                yield Command(Do.START, clock, 0, at)
                self._busy.add(clock)
            yield Command(Do.START, plan.sampler, 0, plan.slice_ticks)
            return
        self._busy.discard(of)
        if of == plan.sampler:
            yield from self._sample(now)
        elif of in self._failures:
            yield from self._break(self._failures[of], now, seen)
        elif self._owed[of]:
            units = self._owed.pop(of)
            self._busy.add(of)
            yield Command(Do.START, of, units)
        for course in self._courses:
            if course.steps is None and course.report.end is None and of == course.activity.clock:
                yield from self._begin(course, now, seen)
            elif of in course.waits:
                course.waits.discard(of)
                if not course.waits:
                    yield from self._goes_on(course, now, seen)
        if self._over_at is None and all(course.report.end is not None for course in self._courses):
            self._over_at = now

    def _sample(self, now: int) -> Iterator[Command]:
        self.told.marks_s.append(seconds(now))
        yield Command(Do.MARK)
        if self._over_at is not None and now >= self._over_at + self._plan.after_ticks:
            yield Command(Do.FINISH)
        else:
            yield Command(Do.START, self._plan.sampler, 0, self._plan.slice_ticks)

    def _begin(self, course: _Course, now: int, seen: Callable[[], Totals]) -> Iterator[Command]:
        busy = seen().domains[course.activity.guest.domains[0]].busy
        course.usual = busy / now if now else 0.0
        course.steps = course.activity.phases()
        yield from self._starts(course, None, now, busy)

    def _starts(self, course: _Course, outcome: Outcome | None, now: int, busy: int) -> Iterator[Command]:
        """Gives the activity its outcome, and starts the next phase; phases that last no time follow at once."""
        assert course.steps is not None
        while True:
            try:
                phase = next(course.steps) if outcome is None else course.steps.send(outcome)
            except StopIteration as stopped:
                course.report.end = stopped.value
                course.phase = None
                return
            course.phase, course.began, course.busy = phase, now, busy
            yield from phase.begins
            if any(command.do == Do.MOVE for command in phase.begins):
                self._at[course.activity.guest.name] = course.activity.target
            for of, units, pace in phase.aside:
                yield from self._beside(of, units, pace)
            course.waits = set()
            if phase.units:
                course.waits.add(phase.of)
                yield Command(Do.START, phase.of, phase.units, 0, phase.pace_ticks)
            if phase.wait_ticks:
                course.waits.add(course.activity.clock)
                yield Command(Do.START, course.activity.clock, 0, phase.wait_ticks)
            self._busy |= course.waits
            if course.waits:
                return
            outcome = self._ends(course, now, "", busy)
            yield from phase.ends

    def _beside(self, of: int, units: int, pace: int) -> Iterator[Command]:
        if not units:
            return
        if of in self._busy:
            self._owed[of] += units
            return
        self._busy.add(of)
        yield Command(Do.START, of, units, 0, pace)

    def _goes_on(self, course: _Course, now: int, seen: Callable[[], Totals]) -> Iterator[Command]:
        assert course.phase is not None
        ends, busy = course.phase.ends, seen().domains[course.activity.guest.domains[0]].busy
        outcome = self._ends(course, now, "", busy)
        yield from ends
        yield from self._starts(course, outcome, now, busy)

    def _ends(self, course: _Course, now: int, failed: str, busy: int) -> Outcome:
        """The phase is over: notes it, and says what came of it."""
        phase, lasted = course.phase, now - course.began
        assert phase is not None
        usual = course.usual * lasted
        share = min((busy - course.busy) / usual, 1.0) if usual > 0.0 else 1.0
        name = f"{phase.name}, failed" if failed else phase.name
        done = Done(name, seconds(course.began), seconds(lasted), phase.moved_bytes, share, phase.running)
        course.report.done.append(done)
        return Outcome(seconds(lasted), failed, share)

    def _break(self, failure: Failure, now: int, seen: Callable[[], Totals]) -> Iterator[Command]:
        name = " ".join(part for part in (failure.what, failure.host) if part)
        self.told.broke.append((seconds(now), name))
        guests = {one.guest.name: one.guest for one in self._plan.activities}
        lost = [
            guests[name].domains for name, host in self._at.items() if (failure.what, failure.host) == ("host", host)
        ]
        for domain in (*failure.domains, *(domain for domains in lost for domain in domains)):
            yield Command(Do.STOP, domain)
        for course in self._courses:
            if course.steps is None or course.report.end is not None:
                continue
            activity = course.activity
            if failure.what == "link":
                role = "link"
            elif failure.host in (activity.source, activity.target):
                role = f"{'source' if failure.host == activity.source else 'target'} {failure.what}"
            else:
                continue
            for of in course.waits - {activity.clock}:
                yield Command(Do.CANCEL, of)
            course.waits = set()
            busy = seen().domains[activity.guest.domains[0]].busy
            outcome = self._ends(course, now, role, busy)
            yield from self._starts(course, outcome, now, busy)
