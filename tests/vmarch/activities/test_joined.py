"""Several hosts in one model: threads of back ends, kernel locks and calls of those who stay are as they are alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from architectures import load_architecture
from experiments.validation.case import FOLDER
from simcore.errors import InputError
from simcore.hosts import load_host
from simcore.units import TICKS_PER_S
from vmarch.activities.building import Timing, built
from vmarch.activities.cluster import load_cluster
from vmarch.activities.entries import activity_of
from vmarch.activities.work import CHUNK_BYTES, Chunks, carried_bytes_per_s, sending
from vmarch.answers.live import Live, live
from vmarch.scenario import Scenario
from workloads import load_workload

STAYS = """
host = "server"
cores = 4

[[machine]]
name = "host-b"
cores = 4

[[guest]]
name = "shop"
workload = "web-server"
architecture = "xen-pv"
vcpus = 2
tasks = { count = 2, think = "5 ms" }
calls = { guest = "db", count = 2 }
on = "ON"

[[guest]]
name = "db"
workload = "oltp"
architecture = "xen-pv"
vcpus = 1
on = "ON"

[[guest]]
name = "web"
workload = "web-server"
architecture = "xen-pv"
vcpus = 1
tasks = { arrivals = "open", rate = "200 / s" }
memory = { size = "32 MiB", written = "4 MiB", writes = "2000 / s" }
"""
MOVES = ("150ms", "migrate:web:host-b")


def happening(folder: Path, text: str, *at: tuple[str, str], engine: str = "simpy") -> Live:
    path = folder / "hosts.toml"
    path.write_text(text, "utf-8")
    return live(path, at=at, replications=1, after=0.1, slice_s=0.02, engine=engine)


@pytest.mark.parametrize("on", ["host-a", "host-b"])
def test_guests_that_call_others_are_neighbours_of_one_that_moves(on: str, tmp_path: Path) -> None:
    text = STAYS.replace("ON", on)
    simpy, compiled = (happening(tmp_path, text, MOVES, engine=name) for name in ("simpy", "compiled"))
    assert simpy.reports == compiled.reports
    assert [simpy.slices(name) for name in simpy.names] == [compiled.slices(name) for name in compiled.names]
    ended = simpy.reports[0].end
    assert ended is not None
    assert ended.running == "host-b"
    done = {name: sum(one.completed for one in simpy.slices(name)) for name in ("shop", "db")}
    assert done["db"] == pytest.approx(2 * done["shop"], abs=4)  # two calls an operation, some under way
    assert done["shop"] > 10


@pytest.mark.parametrize("on", ["host-a", "host-b"])
def test_who_calls_whom_is_kept_by_place(on: str, tmp_path: Path) -> None:
    path = tmp_path / "hosts.toml"
    path.write_text(STAYS.replace("ON", on), "utf-8")
    model = built(load_cluster(path, [activity_of(*MOVES)]), Timing(0.02, 0.1)).model
    callers = [tasks for tasks in model.classes if tasks.calls]
    assert [tasks.workload for tasks in callers] == ["shop"]
    assert all(model.classes[one].called for tasks in callers for one in tasks.calls)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("migrate:shop:host-b", "guest.calls: 'db' .*none of a guest that is migrated"),
        ("migrate:db:host-b", "guest: 'db' .*nobody calls: shop does"),
        ("pause:db", "guest: 'db' .*nobody calls: shop does"),
    ],
)
def test_those_who_call_and_are_called_stay_together(at: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        happening(tmp_path, STAYS.replace("ON", "host-a"), ("100ms", at))


RR = """
host = "server"
cores = 4
back_end_vcpus = 2
network_threads = "{0}"

[[guest]]
name = "web"
count = 3
workload = "tcp-rr"
architecture = "{1}"
vcpus = 1
tasks = {{ count = 4 }}
memory = {{ size = "32 MiB", written = "4 MiB", writes = "2000 / s" }}
"""


@pytest.mark.parametrize("under", ["xen-pv", "kvm-vhost"])
@pytest.mark.parametrize("threads", ["guest", "all"])
def test_threads_of_a_back_end_serve_guests_that_something_happens_to(threads: str, under: str, tmp_path: Path) -> None:
    text = RR.format(threads, under)
    at = (("60ms", "pause:web.0"), ("100ms", "resume:web.0"), ("120ms", "plug:web.1:1"))
    simpy, compiled = (happening(tmp_path, text, *at, engine=name) for name in ("simpy", "compiled"))
    assert simpy.reports == compiled.reports
    assert [simpy.slices(name) for name in simpy.names] == [compiled.slices(name) for name in compiled.names]
    assert sum(one.completed for one in simpy.slices("web.0")) > 0


LOCK = """
host = "server"
cores = 2

[[guest]]
name = "locking"
count = 2
vcpus = 2
architecture = "{0}"
memory = {{ size = "32 MiB", written = "4 MiB", writes = "2000 / s" }}

[guest.workload]
name = "locking"
title = "Takes a lock of its kernel"
kind = "micro"
unit = "operation"
source = "made for this test"
demands = {{ user_cycles = 13500 }}
tasks = {{ count = 2, think = "1 ms" }}

[[guest.workload.lock]]
name = "directory"
hold_cycles = 1350
"""


def test_a_guest_takes_its_kernels_locks_with_it(tmp_path: Path) -> None:
    text, at = LOCK.format("kvm-vhost"), ("60ms", "migrate:locking.0:host-b")
    simpy, compiled = (happening(tmp_path, text, at, engine=name) for name in ("simpy", "compiled"))
    assert simpy.reports == compiled.reports
    assert [simpy.slices(name) for name in simpy.names] == [compiled.slices(name) for name in compiled.names]
    model = simpy.built.model
    taken = [one for tasks in model.classes for one in tasks.locks]
    assert len(taken) == 2
    assert {model.locks[one.first].name for one in taken} == {f"directory lock 0 of locking guest {n}" for n in (0, 1)}


def test_what_stays_with_a_host_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"lock: 'stated' .*its kernel stays"):
        happening(tmp_path, LOCK.format("container"), ("60ms", "migrate:locking.0:host-b"))
    with pytest.raises(InputError, match=r"network_threads: 'guest' .*its threads stay"):
        happening(tmp_path, RR.format("guest", "xen-pv"), ("60ms", "migrate:web.0:host-b"))


def test_a_chunk_is_packets_with_headers_and_their_work() -> None:
    """64 KiB are 46 packets of 1448 bytes with 90 bytes of headers each: what docs/migration.md says of 1 Gbit/s."""
    host = load_host(str(FOLDER / "hosts" / "xeon-2ghz-2005.toml"))
    assert carried_bytes_per_s(host) == pytest.approx(125e6 * 65536 / (65536 + 46 * 90))
    book = Scenario(load_workload("web-server"), load_architecture("xen-pv"), host).book
    sent = sending(Chunks(0, 1, 0, 0), host, book).rows[0].ticks[0][1]
    by_hand = 46 * book["send_packet"].value + 65536 * book["send_byte"].value
    assert sent == pytest.approx(by_hand)
    assert 12.5e6 / CHUNK_BYTES * sent / TICKS_PER_S == pytest.approx(0.045, abs=0.001)  # 100 Mbit/s
