"""`vmarch.trace`: windows, groups, one request's life, and what is refused."""

from pathlib import Path

import pytest

import vmarch as library
from simcore.errors import InputError
from simcore.units import seconds
from tests.command_line import Vmarch
from vmarch.answers.trace import Trace
from vmarch.timeline import tracks

SMALL = ("web-server", "xen-pv")


def traced(**options: object) -> Trace:
    return library.trace(*SMALL, guests=2, operations=20, **options)  # type: ignore[arg-type]


def test_both_engines_give_the_same_trace(tmp_path: Path) -> None:
    files = []
    for engine in ("simpy", "compiled"):
        found = traced(engine=engine)
        files.append(tmp_path / engine)
        with files[-1].open("wb") as file:
            from vmarch.timeline.perfetto import write_perfetto

            write_perfetto(found.timeline, file, "a run", {})
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_life_adds_up() -> None:
    """The steps of a request and its waits are its response."""
    found = traced(request=7)
    one = next(one for one in found.requests if one.number == 7)
    mine = [step for step in found.steps if not step.tail]
    assert sum(step.seconds for step in mine) == pytest.approx(seconds(one.response), rel=1e-9)
    assert any(step.is_wait for step in mine)


MIXED = """
host = "server"
cores = 4
[[guest]]
name = "web"
count = 2
workload = "web-server"
architecture = "container"
[[guest]]
name = "db"
workload = "oltp"
architecture = "kvm-vhost"
vcpus = 2
"""


def test_guests_that_differ_stand_on_one_timeline(tmp_path: Path, vmarch: Vmarch) -> None:
    """Each kind by its name, with the steps of its own path; either engine gives the same."""
    file = tmp_path / "mixed.toml"
    file.write_text(MIXED, "utf-8")
    found, again = (library.trace_tenants(file, operations=30, engine=name) for name in ("simpy", "compiled"))
    assert found.rows == again.rows
    names = {one.guest for one in found.requests}
    assert names == {"web guest 0", "web guest 1", "db guest 0"}
    assert sum(one.guest.startswith("web") for one in found.requests) >= 30
    assert any(track.name.startswith("db guest 0 task") for track in found.timeline)
    number = next(one.number for one in found.requests if one.guest == "db guest 0")
    shown = vmarch("trace", file, "--operations", 30, "--request", number)
    assert f"Request {number} of db under kvm-vhost, db guest 0" in shown.output
    assert "front end: request on the ring" in shown.output
    life = library.trace_tenants(file, operations=30, request=number)
    response = next(seconds(one.response) for one in life.requests if one.number == number)
    assert sum(step.seconds for step in life.steps if not step.tail) == pytest.approx(response, rel=1e-9)


SHOP = """
host = "server"
cores = 8
back_end_vcpus = 2
network_threads = "queue"
queues = 2
back_end_lock = "guest"
[[guest]]
name = "shop"
count = 2
workload = "web-server"
architecture = "xen-pv"
vcpus = 2
calls = { guest = "db", count = 2 }
[[guest]]
name = "db"
workload = "oltp"
architecture = "xen-pv"
vcpus = 4
"""


def test_calls_and_threads_add_up(tmp_path: Path) -> None:
    """A request that calls another guest, through a back end with threads: its steps and waits are its response."""
    file = tmp_path / "shop.toml"
    file.write_text(SHOP, "utf-8")
    found, again = (library.trace_tenants(file, operations=30, engine=name) for name in ("simpy", "compiled"))
    assert found.rows == again.rows
    for guest in ("shop guest 0", "db for shop guest 0"):
        one = next(one for one in found.requests if one.guest == guest)
        life = library.trace_tenants(file, operations=30, request=one.number)
        spent = sum(step.seconds for step in life.steps if not step.tail)
        assert spent == pytest.approx(seconds(one.response), rel=1e-9)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--workload is missing"),
        (("-w", "tcp-rr"), "--architecture is missing"),
        (("mixed.toml", "-w", "tcp-rr"), "no such option beside a file"),
        (("nothing.toml",), "nothing.toml"),
    ],
)
def test_what_to_trace_is_missing_or_said_twice(
    vmarch: Vmarch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "mixed.toml").write_text(MIXED, "utf-8")
    monkeypatch.chdir(tmp_path)
    (line,) = vmarch("trace", *words, status=2).stderr.splitlines()
    assert said in line


def test_only_what_is_asked_for() -> None:
    found = traced(only=["cores", "queues"])
    assert {track.group for track in found.timeline} == {"cores", "queues"}


def test_a_window_is_cut_out() -> None:
    found = traced(start="200 us", length="100 us")
    for track in found.timeline:
        assert all(200_000_000 <= one.began < one.ended <= 300_000_000 for one in track.slices)
        assert all(200_000_000 <= one.at < 300_000_000 for one in track.instants)
        assert all(200_000_000 <= one.at < 300_000_000 for one in track.counts)
    assert found.window.whole.now == 300_000_000


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"only": ["coers"]}, "cores"),
        ({"start": "-1 s"}, "--from"),
        ({"length": "0 s"}, "--for"),
        ({"length": "soon"}, "--for"),
        ({"request": -1}, "--request"),
        ({"request": 10_000}, "--request"),
        ({"engine": "simpie"}, "simpy"),
    ],
)
def test_what_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as refusal:
        traced(**options)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_more_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "MOST", 100)
    with pytest.raises(InputError, match="--for"):
        traced()


def test_the_command(vmarch: Vmarch, tmp_path: Path) -> None:
    out = tmp_path / "run.pftrace"
    shown = vmarch("trace", "-w", "tcp-rr", "-a", "xen-pv", "--operations", 5, "--out", out)
    assert "core 0" in shown.output
    assert out.stat().st_size > 1000
    shown = vmarch("trace", "-w", "tcp-rr", "-a", "xen-pv", "--operations", 5, "--request", 2)
    assert "Request 2" in shown.output


@pytest.mark.parametrize(
    "words",
    [
        ("--only", "coers"),
        ("--from", "never"),
        ("--for", "-1 s"),
        ("--request", "99999"),
        ("--operations", "0"),
        ("--out", "/dev/null/there"),
        ("--out", "."),
    ],
)
def test_bad_input_is_one_line(vmarch: Vmarch, words: tuple[str, ...]) -> None:
    failed = vmarch("trace", "-w", "tcp-rr", "-a", "xen-pv", *words, status=2)
    assert len(failed.stderr.strip().splitlines()) == 1
