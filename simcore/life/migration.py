"""Migration: a guest goes from one host to another, by stop-and-copy, pre-copy or post-copy.

Pre-copy sends all memory while the guest runs, then again what was written meanwhile, round by round, until little is
left or a rule ends it; the rest is sent while the guest is paused (Clark et al., NSDI 2005). Post-copy pauses first,
sends what a processor needs, resumes at the target, and sends the memory afterwards: by itself, and page by page where
the guest comes to one that is not there (Hines and Gopalan, VEE 2009).

The migration is committed in one moment, when the target has all that it needs and the source gives up its copy (Clark
et al., section 3.3: until then the source is the guest, from then on the target). So at most one copy ever runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simcore.errors import InputError
from simcore.life.activity import End, Guest, Outcome, Phase, Phases
from simcore.memory import PAGE_BYTES, Memory
from simcore.units import ticks

__all__ = ["METHODS", "Migration", "Rules", "rounds_of"]

METHODS = ("stop-and-copy", "pre-copy", "post-copy")
SLICES = 50  # of a post-copy's push: after each, the faults of the next are worked out
THROTTLE_PERIOD_TICKS = 10**10  # 10 ms, QEMU's CPU_THROTTLE_TIMESLICE_NS


@dataclass(frozen=True)
class Rules:
    """How memory is sent, and when the last round comes.

    Attributes:
        method: one of METHODS.
        first_bytes_per_s: the rate of the first round; 0 for as fast as it goes.
        step_bytes_per_s: each later round is sent as fast as pages were written in the round before, and this much
            faster (Clark et al.); 0 for no adaptation.
        most_bytes_per_s: no round is faster; 0 for as fast as it goes.
        least_bytes: the last round comes when less is left.
        downtime_s: or when what is left takes no longer to send than this; 0 for no such rule.
        most_rounds: or after so many rounds; 0 for no such rule.
        most_sent: or when so many times the memory has been sent; 0 for no such rule.
        gives_up: whether a migration that comes to `most_rounds` is called off instead: the guest stays.
        converge: whether the guest's processors are slowed when a round is no shorter than it should be.
        slowed, slowed_more, slowed_most: by what share of their time at first, how much more each further time, and at
            the most.
        ratio: what is sent of a byte of memory, less than 1 with compression.
        activation_s: from the commit until the guest runs at the target.
        state_bytes: what post-copy sends before it resumes.
    """

    method: str = "pre-copy"
    first_bytes_per_s: float = 0.0
    step_bytes_per_s: float = 0.0
    most_bytes_per_s: float = 0.0
    least_bytes: float = 0.0
    downtime_s: float = 0.0
    most_rounds: int = 0
    most_sent: float = 0.0
    gives_up: bool = False
    converge: bool = False
    slowed: float = 0.0
    slowed_more: float = 0.0
    slowed_most: float = 0.0
    ratio: float = 1.0
    activation_s: float = 0.0
    state_bytes: float = 0.0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InputError("method", self.method, ", ".join(METHODS))
        if self.converge and not 0.0 < self.slowed <= self.slowed_most < 1.0:
            raise InputError("slowed", self.slowed, "above 0, at most slowed_most, which is less than 1")
        endless = not (self.most_rounds or self.most_sent)
        if self.method == "pre-copy" and endless:
            raise InputError("rules", "no last round", "a number of rounds or of times the memory at the most")


@dataclass(frozen=True)
class Migration:
    """One migration.

    Attributes:
        at_ticks, clock, guest, source, target: see simcore.life.activity.Activity.
        memory: the guest's.
        rules: how.
        send: the directed class that sends a chunk of `chunk_bytes`; link_bytes_per_s: what the network carries.
        track: the class whose units are the work of noticing `track_pages` first writes; -1 for none.
        whole: what is sent of memory in the first round, in bytes.
        quota_ticks: what all the guest's virtual processors have in a period of throttling.
        disk_bytes: what is copied first of a disk that the hosts do not share.
    """

    at_ticks: int
    clock: int
    guest: Guest
    source: str
    target: str
    memory: Memory
    rules: Rules
    send: int
    link_bytes_per_s: float
    whole: float
    chunk_bytes: float = 65536.0
    track: int = -1
    track_pages: int = 256
    quota_ticks: int = 0
    disk_bytes: float = 0.0

    @property
    def title(self) -> str:
        """What it is, in words."""
        return f"migrate {self.guest.name} from {self.source} to {self.target} by {self.rules.method}"

    def phases(self) -> Phases:
        """See simcore.life.activity.Activity."""
        if self.disk_bytes:
            outcome = yield self._sending("disk", self.disk_bytes, self.rules.most_bytes_per_s, self.source)
            if outcome.failed:
                return (yield from self._called_off(outcome, paused=False))
        match self.rules.method:
            case "post-copy":
                return (yield from self._post_copy())
            case "pre-copy":
                return (yield from self._pre_copy())
            case _:
                return (yield from self._stop_and_copy(self.whole))

    def _sending(self, name: str, amount: float, rate: float, running: str, **more: object) -> Phase:
        """A phase that sends so many bytes of memory; a rate of 0 is as fast as it goes."""
        sent = amount * self.rules.ratio
        units = math.ceil(sent / self.chunk_bytes)
        pace = ticks(self.chunk_bytes / rate) if rate else 0
        return Phase(name, self.send, units, pace, moved_bytes=sent, running=running, **more)  # type: ignore[arg-type]

    def _pre_copy(self) -> Phases:
        rules, rate, left, sent, number, throttle = self.rules, self.rules.first_bytes_per_s, self.whole, 0.0, 0, 0.0
        late = 0
        while True:
            number += 1
            expected = left * rules.ratio / (rate or self.link_bytes_per_s)
            outcome = yield self._sending(f"round {number}", left, rate, self.source, aside=self._tracking(expected))
            if outcome.failed:
                return (yield from self._called_off(outcome, paused=False))
            sent += left * rules.ratio
            before, left = left, min(self.memory.dirtied(outcome.seconds * outcome.share), self.whole)
            rate, last = self._next(rate, left, outcome.seconds, number, sent)
            if last:
                break
            if rules.most_rounds and number >= rules.most_rounds:
                if rules.gives_up:
                    yield Phase("called off", begins=self.guest.uncap() if throttle else (), running=self.source)
                    return End(self.source, (self.source,), f"it did not converge in {number} rounds")
                break
            late += left > before / 2.0  # QEMU: dirtied more than half of what was sent, for the second time
            if rules.converge and late >= 2:
                late = 0
                throttle = min(throttle + rules.slowed_more, rules.slowed_most) if throttle else rules.slowed
                quota = max(round(self.quota_ticks * (1.0 - throttle)), 1)
                effects = self.guest.cap(quota, THROTTLE_PERIOD_TICKS)
                yield Phase(f"slowed by {100 * throttle:.0f} %", begins=effects, running=self.source)
        return (yield from self._stop_and_copy(left))

    def _next(self, rate: float, left: float, lasted: float, number: int, sent: float) -> tuple[float, bool]:
        """The rate of the next round, and whether that is the last."""
        rules = self.rules
        most = rules.most_bytes_per_s or self.link_bytes_per_s
        if rules.step_bytes_per_s and lasted:
            rate = max(left / lasted + rules.step_bytes_per_s, rules.first_bytes_per_s)
        ends = [
            left <= max(rules.least_bytes, 0.0),
            bool(rules.step_bytes_per_s) and rate > most,
            rules.downtime_s > 0.0 and left * rules.ratio / most <= rules.downtime_s,
            rules.most_rounds > 0 and not rules.gives_up and number >= rules.most_rounds,
            rules.most_sent > 0.0 and sent >= rules.most_sent * self.memory.size_bytes,
        ]
        return min(rate, most) if rate else 0.0, any(ends)

    def _tracking(self, expected_s: float) -> tuple[tuple[int, int, int], ...]:
        """The work of noticing each page's first write of a round that is expected to last so long."""
        if self.track < 0 or not expected_s:
            return ()
        units = round(self.memory.dirtied(expected_s) / PAGE_BYTES / self.track_pages)
        return ((self.track, units, ticks(expected_s / units)),) if units else ()

    def _stop_and_copy(self, left: float) -> Phases:
        pause = (*self.guest.uncap(), *self.guest.pause()) if self.rules.converge else self.guest.pause()
        outcome = yield self._sending("stop and copy", left, self.rules.most_bytes_per_s, "", begins=pause)
        if outcome.failed:
            return (yield from self._called_off(outcome, paused=True))
        return (yield from self._activated())

    def _activated(self) -> Phases:
        """The commit, and the guest's first moments at the target."""
        outcome = yield Phase(
            "activate",
            wait_ticks=max(ticks(self.rules.activation_s), 1),
            begins=self.guest.move(self.target),
            ends=self.guest.resume(),
        )
        if outcome.failed.startswith("target"):
            whole = () if outcome.failed == "target host" else (self.target,)
            return End("", whole, f"the {outcome.failed} was lost after the commit, before the guest ran there")
        if outcome.failed:
            yield Phase("resume at the target", begins=self.guest.resume(), running=self.target)
        return End(self.target, (self.target,))

    def _called_off(self, outcome: Outcome, *, paused: bool) -> Phases:
        """Something broke before the commit: the source is still the guest."""
        if outcome.failed == "source host":
            return End("", (), "the source host was lost before the commit, and with it the guest")
        if paused and outcome.failed == "source management":
            return End("", (self.source,), "the source management was lost while the guest was paused: it stays so")
        effects = self.guest.resume() if paused else ()
        if self.rules.converge and not paused:
            effects = self.guest.uncap()
        yield Phase("called off", begins=effects, running=self.source)
        return End(self.source, (self.source,), f"the {outcome.failed} was lost before the commit")

    def _post_copy(self) -> Phases:
        rules = self.rules
        outcome = yield self._sending("state", rules.state_bytes, rules.most_bytes_per_s, "", begins=self.guest.pause())
        if outcome.failed:
            return (yield from self._called_off(outcome, paused=True))
        outcome = yield Phase(
            "activate",
            wait_ticks=max(ticks(rules.activation_s), 1),
            begins=self.guest.move(self.target),
            ends=self.guest.resume(),
        )
        lasted, left = 0.0, self.whole
        step = self.whole / SLICES
        rate = rules.most_bytes_per_s or self.link_bytes_per_s
        number = 0
        while not outcome.failed and left > 0.0:
            number += 1
            expected = step * rules.ratio / rate
            touched = self.memory.dirtied(lasted + expected) - self.memory.dirtied(lasted)
            faults = round(touched / PAGE_BYTES * left / self.whole)
            amount = min(step, max(left - faults * PAGE_BYTES, 0.0))
            left -= amount + faults * PAGE_BYTES
            more = {"begins": self.guest.owe(faults)} if faults else {}
            if amount <= 0.0:
                break
            name = f"push {number}, {faults} faults"
            outcome = yield self._sending(name, amount, rules.most_bytes_per_s, self.target, **more)
            lasted += outcome.seconds
        if outcome.failed == "target host":
            return End("", (), "the target host was lost, and with it what the guest did there")
        if outcome.failed == "target management" and not number:
            return End("", (), "the target management was lost before the guest ran there; no host has all pages")
        if outcome.failed:
            yield Phase("stopped", begins=self.guest.pause())
            return End("", (), f"the {outcome.failed} was lost while the target waited for pages: no host has all")
        return End(self.target, (self.target,))


def rounds_of(memory: Memory, bytes_per_s: float, rounds: int, whole: float) -> list[float]:
    """Bytes of each round of a pre-copy at a constant rate: what the formula says.

    V(1) is all memory, V(n + 1) = D(V(n) / B): what is written while the round before is sent. It converges to a fixed
    point of V = D(V / B), which is near 0 where pages are written more slowly than they are sent.
    """
    found = [whole]
    for _ in range(rounds - 1):
        found.append(min(memory.dirtied(found[-1] / bytes_per_s), whole))
    return found
