"""Who may do what, policies over it, and what is reached: facts by hand, and that no policy enlarges it unsaid."""

from __future__ import annotations

import itertools
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architectures import architecture_names, load_architecture
from architectures.protection import (
    DEVICES,
    JOBS,
    Grant,
    Part,
    Policy,
    Protection,
    Taken,
    check_policy,
    guarded,
    load_policy,
    load_protection,
    policies_for,
    policy_names,
    protection_names,
)
from architectures.reach import Reach, exposed, reach
from simcore.errors import InputError

NAMES = protection_names()
FITTING = [(name, policy) for name in NAMES for policy in policies_for(name)]


Chosen = tuple[str, ...]  # a description's name, then its policies'


def under(name: str, *policies: str) -> Protection:
    return guarded(load_protection(name), [load_policy(policy) for policy in policies])


@cache
def by_job(chosen: Chosen, iommu: bool) -> dict[str, list[Reach]]:
    protection = under(*chosen)
    found = {name: reach(protection, name, iommu=iommu) for name in protection.parts}
    return {job: [found[part.name] for part in protection.doing(job)] for job in JOBS}


def enlarged(before: Chosen, after: Chosen, iommu: bool = True) -> set[str]:
    """The jobs from which more is reached than from those who had them before; a job that nobody had is new."""
    old, new = by_job(before, iommu), by_job(after, iommu)
    return {job for job in JOBS for one in new[job] if not any(one.within(other) for other in old[job])}


def test_every_architecture_says_who_may_do_what() -> None:
    used = {load_architecture(name).privileges for name in architecture_names()}
    assert used == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_description(name: str) -> None:
    protection = load_protection(name)
    assert sum(part.host for part in protection.parts.values()) == 1
    for job in ("application", "guest kernel", "drivers", "management", "hypervisor"):
        assert protection.doing(job), job
    assert not any(part.of for part in protection.parts.values())
    for host in (part.name for part in protection.parts.values() if part.host):
        found = reach(protection, host)
        assert (found.letters, found.degree) == ("MDLH", 4)
    for part in protection.doing("application"):
        assert reach(protection, part.name).letters == ""


@pytest.mark.parametrize("name", policy_names())
def test_a_policy_names_what_there_is(name: str) -> None:
    policy = load_policy(name)
    check_policy(policy)
    for cost in policy.cost:
        if cost.before:
            assert load_architecture(cost.before)
            assert load_architecture(cost.after or cost.before).with_(**cost.changes)
        else:
            assert "not known here" in cost.says


@pytest.mark.parametrize(
    ("name", "part", "letters"),
    [
        ("xen", "Domain 0", "MDLH"),
        ("xen", "guest kernel", "g"),
        ("xen-2003", "Domain 0", "ML"),
        ("hyperv", "parent partition", "MDLH"),
        ("kvm", "QEMU", "MdL"),
        ("firecracker", "Firecracker", "g"),
        ("container", "container engine", "MDLH"),
        ("gvisor", "sentry", "g"),
        ("workstation", "VMM", "MDLH"),
    ],
)
def test_what_is_reached(name: str, part: str, letters: str) -> None:
    assert reach(load_protection(name), part).letters == letters


@pytest.mark.parametrize(
    ("name", "policies", "part", "letters"),
    [
        ("xen", ["driver-domains"], "network driver domain", "d"),
        ("xen", ["driver-domains"], "Domain 0", "MDLH"),
        ("xen", ["deprivileged-management"], "Domain 0", "DL"),
        ("xen", ["driver-domains", "deprivileged-management"], "Domain 0", "L"),
        ("xen", ["taken-apart"], "toolstack", "L"),
        ("xen", ["taken-apart"], "domain builder", "MDL"),
        ("xen-hvm", ["deprivileged-management"], "Domain 0", "MDL"),  # through the device models, its processes
        ("xen-hvm", ["deprivileged-management", "stub-domains"], "Domain 0", "DL"),
        ("kvm", ["encrypted-guests"], "host OS", "DLH"),
        ("kvm", ["encrypted-guests"], "security manager", "M"),
    ],
)
def test_what_policies_leave(name: str, policies: list[str], part: str, letters: str) -> None:
    assert reach(under(name, *policies), part).letters == letters


def test_without_an_iommu_a_driver_domain_is_as_good_as_domain_0() -> None:
    protection = under("xen", "driver-domains")
    assert reach(protection, "disk driver domain", iommu=False).degree == 4
    assert reach(protection, "disk driver domain", iommu=True).degree == 2


