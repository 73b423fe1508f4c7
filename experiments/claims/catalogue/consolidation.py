"""A layer between hardware and operating system: one set of real devices, several virtual ones, different guests."""

from __future__ import annotations

from architectures import architecture_names, load_architecture
from experiments.catalogue.sweeps import made
from experiments.claims.bench import Bench
from experiments.claims.spec import Claim, Evidence, Verdict, above, evidence, standing, whether
from simcore.demands import Demand
from simcore.engines import engine
from simcore.model import Kind
from simcore.statistics import Estimate, mean_interval
from simcore.totals import Settings
from vmarch.scenario import Scenario

__all__ = ["CLAIMS"]

FAMILIES = ("linux", "windows")
BOTH = made(
    "disk-and-network",
    {Demand.USER_CYCLES: 1e5},
    ({"kind": "receive", "size": "1 B"}, {"kind": "disk_read", "size": "4 KiB"}, {"kind": "send", "size": "1 B"}),
    varied=(Demand.USER_CYCLES,),
)
RUNS = 0.4  # a guest that completes this share of the work of two is not held up by the other


def layer_converts(bench: Bench) -> Verdict:
    """Which architectures carry guests of two families side by side, and at which devices the paths of both end."""
    lines = []
    able, shared = [], []
    for name in bench.runs_here(*architecture_names()):
        one = load_architecture(name)
        if one.cpu == "direct":
            continue
        reasons = [bench.refusal(name, guest_os=family) for family in FAMILIES]
        alike = one.capabilities.guest_os == "same-kernel"
        mixes = not any(reasons)
        if alike:
            shared.append(name)
        lines.append(
            Evidence(f"{name}: two families side by side", "yes" if mixes else "no", holds=whether(mixes is not alike))
        )
        if mixes:
            able.append(name)
    for name in able:
        ends = _ends(bench.scenario(BOTH, name, guests=2))
        same = len(set(ends)) == 1
        lines.append(
            Evidence(
                f"{name}: real devices at which both guests' paths end",
                ", ".join(sorted(ends[0])),
                holds=whether(same and bool(ends[0])),
            )
        )
    tried = "full-translation"
    part = _share(bench, bench.scenario(BOTH, tried, guests=2))
    lines.append(
        evidence(
            f"{tried}: the second guest's share of the operations",
            part,
            above(part, RUNS),
        )
    )
    devices = sorted(_ends(bench.scenario(BOTH, tried, guests=2))[0])
    return Verdict(
        standing(lines),
        f"{part.value:.3f} of the work is the second guest's: {len(able)} architectures run two families on the same "
        f"{len(devices)} devices",
        *(part.value, part.low, part.high),
        boundary=f"ends where the kernel is shared: 0 of {len(shared)} such architectures carry two families"
        if not any(name in able for name in shared)
        else "a shared kernel carries two families",
        why="each guest's driver ends at a virtual device; below it the hypervisor or its driver domain puts all "
        "requests in "
        "one queue of the real one",
        lines=tuple(lines),
    )


def _ends(scenario: Scenario) -> list[frozenset[str]]:
    """For each guest the real devices that its operations visit."""
    model = scenario.model
    return [
        frozenset(model.stations[visit.where].name for visit in tasks.program.visits if visit.kind is Kind.STATION)
        for tasks in model.classes
    ]


def _share(bench: Bench, scenario: Scenario) -> Estimate:
    """The second guest's share of what both complete."""
    operations = bench.setting.operations(scenario.workload, scenario.guests)
    shares = []
    for k in range(bench.setting.replications):
        settings = Settings(seed=bench.setting.seed, replication=k, operations=operations, warmup=operations // 10)
        first, second = (totals.completed for totals in engine("auto")(scenario.model, settings).measured.classes)
        shares.append(second / (first + second))
    return mean_interval(shares, bench.setting.level)


CLAIMS = (
    Claim(
        "layer-converts-hardware",
        "A virtualization layer between hardware and operating system turns real devices into virtual ones, so that "
        "different "
        "operating systems run side by side",
        "xeon-2003",
        "two processors for two guests",
        20,
        layer_converts,
    ),
)
