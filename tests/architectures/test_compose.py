"""Composing, by hand: shares of the work, variables, background, speeds; and placements."""

from __future__ import annotations

from pathlib import Path

import pytest

from architectures import architecture_names, compose, load_architecture, plan, switch_stages
from architectures.placement import PLACEMENTS
from simcore.demands import Demand, Io, IoKind, Operation
from simcore.distributions import EXPONENTIAL
from simcore.errors import InputError
from simcore.hosts import load_host
from simcore.lowering import unit_ticks
from simcore.path import ALWAYS, Background, Layer, Role, Stage, StageKind, flat

NATIVE, XEN, TRANSLATED = map(load_architecture, ("native", "xen-pv", "full-translation"))
READ = Io(kind=IoKind.DISK_READ, size_bytes=4096.0)


def path(architecture: str, *io: Io, **demands: float) -> list[Stage | Background]:
    operation = Operation(demands={Demand(name): amount for name, amount in demands.items()}, io=io)
    return list(compose(load_architecture(architecture), operation, 65536.0))


def count(stages: list[Stage], cost: str) -> float:
    return sum(charge.count for stage in stages for charge in stage.charges if charge.cost == cost)


@pytest.mark.parametrize("items", [0, 1, 3])
def test_work_is_spread_evenly_over_the_gaps(items: int) -> None:
    found = flat(path("native", *(READ,) * items, user_cycles=1200.0, system_calls=6.0))
    user = [charge.count for stage in found if stage.layer is Layer.USER for charge in stage.charges]
    assert user == pytest.approx([1200.0 / (items + 1)] * (items + 1))
    assert count(found, "system_call") == pytest.approx(6.0)
    assert found[0].layer is Layer.USER
    assert found[-1].label == "system calls"


def test_locked_work_of_a_gap_is_one_stretch() -> None:
    found = flat(path("xen-pv", page_faults=1.0, user_cycles=9.0, page_table_updates=1.0, system_calls=1.0))
    kinds = [stage.kind for stage in found]
    assert kinds == sorted(kinds, key=lambda kind: kind is StageKind.MMU)
    assert kinds.count(StageKind.MMU) == 2


def test_what_varies_has_a_variable_and_the_rest_none() -> None:
    operation = Operation(demands={Demand.USER_CYCLES: 5.0, Demand.FORKS: 1.0}, varied={Demand.FORKS: EXPONENTIAL})
    found = compose(XEN, operation, 65536.0)
    assert {(c.cost, c.variable) for stage in flat(found) for c in stage.charges} == {
        ("cycle", ALWAYS),
        ("fork", "forks"),
        ("hypercall_exception", "forks"),
        ("validated_fault", "forks"),
    }


def test_the_draws_of_an_item_bear_its_name_and_a_fraction_is_a_chance() -> None:
    found = flat(path("native", READ, Io(kind=IoKind.DISK_READ, size_bytes=4096.0, count=0.3)))
    sure, maybe = ({c.variable for s in found for c in s.charges if c.variable.startswith(f"io{n}")} for n in (0, 1))
    assert sure == {"io0.0.access", "io0.0.seek", "io0.0.rotation"}
    assert maybe == {"io1.0", "io1.0.access", "io1.0.seek", "io1.0.rotation"}


@pytest.mark.parametrize("name", architecture_names())
def test_what_nobody_waits_for_goes_on_from_the_first_stage_that_is_not_the_guests(name: str) -> None:
    for kind, ring in ((IoKind.DISK_WRITE, "disk"), (IoKind.SEND, "network")):
        io = Io(kind=kind, size_bytes=4096.0, packets=3.0, sync=False)
        *own, behind = path(name, io)
        assert own
        assert isinstance(behind, Background)
        assert behind.ring == ring
        assert all(isinstance(stage, Stage) and stage.role is Role.GUEST for stage in own)
        assert behind.stages[0].role is not Role.GUEST
        waited = flat(path(name, Io(kind=kind, size_bytes=4096.0, packets=3.0)))
        after = ("to the host world and back", "host OS: packets sent")  # of a hosted VM: who waits has them meanwhile
        unwaited = [s.label for s in flat([*own, behind]) if s.label not in after]
        assert unwaited == [s.label for s in waited if s.label != "wire"]


