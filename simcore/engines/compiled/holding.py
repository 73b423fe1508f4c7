"""What keeps a domain from the cores, over arrays: see simcore.engines.simpy_engine.holding."""

from __future__ import annotations

from simcore.engines.compiled import fields as f
from simcore.engines.compiled.cached import once
from simcore.engines.compiled.cores import halt_core, hold_vcpu, next_vcpu, sleep_core, want_core
from simcore.engines.compiled.notes import note
from simcore.engines.compiled.primitives import at
from simcore.engines.compiled.queues import leave_all, settle, watch
from simcore.engines.records import NO_VISIT, What

__all__ = ["admit", "bar", "quota_due", "stop"]

FAILS = int(What.FAILS)


@once
def stop(s, d):
    """The domain stops for good: what it holds goes no further."""
    home = at(s.domains, d)
    note(s, FAILS, d, 0, 0, -1, NO_VISIT)
    settle(s, home)
    leave_all(s, f.WOKEN, d)
    leave_all(s, f.READY, d)
    home.idle_first = home.idle_last = -1
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        if core.vcpu >= 0 and at(s.vcpus, core.vcpu).domain == d:
            if core.polls:
                sleep_core(s, c)
            else:
                halt_core(s, c, core)
            next_vcpu(s, c)
    home.due = -1


@once
def quota_due(s, d, order):
    """A domain's quota is used up, or its next period begins; nothing if it is due at another time by now."""
    home = at(s.domains, d)
    if home.due != order:
        return
    settle(s, home)
    if home.over:
        home.over = 0
        if not home.paused:
            admit(s, d)
    elif home.left > 0:
        watch(s, d)
    else:
        home.over = 1
        bar(s, d)
        watch(s, d)


@once
def bar(s, d):
    """Holds all of a domain's virtual processors that have a job; the domain is settled."""
    for which in (f.WOKEN, f.READY):
        v = leave_all(s, which, d)
        while v >= 0:
            following = at(s.vcpus, v).next
            hold_vcpu(s, d, v)
            v = following
    for c in range(len(s.cores)):
        core = at(s.cores, c)
        v = core.vcpu
        if v >= 0 and at(s.vcpus, v).domain == d:
            if core.polls:
                sleep_core(s, c)
            else:
                halt_core(s, c, core)
                hold_vcpu(s, d, v)
            next_vcpu(s, c)


@once
def admit(s, d):
    """Those that were held want a core again, in that order; the domain is settled."""
    v, home = s.queues[f.HELD + d].first, at(s.domains, d)
    s.counts[home.counts + f.THROTTLED] += home.held * s.now.elapsed
    home.held, s.queues[f.HELD + d].first = 0, -1
    while v >= 0:
        following = at(s.vcpus, v).next
        want_core(s, v)
        v = following
