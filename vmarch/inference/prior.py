"""What is known of jobs before any is measured: mixes of the catalogue's application workloads.

A mix takes a share of each macro workload of the catalogue (Dirichlet, MIXING for each: mostly two or three of them),
by native time on the host. Each of its demands is then off by a factor (log-normal; OFF is the standard deviation of
its logarithm). OFF is as wide as it takes for an application that is not among those mixed; tests show how often the
intervals hold for one. A request or message counts as one of a usual size, whatever its own; what goes on in the
background is left out. What no application of the catalogue asks for is taken as none, unless it was counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from architectures import Architecture, load_architecture
from simcore.demands import Demand
from simcore.hosts import Host
from simcore.summing import added
from vmarch.scenario import Scenario
from vmarch.sensitivity.ranges import Floats, Sample, seconds_of
from workloads import Workload, load_workload, workload_names
from workloads.spec import IoItem

__all__ = ["COMPONENTS", "MIXING", "OFF", "USUAL", "Prior", "applications", "job", "takes"]

MIXING = 0.5
OFF = 1.5  # a factor of 4.5 up or down

USUAL = {
    str(item["kind"]): IoItem.model_validate(item)
    for item in (
        {"kind": "disk_read", "size": "16 KiB", "pattern": "random"},
        {"kind": "disk_write", "size": "16 KiB", "pattern": "random"},
        {"kind": "disk_flush"},
        {"kind": "send", "size": "1 kB"},
        {"kind": "receive", "size": "1 kB"},
        {"kind": "wait", "wait": "1 s"},
    )
}
COMPONENTS = (*map(str, Demand), *USUAL)


@dataclass(frozen=True)
class Prior:
    """Mixes of known workloads.

    Attributes:
        workloads: what can be mixed.
        mixes: for each of them, amounts of each component in a second of native time.
    """

    components: tuple[str, ...]
    workloads: tuple[str, ...]
    mixes: Floats

    @classmethod
    def on(cls, host: Host, known: Sequence[Workload]) -> Prior:
        """The prior from these workloads on a host."""
        one = takes([load_architecture("native")], host, draws=0)["native"][0]
        amounts = np.array([[_amount(workload, name) for name in COMPONENTS] for workload in known])
        return cls(COMPONENTS, tuple(w.name for w in known), amounts / (amounts @ one)[:, None])

    def draw(self, size: int, random: np.random.Generator) -> Floats:
        """Amounts of each component in a second of native time, one row for each mix."""
        mixed = random.dirichlet(np.full(len(self.mixes), MIXING), size) @ self.mixes
        return np.asarray(mixed * np.exp(OFF * random.standard_normal(mixed.shape)))


def applications() -> list[Workload]:
    """The application workloads of the catalogue."""
    every = [load_workload(name) for name in workload_names()]
    return [workload for workload in every if workload.kind == "macro"]


def _amount(workload: Workload, component: str) -> float:
    """How many of a component an operation has."""
    if component in USUAL:
        items = [item for item in workload.io if item.kind == component and item.sync is not False]
        return added(item.count * (item.wait_s or 1.0) for item in items)
    return workload.demands.get(Demand(component), 0.0)


def job(component: str) -> Workload:
    """A job of one of a component."""
    demands = {} if component in USUAL else {Demand(component): 1.0}
    io = (USUAL[component],) if component in USUAL else ()
    source = "one of a demand, to find what it takes"
    return Workload(name="job", title="job", kind="macro", unit="job", source=source, demands=demands, io=io)


def takes(architectures: Sequence[Architecture], host: Host, draws: int, seed: int = 1) -> dict[str, Floats]:
    """Seconds of one of each component under each architecture: row 0 at nominal costs, then one row for each draw.

    The guest's operating system is the host's: the job ran there too.

    Raises:
        CapabilityError: the architecture cannot run on the host.
    """
    found: dict[str, Floats] = {}
    for architecture in architectures:
        table = np.zeros((draws + 1, len(COMPONENTS)))
        sample = Sample(architecture.book(host), draws, seed)
        for column, component in enumerate(COMPONENTS):
            table[:, column] = seconds_of(Scenario(job(component), architecture, host, guest_os=host.os), sample)
        found[architecture.name] = table
    return found
