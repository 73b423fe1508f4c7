"""What does a database feel of its neighbour, and which limit helps?

One guest runs a database, another takes as much as it can of one thing: processors, the disk, the network, or page
faults. The database's 99th percentile beside it is set over its own with the host to itself, without a limit, and with
a weight, a cap of the neighbour, and cores of their own. A limit has a price: what the neighbour loses.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from architectures import load_architecture
from experiments.catalogue.sweeps import clients, mean
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.engines import COMPILED
from simcore.errors import unknown
from simcore.statistics import RatioEstimate, paired_ratio
from vmarch.figures.maps import heat_map
from vmarch.limits import NO_LIMITS, Limits
from vmarch.output import Row
from vmarch.runs import Replications
from vmarch.scenario import Scenario
from vmarch.tenancy import Tenancy

__all__ = ["EXPERIMENT"]

TAKES = {  # what the neighbour takes: a workload that asks for nothing else, and tasks enough to want all there is
    "processors": ("compute", 8),
    "disk": ("disk-read-sequential-depth32", 32),
    "network": ("tcp-stream-out", 8),
    "page faults": ("page-fault", 8),
}
ISOLATIONS = ("none", "weight", "cap", "pinning")
NONE = ISOLATIONS[0]
P99, RATE = "response_p99_s", "throughput_per_s"
HELD = ("used", "steal", "throttled")
VICTIM, NEIGHBOUR = "database", "neighbour"
LEVEL = 0.95
BAD = 1.5  # times the 99th percentile alone, and what a limit must divide it by to be called a help


@dataclass(frozen=True)
class _Found:
    """One host: the database's 99th percentile over its own alone, the neighbour's work over that without a limit."""

    architecture: str
    takes: str
    isolation: str
    suffers: RatioEstimate
    left: RatioEstimate
    row: Row


def run(context: Context) -> Outcome:
    """Maps of what the database suffers, and of what its protection costs the neighbour."""
    found = list(_found(context))
    helps, price = _helps(found), _price(found)
    caption = (
        f"Database: {context['clients']} clients with pauses of {context['think_us']:g} us, {context['vcpus']} virtual "
        f"processors; neighbour: one for each of the host's {context['cores']} cores. Weight: {context['weight']:g} "
        "times as much for each virtual processor; cap: half of the cores; pinning: half of the cores for each. "
        f"{context.caption}"
    )
    _draw(context, "noisy_neighbour", found, "suffers", helps, caption, "99th percentile over alone")
    limited = [one for one in found if one.isolation != NONE]
    if limited:
        label = "neighbour's work over that without a limit"
        _draw(context, "noisy_neighbour-price", limited, "left", price, caption, label)
    return Outcome([one.row for one in found], f"{_finding(found)}. {helps}. {price}.")


def _found(context: Context) -> Iterator[_Found]:
    """Every host, in the order of the table."""
    takes, isolations = context["takes"], context["isolations"]
    for name, asked, known in (("takes", takes, TAKES), ("isolations", isolations, ISOLATIONS)):
        for one in asked:
            if one not in known:
                raise unknown(name, one, known)
    under = context["architectures"]
    alone = [_host(context, name) for name in under]
    keys = [(name, kind, limit) for name in under for kind in takes for limit in dict.fromkeys((NONE, *isolations))]
    runs = context.hosts([*alone, *(_host(context, *key) for key in keys)], engine=COMPILED)
    quiet = dict(zip(under, runs, strict=False))
    beside = dict(zip(keys, runs[len(under) :], strict=True))
    for (name, kind, limit), here in beside.items():
        if limit in isolations:
            yield _one(name, kind, limit, quiet[name], here, beside[name, kind, NONE])


def _one(name: str, kind: str, limit: str, alone: Replications, here: Replications, unlimited: Replications) -> _Found:
    mine, theirs, quiet = here.of(0, VICTIM), here.of(1, NEIGHBOUR), alone.of(0, VICTIM)
    suffers = paired_ratio(mine.metric(P99), quiet.metric(P99))
    left = _left(theirs.metric(RATE), unlimited.of(1, NEIGHBOUR).metric(RATE))
    settled = 2 * len(mine.unsettled) < len(mine.results)
    row: Row = {
        "architecture": name,
        "takes": kind,
        "isolation": limit,
        "p99_s": mean(mine.metric(P99)),
        "alone_p99_s": mean(quiet.metric(P99)),
        "p99_over_alone": suffers.ratio,
        "low": suffers.low,
        "high": suffers.high,
        "rate_per_s": mean(mine.metric(RATE)),
        "neighbour_per_s": mean(theirs.metric(RATE)),
        "neighbour_over_unlimited": left.ratio,
        "neighbour_low": left.low,
        "neighbour_high": left.high,
        **{held: mean([getattr(result.shares[0], held) for result in mine.results]) for held in HELD},
        "waits_at": _waits_at(mine),
        "status": "ok" if settled else "unsettled",
    }
    return _Found(name, kind, limit, suffers, left, row)


def _left(limited: Sequence[float], unlimited: Sequence[float]) -> RatioEstimate:
    """Of the neighbour's work; unknown where a run was too short for it to complete something."""
    if any(limited) and any(unlimited):
        return paired_ratio(limited, unlimited)
    return RatioEstimate(math.nan, 0.0, math.inf, len(limited), LEVEL, "log", None)


