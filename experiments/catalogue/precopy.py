"""How long is a migrated guest paused, and where does pre-copy not converge?

Each round of a pre-copy sends what was written while the round before was sent. A guest is migrated again and again,
over how fast it writes and how fast its memory is sent, by the rules of Xen and of QEMU. Each course is simulated
whole: chunks through both hosts' network stacks, a guest that computes and pays for the tracking of its writes. Beside
it stands the formula (simcore.life.convergence): rounds end if and only if less is written than may be left, in the
time that sending this takes; otherwise they settle at the fixed point of V = D(V / B).

Sources: the rounds are those of Clark et al., NSDI 2005, sections 3.2 and 5; the rules are those of
vmarch/activities/rules.toml.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from architectures import Architecture, load_architecture
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.life.convergence import Foreseen, foreseen, most_converging, rest_of, settled
from simcore.memory import PAGE_BYTES, Memory
from simcore.units import format_seconds
from vmarch.activities.cluster import Cluster, Machine
from vmarch.activities.entries import FIRST, ActivityEntry, activity_of
from vmarch.activities.rules import rule_sets, rules_for
from vmarch.activities.work import CHUNK_BYTES
from vmarch.answers.live import live
from vmarch.figures.plots import Line
from vmarch.figures.regions import Point, Region, region_map
from vmarch.output import Row
from vmarch.scenario import Scenario
from workloads import load_workload

__all__ = ["EXPERIMENT"]

MB, GBIT = 1e6, 125e6
BEGINS_S, GOES_ON_S = 0.05, 0.01
PROCESSORS = 4  # of Domain 0: one alone receives less than 10 Gbit/s
UNDER = {"xen": "xen-pv", "clark2005": "xen-pv"}  # whose rules are whose; others are QEMU's
QEMU = "kvm-vhost"
GUEST, TARGET = "guest", "host-b"


@dataclass(frozen=True)
class _Found:
    """One migration: simulated, and by the formula.

    Attributes:
        converged: whether what was left came down to what the rules allow.
        last_bytes: what was sent last: while the guest was paused, or in the last round of one that was called off.
        activation_s: from the commit until the guest runs.
        expected, settled_bytes: the rounds by the formula, and what they would settle at.
    """

    rules: str
    dirtied_mb_s: float
    gbit_s: float
    rounds: int
    sent_bytes: float
    time_s: float
    paused_s: float
    last_bytes: float
    converged: bool
    moved: bool
    activation_s: float
    expected: Foreseen
    settled_bytes: float

    @property
    def agrees(self) -> bool:
        """Whether formula and simulation say the same."""
        return self.converged == self.expected.converged

    @property
    def foreseen_s(self) -> float:
        """How long the guest is paused, by the formula, called off or not."""
        return self.expected.left_bytes / (self.gbit_s * GBIT) + self.activation_s


def run(context: Context) -> Outcome:
    """Each rule's migrations over both rates, with the formula's region."""
    found = [
        _one(context, rules, dirtied, gbit)
        for rules in context["rules"]
        for gbit in context["gbit_s"]
        for dirtied in context["dirtied_mb_s"]
    ]
    finding = _finding(found)
    regions = [_region(context, rules, [one for one in found if one.rules == rules]) for rules in context["rules"]]
    context.draw(
        region_map,
        "precopy",
        regions,
        title=finding,
        caption=f"A guest of {context['size_mib']:g} MiB, of which {context['written_mib']:g} MiB are written, "
        f"each page equally often. Under each point: how long the guest was paused. Line: the formula; right of it "
        f"rounds settle above what the rules allow. Host: {context.host.name}.",
        x_label="written (MB/s, with repeats)",
        y_label="sent (Gbit/s)",
        inside="rounds converged",
        outside="they did not",
    )
    rows: list[Row] = [
        {
            "rules": one.rules,
            "dirtied_mb_s": one.dirtied_mb_s,
            "gbit_s": one.gbit_s,
            "rounds": one.rounds,
            "sent_bytes": one.sent_bytes,
            "time_s": one.time_s,
            "downtime_s": one.paused_s if one.moved else None,
            "last_bytes": one.last_bytes,
            "converged": one.converged,
            "formula_converged": one.expected.converged,
            "formula_rounds": one.expected.rounds,
            "formula_last_bytes": one.expected.left_bytes,
            "formula_downtime_s": one.foreseen_s,
            "formula_settled_bytes": one.settled_bytes,
        }
        for one in found
    ]
    return Outcome(rows, f"{finding}. {_held(found)}")


def _one(context: Context, rules: str, dirtied_mb_s: float, gbit: float) -> _Found:
    under, memory, entry = _under(rules), _memory(context, dirtied_mb_s), _entry(rules, gbit)
    workload = load_workload(context["workload"]).model_copy(update={"memory": memory})
    host = context.host.with_(cores=context["cores"])
    guest = Scenario(workload, under, host, vcpus=context["vcpus"], name=GUEST)
    cluster = Cluster((Machine(FIRST, host, (guest,)), Machine(TARGET, host)), (entry,))
    answer = live(cluster, after=GOES_ON_S, slice_s=1.0, seed=context["seed"], replications=1)
    done, end = answer.reports[0].done, answer.reports[0].end
    assert end is not None
    told, rate = rules_for(entry, under), gbit * GBIT
    moved = end.running == TARGET
    last = next(one for one in reversed(done) if one.moved_bytes).moved_bytes
    return _Found(
        rules,
        dirtied_mb_s,
        gbit,
        sum(one.name.startswith("round") for one in done),
        sum(one.moved_bytes for one in done),
        sum(one.seconds for one in done),
        sum(one.seconds for one in done if not one.running),
        last,
        moved and last <= rest_of(told, rate) + CHUNK_BYTES,
        moved,
        told.activation_s,
        foreseen(memory, told, rate),
        settled(memory, rate),
    )


def _memory(context: Context, dirtied_mb_s: float) -> Memory:
    size, written = (context[name] * 2.0**20 for name in ("size_mib", "written_mib"))
    return Memory(size=size, written=written, writes=dirtied_mb_s * MB / PAGE_BYTES)


def _region(context: Context, rules: str, found: Sequence[_Found]) -> Region:
    points = [
        Point(
            one.dirtied_mb_s,
            one.gbit_s,
            format_seconds(one.paused_s) if one.moved else "called off",
            one.converged,
        )
        for one in found
    ]
    told = rules_for(_entry(rules), _under(rules))
    rates = [float(rate) for rate in np.geomspace(min(context["gbit_s"]) / 2.0, 2.0 * max(context["gbit_s"]), 100)]
    most = [most_converging(_memory(context, 0.0), told, rate * GBIT) / MB for rate in rates]
    return Region(rule_sets()[rules].title, points, Line("formula", most, rates))


def _under(rules: str) -> Architecture:
    return load_architecture(UNDER.get(rules, QEMU)).model_copy(update={"back_end_vcpus": PROCESSORS})


def _entry(rules: str, gbit: float | None = None) -> ActivityEntry:
    limit = f"{gbit} Gbit/s" if gbit else None
    return activity_of(f"{BEGINS_S} s", f"migrate:{GUEST}:{TARGET}", rules=rules, limit=limit)


def _finding(found: Sequence[_Found]) -> str:
    """Where pre-copy stops converging, by each set of rules."""
    parts = []
    for rules in dict.fromkeys(one.rules for one in found):
        mine = [one for one in found if one.rules == rules]
        over = [
            one.dirtied_mb_s * MB / (one.gbit_s * GBIT) for one in mine if not one.converged
        ]  # the least that fails
        always = [
            gbit
            for gbit in sorted({one.gbit_s for one in mine})
            if all(one.converged for one in mine if one.gbit_s == gbit)
        ]
        fails = f"{min(over):.2g} times as much written as sent" if over else "no rate tried"
        safe = f", from {always[0]:g} Gbit/s on always" if over and always else ""
        parts.append(f"{fails} ({rule_sets()[rules].title}{safe})")
    return f"Pre-copy fails to converge from {' and from '.join(parts)}"


def _held(found: Sequence[_Found]) -> str:
    """The formula against the simulation."""
    agree = sum(one.agrees for one in found)
    off = [f"{one.dirtied_mb_s:g} MB/s at {one.gbit_s:g} Gbit/s by {one.rules}" for one in found if not one.agrees]
    beside = f" (not at {', '.join(off)})" if off else ""
    wild = [one for one in found if not (one.converged or one.expected.converged)]
    said = f"Formula and simulation agree on that in {agree} of {len(found)} migrations{beside}."
    if wild:
        far = max(abs(one.last_bytes / one.expected.left_bytes - 1.0) for one in wild)
        said += (
            f" Where rounds do not converge, the last one holds what the formula says within {100 * far:.2g} %, "
            f"and the guest would be paused for {format_seconds(min(one.foreseen_s for one in wild))} to "
            f"{format_seconds(max(one.foreseen_s for one in wild))}."
        )
    return said


EXPERIMENT = Experiment(
    name="precopy",
    title="Pre-copy: downtime over both rates, and where it does not converge",
    run=run,
    order=46,
    parameters=(
        Parameter("rules", ("xen", "qemu"), "When the last round comes: of vmarch/activities/rules.toml."),
        Parameter(
            "dirtied_mb_s",
            (20.0, 50.0, 90.0, 150.0, 300.0, 700.0, 1500.0, 4000.0),
            "Written in a second, with repeats.",
            (50.0, 300.0, 1500.0),
            1.0,
            1e6,
        ),
        Parameter("gbit_s", (0.5, 1.0, 2.5, 5.0, 10.0), "Sent in a second.", (1.0, 10.0), 0.01, 25.0),
        Parameter("size_mib", 256.0, "Of the guest.", 32.0, 4.0, 1e5),
        Parameter("written_mib", 128.0, "Of these, what is written.", 16.0, 4.0, 1e5),
        Parameter(
            "workload", "hpc", "What the guest runs: it computes all the time, so that it always writes as fast."
        ),
        Parameter("vcpus", 1, "Of the guest.", low=1, high=64),
        Parameter("cores", 4, "Of each host.", low=1, high=64),
    ),
    replications=(1, 1),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
