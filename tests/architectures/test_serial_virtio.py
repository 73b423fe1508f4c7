"""A back end that serves one disk request at a time: pages, readahead, and what is written behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from architectures import load_architecture
from architectures.compose import compose
from architectures.mechanisms.base import IoMechanism
from architectures.mechanisms.split import SerialVirtio, Virtio, readahead
from simcore.demands import Io, IoKind, Operation
from simcore.path import Background, Role, StageKind
from tests.architectures.test_mechanisms import CPU, ITEMS, READ, stages


def test_a_serial_back_end_is_held_from_taking_a_disk_request_until_the_guest_is_told() -> None:
    disk, sent, received = (stages(SerialVirtio(), io) for io in ITEMS)
    held = [stage for stage in disk if stage.serial]
    assert [stage.serial for stage in disk] == [False] * 4 + [True] * len(held) + [False] * (len(disk) - len(held) - 4)
    assert {StageKind.DISK, StageKind.DISK_BUS} <= {stage.kind for stage in held}
    assert {stage.role for stage in held} == {None, Role.HOST}
    assert held[-1].charges[0].cost == "notify_guest"
    assert not any(stage.serial for stage in (*sent, *received, *stages(Virtio(), ITEMS[0])))


@pytest.mark.parametrize(
    ("pages", "reads"),
    [
        (1, (1,)),
        (2, (1, 4)),
        (5, (1, 4)),
        (6, (1, 4, 8)),
        (13, (1, 4, 8)),
        (14, (1, 4, 16)),  # begun together with the window of 8, and later done
        (29, (1, 4, 16)),
        (32, (1, 4, 8, 32)),
        (61, (1, 4, 8, 32)),
        (100, (1, 4, 8, 32, 39)),  # windows grow no more
    ],
)
def test_readahead_waits_for_every_other_window(pages: int, reads: tuple[int, ...]) -> None:
    assert readahead(pages) == reads


def test_a_serial_back_end_takes_a_page_a_request_and_reads_through_the_page_cache() -> None:
    large = replace(READ, size_bytes=131072.0)

    def count(io: Io, cost: str, mechanism: IoMechanism) -> float:
        return sum(c.count for stage in mechanism.disk(io, CPU) for c in stage.charges if c.cost == cost)

    for cost in ("front_end_request", "ring_request", "back_end_request", "back_end_response"):
        assert (count(READ, cost, SerialVirtio()), count(large, cost, SerialVirtio())) == (1.0, 32.0)
        assert count(large, cost, Virtio()) == 1.0
    assert count(large, "disk_byte", SerialVirtio()) == 4096.0 * (1 + 4 + 8 + 32)
    assert (count(large, "disk_read", SerialVirtio()), count(large, "disk_seek", SerialVirtio())) == (4.0, 1.0)
    assert count(large, "block_request", SerialVirtio()) == 32.0 + 4.0  # in the guest, and on the host
    assert count(large, "notify_guest", SerialVirtio()) == 1.0
    assert count(replace(large, pattern="sequential"), "disk_byte", SerialVirtio()) == 131072.0
    assert count(replace(large, pattern="sequential"), "back_end_request", SerialVirtio()) == 32.0


def test_a_serial_back_end_writes_to_the_page_cache_and_the_disk_is_written_behind() -> None:
    write = replace(READ, kind=IoKind.DISK_WRITE, size_bytes=131072.0)
    waited = [c.cost for stage in SerialVirtio().disk(write, CPU) for c in stage.charges]
    assert waited.count("written_byte") == 1
    assert not {"disk_write", "disk_written_byte"} & set(waited)
    behind = {c.cost: c.count for stage in SerialVirtio().behind(write) for c in stage.charges}
    assert (behind["disk_write"], behind["disk_written_byte"]) == (1.0, 131072.0)
    assert SerialVirtio().behind(READ) == Virtio().behind(write) == ()
    path = compose(load_architecture("firecracker"), Operation(demands={}, io=(write,)), 65536.0)
    assert [item.ring for item in path if isinstance(item, Background)] == ["disk"]
