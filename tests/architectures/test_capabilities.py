"""What is refused, and why: the textbook's claims about what an architecture can carry."""

from __future__ import annotations

import pytest

from architectures import architecture_names, load_architecture
from simcore.errors import CapabilityError
from simcore.hosts import Host, load_host

SERVER = load_host("server")
NAMES = architecture_names()
ABLE = {name: load_architecture(name).capabilities for name in NAMES}
CONTAINERS = [name for name in NAMES if ABLE[name].guest_os == "same-kernel" and name != "native"]
PARA = [name for name in NAMES if ABLE[name].modified_guest]
TRANSLATING = [name for name in NAMES if ABLE[name].guest_isa == "any"]
WORKSTATION = [name for name in NAMES if name.startswith("workstation")]
FULL = [name for name in NAMES if name not in (*CONTAINERS, *PARA, "native", "trap-and-emulate")]
ASSISTED = [name for name in NAMES if "hardware-assist" in ABLE[name].needs]
NESTED = [name for name in NAMES if "nested-paging" in ABLE[name].needs]


def check(name: str, host: Host = SERVER, *, os: str = "linux", isa: str = "", modifiable: bool = True) -> None:
    load_architecture(name).check(host, guest_os=os, guest_isa=isa, modifiable=modifiable)


def of(isa: str) -> Host:
    return SERVER.model_copy(update={"isa": isa})


def test_who_belongs_where() -> None:
    assert {"container", "container-host-network"} <= set(CONTAINERS)
    assert {"xen-pv", "xen-pv-64"} <= set(PARA)
    assert {load_architecture(name).cpu for name in TRANSLATING} == {"emulation", "user-emulation"}
    assert {"full-translation", "assist-shadow", "assist-nested", "hyperv", "kvm-vhost", *WORKSTATION} <= set(FULL)
    assert {"workstation-translation", "workstation-assist"} <= set(WORKSTATION)
    assert {load_architecture(name).cpu for name in ASSISTED} == {
        "hardware-assist",
        "hardware-assist-parent-files",
        "hardware-assist-shared-files",
        "sentry",
    }
    assert set(NESTED) < set(ASSISTED)


@pytest.mark.parametrize("name", [*CONTAINERS, "native"])
def test_containers_share_one_kernel(name: str) -> None:
    check(name, os="linux")
    with pytest.raises(
        CapabilityError, match="share the host's linux kernel, so a guest of the windows family cannot run"
    ):
        check(name, os="windows")


@pytest.mark.parametrize("name", [*FULL, *PARA])
def test_hypervisors_mix_operating_systems(name: str) -> None:
    for os in ("linux", "windows", "bsd"):
        check(name, os=os)


@pytest.mark.parametrize("name", PARA)
def test_para_virtualization_needs_a_modified_guest(name: str) -> None:
    with pytest.raises(CapabilityError, match="guests' kernels must be modified, and this guest's cannot be"):
        check(name, modifiable=False)


@pytest.mark.parametrize("name", FULL)
def test_full_virtualization_takes_any_guest_as_it_is(name: str) -> None:
    check(name, os="windows", modifiable=False)


@pytest.mark.parametrize("host", ["pentium3-733", "xeon-2003", "pentium4-672", "server"])
def test_trap_and_emulate_is_refused_on_x86(host: str) -> None:
    with pytest.raises(
        CapabilityError, match=r"17 sensitive instructions do not trap .* translation, hypercalls or hardware"
    ):
        check("trap-and-emulate", load_host(host))


def test_trap_and_emulate_runs_where_all_that_is_sensitive_traps() -> None:
    check("trap-and-emulate", of("powerpc"))


@pytest.mark.parametrize("name", ASSISTED)
def test_hardware_assist_needs_it(name: str) -> None:
    if "x86" in ABLE[name].host_isas:
        with pytest.raises(CapabilityError, match="pentium3-733 has no hardware assist"):
            check(name, load_host("pentium3-733"))
    without = SERVER.model_copy(update={"hardware_assist": False})
    with pytest.raises(CapabilityError, match="server has no hardware assist"):
        check(name, without)


@pytest.mark.parametrize("name", NAMES)
def test_nested_paging_needs_it(name: str) -> None:
    if name in NESTED:
        with pytest.raises(CapabilityError, match="pentium4-672 has no nested paging"):
            check(name, load_host("pentium4-672"))
    elif name != "trap-and-emulate":
        check(name, load_host("pentium4-672"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("isa", ["powerpc", "itanium", "aarch64"])
def test_a_foreign_instruction_set_needs_translation(name: str, isa: str) -> None:
    if name in TRANSLATING:
        check(name, isa=isa)
    else:
        with pytest.raises(CapabilityError, match=f"x86-64 does not execute {isa}"):
            check(name, isa=isa)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "trap-and-emulate"])
def test_x86_64_executes_x86_but_not_the_other_way_round(name: str) -> None:
    check(name, isa="x86")
    if "x86" in (ABLE[name].host_isas or ["x86"]) and name not in TRANSLATING:
        with pytest.raises(CapabilityError, match="x86 does not execute x86-64"):
            check(name, of("x86"), isa="x86-64")


def test_xen_hosts() -> None:
    for isa in ("x86", "x86-64", "itanium", "powerpc"):
        check("xen-pv", of(isa))
    with pytest.raises(CapabilityError, match="made for x86, x86-64, itanium, powerpc, not for a aarch64 host"):
        check("xen-pv", of("aarch64"))


@pytest.mark.parametrize("name", WORKSTATION)
def test_workstation_hosts(name: str) -> None:
    for isa in ("x86", "x86-64"):
        check(name, of(isa))
    for isa in ("itanium", "powerpc", "aarch64"):
        with pytest.raises(CapabilityError, match=f"made for x86, x86-64, not for a {isa} host"):
            check(name, of(isa))
    assert ABLE[name].drivers_in == "host OS"


@pytest.mark.parametrize("name", [*CONTAINERS, *PARA, "native"])
def test_a_refusal_begins_with_the_name(name: str) -> None:
    with pytest.raises(CapabilityError, match=rf"^{name} is refused: "):
        check(name, os="windows", modifiable=False)


def test_rings() -> None:
    """A de-privileged guest kernel is in ring 1, or in ring 3 with the applications where ring 1 is of no use."""
    for name in [name for name in NAMES if load_architecture(name).cpu == "binary-translation"] + ["xen-pv"]:
        assert "guest kernel" in ABLE[name].rings["ring 1"]
    assert "guest kernel" in ABLE["xen-pv-64"].rings["ring 3"]
    for name in ASSISTED:
        assert any(ring.startswith("guest mode, ring 0") for ring in ABLE[name].rings)


def test_fewer_parts_run_in_the_most_privileged_mode_of_a_micro_kernel() -> None:
    for micro in ("xen-pv", "hyperv"):
        assert next(iter(ABLE[micro].rings.values())) in ("Xen", "Hyper-V")
    for monolithic in ("full-translation", "assist-nested"):
        assert "drivers" in next(iter(ABLE[monolithic].rings.values()))


def test_costs_for_foreign_programs_answer_only_for_them() -> None:
    host, one = load_host("server"), load_architecture("qemu-user")
    assert one.carrying("", host) is one.carrying(host.isa, host) is one
    foreign = one.carrying("aarch64", host).book(host)
    assert foreign["translated_user"].value > one.book(host)["translated_user"].value
    assert foreign["converted_call"] == one.book(host)["converted_call"]
    plain = load_architecture("qemu-foreign")
    assert plain.carrying("aarch64", host) is plain