def test_a_wait_is_waited_for_even_if_not_marked_so() -> None:
    wait = Io(kind=IoKind.WAIT, wait_s=0.5, sync=False)
    first, *rest = path("native", wait)
    assert isinstance(first, Stage)
    assert (first.kind, first.charges[0].count, first.charges[0].variable) == (StageKind.DELAY, 0.5, "io0.0.wait")
    assert [stage.when_idle for stage in flat(rest)] == [True]


def test_translated_kernel_code_is_slower_and_nothing_else() -> None:
    found = flat(path("full-translation", READ, user_cycles=1.0, kernel_cycles=1.0, page_faults=1.0, tlb_misses=1.0))
    for stage in found:
        slow = stage.layer is Layer.GUEST_KERNEL
        for charge in stage.charges:
            assert ("translated_kernel" in charge.factors) == (slow and charge.cost != "wake_up")
    assert any(charge.cost == "wake_up" for stage in found for charge in stage.charges)


def test_emulation_slows_users_and_kernels_apart() -> None:
    found = flat(path("qemu-foreign", user_cycles=1.0, kernel_cycles=1.0))
    assert {stage.layer: stage.charges[0].factors for stage in found} == {
        Layer.USER: ("emulated_user",),
        Layer.GUEST_KERNEL: ("emulated_kernel",),
    }


def test_a_cold_translation_cache_costs_what_a_warm_one_does_not() -> None:
    """Adams and Agesen 2006, section 6.3: 2300 cycles for each instruction."""
    host = load_host("pentium4-672")
    for name, cycles in (("full-translation", 0.0), ("full-translation-cold", 2300.0), ("native", 0.0)):
        book = load_architecture(name).book(host)
        ticks = sum(unit_ticks(book, c) for stage in flat(path(name, code_instructions=1.0)) for c in stage.charges)
        assert ticks * 3.8e-3 == pytest.approx(cycles)


@pytest.mark.parametrize(("offload", "segments"), [(True, 1.0), (False, 23.0)])
def test_bridges_handle_segments_where_offloaded(offload: bool, segments: float) -> None:
    architecture = XEN.model_copy(update={"offload": offload})
    io = Io(kind=IoKind.SEND, size_bytes=32768.0, packets=23.0)
    for limit, expected in ((65536.0, segments), (1448.0, 23.0), (16384.0, 2.0 if offload else 23.0)):
        found = flat(compose(architecture, Operation(demands={}, io=(io,)), limit))
        assert count(found, "bridge_packet") == expected
        assert count(found, "send_packet") == 23.0


def test_changing_the_task_is_an_address_space_switch() -> None:
    assert [stage.label for stage in switch_stages(NATIVE)] == ["address space switches"]
    assert [c.cost for stage in switch_stages(XEN) for c in stage.charges] == [
        "address_space_switch",
        "validated_switch",
    ]
    assert switch_stages(TRANSLATED)[0].charges[0].factors == ("translated_kernel",)


# placements: domains with their virtual processors, and the roles of two guests


