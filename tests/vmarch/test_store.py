"""The store: what is written is read, whatever happened to the end of the file."""

from pathlib import Path

import pytest

from architectures import load_architecture
from simcore.errors import InputError
from simcore.hosts import load_host
from simcore.results import Result
from vmarch.runs import Plan
from vmarch.scenario import Scenario
from vmarch.store import Store, fingerprint
from workloads import load_workload

RESULT = Result(
    operations=3,
    elapsed_s=0.1,
    throughput_per_s=30.000000000000004,
    response_s=1 / 3,
    percentiles_s={50: 0.3, 95: 0.4, 99: 5e-324},
    service_s={"VMM": 1e-300},
    waiting_s={},
    background_s={},
    cycles={"VMM": 1.7976931348623157e308},
    utilisation={"cores": 0.1},
    queue={"disk": 0.0},
    notifications=0.5,
    switches=0.0,
    events_per_visit=2.5,
)


def filled(path: Path, keys: str = "abc") -> Store:
    store = Store(path)
    for number, key in enumerate(keys):
        store.put(key, number, RESULT, "overloaded" if number == 1 else "")
    return store


def stored(path: Path) -> str:
    """The keys that are found."""
    store = Store(path)
    return "".join(key for key in "abcdef" for number in range(6) if store.get(key, number))


def test_what_is_put_is_got(tmp_path: Path) -> None:
    path = tmp_path / "store"
    filled(path)
    found = Store(path)
    assert found.get("a", 0) == (RESULT, "")
    assert found.get("b", 1) == (RESULT, "overloaded")
    assert found.get("a", 1) is None


def test_without_a_file() -> None:
    store = Store()
    store.put("a", 0, RESULT, "")
    store.sort()
    assert store.get("a", 0) == (RESULT, "")


def test_it_is_on_disk_at_once(tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = Store(path)
    for number, key in enumerate("abc"):
        store.put(key, number, RESULT, "")
        assert stored(path) == "abc"[: number + 1]


def test_sorted_it_does_not_tell_who_finished_first(tmp_path: Path) -> None:
    one, other = filled(tmp_path / "one"), Store(tmp_path / "other")
    for key, number in (("c", 2), ("a", 0), ("b", 1)):
        other.put(key, number, RESULT, "overloaded" if number == 1 else "")
    one.sort()
    other.sort()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]


@pytest.mark.parametrize("left", [1, 20, 200])
def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path, left: int) -> None:
    path = tmp_path / "store"
    filled(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]) + lines[2][:left])
    assert stored(path) == "ab"
    store = Store(path)
    store.put("d", 3, RESULT, "")  # and what follows does not join it
    assert stored(path) == "abd"
    assert path.read_bytes().endswith(b"\n")


def test_a_file_cut_off_in_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_bytes(b'{"key":"a","repl')
    Store(path).put("b", 1, RESULT, "")
    assert stored(path) == "b"


def test_only_the_end_of_the_line_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "store"
    filled(path)
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    Store(path).put("d", 3, RESULT, "")
    assert stored(path) == "abcd"


@pytest.mark.parametrize("line", [0, 1, 2])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"key"', b'"kye"'),
        (b'"replication":', b'"replication":"first",'),
        (b'"response_s"', b'"respnse_s"'),
        (b'"response_s":0', b'"response_s":"x'),
        (b'"50":0.3', b'"p50":0.3'),
        (b"{", b""),
        (b"}}", b"}"),
    ],
)
def test_a_corrupt_line_is_refused(tmp_path: Path, line: int, old: bytes, new: bytes) -> None:
    path = tmp_path / "store"
    filled(path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(old, new)
    path.write_bytes(b"".join(lines))
    with pytest.raises(InputError, match=f"store line {line + 1}: .* a stored result"):
        Store(path)


def test_stores_merge_by_concatenation(tmp_path: Path) -> None:
    filled(tmp_path / "one")
    filled(tmp_path / "two", "abcdef")
    both = tmp_path / "both"
    both.write_bytes((tmp_path / "one").read_bytes() + (tmp_path / "two").read_bytes())
    assert stored(both) == "abcdef"
    Store(both).sort()
    filled(tmp_path / "two", "").sort()
    assert both.read_bytes() == (tmp_path / "two").read_bytes()


def test_a_key_is_all_that_determines_a_result() -> None:
    server, compute, kvm = load_host("server"), load_workload("compute"), load_architecture("kvm-vhost")
    one, plan = Scenario(compute, kvm, server), Plan()
    keys = {
        fingerprint(scenario, plan)
        for scenario in (
            one,
            Scenario(compute, kvm, server, guests=2),
            Scenario(compute, kvm, server, vcpus=2),
            Scenario(compute, kvm, load_host("xeon-e5-2450")),
            Scenario(compute, kvm, server, overrides={"cycle": 2}),
            Scenario(compute, load_architecture("xen-pv"), server),
            Scenario(load_workload("fork"), kvm, server),
        )
    }
    others = (Plan(seed=2), Plan(operations=7), Plan(warmup=7), Plan(deterministic=True))
    keys |= {fingerprint(one, other) for other in others}
    assert len(keys) == 7 + len(others)
    assert fingerprint(one, Plan(replications=9)) == fingerprint(one, plan) in keys
    assert fingerprint(Scenario(compute, kvm, server, vcpus=server.cores), plan) in keys  # the same model


def test_operations_stated_and_by_default_are_told_apart() -> None:
    """By default there are as many in each guest; stated, they are of all guests together."""
    compute = load_workload("compute")
    two = Scenario(compute, load_architecture("native"), load_host("server"), guests=2)
    assert fingerprint(two, Plan()) != fingerprint(two, Plan(operations=compute.operations))
    assert fingerprint(two, Plan()) == fingerprint(two, Plan(operations=2 * compute.operations))