def test_what_is_open_to_guests() -> None:
    assert exposed(load_protection("xen-hvm")) == ("Domain 0", "Xen", "device model")
    assert exposed(under("xen-hvm", "stub-domains")) == ("Domain 0", "Xen")
    assert exposed(under("xen-hvm", "taken-apart")) == ("Xen",)
    assert exposed(load_protection("hypervisor")) == ("hypervisor",)


@pytest.mark.parametrize("iommu", [True, False])
@pytest.mark.parametrize(("name", "policy"), FITTING)
def test_a_policy_enlarges_nothing_but_what_it_says(name: str, policy: str, iommu: bool) -> None:
    described = load_policy(policy)
    new = {job for part in described.part if not part.of for job in part.does}
    assert bool(new) <= bool(described.trusts)
    found = enlarged((name,), (name, policy), iommu) - new
    assert found <= set(described.enlarges.get(name, ()))
    if iommu:
        assert found == set(described.enlarges.get(name, ()))


@pytest.mark.parametrize("name", NAMES)
def test_policies_together_enlarge_nothing_and_in_any_order(name: str) -> None:
    fitting = policies_for(name)
    for count in range(2, len(fitting) + 1):
        for chosen in itertools.combinations(fitting, count):
            assert under(name, *chosen) == under(name, *reversed(chosen))
            described = [load_policy(policy) for policy in chosen]
            new = {job for policy in described for part in policy.part if not part.of for job in part.does}
            said = {job for policy in described for job in policy.enlarges.get(name, ())}
            for fewer in itertools.combinations(chosen, count - 1):
                assert enlarged((name, *fewer), (name, *chosen)) <= new | said


def test_an_unknown_policy_names_the_nearest() -> None:
    with pytest.raises(InputError, match="stub-domains"):
        load_policy("stub-domain")


PARTS = ("application", "kernel", "model", "manager", "base")
VERBS = ("map", "read", "save", "schedule", "work", "call")
GRANTS = st.builds(
    Grant,
    st.sampled_from(PARTS),
    st.sampled_from(("map", "read", "save", "schedule", "call")),
    st.sampled_from(PARTS),
    st.booleans(),
    st.sampled_from(("", "iommu")),
) | st.builds(
    Grant,
    st.sampled_from(PARTS),
    st.just("work"),
    st.sampled_from(DEVICES),
    st.booleans(),
    st.sampled_from(("", "iommu")),
)
JOB_OF = dict(zip(PARTS, ("application", "guest kernel", "device model", "management", "hypervisor"), strict=True))
SOME = st.lists(st.sampled_from(PARTS), max_size=2).map(tuple)


@st.composite
def protections(draw: st.DrawFn) -> Protection:
    each = {name: name in PARTS[:2] or (name == "model" and draw(st.booleans())) for name in PARTS}
    parts = {
        name: Part(name=name, does=(JOB_OF[name],), mode="", each=each[name], host=name == "base") for name in PARTS
    }
    return Protection("drawn", parts, draw(st.frozensets(GRANTS, max_size=14)))


def taking(taken: list[Taken]) -> Policy:
    return load_policy("stub-domains").model_copy(update={"taken": tuple(taken), "part": (), "right": (), "gone": ()})


TAKEN = st.builds(
    Taken,
    who=SOME,
    may=st.lists(st.sampled_from(VERBS), max_size=2).map(tuple),
    whom=SOME,
    but=SOME,
    source=st.just("drawn"),
)


@settings(max_examples=300, deadline=None)
@given(protections(), st.lists(TAKEN, max_size=3), st.booleans())
def test_what_only_takes_away_enlarges_nothing(protection: Protection, taken: list[Taken], iommu: bool) -> None:
    left = guarded(protection, [taking(taken)])
    assert left.grants <= protection.grants
    for name in PARTS:
        before, after = reach(protection, name, iommu=iommu), reach(left, name, iommu=iommu)
        assert after.within(before)
        assert after.held <= before.held
        assert after.degree <= before.degree


@settings(max_examples=200, deadline=None)
@given(protections(), GRANTS)
def test_a_further_right_shrinks_nothing_and_an_iommu_enlarges_nothing(protection: Protection, more: Grant) -> None:
    wider = Protection(protection.title, protection.parts, protection.grants | {more})
    for name in PARTS:
        assert reach(protection, name).within(reach(wider, name))
        assert reach(protection, name, iommu=True).within(reach(protection, name, iommu=False))


@settings(max_examples=100, deadline=None)
@given(protections())
def test_who_is_held_is_reached_from_whoever_holds_it(protection: Protection) -> None:
    """What a shared part reaches, whoever maps it reaches too."""
    for grant in protection.grants:
        if grant.may == "map" and not grant.without and not protection.parts[grant.whom].each:
            assert reach(protection, grant.whom).held <= reach(protection, grant.who).held
            assert reach(protection, grant.whom).within(reach(protection, grant.who))
