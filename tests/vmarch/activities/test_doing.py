"""Operations of a guest's life in a run: what they take, what the guest does meanwhile, what others feel."""

from __future__ import annotations

from pathlib import Path

import pytest

from architectures import load_architecture
from architectures.procedures import Guest, procedure_book
from simcore.errors import CapabilityError, InputError
from simcore.hosts import load_host
from simcore.units import TICKS_PER_S
from vmarch.answers.live import Live, live
from vmarch.storms import Storm

MEMORY = 'memory = { size = "256 MiB", resident = "64 MiB", written = "16 MiB", writes = "1000 / s" }\n'
LITTLE = 'memory = {{ size = "256 MiB", resident = "{0}" }}\n'
KIND = '[[guest]]\nname = "web"\nworkload = "{2}"\narchitecture = "{0}"\nvcpus = 1\ncount = {1}\n'


def happening(
    folder: Path, *activities: str, architecture: str = "kvm-vhost", guests: int = 2, **options: object
) -> Live:
    entries = [one.split() for one in activities]
    lines = [f'[[activity]]\nat = "{at} s"\ndo = "{do}"\nguest = "{guest}"\n' for at, do, guest in entries]
    path = folder / "host.toml"
    path.write_text("\n".join([KIND.format(architecture, guests, "web-server") + MEMORY, *lines]), "utf-8")
    return live(path, replications=1, after=0.3, slice_s=0.02, **options)  # type: ignore[arg-type]


def seconds(found: Live, number: int = 0) -> float:
    return sum(one.seconds for one in found.reports[number].done)


def served(found: Live, guest: str, from_s: float, to_s: float) -> int:
    return sum(one.completed for one in found.slices(guest) if one.from_s >= from_s and one.to_s <= to_s)


@pytest.mark.parametrize("architecture", ["kvm-vhost", "firecracker", "xen-pv", "container"])
def test_a_guest_begins_when_it_is_made(architecture: str, tmp_path: Path) -> None:
    found = happening(tmp_path, "0.1 create web", architecture=architecture, guests=1, engine="simpy")
    guest = Guest(256 * 2**20, 64 * 2**20, 16 * 2**20, networks=1)
    alone = Storm(load_architecture(architecture), load_host("server"), "create", guest).run("simpy").last
    assert seconds(found) == pytest.approx(alone, rel=1e-3)
    assert served(found, "web", 0.0, 0.1 + alone) == 0
    assert served(found, "web", 0.1 + alone, 9.0) > 0


def test_both_engines_do_the_same(tmp_path: Path) -> None:
    what = ("0.1 create web.1", "0.2 pause web.0", "0.25 resume web.0", "0.45 save web.1", "0.6 lazy-restore web.1")
    simpy, compiled = (happening(tmp_path, *what, engine=name) for name in ("simpy", "compiled"))
    assert simpy.reports == compiled.reports
    assert [simpy.slices(name) for name in simpy.names] == [compiled.slices(name) for name in compiled.names]


def test_a_saved_guest_serves_nothing_until_it_is_restored(tmp_path: Path) -> None:
    found = happening(tmp_path, "0.2 save web.0", "0.5 restore web.0", engine="simpy")
    back = 0.5 + seconds(found, 1)
    assert served(found, "web.0", 0.0, 0.2) > 0
    assert served(found, "web.0", 0.24, back) == 0
    assert served(found, "web.0", back, 9.0) > 0
    assert served(found, "web", 0.24, back) > 0  # the other one, which nothing happens to


def test_a_destroyed_guest_is_gone(tmp_path: Path) -> None:
    found = happening(tmp_path, "0.2 destroy web.0", engine="simpy")
    assert served(found, "web.0", 0.24, 9.0) == 0
    end = found.reports[0].end
    assert end is not None
    assert not end.running


def test_pages_that_are_still_on_disk_make_the_first_requests_slow(tmp_path: Path) -> None:
    eager, lazy = (
        happening(tmp_path, "0.2 save web.0", f"0.4 {do} web.0", architecture="firecracker", engine="simpy")
        for do in ("restore", "lazy-restore")
    )
    assert seconds(lazy, 1) < seconds(eager, 1)
    ends = [0.4 + seconds(found, 1) for found in (eager, lazy)]
    first = [served(found, "web.0", end, end + 0.1) for found, end in zip((eager, lazy), ends, strict=True)]
    assert first[1] < first[0]


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
@pytest.mark.parametrize(("do", "reads"), [("lazy-restore", 1), ("roll-back", 1), ("instant-clone", 0)])
def test_the_first_task_waits_for_its_pages_as_long_as_they_take(
    do: str, reads: int, engine: str, tmp_path: Path
) -> None:
    """One task, 1,000 pages that it comes to at once: faults and reads of each, one after the other, by hand."""
    path = tmp_path / "host.toml"
    text = KIND.format("firecracker", 1, "fork") + "tasks = {{ count = 1 }}\n" + LITTLE
    ended = {}
    for resident in ("4096000 B", "4 KiB"):
        path.write_text(text.format(resident), "utf-8")
        first = [("0.1 s", "save:web")] if do == "lazy-restore" else []
        found = live(
            path, at=[*first, ("0.3 s", f"{do}:web")], replications=1, after=0.3, slice_s=1e-4, engine=engine,
            deterministic=True,
        )  # fmt: skip
        done = found.reports[-1].done
        goes_on = done[-1].began_s + done[-1].seconds
        after = [one.to_s for one in found.slices("web") if one.from_s >= goes_on and one.completed]
        ended[resident] = after[2] - goes_on  # what was under way needs no pages, the next operation does
    host, under = load_host("server"), load_architecture("firecracker")
    book = procedure_book(under, host)
    read = book["disk_read"].value + 4096 * (book["disk_byte"].value + book["disk_request_byte"].value)
    each = book["page_fault"].value + reads * (book["lazy_fault"].value + read)
    assert ended["4096000 B"] - ended["4 KiB"] == pytest.approx(999 * each / TICKS_PER_S, abs=3e-4)


def test_pages_come_from_one_place_in_a_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one way in which its pages come later"):
        happening(tmp_path, "0.1 instant-clone web", "0.3 roll-back web", architecture="firecracker", guests=1)


def test_what_cannot_be_done_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CapabilityError, match="save is refused"):
        happening(tmp_path, "0.1 save web.0", architecture="gvisor-ptrace")
    with pytest.raises(InputError, match="web"):
        happening(tmp_path, "0.1 save web.7")
    with pytest.raises(InputError, match="do"):
        happening(tmp_path, "0.1 saves web.0")


def test_neighbours_feel_guests_that_are_made(tmp_path: Path) -> None:
    """Kernels that boot on the host's one core leave the guest that is there little of it, and it them."""
    lines = [f'[[activity]]\nat = "0.2 s"\ndo = "create"\nguest = "web.{number}"\n' for number in (1, 2, 3)]
    path = tmp_path / "host.toml"
    path.write_text("\n".join(["cores = 1", KIND.format("firecracker", 4, "fork") + MEMORY, *lines]), "utf-8")
    found = live(path, replications=1, after=0.02, slice_s=0.02, engine="simpy")
    before, during = served(found, "web", 0.1, 0.2), served(found, "web", 0.2, 0.3)
    assert during < before / 2
    alone = Storm(load_architecture("firecracker"), load_host("server"), "create", Guest(networks=1)).run("simpy").last
    assert max(seconds(found, number) for number in range(3)) > 3 * alone
