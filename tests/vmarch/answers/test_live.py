"""What happens to guests: the same in both engines, refused where it cannot be, reported where something breaks."""

from pathlib import Path

import pytest

import vmarch
from simcore.engines import ENGINES
from simcore.errors import CapabilityError, InputError
from simcore.totals import Settings, Window
from tests.simcore.engines.test_reproducible import same
from vmarch.activities.building import Timing, built

GUEST = """
[[guest]]
name = "web"
count = {count}
workload = "web-server"
architecture = "{architecture}"
vcpus = 2
tasks = {{ arrivals = "open", rate = "200 / s" }}
memory = {{ size = "16 MiB", written = "4 MiB", writes = "20000 / s" }}
"""
MOVE = """
[[activity]]
at = "200 ms"
do = "migrate"
guest = "{guest}"
to = "host-b"
method = "{method}"
limit = "400 Mbit/s"
"""
METHODS = ("stop-and-copy", "pre-copy", "post-copy")


def written(
    folder: Path, architecture: str = "kvm-vhost", method: str = "pre-copy", count: int = 2, more: str = ""
) -> Path:
    path = folder / "move.toml"
    guest = "web.0" if count > 1 else "web"
    head = 'host = "server"\ncores = 2\n'
    path.write_text(
        head + GUEST.format(count=count, architecture=architecture) + MOVE.format(guest=guest, method=method) + more
    )
    return path


def run(path: Path, engine: str = "simpy", **more: object) -> vmarch.Live:
    return vmarch.live(path, replications=1, after=0.2, engine=engine, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", ["kvm-vhost", "xen-pv", "container", "hyperv", "firecracker"])
@pytest.mark.parametrize("method", METHODS)
def test_both_engines_see_the_same(tmp_path: Path, architecture: str, method: str) -> None:
    made = built(vmarch.load_cluster(written(tmp_path, architecture, method)), Timing(0.02, 0.2)).model
    zero = (0,) * made.groups
    expected, found = (ENGINES[name](made, Settings(operations=zero, warmup=zero)) for name in ("simpy", "compiled"))
    assert isinstance(found, Window)
    assert same(found.whole, expected.whole)
    assert found.told == expected.told
    assert found.drained
    assert found.told.reports[0].end.running == "host-b"


@pytest.mark.parametrize("method", METHODS)
def test_the_guest_serves_on_the_other_host(tmp_path: Path, method: str) -> None:
    answer = run(written(tmp_path, method=method))
    assert answer.reports[0].end is not None
    assert answer.reports[0].end.running == "host-b"
    last = answer.slices("web.0")[-4:]
    assert sum(part.completed for part in last) > 0
    names = [station.name for station in answer.built.model.stations]
    there = answer.windows[0].whole.stations[names.index("host-b: NIC transmit")]
    assert there.completions > 0
    assert {period.name for period in answer.periods} == {"before", "during", "after"}
    assert answer.to_csv()


def test_pre_copy_pauses_for_less_than_stop_and_copy(tmp_path: Path) -> None:
    down = {method: run(written(tmp_path, method=method)).totals_of(0)["downtime_s"].value for method in METHODS}
    assert down["pre-copy"] < down["stop-and-copy"] / 2
    assert down["post-copy"] < down["stop-and-copy"] / 2


def test_more_bandwidth_less_time(tmp_path: Path) -> None:
    path = written(tmp_path)
    slow = run(path).totals_of(0)["time_s"].value
    path.write_text(path.read_text().replace("400 Mbit/s", "4 Gbit/s"))
    assert run(path).totals_of(0)["time_s"].value < slow / 2


def test_a_lost_link_leaves_the_guest_where_it_was(tmp_path: Path) -> None:
    answer = run(written(tmp_path), at=[("300ms", "drop-link")])
    end = answer.reports[0].end
    assert end is not None
    assert end.running == "host-a"
    assert "link was lost before the commit" in end.reason
    assert answer.slices("web.0")[-1].completed > 0
    assert "link" in answer.table.notes[-1]


def test_a_source_lost_before_the_commit_takes_the_guest_with_it(tmp_path: Path) -> None:
    answer = run(written(tmp_path), at=[("300ms", "stop-host:host-a")])
    end = answer.reports[0].end
    assert end is not None
    assert end.running == ""
    assert answer.slices("web.0")[-1].completed == 0
    assert answer.slices("web")[-1].completed == 0


def test_domain_0_lost_in_a_post_copy_leaves_no_whole_copy(tmp_path: Path) -> None:
    answer = run(written(tmp_path, "xen-pv", "post-copy"), at=[("300ms", "stop-management:host-a")])
    end = answer.reports[0].end
    assert end is not None
    assert (end.running, end.whole) == ("", ())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (('guest = "web.0"', 'guest = "web.7"'), "web.0 to web.1"),
        (('guest = "web.0"', 'guest = "web"'), "web.0 to web.1"),
        (('guest = "web.0"', 'guest = "db"'), "guest"),
        (('to = "host-b"', 'to = "host-a"'), "another host"),
        (('do = "migrate"', 'do = "teleport"'), "do"),
        (('memory = { size = "16 MiB", written = "4 MiB", writes = "20000 / s" }', ""), "memory"),
        (('limit = "400 Mbit/s"', 'rules = "vmotion"'), "rules"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, changes: tuple[str, str], words: str) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text().replace(*changes))
    with pytest.raises(InputError, match=words):
        run(path)


