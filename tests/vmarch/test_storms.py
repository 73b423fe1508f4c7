"""Many operations at once, by hand and on both engines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architectures import load_architecture
from architectures.procedures import Guest
from simcore.errors import CapabilityError, InputError
from simcore.hosts import Host, load_host
from vmarch.storms import Storm

FIRST = ("kvm-vhost", "firecracker", "xen-pv", "container", "gvisor-ptrace", "uml", "hyperv")


def host(cores: int) -> Host:
    return load_host("server").model_copy(update={"cores": cores})


def storm(
    architecture: str, operation: str = "create", at_once: int = 1, cores: int = 4, *, loop: bool = False
) -> Storm:
    return Storm(load_architecture(architecture), host(cores), operation, at_once=at_once, loop=loop)


def test_alone_is_the_sum_of_the_phases() -> None:
    for name in FIRST:
        one = storm(name)
        assert one.run("simpy").last == pytest.approx(sum(seconds for _, seconds in one.alone))


def test_processor_work_of_many_fills_the_cores() -> None:
    alone = storm("uml").run("simpy").last
    found = storm("uml", at_once=8, cores=4).run("simpy")
    assert found.last == pytest.approx(2 * alone, rel=0.01)
    assert found.busy == pytest.approx(1.0, rel=0.01)


def test_waits_do_not_add_up() -> None:
    alone = storm("hyperv").run("simpy").last
    assert storm("hyperv", at_once=50).run("simpy").last == pytest.approx(alone)


def test_domain_0_and_its_daemon_do_one_thing_at_a_time() -> None:
    """With one processor in Domain 0 the toolstacks queue, however many cores there are."""
    found = storm("xen-pv", at_once=16, cores=64).run("simpy")
    toolstack = dict(storm("xen-pv", cores=64).alone)["toolstack"]
    assert found.last > 16 * toolstack


def test_a_loop_keeps_a_number_under_way() -> None:
    """Little's law: as many at once as operations a second times the time of one."""
    found = storm("uml", at_once=8, cores=4, loop=True).run("simpy")
    alone = storm("uml").run("simpy").last
    assert found.median == pytest.approx(8 / 4 * alone, rel=0.02)


@given(st.sampled_from(FIRST), st.integers(1, 40), st.integers(1, 16), st.booleans())
@settings(max_examples=15, deadline=None)
def test_engines_agree(name: str, at_once: int, cores: int, loop: bool) -> None:
    one = storm(name, at_once=at_once, cores=cores, loop=loop)
    assert one.run("simpy") == one.run("compiled")


@given(st.sampled_from(("save", "restore", "full-clone")), st.integers(1, 12))
@settings(max_examples=8, deadline=None)
def test_engines_agree_about_the_disk(operation: str, at_once: int) -> None:
    one = storm("kvm-vhost", operation, at_once)
    assert one.run("simpy") == one.run("compiled")


def test_refusals() -> None:
    with pytest.raises(InputError, match="at once"):
        storm("uml", at_once=0)
    with pytest.raises(CapabilityError):
        storm("native")
    with pytest.raises(CapabilityError):
        storm("uml", "save")
    with pytest.raises(InputError):
        Storm(load_architecture("uml"), host(1), "create", overrides={"nothing": 1.0}).run()
    assert Storm(load_architecture("xen-pv"), host(1), "create", Guest(guests=999)).alone[0][1] > 0.8
