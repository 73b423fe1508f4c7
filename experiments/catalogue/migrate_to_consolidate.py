"""When does it pay to move guests together and free a host, against leaving them where they are?

Two hosts have equally many guests. Those of the second are migrated to the first, one after another, while all serve.
Afterwards the second host is free: that is the gain, one host of two. The cost is the time it takes, what requests wait
meanwhile (of the guests that stay, and of those that go), and what they wait for ever after on the fuller host. From
some load on the last is more than was asked for, or a guest falls behind its requests, and leaving them pays.

Sources: the method and its rules are those of the architectures' software (vmarch/activities/rules.toml).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from architectures import load_architecture
from experiments.catalogue.moving import BEGINS_S, GBIT, SERVING, each_rate, moved, serving
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.statistics import RatioEstimate
from simcore.units import format_seconds
from vmarch.activities.entries import FIRST, activity_of
from vmarch.answers.live import Live
from vmarch.figures.plots import Line, Panel, line_plot
from vmarch.output import Row

__all__ = ["EXPERIMENT"]

STAYS, GOES = "stays", "goes"
KEEPS = 0.9  # of the throughput before: less is no noise of a second of requests, but a guest that falls behind
ROOM = 1.3  # from one migration's begin to the next's, over what its memory takes to send once: so that none overlap


@dataclass(frozen=True)
class _Found:
    """Guests of one architecture moved together at one load, a share of what the two hosts can serve.

    Attributes:
        during, after: the 99th percentile of the guests that stay over that before.
        most: the greatest 99th percentile of those that go, while guests are moved, over that of the first before.
        ended: whether all of them run on the first host.
        kept: of its throughput before, what the guest has afterwards that keeps least.
        bound: what is allowed of `after`.
    """

    architecture: str
    load: float
    during: RatioEstimate
    after: RatioEstimate
    most: float
    time_s: float
    paused_s: float
    ended: bool
    kept: float
    bound: float

    @property
    def pays(self) -> bool:
        """Whether a host is free, no guest falls behind, and those that stay are as fast as is asked for."""
        return self.ended and self.kept >= KEEPS and self.after.ratio <= self.bound


def run(context: Context) -> Outcome:
    """Each load before, during and after; and from which load on it no longer pays."""
    found = [_one(context, name, load) for name in context["architectures"] for load in context["loads"]]
    bound = context["bound"]
    reading = [_reading([one for one in found if one.architecture == name]) for name in context["architectures"]]
    title = f"Moving guests together frees one host of two, and pays {'; '.join(reading)}"

    def lines(part: str) -> list[Line]:
        return [
            Line(
                load_architecture(name).title,
                [100.0 * one.load for one in found if one.architecture == name],
                *(
                    [getattr(getattr(one, part), end) for one in found if one.architecture == name]
                    for end in ("ratio", "low", "high")
                ),
            )
            for name in context["architectures"]
        ]

    axis = "busy before, on each host (%)"
    context.draw(
        line_plot,
        "migrate_to_consolidate",
        [
            Panel(
                lines(part), axis, "99th percentile of guests that stay,\nover that before", name, y_log=True, levels=at
            )
            for part, name, at in (
                ("during", "while guests are moved", {}),
                ("after", "afterwards", {"allowed": bound}),
            )
        ],
        title=title,
        caption=f"{context['guests']} guests of {context['vcpus']} virtual processors and {context['size_mib']:g} MiB "
        f"on each of two hosts of {context['cores']} cores run {context['workload']}; those of one are migrated to the "
        f"other at {context['gbit_s']:g} Gbit/s. It pays where those that stay "
        f"are within what is allowed and no guest falls behind its requests. {context.caption}",
    )
    rows: list[Row] = [
        {
            "architecture": one.architecture,
            "load": one.load,
            "hosts_freed": 1 if one.ended else 0,
            "time_s": one.time_s,
            "downtime_s": one.paused_s,
            "during_over_before": one.during.ratio,
            "during_low": one.during.low,
            "during_high": one.during.high,
            "moved_at_most_over_before": one.most,
            "after_over_before": one.after.ratio,
            "after_low": one.after.low,
            "after_high": one.after.high,
            "least_kept": one.kept,
            "pays": one.pays,
        }
        for one in found
    ]
    return Outcome(rows, f"{title}. {_costs(found, context['guests'])}")


def _costs(found: Sequence[_Found], guests: int) -> str:
    """What moving them takes, and what is felt meanwhile."""
    times, pauses, felt = ([getattr(one, part) for one in found] for part in ("time_s", "paused_s", "during"))
    ratios = [one.ratio for one in felt]
    return (
        f"Moving {guests} guests takes {format_seconds(min(times))} to {format_seconds(max(times))} of migration, each "
        f"paused for {format_seconds(min(pauses) / guests)} to {format_seconds(max(pauses) / guests)}; meanwhile the "
        f"99th percentile of those that stay is {min(ratios):.3g} to {max(ratios):.3g} times that before."
    )


def _one(context: Context, name: str, load: float) -> _Found:
    count = context["guests"]
    rate = each_rate(context, context["architectures"], count, load)
    takes = context["size_mib"] * 2.0**20 / (context["gbit_s"] * GBIT)
    entries = [
        activity_of(
            f"{BEGINS_S + n * ROOM * takes} s",
            f"migrate:{GOES}{f'.{n}' if count > 1 else ''}:{FIRST}",
            limit=f"{context['gbit_s']} Gbit/s",
        )
        for n in range(count)
    ]
    here, there = (serving(context, name, kind, count, rate) for kind in (STAYS, GOES))
    answer = moved(context, [here], [there], entries)
    totals = [answer.totals_of(n) for n in range(count)]
    ends = [report.end for report in answer.reports]
    return _Found(
        name,
        load,
        answer.over_before(STAYS, "during"),
        answer.over_before(STAYS, "after"),
        _most(answer),
        sum(one["time_s"].value for one in totals),
        sum(one["downtime_s"].value for one in totals),
        all(end is not None and end.running == FIRST for end in ends),
        _kept(answer),
        context["bound"],
    )


def _most(answer: Live) -> float:
    """The greatest 99th percentile of a guest that goes, while guests are moved, over the least before."""
    at: dict[str, list[float]] = {"before": [], "during": []}
    for one in answer.periods:
        slow = one.response_p99_s
        if one.name in at and one.group.split(".")[0] == GOES and slow and slow.value > 0.0:
            at[one.name].append(slow.value)
    return max(at["during"]) / min(at["before"])


def _kept(answer: Live) -> float:
    """The least of all groups' throughput afterwards over that before."""
    rates = {(one.group, one.name): one.throughput_per_s for one in answer.periods}
    pairs = ((rates[name, "after"], rates[name, "before"]) for name in answer.names)
    return min(after.value / before.value for after, before in pairs if after and before and before.value)


def _reading(found: Sequence[_Found]) -> str:
    """Up to which load it pays under one architecture."""
    title = load_architecture(found[0].architecture).title
    good, bad = ([one.load for one in found if one.pays is pays] for pays in (True, False))
    if not bad:
        return f"at every load tried ({title})"
    if not good:
        return f"at no load tried ({title})"
    return f"up to {100 * max(good):.3g} % busy hosts, no more at {100 * min(bad):.3g} % ({title})"


EXPERIMENT = Experiment(
    name="migrate_to_consolidate",
    title="Moving guests together, or leaving them",
    run=run,
    order=48,
    parameters=(
        Parameter("guests", 2, "On each of the two hosts.", low=1, high=32),
        Parameter("loads", (0.1, 0.2, 0.3, 0.4, 0.45, 0.49), "Busy share of each host before.", (0.2, 0.4), 0.01, 0.9),
        Parameter("bound", 2.0, "Allowed afterwards: the 99th percentile over that before.", low=1.0, high=1e3),
        Parameter("architectures", ("kvm-vhost", "xen-pv"), "Of all guests."),
        *SERVING,
    ),
    replications=(8, 3),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
