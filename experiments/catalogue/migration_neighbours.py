"""What do the neighbours feel while one of several guests is migrated?

Guests serve requests on one host. One of them is migrated to another host, by each method and under each architecture;
its memory goes through the network stack of the host's own management, on the same processors and the same network as
the others' requests. Beside the 99th percentile of the guests that stay, during the migration and after it over that
before it, stands that of the guest that goes: it also waits while it is paused, and for pages that are not there yet.

Sources: the methods are those of Clark et al., NSDI 2005, and of Hines and Gopalan, VEE 2009; the costs of a chunk are
the host's own network stack's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from architectures import load_architecture
from experiments.catalogue.moving import BEGINS_S, OTHER, SERVING, each_rate, moved, serving
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.statistics import Estimate, RatioEstimate
from simcore.units import format_seconds
from vmarch.activities.entries import activity_of
from vmarch.answers.live import Live
from vmarch.figures.intervals import interval_bars
from vmarch.output import Row

__all__ = ["EXPERIMENT"]

GUESTS = "web"
GOES = f"{GUESTS}.0"


@dataclass(frozen=True)
class _Found:
    """One migration under one architecture, at one load."""

    architecture: str
    method: str
    load: float
    answer: Live

    @property
    def title(self) -> str:
        """Whose it is, and at what load."""
        return f"{load_architecture(self.architecture).title}, {100 * self.load:g} % busy"

    def over(self, period: str) -> RatioEstimate:
        """The neighbours' 99th percentile in a period over that before."""
        return self.answer.over_before(GUESTS, period)


def run(context: Context) -> Outcome:
    """Each migration; the neighbours' 99th percentile during and after it over that before."""
    names, count = context["architectures"], context["guests"]
    found = []
    for load in context["loads"]:
        rate = each_rate(context, names, count, load)
        for name in names:
            for method in context["methods"]:
                entry = activity_of(
                    f"{BEGINS_S} s", f"migrate:{GOES}:{OTHER}", method=method, limit=f"{context['gbit_s']} Gbit/s"
                )
                answer = moved(context, [serving(context, name, GUESTS, count, rate)], [], [entry])
                found.append(_Found(name, method, load, answer))
    finding = _finding(found)
    groups: dict[str, dict[str, tuple[float, float, float]]] = {}
    for one in found:
        during = one.over("during")
        groups.setdefault(one.title, {})[one.method] = (during.ratio, during.low, during.high)
    context.draw(
        interval_bars,
        "migration_neighbours",
        groups,
        title=finding,
        caption=f"{count} guests of {context['vcpus']} virtual processors on {context['cores']} cores run "
        f"{context['workload']}; one of {context['size_mib']:g} MiB is migrated at {context['gbit_s']:g} Gbit/s. "
        f"{context.caption}",
        label="neighbours' 99th percentile during the migration, over that before it",
    )
    return Outcome([row for one in found for row in _rows(one)], f"{finding}. {_goes(found)}")


def _rows(one: _Found) -> list[Row]:
    """What neighbours and the guest that goes had before, during and after."""
    same = {"architecture": one.architecture, "method": one.method, "load": one.load}
    totals = one.answer.totals_of(0)
    taken = {"time_s": totals["time_s"].value, "downtime_s": totals["downtime_s"].value}
    rows: list[Row] = []
    for period in one.answer.periods:
        rate = period.throughput_per_s
        slow = period.response_p99_s if rate and rate.value else None  # a guest that stood still answered nobody
        ratio = None if period.name == "before" or period.group == GOES else one.over(period.name)
        rows.append(
            {
                **same,
                "guests": "goes" if period.group == GOES else "stay",
                "period": period.name,
                "p99_s": _end(slow, "value"),
                "p99_low_s": _end(slow, "low"),
                "p99_high_s": _end(slow, "high"),
                "throughput_per_s": _end(rate, "value"),
                "over_before": ratio.ratio if ratio else None,
                "over_before_low": ratio.low if ratio else None,
                "over_before_high": ratio.high if ratio else None,
                **taken,
            }
        )
    return rows


def _end(found: Estimate | None, end: str) -> float | None:
    return None if found is None else float(getattr(found, end))


def _finding(found: Sequence[_Found]) -> str:
    """What the neighbours feel at most and at least."""
    most, least = (end(found, key=lambda one: one.over("during").ratio) for end in (max, min))
    return (
        f"Neighbours' 99th percentile while one guest is migrated is {least.over('during').ratio:.3g} "
        f"({least.title}, {least.method}) to {most.over('during').ratio:.3g} times ({most.title}, {most.method}) that "
        "before"
    )


def _goes(found: Sequence[_Found]) -> str:
    """What the guest that goes feels, by method, and what is left afterwards for the others."""
    parts = []
    for method in dict.fromkeys(one.method for one in found):
        mine = [one for one in found if one.method == method]
        down = [one.answer.totals_of(0)["downtime_s"].value for one in mine]
        parts.append(f"{method} {format_seconds(min(down))} to {format_seconds(max(down))}")
    after = [one.over("after").ratio for one in found]
    return (
        f"The guest that goes is paused for: {'; '.join(parts)}. Afterwards, with one guest less, the others' 99th "
        f"percentile is {min(after):.3g} to {max(after):.3g} times that before."
    )


EXPERIMENT = Experiment(
    name="migration_neighbours",
    title="A migration and its neighbours",
    run=run,
    order=47,
    parameters=(
        Parameter("guests", 4, "On the host, one of which is migrated.", low=2, high=100),
        Parameter("loads", (0.5, 0.8), "Busy share of the host under the slowest architecture.", (0.6,), 0.01, 0.99),
        Parameter("architectures", ("container", "kvm-vhost", "xen-pv", "assist-nested"), "Of all guests."),
        Parameter("methods", ("pre-copy", "post-copy", "stop-and-copy"), "Of the migration."),
        *SERVING,
    ),
    replications=(8, 3),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
