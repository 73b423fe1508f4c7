"""What a figure shows of many architectures."""

from architectures import architecture_names, load_architecture
from experiments.catalogue.shown import ALL, CLASSES, EIGHT, by_class, class_of, drawn, joint_title, merged


def test_the_eight_are_of_every_class() -> None:
    assert {class_of(name) for name in architecture_names()} == set(CLASSES)
    assert {class_of(name) for name in EIGHT} == set(CLASSES) - {"native"}
    assert len(set(EIGHT)) == 8


def test_what_is_drawn() -> None:
    assert drawn(ALL) == drawn(architecture_names()) == list(EIGHT)
    assert drawn(("native", "uml")) == ["uml"]
    assert drawn(("uml",), native=True) == ["native", "uml"]


def test_by_class_and_then_by_number() -> None:
    number = {"hyperv": 3.0, "kvm-vhost": 2.0, "container": 9.0, "native": 1.0, "qemu-user": 0.0}
    assert by_class(list(number), number.__getitem__) == ["native", "container", "kvm-vhost", "hyperv", "qemu-user"]


def test_equal_neighbours_of_a_class_are_one() -> None:
    values: dict[str, list[float | None]] = {
        "qemu-foreign": [4.0, None],
        "qemu-foreign-cold": [4.04, None],
        "qemu-user": [4.2, None],
        "uml": [4.2, None],
        "workstation-assist": [4.2, 1.0],
    }
    assert merged(values) == [("qemu-foreign", "qemu-foreign-cold"), ("qemu-user",), ("uml",), ("workstation-assist",)]
    assert merged({}) == []


def test_joint_titles() -> None:
    assert joint_title(["qemu-foreign", "qemu-foreign-cold"]) == "QEMU, foreign ISA (or cold)"
    assert joint_title(["assist-nested", "assist-shadow"]) == "ESX, VT-x, nested paging / shadow"
    assert joint_title(["kvm-vhost", "hyperv"]) == "KVM, vhost / Hyper-V"
    assert joint_title(["uml"]) == load_architecture("uml").title
