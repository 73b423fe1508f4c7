"""What counts as measured or carried does not hang on what nobody measured."""

from __future__ import annotations

import pytest

from architectures import architecture_names, load_architecture
from architectures.compose import charged
from simcore.costs import NATIVE, Status
from simcore.hosts import host_names, load_host


@pytest.mark.parametrize("name", architecture_names())
def test_no_carried_cost_is_scaled_by_an_assumed_one(name: str) -> None:
    architecture = load_architecture(name)
    for host in map(load_host, host_names()):
        book = architecture.book(host)
        for cost in (book[one] for one in charged(architecture)):
            rule = cost.rule or ""
            if cost.status is not Status.ASSUMED and rule.startswith(NATIVE):
                assert book[rule.removeprefix(NATIVE)].status is not Status.ASSUMED, (host.name, cost.name)


def test_the_default_host_wakes_up_as_measured() -> None:
    """The back end's thread is woken as any other of the host: one measurement stands for both."""
    book = load_architecture("kvm-vhost").book(load_host("server"))
    native, thread = book["wake_up"], book["back_end_wake"]
    assert (native.status, thread.status) == (Status.CARRIED, Status.CARRIED)
    assert native.value == pytest.approx(thread.value)
