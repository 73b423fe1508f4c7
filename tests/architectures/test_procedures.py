"""Procedures: what operations consist of, by hand; what a file must say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from architectures import architecture_names, load_architecture
from architectures.procedures import (
    MEANINGS,
    PIECE,
    Guest,
    Phase,
    Procedure,
    load_procedure,
    phases,
    procedure_book,
    procedure_names,
    procedure_of,
)
from simcore.costs import CostBook
from simcore.errors import CapabilityError, InputError
from simcore.hosts import load_host
from simcore.schema import validated
from simcore.units import TICKS_PER_S

SMALL = {
    "name": "small",
    "title": "A hand",
    "management": "host OS",
    "steps": {"create": [{"phase": "made", "at": "management", "cost": "fork"}], "clone": ["create"]},
}


def seconds(book: CostBook, found: tuple[Phase, ...]) -> float:
    total = sum(
        one.units * charge.count * book[charge.cost].value
        for one in found
        for stage in one.stages
        for charge in stage.charges
    )
    return total / TICKS_PER_S


@pytest.mark.parametrize("name", procedure_names())
def test_every_operation_has_its_costs(name: str) -> None:
    procedure = load_procedure(name)
    assert set(procedure.operations) <= set(MEANINGS)
    for of in procedure.architectures:
        one = load_architecture(of)
        assert procedure_of(one) == procedure
        book = procedure_book(one, load_host("server"))
        for operation in procedure.operations:
            assert seconds(book, phases(procedure, operation, Guest(networks=1, guests=1, distribution=True))) > 0.0


def test_an_architecture_has_one_procedure() -> None:
    served = [name for one in map(load_procedure, procedure_names()) for name in one.architectures]
    assert len(served) == len(set(served))
    assert set(served) <= set(architecture_names())


def test_firecracker_boots_as_it_was_measured() -> None:
    one = load_architecture("firecracker")
    book = procedure_book(one, load_host("m5d-metal"))
    found = phases(procedure_of(one), "create", Guest())
    assert [phase.name for phase in found] == ["monitor", "kernel"]
    assert seconds(book, found) == pytest.approx(160.9e-3)
    assert seconds(book, phases(procedure_of(one), "create", Guest(networks=1))) == pytest.approx(183.9e-3)


def test_growth_with_the_guests_there_are() -> None:
    xen = load_architecture("xen-pv")
    book = procedure_book(xen, load_host("server"))
    none, many = (seconds(book, phases(procedure_of(xen), "create", Guest(guests=n))) for n in (0, 1000))
    assert many - none == pytest.approx(0.9)


def test_bytes_go_piece_by_piece() -> None:
    found = phases(load_procedure("firecracker"), "save", Guest(memory_bytes=2**30, touched_bytes=10 * PIECE + 1))
    moved = next(one for one in found if one.name == "memory to disk")
    assert moved.units == 11
    written = next(charge for stage in moved.stages for charge in stage.charges if charge.cost == "disk_written_byte")
    assert moved.units * written.count == pytest.approx(10 * PIECE + 1)


@given(st.integers(1, 2**20), st.integers(0, 2**20), st.sampled_from(["save", "restore", "snapshot", "roll-back"]))
def test_more_memory_takes_no_less(pages: int, more: int, operation: str) -> None:
    one = load_architecture("kvm-vhost")
    book = procedure_book(one, load_host("server"))
    sizes = [4096.0 * (256 + pages), 4096.0 * (256 + pages + more)]
    small, large = (seconds(book, phases(procedure_of(one), operation, Guest(size, size, 0.0))) for size in sizes)
    assert small <= large * (1 + 1e-9)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": {"create": [{"phase": "made", "at": "daemon", "cost": "fork"}]}}, "daemon"),
        ({"steps": {"create": ["create"]}}, "within itself"),
        ({"steps": {"create": ["nothing-such"]}}, "nothing-such"),
        ({"steps": {"create": [{"phase": "made", "at": "management"}]}}, "cost"),
        ({"steps": {"create": [{"phase": "made", "at": "disk read", "cost": "fork"}]}}, "bytes"),
        ({"costs": ["nothing"]}, "costs"),
        ({"steps": {"create": [{"phase": "made", "at": "moon", "cost": "fork"}]}}, "at"),
    ],
)
def test_files_that_are_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        validated(Procedure, {**SMALL, **changes}, "small.toml")


def test_what_nobody_measured_is_refused() -> None:
    with pytest.raises(CapabilityError, match="nobody's times"):
        procedure_of(load_architecture("native"))
    with pytest.raises(CapabilityError, match="save is refused"):
        load_procedure("gvisor").of("save")
    with pytest.raises(InputError, match="do"):
        load_procedure("gvisor").of("migrate")
    assert validated(Procedure, SMALL, "small.toml").of("clone") == validated(Procedure, SMALL, "small.toml").of(
        "create"
    )


@pytest.mark.parametrize(
    ("field", "value"), [("memory_bytes", 1.0), ("touched_bytes", 1e12), ("vcpus", 0), ("guests", -1)]
)
def test_guests_out_of_range(field: str, value: float) -> None:
    with pytest.raises(InputError):
        Guest(**{field: value})  # type: ignore[arg-type]