@pytest.mark.parametrize(
    ("machine", "architecture", "words"),
    [
        ("pentium4-672", "xen-hvm", "nested paging|hardware assist|made for"),
        ("x-gene", "container", "instructions|made for|kernel"),
    ],
)
def test_a_target_without_the_capability_is_refused(
    tmp_path: Path, machine: str, architecture: str, words: str
) -> None:
    more = f'\n[[machine]]\nname = "host-b"\nhost = "{machine}"\n'
    with pytest.raises(CapabilityError, match=words):
        run(written(tmp_path, architecture, more=more))


def test_a_target_without_room_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text().replace('size = "16 MiB"', 'size = "200 GiB"').replace("count = 2", "count = 1"))
    path.write_text(path.read_text().replace('guest = "web.0"', 'guest = "web"'))
    more = '\n[[machine]]\nname = "host-b"\n\n[[guest]]\nname = "big"\nworkload = "web-server"\n'
    path.write_text(
        path.read_text() + more + 'architecture = "kvm-vhost"\nmemory = { size = "200 GiB" }\non = "host-b"\n'
    )
    with pytest.raises(CapabilityError, match="host-b is refused as a target"):
        run(path)


def test_another_kind_of_host_is_refused(tmp_path: Path) -> None:
    more = '\n[[machine]]\nname = "host-b"\nhost = "m5d-metal"\n'
    with pytest.raises(InputError, match="same kind"):
        run(written(tmp_path, more=more))


def test_a_file_in_which_something_happens_has_no_steady_state(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="steady state"):
        vmarch.load_scenario(written(tmp_path))


def test_neighbours_are_compared_with_before_run_by_run(tmp_path: Path) -> None:
    answer = vmarch.live(written(tmp_path), replications=3, after=0.2)
    during, after = (answer.over_before("web", period) for period in ("during", "after"))
    assert during.low < during.ratio < during.high
    assert after.ratio > 0.0
    assert answer.over_before("web", "before").ratio == 1.0
    for group, period, words in (("mail", "during", "guest: 'mail'"), ("web", "later", "period: 'later'")):
        with pytest.raises(InputError, match=words):
            answer.over_before(group, period)
    coarse = vmarch.live(written(tmp_path), replications=1, after=0.2, slice_s=10.0)
    with pytest.raises(InputError, match="no two slices"):
        coarse.over_before("web", "during")
