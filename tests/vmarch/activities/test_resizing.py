"""Guests that are given memory or processors while they run, or lose them: by hand, and in both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from architectures import load_architecture
from architectures.procedures import Guest, procedure_book
from simcore.errors import CapabilityError, InputError
from simcore.hosts import load_host
from simcore.memory import Memory
from simcore.units import TICKS_PER_S
from vmarch.activities.entries import activity_of
from vmarch.activities.resizing import Size, sizes_of
from vmarch.answers.live import Live, live
from vmarch.storms import Storm

MIB = 2.0**20
MEMORY = Memory(size=256 * MIB, resident=64 * MIB)
KIND = """
cores = 4

[[guest]]
name = "job"
workload = "fork"
architecture = "{0}"
vcpus = {1}
tasks = {{ count = 4 }}
memory = {{ size = "256 MiB", resident = "64 MiB", written = "16 MiB", writes = "1000 / s" }}
"""


def happening(
    folder: Path,
    *at: tuple[str, str],
    under: str = "kvm-vhost",
    vcpus: int = 1,
    engine: str = "simpy",
    after: float = 0.2,
) -> Live:
    path = folder / "host.toml"
    path.write_text(KIND.format(under, vcpus), "utf-8")
    return live(path, at=at, replications=1, after=after, slice_s=0.02, engine=engine, deterministic=True)


def rate(found: Live, from_s: float, to_s: float) -> float:
    inside = [one for one in found.slices("job") if one.from_s >= from_s - 1e-9 and one.to_s <= to_s + 1e-9]
    return sum(one.completed for one in inside) / (inside[-1].to_s - inside[0].from_s)


def end(found: Live, number: int = 0) -> float:
    last = found.reports[number].done[-1]
    return last.began_s + last.seconds


@pytest.mark.parametrize("under", ["kvm-vhost", "xen-pv"])
def test_four_tasks_that_only_compute_do_twice_as_much_on_twice_the_processors(under: str, tmp_path: Path) -> None:
    """Four tasks on one, two and one processor again: each takes what it takes, so the rate is that of processors."""
    found = happening(tmp_path, ("320ms", "plug:job"), ("920ms", "unplug:job:1"), under=under, after=0.36)
    plugged, unplugged = end(found), end(found, 1)
    alone = rate(found, 0.02, 0.32)
    assert rate(found, plugged + 0.02, 0.9) == pytest.approx(2 * alone, rel=0.03)
    assert rate(found, unplugged + 0.04, unplugged + 0.34) == pytest.approx(alone, rel=0.03)


def test_the_guest_that_loses_processors_is_as_one_that_never_had_them(tmp_path: Path) -> None:
    fewer = happening(tmp_path, ("60ms", "unplug:job:3"), vcpus=4)
    never = happening(tmp_path, ("60ms", "shrink:job:4 KiB"), vcpus=1)
    ends = end(fewer) + 0.02
    assert rate(fewer, ends, ends + 0.16) == pytest.approx(rate(never, 0.1, 0.24), rel=0.03)


@pytest.mark.parametrize("under", ["kvm-vhost", "xen-pv"])
def test_both_engines_do_the_same(under: str, tmp_path: Path) -> None:
    first = (("60ms", "plug:job:2"), ("150ms", "shrink:job:32 MiB"), ("260ms", "pause:job"), ("280ms", "unplug:job:1"))
    what = (*first, ("300ms", "resume:job"), ("320ms", "grow:job:16 MiB"))
    simpy, compiled = (happening(tmp_path, *what, under=under, engine=name) for name in ("simpy", "compiled"))
    assert simpy.reports == compiled.reports
    assert [simpy.slices(name) for name in simpy.names] == [compiled.slices(name) for name in compiled.names]


def test_a_paused_guest_stays_so_whatever_its_processors_are(tmp_path: Path) -> None:
    found = happening(tmp_path, ("60ms", "pause:job"), ("80ms", "plug:job:1"), ("200ms", "resume:job"))
    assert rate(found, 0.08, 0.2) == 0.0
    assert rate(found, 0.22, 0.38) > 0.0


def test_a_guest_of_two_sizes_moves_with_both(tmp_path: Path) -> None:
    found = happening(tmp_path, ("60ms", "plug:job:1"), ("300ms", "migrate:job:host-b"))
    ended = found.reports[1].end
    assert ended is not None
    assert ended.running == "host-b"
    assert rate(found, end(found, 1) + 0.02, end(found, 1) + 0.16) == pytest.approx(rate(found, 0.2, 0.28), rel=0.05)


def test_a_balloon_takes_its_pages_one_by_one(tmp_path: Path) -> None:
    """Under KVM: 8,192 pages taken by the guest's kernel, two costs of a call for each, a quarter of them unmapped."""
    found = happening(tmp_path, ("60ms", "shrink:job:32 MiB"), vcpus=4)
    book = procedure_book(load_architecture("kvm-vhost"), load_host("server"))
    each = {"page_fault": 1.0, "system_call": 1.0, "mapping_call": 1.0, "wake_up": 1 / 256, "page_table_update": 1 / 4}
    alone = 8192 * sum(count * book[name].value for name, count in each.items()) / TICKS_PER_S
    guest = Guest(256 * MIB, 64 * MIB, 16 * MIB, given_bytes=32 * MIB)
    storm = Storm(load_architecture("kvm-vhost"), load_host("server"), "shrink", guest)
    assert sum(lasts for _, lasts in storm.alone) == pytest.approx(alone)
    phases = found.reports[0].done
    assert alone <= sum(one.seconds for one in phases) < 4 * alone  # four tasks want the four cores too
    assert all(one.running == "host-a" for one in phases)


def test_what_a_guest_has_follows_from_one_activity_to_the_next() -> None:
    entries = [
        activity_of(at, what)
        for at, what in (
            ("3s", "grow:web:16 MiB"),
            ("1s", "plug:web:3"),
            ("2s", "shrink:web:64 MiB"),
            ("4s", "unplug:web"),
        )
    ]
    found = [after for _, _, after in sizes_of("web", entries, 1, MEMORY, "Linux")]
    assert found == [Size(4), Size(4, 64 * MIB), Size(4, 48 * MIB), Size(3, 48 * MIB)]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (["unplug:web:1"], "processors: 1 .*at most 0 where web has 1"),
        (["shrink:web:193 MiB"], "memory: '193 MiB' .*at most 166 MiB"),
        (["shrink:web:160 MiB", "shrink:web:10 MiB"], "at most 6.4 MiB"),
        (["shrink:web:8 MiB", "grow:web:9 MiB"], "at most 8 MiB"),
        (["grow:web"], "how much grow gives"),
    ],
)
def test_what_a_guest_does_not_have_is_refused(what: list[str], words: str) -> None:
    entries = [activity_of(f"{n + 1}s", one) for n, one in enumerate(what)]
    with pytest.raises(InputError, match=words):
        sizes_of("web", entries, 1, MEMORY, "Linux")


def test_bad_words_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="processors"):
        activity_of("1s", "plug:web:none")
    with pytest.raises(CapabilityError, match="plug is refused"):
        happening(tmp_path, ("60ms", "plug:job:1"), under="firecracker")
    with pytest.raises(InputError, match="no guest whose processors change"):
        happening(tmp_path, ("60ms", "plug:job:1"), ("200ms", "lazy-restore:job"))
