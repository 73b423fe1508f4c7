"""What experiments on migration share: hosts with guests that serve, one file's worth of parameters, and a load."""

from __future__ import annotations

from collections.abc import Sequence

from architectures import load_architecture
from experiments.experiment import Context, Parameter
from simcore.engines.analytic import bounds
from simcore.hosts import Host
from simcore.memory import PAGE_BYTES, Memory
from vmarch.activities.cluster import Cluster, Machine
from vmarch.activities.entries import FIRST, ActivityEntry
from vmarch.answers.live import Live, live
from vmarch.scenario import Scenario
from workloads import load_workload
from workloads.spec import Tasks

__all__ = ["BEGINS_S", "GBIT", "OTHER", "SERVING", "each_rate", "moved", "serving"]

MB, GBIT = 1e6, 125e6
OTHER = "host-b"
BEGINS_S = 0.6  # of simulated time: what is called before
SLICE_S = 0.02

SERVING = (
    Parameter("workload", "web-server", "What each guest serves, at random times."),
    Parameter("vcpus", 2, "Of each guest.", low=1, high=64),
    Parameter("cores", 4, "Of each host.", low=1, high=64),
    Parameter("size_mib", 512.0, "Memory of each guest.", 64.0, 4.0, 1e5),
    Parameter("written_mib", 64.0, "Of these, what is written.", 8.0, 4.0, 1e5),
    Parameter("dirtied_mb_s", 80.0, "Written in a second by each guest, with repeats.", low=0.0, high=1e5),
    Parameter("gbit_s", 10.0, "That a migration sends in a second, at most.", low=0.01, high=25.0),
)


def each_rate(context: Context, architectures: Sequence[str], guests: int, load: float) -> float:
    """Requests a second of each guest at a load: a share of what the slowest of the architectures could serve."""
    most = []
    for name in architectures:
        one = Scenario(
            load_workload(context["workload"]), load_architecture(name), _host(context), guests, context["vcpus"]
        )
        most.append(bounds(one.model, arrivals=False).throughput_per_s)
    return load * min(most) / guests


def serving(context: Context, architecture: str, name: str, guests: int, rate: float) -> Scenario:
    """Guests that serve so many requests a second each."""
    size, written = (context[key] * 2.0**20 for key in ("size_mib", "written_mib"))
    memory = Memory(size=size, written=written, writes=context["dirtied_mb_s"] * MB / PAGE_BYTES)
    arrivals = {"arrivals": "open", "rate": rate, "rate_distribution": {"family": "exponential"}}
    tasks = Tasks.model_validate(arrivals)
    asked = load_workload(context["workload"]).model_copy(update={"memory": memory, "tasks": tasks})
    under = load_architecture(architecture)
    return Scenario(asked, under, _host(context), guests, context["vcpus"], name=name)


def moved(
    context: Context, here: Sequence[Scenario], there: Sequence[Scenario], activities: Sequence[ActivityEntry]
) -> Live:
    """Two hosts with guests, and what happens to these."""
    host = _host(context)
    cluster = Cluster((Machine(FIRST, host, tuple(here)), Machine(OTHER, host, tuple(there))), tuple(activities))
    return live(cluster, after=BEGINS_S, slice_s=SLICE_S, seed=context["seed"], replications=context["replications"])


def _host(context: Context) -> Host:
    return context.host.with_(cores=context["cores"])
