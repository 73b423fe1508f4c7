"""How much of the overhead of the eight applications nobody measured, held to what was set as a goal."""

from __future__ import annotations

import pytest

from architectures import architecture_names
from experiments.page.assumed import applications, assumed, shares_assumed

GOALS = {  # at most, by what names begin with
    **dict.fromkeys(("container", "kvm", "kata", "firecracker", "xen-hvm", "xen-pv"), 0.25),
    **dict.fromkeys(("hyperv", "wsl2", "assist-", "full-translation"), 0.5),
}


@pytest.mark.parametrize("name", [n for n in architecture_names() if n.startswith(tuple(GOALS))])
def test_no_more_is_assumed_than_was_set_as_a_goal(name: str) -> None:
    goal = next(share for start, share in GOALS.items() if name.startswith(start))
    found = assumed(name)
    assert found
    assert max(found.values()) <= goal, found


def test_there_is_a_row_for_each_architecture_that_the_default_host_carries() -> None:
    named = [row[0].strip("`") for row in shares_assumed()]
    assert set(architecture_names()) - set(named) == {"native", "trap-and-emulate"}
    assert {len(row) for row in shares_assumed()} == {1 + len(applications())}
    assert len(applications()) == 8
