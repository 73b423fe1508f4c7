"""Who controls Domain 0 controls the system: what is reached from each part, and what policies leave and cost."""

from __future__ import annotations

from architectures import load_architecture
from architectures.protection import JOBS, load_policy, policies_for, policy_names
from architectures.reach import DEGREES, Reach
from experiments.claims.bench import Bench, ratio_over_ranges
from experiments.claims.spec import Claim, Evidence, Holds, Plot, Verdict, evidence, standing, whether
from simcore.statistics import RatioEstimate
from vmarch.answers.reach import Guarded, guarded_by, matrix, with_policy

__all__ = ["CLAIMS"]

MANAGED = ("xen-pv", "xen-hvm", "hyperv", "kvm-vhost", "workstation-translation", "container")
MONOLITHIC = ("full-translation", "assist-nested")
MANAGES = "management"
EVERYTHING = len(DEGREES) - 1
REQUESTS = ("tcp-rr", "disk-read-random")
IOMMU = {"then": False, "now": True}  # assumed of the two hosts: none in 2003, one in a server of today


def controls(bench: Bench) -> Verdict:
    """What is reached from the part that manages, as described and under all policies together; and what they cost."""
    iommu = IOMMU[bench.era]
    lines = []
    shown = []
    whole = 0
    named = bench.runs_here(*MANAGED)
    for name in named:
        plain = _guarded(name, (), iommu)
        manager = _worst(plain, MANAGES)
        whole += manager.degree == EVERYTHING
        what = f"{name}: reached from the part that manages ({manager.part})"
        lines.append(Evidence(what, manager.words, holds=whether(manager.degree == EVERYTHING)))
        shown += [plain, *_policies(name, manager, iommu, lines)]
    costs = _costs(bench, lines)
    monolithic = _guarded(bench.runs_here(*MONOLITHIC)[0], (), iommu)
    lines += [
        Evidence(f"{one.title}: parts open to guests from which others' memory is reached", ", ".join(one.exposed))
        for one in (*shown, monolithic)
        if not one.policies
    ]
    worst = _worst(monolithic, "hypervisor")
    jobs = ", ".join(job for job in JOBS if worst.part in {part.name for part in monolithic.protection.doing(job)})
    dearest = max(costs, key=lambda what: costs[what][0].value)
    most, (least, highest) = costs[dearest]
    return Verdict(
        standing(lines),
        f"who holds the management reaches everything under {whole} of {len(named)} architectures; the dearest policy "
        f"takes {most.value:.2f} times the response ({dearest}; {least:.2f} to {highest:.2f} over the costs' ranges)",
        *(most.value, most.low, most.high),
        boundary=f"{_left(shown, iommu)}; a monolithic hypervisor has no Domain 0, but in its one most privileged part "
        f"are {jobs}, and from it all is reached ({worst.words})",
        why="whoever may map the memory of all guests holds them; a policy helps as far as it takes that right, and "
        "no farther than the parts that keep it",
        lines=tuple(lines),
        plot=Plot(
            matrix,
            (shown,),
            f"Who holds the management reaches everything under {whole} of {len(named)} architectures; policies help "
            "where they take the right to map",
        ),
    )


def _guarded(name: str, policies: tuple[str, ...], iommu: bool) -> Guarded:
    return guarded_by([name], load_architecture(name).privileges, policies, iommu=iommu)


def _worst(one: Guarded, job: str) -> Reach:
    found = one.worst(job)
    assert found is not None
    return found


def _policies(name: str, manager: Reach, iommu: bool, lines: list[Evidence]) -> list[Guarded]:
    """Each policy by itself, for comparison; then all together: does any but the hypervisor still reach everything?"""
    fitting = policies_for(load_architecture(name).privileges)
    each = [_guarded(name, (policy,), iommu) for policy in fitting]
    for one in each:
        left = _worst(one, MANAGES)
        lines.append(Evidence(f"{name}, {one.label}: management reaches", left.words))
    if not any(_worst(one, MANAGES).degree < manager.degree for one in each):
        lines.append(Evidence(f"{name}: a policy that takes anything from the {manager.part}", "none is described"))
        return each
    every = each[0] if len(each) == 1 else _guarded(name, fitting, iommu)
    lowest = {part.name for part in every.protection.doing("hypervisor")}
    rest = [part for part, reach in every.reaches.items() if reach.degree == EVERYTHING and part not in lowest]
    what = f"{name}, all its policies: parts above the hypervisor from which everything is reached"
    lines.append(Evidence(what, ", ".join(rest) or "none", holds=whether(not rest)))
    return [*each, every] if len(each) > 1 else each


def _costs(bench: Bench, lines: list[Evidence]) -> dict[str, tuple[RatioEstimate, tuple[float, float]]]:
    """A request's response with each policy over without, and over the costs' ranges, as far as existing parts go."""
    found = {}
    for policy in policy_names():
        pairs = [pair for pair in with_policy(policy) if not any(map(bench.refusal, pair))]
        for before, after in pairs:
            for request in REQUESTS:
                ours, theirs = bench.scenario(request, after), bench.scenario(request, before)
                ratio = bench.ratio(ours, theirs)
                found[f"{load_policy(policy).title}, {before.name}, {request}"] = ratio, ratio_over_ranges(ours, theirs)
                what = f"{request}: response with {policy} over {before.name} without"
                lines.append(evidence(what, ratio, Holds.APART))
    return found


def _left(shown: list[Guarded], iommu: bool) -> str:
    """What policies leave the management: the best by itself, and all together; what driver domains are good for."""
    parts = []
    for plain in (one for one in shown if not one.policies):
        policed = [one for one in shown if one.policies and one.architectures == plain.architectures]
        singles = sorted((one for one in policed if len(one.policies) == 1), key=_rest)
        best: list[Guarded] = []
        for one in (*singles[:1], *(one for one in policed if len(one.policies) > 1)):
            if _less(one, best[-1] if best else plain):
                best.append(one)
        if best:
            words = (f"{_worst(one, MANAGES).words} ({one.label})" for one in best)
            parts.append(f"of {plain.architectures[0]} {', '.join(words)}")
    helped = "driver domains take nothing from Domain 0, and keep a driver to its device" + (
        "" if iommu else " only where there is an IOMMU, which this host has not"
    )
    unknown = [
        load_policy(name).title for name in policy_names() if all("not known" in c.says for c in load_policy(name).cost)
    ]
    left = f"policies leave the management {'; '.join(parts)}" if parts else "no policy takes anything from it"
    return f"{left}; {helped}; what {', '.join(unknown)} cost is not known here"


def _rest(one: Guarded) -> tuple[int, int]:
    left = _worst(one, MANAGES)
    return left.degree, len(left.letters)


def _less(one: Guarded, other: Guarded) -> bool:
    return _rest(one) < _rest(other)


CLAIMS = (
    Claim(
        "dom0-compromise",
        "Who breaks into Domain 0 controls the whole system, so that policies must protect it",
        "xeon-2003",
        "Xen's own host",
        46,
        controls,
    ),
)