@pytest.mark.parametrize(
    ("placement", "domains", "roles"),
    [
        ("bare", [("kernel", 4)], [{Role.GUEST: 0}, {Role.GUEST: 0}]),
        ("shared-kernel", [("kernel", 4)], [{Role.GUEST: 0}, {Role.GUEST: 0}]),
        ("hypervisor", [("guest 0", 2), ("guest 1", 2)], [{Role.GUEST: 0}, {Role.GUEST: 1}]),
        ("host-process", [("guest 0", 2), ("guest 1", 2)], [{Role.GUEST: 0}, {Role.GUEST: 1}]),
        (
            "driver-domain",
            [("guest 0", 2), ("guest 1", 2), ("driver domain", 3)],
            [{Role.GUEST: 0, Role.BACK_END: 2}, {Role.GUEST: 1, Role.BACK_END: 2}],
        ),
        (
            "host-os",
            [("guest 0", 2), ("guest 1", 2), ("I/O threads 0", 3), ("I/O threads 1", 3)],
            [{Role.GUEST: 0, Role.HOST: 2}, {Role.GUEST: 1, Role.HOST: 3}],
        ),
    ],
)
def test_placements(placement: str, domains: list[tuple[str, int]], roles: list[dict[Role, int]]) -> None:
    found, playing = plan(placement, 8, 2, 2, 3)
    assert [(domain.name, domain.vcpus) for domain in found] == domains
    assert list(playing) == roles


def test_a_shared_kernel_has_no_more_processors_than_the_host_has_cores() -> None:
    found, _ = plan("shared-kernel", 8, 5, 2, 3)
    assert [(domain.name, domain.vcpus) for domain in found] == [("kernel", 8)]


def test_every_placement_is_used() -> None:
    assert {load_architecture(name).placement for name in architecture_names()} == set(PLACEMENTS)


def test_an_unknown_placement() -> None:
    with pytest.raises(InputError, match=r"^placement: 'bear' .*did you mean 'bare'"):
        plan("bear", 1, 1, 1, 1)


# files that describe no architecture


TOY = """
name = "toy"
title = "A toy"
family = "toys"
cpu = "hypercall"
mmu = "direct"
io = "split-driver"
placement = "driver-domain"
costs = ["xen"]
[capabilities]
drivers_in = "driver domain"
"""


@pytest.mark.parametrize(
    ("line", "instead", "text"),
    [
        ('cpu = "hypercall"', 'cpu = "hypercal"', "toy.cpu: 'hypercal' is not allowed"),
        ('cpu = "hypercall"', 'cpu = "nested"', "toy.cpu: 'nested' is not allowed"),  # a memory mechanism's name
        ('cpu = "hypercall"', "", "toy.toml.cpu is missing"),
        ('mmu = "direct"', 'mmu = "indirect"', "toy.mmu: 'indirect' is not allowed"),
        ('io = "split-driver"', 'io = "split"', "(did you mean 'split-driver'?)"),
        ('placement = "driver-domain"', 'placement = "domain"', "toy.toml.placement: 'domain' is not allowed"),
        ('costs = ["xen"]', 'costs = ["xne"]', "costs: 'xne' is not allowed"),
        ('costs = ["xen"]', 'cost = ["xen"]', "toy.toml.cost.0: 'xen' is not allowed"),
        ('costs = ["xen"]', "back_end_vcpus = 0", "toy.toml.back_end_vcpus: 0 is not allowed"),
        ('costs = ["xen"]', 'page_table_lock = "none"', "expected one of 'address space', 'vm'"),
        ('costs = ["xen"]', "nic = 1", "toy.toml.nic: 'nic' is not allowed; expected one of the keys"),
        ('drivers_in = "driver domain"', "", "toy.toml.capabilities.drivers_in is missing"),
        (
            'drivers_in = "driver domain"',
            'drivers_in = "x"\nneeds = ["magic"]',
            "toy.toml.capabilities.needs.0: 'magic'",
        ),
        ('name = "toy"', 'name = "A Toy"', "toy.toml.name: 'A Toy' is not allowed"),
    ],
)
def test_bad_files(tmp_path: Path, line: str, instead: str, text: str) -> None:
    file = tmp_path / "toy.toml"
    file.write_text(TOY.replace(line, instead, 1))
    with pytest.raises(InputError) as caught:
        load_architecture(str(file))
    assert text in str(caught.value)


def test_no_such_architecture() -> None:
    with pytest.raises(InputError, match=r"^--architecture: 'xen-vp' .*did you mean 'xen-pv'"):
        load_architecture("xen-vp")
