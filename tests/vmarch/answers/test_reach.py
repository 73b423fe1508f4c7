"""`vmarch.reach`: what is asked together, what is left out, and the matrix."""

from __future__ import annotations

from pathlib import Path

import pytest

import vmarch
from architectures import architecture_names, load_architecture
from vmarch.answers.reach import guarded_by


def test_all_architectures_are_there_once_by_what_they_share() -> None:
    found = vmarch.reach().found
    assert sorted(name for one in found for name in one.architectures) == sorted(architecture_names())
    assert len({one.title for one in found}) == len(found)
    assert all(not one.policies for one in found)


def test_each_policy_by_itself_and_several_together() -> None:
    found = vmarch.reach("xen-pv", policies=["driver-domains", "deprivileged-management"], each=True).found
    assert [one.policies for one in found] == [
        (),
        ("driver-domains",),
        ("taken-apart",),
        ("deprivileged-management",),
        ("driver-domains", "deprivileged-management"),
    ]
    assert found[-1].reaches["Domain 0"].words == "life cycle"


def test_of_all_those_that_policies_fit() -> None:
    assert {one.title for one in vmarch.reach(policies=["stub-domains"]).found} == {"Xen with device models"}


def test_the_worst_of_those_who_have_a_job() -> None:
    apart = guarded_by(["xen-pv"], "xen", ["taken-apart"])
    worst = apart.worst("management")
    assert worst is not None
    assert worst.part == "domain builder"
    assert apart.worst("keys") is None


def test_an_architecture_that_does_not_say() -> None:
    own = load_architecture("xen-pv").with_(name="mine", privileges="")
    with pytest.raises(vmarch.InputError, match=r"mine.privileges is missing; expected one of bare"):
        vmarch.reach(own)
    with pytest.raises(vmarch.InputError, match="did you mean 'xen'"):
        load_architecture("xen-pv").with_(name="mine", privileges="xenn")


def test_the_files(tmp_path: Path) -> None:
    vmarch.reach("kvm-qemu", each=True).save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"reach.csv", "reach.json", "reach.png", "reach.svg"}
    assert "encrypted guests" in (tmp_path / "reach.svg").read_text("utf-8")
