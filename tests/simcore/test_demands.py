"""Operations: what they refuse, and their slots."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.demands import MOST_IO, Demand, Io, IoKind, Operation
from simcore.distributions import EXPONENTIAL
from simcore.errors import InputError


def read(count: float = 1.0) -> Io:
    return Io(kind=IoKind.DISK_READ, size_bytes=4096.0, count=count)


def test_slots_of_a_count_with_a_fraction() -> None:
    slots = list(Operation(demands={}, io=(read(2.3), read(0.5), read())).slots)
    assert [name for name, _ in slots] == ["io0.0", "io0.1", "io0.2", "io1.0", "io2.0"]
    assert [io.count for _, io in slots] == pytest.approx([1.0, 1.0, 0.3, 0.5, 1.0])
    assert all(io.size_bytes == 4096.0 for _, io in slots)


@given(st.floats(1e-6, MOST_IO))
def test_slots_add_up_to_the_count(count: float) -> None:
    slots = [io.count for _, io in Operation(demands={}, io=(read(count),)).slots]
    assert sum(slots) == pytest.approx(count)
    assert all(0.0 < slot <= 1.0 for slot in slots)
    assert len(slots) == math.ceil(count)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"kind": IoKind.DISK_READ}, "disk_read.size"),
        ({"kind": IoKind.DISK_WRITE, "size_bytes": -1.0}, "disk_write.size"),
        ({"kind": IoKind.SEND}, "send.size"),
        ({"kind": IoKind.RECEIVE, "size_bytes": 1.0, "packets": -1.0}, "receive.packets"),
        ({"kind": IoKind.WAIT}, "wait.time"),
        ({"kind": IoKind.DISK_FLUSH, "count": 0.0}, "disk_flush.count"),
        ({"kind": IoKind.DISK_FLUSH, "count": math.nan}, "disk_flush.count"),
        ({"kind": IoKind.DISK_FLUSH, "count": MOST_IO + 1.0}, "disk_flush.count"),
    ],
)
def test_bad_items(item: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        Io(**item)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ({"demands": {}}, "operation"),
        ({"demands": {Demand.FORKS: 0.0}}, "operation"),
        ({"demands": {Demand.FORKS: -1.0}}, "operation.forks"),
        ({"demands": {Demand.FORKS: math.nan}}, "operation.forks"),
        ({"demands": {Demand.FORKS: math.inf}}, "operation.forks"),
        ({"demands": {Demand.FORKS: 1.0}, "varied": {Demand.EXECS: EXPONENTIAL}}, "varied.execs"),
        ({"demands": {}, "io": (read(MOST_IO), read())}, "operation.io"),
    ],
)
def test_bad_operations(operation: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        Operation(**operation)
    assert caught.value.field == field
