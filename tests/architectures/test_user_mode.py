"""Kernels and emulators that are programs of the host: gVisor's sentry, QEMU in user mode, and calibrated ones."""

from __future__ import annotations

import pytest

from architectures import load_architecture
from architectures.mechanisms.base import Stages
from architectures.mechanisms.calibrated import MEASURED, CalibratedPaging, CalibratedProcessor
from architectures.mechanisms.memory import NATIVE as MEMORY
from architectures.mechanisms.memory import ProcessPaging
from architectures.mechanisms.processor import CODE, Container, Direct, UserEmulation
from architectures.mechanisms.processor import NATIVE as EVENTS
from architectures.mechanisms.sentry import Sentry, SentryMemory
from simcore.demands import Demand
from simcore.hosts import load_host
from simcore.lowering import unit_ticks
from simcore.path import Layer

KERNEL_WORK = (Demand.PATH_LOOKUPS, Demand.MAPPING_CALLS, Demand.FILE_BYTES, Demand.LOOPBACK_MESSAGES)


def layers(stages: Stages) -> list[Layer]:
    return [stage.layer for stage in stages]


def us(architecture: str, demand: Demand, host: str = "server") -> float:
    found = load_architecture(architecture)
    book = found.book(load_host(host))
    mechanism = found.mmu_mechanism if demand in MEMORY else found.cpu_mechanism
    return sum(unit_ticks(book, charge) for stage in mechanism.stages(demand) for charge in stage.charges) / 1e6


@pytest.mark.parametrize("demand", KERNEL_WORK)
def test_the_work_behind_a_call_is_the_guest_kernels(demand: Demand) -> None:
    (stage,) = Direct().stages(demand)
    assert stage.layer is Layer.GUEST_KERNEL
    overlaid = layers(Container().stages(demand))
    assert overlaid == [Layer.GUEST_KERNEL, *([Layer.HOST_OS] if demand is Demand.PATH_LOOKUPS else [])]


def test_a_look_up_goes_to_the_gofer_and_a_call_ends_in_the_sentry() -> None:
    assert layers(Sentry().stages(Demand.PATH_LOOKUPS)) == [Layer.GUEST_KERNEL, Layer.BACK_END]
    for demand in (Demand.SYSTEM_CALLS, Demand.EXCEPTIONS, Demand.MAPPING_CALLS, Demand.LOOPBACK_MESSAGES):
        assert layers(Sentry().stages(demand)) == [Layer.GUEST_KERNEL, Layer.VMM]
    for demand in (Demand.FORKS, Demand.EXECS, Demand.PAGE_FAULTS):
        assert layers(SentryMemory().stages(demand)) == [Layer.GUEST_KERNEL, Layer.VMM]
    assert layers(Sentry().stages(Demand.USER_CYCLES)) == [Layer.USER]


def test_platforms_differ_in_interception_and_not_in_the_gofer() -> None:
    call, look_up = Demand.SYSTEM_CALLS, Demand.PATH_LOOKUPS
    assert us("native", call) < us("gvisor-kvm", call) < us("gvisor-ptrace", call) / 10
    assert us("gvisor-kvm", look_up) == us("gvisor-ptrace", look_up) > us("container", look_up)


def test_user_emulation_slows_user_code_and_leaves_the_kernel() -> None:
    assert set(UserEmulation.slows) == {Layer.USER}
    assert layers(UserEmulation().stages(Demand.SYSTEM_CALLS)) == [Layer.GUEST_KERNEL, Layer.VMM]
    assert layers(UserEmulation().stages(Demand.PATH_LOOKUPS)) == [Layer.GUEST_KERNEL]
    assert layers(ProcessPaging().stages(Demand.FORKS)) == [Layer.GUEST_KERNEL, Layer.VMM]
    assert layers(ProcessPaging().stages(Demand.PAGE_FAULTS)) == [Layer.GUEST_KERNEL]
    assert us("native", Demand.SYSTEM_CALLS) < us("qemu-user", Demand.SYSTEM_CALLS)


@pytest.mark.parametrize("demand", CODE)
def test_kinds_of_code_cost_where_programs_are_translated_and_are_cycles_elsewhere(demand: Demand) -> None:
    """Each is charged once, at its own price, under user emulation; nothing comes on top of user_cycles elsewhere."""
    ((charge,),) = (stage.charges for stage in UserEmulation().stages(demand))
    assert (charge.cost, charge.count, charge.factors) == (CODE[demand], 1.0, ())
    assert Direct().stages(demand) == ()
    assert us("qemu-user", demand) > us("native", demand) == 0.0


def test_a_jump_whose_target_was_forgotten_is_dearer_than_one_that_is_found() -> None:
    assert us("qemu-user", Demand.SCATTERED_JUMPS) > us("qemu-user", Demand.DISTANT_JUMPS)
    assert us("qemu-user", Demand.DISTANT_JUMPS) > us("qemu-user", Demand.CONDITIONAL_JUMPS)


@pytest.mark.parametrize("demand", MEASURED)
def test_a_calibrated_event_is_native_and_a_measured_difference(demand: Demand) -> None:
    mechanism = CalibratedPaging() if demand in MEMORY else CalibratedProcessor()
    native, more = mechanism.stages(demand)
    assert native.layer is Layer.GUEST_KERNEL
    assert [charge.cost for charge in native.charges] == [{**EVENTS, **MEMORY}[demand]]
    assert more.layer is Layer.VMM
    assert MEASURED[demand] in {charge.cost for charge in more.charges}


def test_a_calibrated_event_without_a_measurement_is_kernel_code() -> None:
    for demand in set(EVENTS) - set(MEASURED):
        ((charge,),) = (stage.charges for stage in CalibratedProcessor().stages(demand))
        assert (charge.cost, charge.factors) == (EVENTS[demand], ("calibrated_kernel",))


def test_a_program_meets_its_code_anew_where_the_whole_system_is_translated() -> None:
    """By QEMU's own measurement; a workload that counts its new instructions counts a program's start among them."""
    anew = us("qemu-foreign", Demand.EXECS) - us("qemu-foreign-cold", Demand.EXECS)
    assert anew == pytest.approx(15.5e3 * 2.596e9 / load_host("server").frequency_hz, rel=1e-6)
