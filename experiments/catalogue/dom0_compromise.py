"""What does an attacker reach who holds Domain 0, and what do policies against it leave and cost?

What is reached follows from the rights in the architectures' descriptions, and is no matter of chance. What a policy
costs is simulated where existing parts make the architecture with it: the same workloads on the same host, with the
policy over without, on common random numbers. What cannot be made of existing parts is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from architectures import load_architecture
from architectures.protection import load_policy, policies_for, policy_names
from architectures.reach import Reach
from experiments.catalogue.sweeps import against
from experiments.experiment import Context, Experiment, Outcome, Parameter
from simcore.errors import InputError
from vmarch.answers.reach import Guarded, Reached, guarded_by, matrix, reach, with_policy
from vmarch.figures.intervals import interval_bars
from vmarch.output import Row

__all__ = ["EXPERIMENT"]


def run(context: Context) -> Outcome:
    """The matrix of what is reached, and the response with each policy over that without.

    Raises:
        InputError: `iommu` is neither yes nor no.
    """
    if context["iommu"] not in ("yes", "no"):
        raise InputError("iommu", context["iommu"], "yes or no")
    found = list(_guarded(context))
    rows = [{"what": "reach", **row} for row in Reached(found, {}).rows]
    costs, shown = _costs(context)
    finding = _finding(found, costs)
    context.draw(
        matrix,
        "dom0_compromise",
        found,
        title="What is reached from whoever does a job, as described and under policies",
        caption="By the rights in the architectures' descriptions, without a further weakness; "
        + ("devices reach only the memory given to them." if context["iommu"] == "yes" else "no IOMMU."),
    )
    if shown:
        context.draw(
            interval_bars,
            "dom0_compromise-cost",
            shown,
            title=_dearest(costs),
            caption=f"Policies that existing parts make; guests: the number in brackets. {context.caption}",
            label="response with the policy over without",
        )
    unknown = [
        load_policy(name).title for name in policy_names() if all("not known" in c.says for c in load_policy(name).cost)
    ]
    return Outcome([*rows, *costs], f"{finding} Not known here: what {', '.join(unknown)} cost.")


def _guarded(context: Context) -> Iterator[Guarded]:
    """Each architecture as described, under each policy that fits, and under all of them."""
    iommu = context["iommu"] == "yes"
    for name in context["architectures"]:
        fitting = policies_for(load_architecture(name).privileges)
        yield from reach(name, each=True, iommu=iommu).found
        if len(fitting) > 1:
            yield guarded_by([name], load_architecture(name).privileges, fitting, iommu=iommu)


def _costs(context: Context) -> tuple[list[Row], dict[str, dict[str, tuple[float, float, float]]]]:
    rows: list[Row] = []
    shown: dict[str, dict[str, tuple[float, float, float]]] = {}
    for policy in policy_names():
        for before, after in with_policy(policy):
            for guests in context["guests"]:
                asked = [
                    context.ask(workload, architecture, guests=guests, vcpus=1)
                    for workload in context["workloads"]
                    for architecture in (after, before)
                ]
                cells = context.cells(asked)
                line = f"{load_policy(policy).title}, {before.title} ({guests})"
                for workload, one, other in zip(context["workloads"], cells[::2], cells[1::2], strict=True):
                    if not (one.scenario and other.scenario):
                        continue
                    ratio = against(one, other)
                    shown.setdefault(line, {})[workload] = (ratio.ratio, ratio.low, ratio.high)
                    rows.append(
                        {"what": "cost", "policies": policy, "architectures": before.name, "workload": workload}
                        | {"guests": guests, "ratio": ratio.ratio, "low": ratio.low, "high": ratio.high}
                    )
    return rows, shown


def _finding(found: list[Guarded], costs: list[Row]) -> str:
    """What the managers reach as described and at best, and the dearest policy."""
    plain = [one for one in found if not one.policies]
    worst = {one.title: one.worst("management") for one in plain}
    whole = [title for title, reach in worst.items() if reach is not None and reach.degree == 4]
    left: dict[str, Reach] = {}
    for one in found:
        reach = one.worst("management")
        if one.policies and reach is not None:
            old = left.get(one.title)
            left[one.title] = reach if old is None or reach.degree < old.degree else old
    sentences = [
        f"As described, who holds the management reaches everything under {len(whole)} of {len(plain)} architectures.",
        f"At best policies leave it: {'; '.join(f'of {title} {reach.words}' for title, reach in left.items())}.",
    ]
    if costs:
        sentences.append(f"{_dearest(costs)}.")
    return " ".join(sentences)


def _dearest(costs: list[Row]) -> str:
    """Between what the policies cost, and which costs most."""
    ratios = [float(str(row["ratio"])) for row in costs]
    most = costs[ratios.index(max(ratios))]
    return (
        f"A policy takes {min(ratios):.2f} to {max(ratios):.2f} times the response without: most "
        f"{load_policy(str(most['policies'])).title} for {load_architecture(str(most['architectures'])).title} "
        f"({most['workload']}, {most['guests']} guests)"
    )


EXPERIMENT = Experiment(
    name="dom0_compromise",
    title="Who controls Domain 0, and what policies leave and cost",
    run=run,
    order=105,
    parameters=(
        Parameter("architectures", ("xen-hvm", "hyperv", "kvm-vhost", "container", "assist-nested"), "Which to show."),
        Parameter("iommu", "yes", "Whether devices reach only the memory given to them: yes or no."),
        Parameter("workloads", ("tcp-rr", "disk-read-random", "web-server"), "What each guest runs.", ("tcp-rr",)),
        Parameter("guests", (1, 24), "Guests, of one virtual processor each.", None, 1, 10_000),
    ),
    replications=(10, 4),
    operations=(1000, 200),
)

if __name__ == "__main__":
    from experiments.commands.main import script

    script(EXPERIMENT.name)
