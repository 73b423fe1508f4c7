"""Who polls is a key of an architecture: what it saves, and that it is refused where nobody could."""

import pytest

from architectures import Architecture, compose, load_architecture
from simcore.errors import InputError
from simcore.path import Role, Stage, flat
from vmarch.asking import scenario_of
from workloads import load_workload

KVM = load_architecture("kvm-vhost")


def idle(architecture: Architecture) -> list[Stage]:
    """The stages of a small exchange that are paid only when idle."""
    operation = load_workload("tcp-rr").operation
    return [stage for stage in flat(compose(architecture, operation, 65536.0)) if stage.when_idle]


def costs(stages: list[Stage]) -> set[str]:
    return {charge.cost for stage in stages for charge in stage.charges}


def test_a_host_that_polls_spares_the_sleep_and_a_guest_the_exit_too() -> None:
    assert not any(stage.asleep for stage in idle(KVM))
    host, guest = (idle(KVM.polling_as(who)) for who in ("host", "guest"))
    assert costs([stage for stage in host if stage.asleep]) == {"sleep_wake"}
    spared = costs([stage for stage in guest if stage.asleep])
    assert spared == {"vm_exit", "exit_software", "poll_wake", "sleep_wake"}
    assert costs(host) == costs(guest) == costs(idle(KVM)) - {"vcpu_wake"} | {"poll_wake", "sleep_wake"}


def test_a_back_end_that_polls_is_neither_told_nor_woken() -> None:
    polls = idle(KVM.variant({"back_end_polls": True}, "test"))
    assert [stage.asleep for stage in polls] == [stage.role is not Role.GUEST for stage in polls]
    assert any(stage.asleep for stage in polls)


def test_windows_are_the_kernels() -> None:
    us = 10**6
    (guest, threads) = scenario_of("tcp-rr", "kvm-vhost", polling="host").model.domains
    assert threads.polling is None
    how = guest.polling
    assert how is not None
    assert (how.most_ticks, how.start_ticks, how.grow, how.shrink) == (200 * us, 10 * us, 2, 2)
    assert (how.yields, how.asleep_only) == (True, False)
    how = (
        scenario_of("tcp-rr", "kvm-vhost", polling="guest", costs={"guest_poll_longest": "30 us"})
        .model.domains[0]
        .polling
    )
    assert how is not None
    assert (how.most_ticks, how.start_ticks, how.yields, how.asleep_only) == (30 * us, 30 * us, False, True)
    assert (
        scenario_of("tcp-rr", "kvm-vhost", polling="host", costs={"host_poll_longest": 0}).model.domains[0].polling
        is None
    )


def test_where_nobody_could_poll_it_is_refused_or_left() -> None:
    container = load_architecture("container")
    assert container.polling_as("host") is container
    with pytest.raises(InputError, match="cost tables do not say how it polls"):
        container.variant({"polling": "host"}, "test")
    with pytest.raises(InputError, match="has no back end"):
        container.variant({"back_end_polls": True}, "test")
    with pytest.raises(InputError, match="--polling"):
        KVM.polling_as("gest")
