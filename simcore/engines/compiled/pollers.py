"""Virtual processors that poll, over arrays: see simcore.polling, and simcore.engines.simpy_engine.cores for the rules.

What these leave to the cores' rules (who takes the core then, what runs on it) is in `cores`.
"""

from __future__ import annotations

from simcore import polling
from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import inlined, once
from simcore.engines.compiled.notes import note
from simcore.engines.compiled.primitives import at, less, more, schedule
from simcore.engines.compiled.queues import allowed, idle_at, others_wait
from simcore.engines.records import NO_VISIT, What

__all__ = ["begins", "boundary", "cut_polling", "ends", "polls", "starts", "yielding_core"]

POLLS, STOPS = int(What.POLLS), int(What.STOPS)
next_window = once(polling.next_window)


@inlined
def boundary(began, length, now):
    """The first multiple of `length` after `began` that lies after now."""
    return began + ((now - began) // length + 1) * length


@inlined
def polls(s, home, space):
    """Whether the idle virtual processor that would take a visit from this address space polls."""
    return home.pollers > 0 and at(s.vcpus, idle_at(s, home, space)).core >= 0


@inlined
def starts(s, home, vcpu):
    """A virtual processor is on a core again, with a task: its window may change."""
    if home.most and vcpu.idle_since >= 0:
        _starts(s, home, vcpu)


@once
def _starts(s, home, vcpu):
    since = max(vcpu.idle_since, vcpu.until) if home.asleep_only else vcpu.idle_since
    vcpu.window = next_window(vcpu.window, s.now.time - since, home.most, home.start, home.grow, home.shrink)
    vcpu.idle_since = -1


@once
def begins(s, home, c, v):
    """A virtual processor that has fallen idle polls on its core; the domain is settled."""
    vcpu, core = at(s.vcpus, v), at(s.cores, c)
    core.polls, vcpu.core, vcpu.until = 1, c, s.now.time + vcpu.window
    home.pollers += 1
    more(s, home.counts + f.POLLING)
    less(s, home.counts + f.BUSY)
    note(s, POLLS, c, v, 0, -1, NO_VISIT)
    cut_polling(s, c, core, vcpu)


@once
def cut_polling(s, c, core, vcpu):
    """Schedules the end of polling, or of a turn of it that somebody waits for."""
    end, now = vcpu.until, s.now.time
    if others_wait(s, c):
        end = min(end, boundary(vcpu.turn, at(s.domains, vcpu.domain).turn, now))
    core.slice = -1
    if end < polling.FOREVER:
        core.slice = schedule(s, end - now, 4 * c + f.SLICE)


@once
def ends(s, c, core, vcpu):
    """A virtual processor polls no longer; the domain is settled."""
    note(s, STOPS, c, core.vcpu, 0, -1, NO_VISIT)
    vcpu.core, vcpu.until, core.polls, core.slice = -1, min(vcpu.until, s.now.time), 0, -1
    home = at(s.domains, vcpu.domain)
    home.pollers -= 1
    less(s, home.counts + f.POLLING)
    more(s, home.counts + f.BUSY)


@once
def yielding_core(s, d):
    """The first core that a domain may run on, and where somebody polls who yields; -1 if there is none."""
    pool = at(s.domains, d).pool
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        if core.polls and allowed(s, pool, c) and at(s.domains, at(s.vcpus, core.vcpu).domain).yields:
            return c
    return -1