def _waits_at(runs: Replications) -> str:
    """The resource at which a transaction waits longest."""
    waits: dict[str, float] = {}
    for result in runs.results:
        for name, seconds in result.waiting_s.items():
            waits[name] = waits.get(name, 0.0) + seconds
    return max(waits, key=lambda name: waits[name], default="") if any(waits.values()) else ""


def _host(context: Context, name: str, kind: str = "", limit: str = NONE) -> Tenancy:
    """The database, beside a neighbour if there is one."""
    host, under = context.host.with_(cores=context["cores"]), load_architecture(name)
    mine, theirs = _limits(context, limit)
    tasks = clients(context["victim"], context["clients"], context["think_us"] * 1e-6)
    groups = [Scenario(tasks, under, host, vcpus=context["vcpus"], name=VICTIM, limits=mine)]
    if kind:
        work = clients(*TAKES[kind])
        groups.append(Scenario(work, under, host, vcpus=host.cores, name=NEIGHBOUR, limits=theirs, operations=0))
    return Tenancy(tuple(groups))


def _limits(context: Context, limit: str) -> tuple[Limits, Limits]:
    """Of the database and of its neighbour."""
    cores = context["cores"]
    half = cores // 2
    match limit:
        case "weight":
            return Limits(weight=100.0 * context["weight"] * context["vcpus"]), NO_LIMITS
        case "cap":
            return NO_LIMITS, Limits(cap_percent=100.0 * half)
        case "pinning":
            return Limits(cores=tuple(range(half))), Limits(cores=tuple(range(half, cores)))
    return NO_LIMITS, NO_LIMITS


def _draw(
    context: Context, name: str, found: Sequence[_Found], what: str, title: str, caption: str, label: str
) -> None:
    """A map: what is taken and the isolation down, architectures across."""
    fields = {(one.takes, one.isolation, one.architecture): one for one in found}
    rows = list(dict.fromkeys((one.takes, one.isolation) for one in found))
    across = list(dict.fromkeys(one.architecture for one in found))

    def shown(one: _Found) -> float | str:
        return float(getattr(one, what).ratio) if one.row["status"] == "ok" else str(one.row["status"])

    context.draw(
        heat_map,
        name,
        [[shown(fields[(*row, one)]) for one in across] for row in rows],
        [isolation if isolation != NONE else "no limit" for _, isolation in rows],
        [load_architecture(one).title for one in across],
        title=title,
        caption=caption,
        label=label,
        row_groups=[takes for takes, _ in rows],
    )


def _finding(found: Sequence[_Found]) -> str:
    """What each neighbour costs where it costs most without a limit, and where the database waits then."""
    free = [one for one in found if one.isolation == NONE] or found
    parts = []
    for kind in dict.fromkeys(one.takes for one in free):
        worst = max((one for one in free if one.takes == kind), key=lambda one: one.suffers.ratio)
        title = load_architecture(worst.architecture).title
        parts.append(f"{kind} {worst.suffers.ratio:.3g} times ({title}; waits at {worst.row['waits_at'] or 'nothing'})")
    return f"The database's 99th percentile over its own alone, at most: {', '.join(parts)}"


def _helps(found: Sequence[_Found]) -> str:
    """Which limit leaves least of what each neighbour costs, where it is the worst."""
    worst: dict[str, dict[str, float]] = {}
    for one in found:
        mine = worst.setdefault(one.takes, {})
        mine[one.isolation] = max(mine.get(one.isolation, 0.0), one.suffers.ratio)
    best: dict[str, list[str]] = {}
    for kind, mine in worst.items():
        limit = min(mine, key=lambda name: mine[name])
        free = mine.get(NONE, max(mine.values()))
        words = "no need" if free < BAD else f"best {limit}" if mine[limit] < free / BAD else "no limit helps"
        best.setdefault(words, []).append(kind)
    return "Against what a neighbour takes: " + "; ".join(
        f"{', '.join(kinds)}: {words}" for words, kinds in best.items()
    )


def _price(found: Sequence[_Found]) -> str:
    """What the neighbour keeps under each limit: the mean of all hosts."""
    kept = {limit: [one.left.ratio for one in found if one.isolation == limit] for limit in ISOLATIONS if limit != NONE}
    parts = [f"{100 * mean(mine):.0f} % under {limit}" for limit, mine in kept.items() if mine]
    return f"The neighbour keeps {', '.join(parts) or 'all'} of its work"


EXPERIMENT = Experiment(
    name="noisy_neighbour",
    title="A noisy neighbour, and what limits do about it",
    run=run,
    order=42,
    parameters=(
        Parameter("victim", "oltp", "What the database runs."),
        Parameter("clients", 16, "Of the database, each with one transaction at a time.", low=1, high=1000),
        Parameter("think_us", 3000.0, "Mean pause of a client.", low=0.0, high=1e9),
        Parameter("vcpus", 2, "Of the database.", low=1, high=64),
        Parameter("cores", 4, "Of the host.", low=2, high=64),
        Parameter(
            "weight", 8.0, "The database's over its neighbour's, for each virtual processor.", low=0.01, high=1e3
        ),
        Parameter("takes", tuple(TAKES), f"What the neighbour takes: {', '.join(TAKES)}."),
        Parameter("isolations", ISOLATIONS, f"Of {', '.join(ISOLATIONS)}."),
        Parameter("architectures", ("container", "kvm-vhost", "xen-pv", "assist-nested"), "Of both guests."),
    ),
    replications=(10, 3),
    operations=(4000, 800),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
