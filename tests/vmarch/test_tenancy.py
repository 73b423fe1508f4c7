"""Scenario files: what they describe, what they refuse, and that the short form is one of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import vmarch
from simcore.engines import engine
from simcore.errors import InputError
from simcore.model import Kind, Lock
from simcore.totals import Settings
from tests.models import Log
from vmarch.answers.tenants import tenants
from vmarch.limits import cores_of
from vmarch.scenario import Scenario
from vmarch.tenancy import Tenancy, load_scenario
from workloads import load_workload

from .conftest import Written

TWO = """
[[guest]]
name = "web"
count = 2
workload = "tcp-rr"
architecture = "container"

[[guest]]
name = "db"
workload = "oltp"
architecture = "kvm-vhost"
vcpus = 2
start = "1 ms"
operations = 20
"""


@pytest.mark.parametrize("architecture", ["container", "kvm-vhost", "xen-pv", "pvm"])
def test_the_short_form_is_a_file_of_one_kind(architecture: str, written: Written) -> None:
    """To the last tick: `--guests 3` is a file with one table."""
    short = Scenario(load_workload("tcp-rr"), vmarch.load_architecture(architecture), vmarch.load_host("server"), 3)
    text = f'[[guest]]\ncount = 3\nworkload = "tcp-rr"\narchitecture = "{architecture}"\n'
    logs = [Log(), Log()]
    for log, model in zip(logs, (short.model, load_scenario(written(text)).model), strict=True):
        engine("simpy")(model, Settings(operations=30), log)
    assert logs[0] == logs[1]
    assert logs[0]


def test_a_file_says_who_is_on_the_host(written: Written) -> None:
    found = load_scenario(written('host = "server"\ncores = 3\nback_end_vcpus = 2\n' + TWO))
    assert found.names == ("web", "db")
    assert found.host.cores == 3
    assert [domain.name for domain in found.model.domains] == ["kernel", "db guest 0", "db I/O threads 0"]
    assert [domain.vcpus for domain in found.model.domains] == [3, 2, 2]
    assert [tasks.group for tasks in found.model.classes] == [0, 0, 1]
    assert found.model.classes[2].start_ticks == 10**9
    assert found.groups[1].measured == 20


def test_guests_of_two_kinds_share_the_driver_domain(written: Written) -> None:
    kinds = "".join(
        f'[[guest]]\nname = "{n}"\nworkload = "oltp"\narchitecture = "{n}"\n' for n in ("xen-pv", "xen-hvm")
    )
    domains = load_scenario(written(kinds)).model.domains
    assert [(one.name, one.vcpus) for one in domains if "driver" in one.name] == [("driver domain", 4)]


def test_a_kind_draws_the_same_whoever_is_beside_it(written: Written) -> None:
    """Its random streams are called by its name: another order, or another neighbour, shifts nothing."""
    both = load_scenario(written(TWO))
    swapped = Tenancy(tuple(reversed(both.groups)))
    web = [tasks for tasks in both.model.classes if tasks.workload == "web"]
    other = [tasks for tasks in swapped.model.classes if tasks.workload == "web"]
    assert [(t.workload, t.guest, t.operation) for t in web] == [(t.workload, t.guest, t.operation) for t in other]


def test_paths_are_from_the_file(written: Written, tmp_path: Path) -> None:
    head = 'name = "mine"\ntitle = "Mine"\nkind = "macro"\nunit = "a turn"\nsource = "for a test"\n'
    (tmp_path / "mine.toml").write_text(f"{head}[demands]\nuser_cycles = 5e6\n", "utf-8")
    text = '[[guest]]\nworkload = "./mine.toml"\narchitecture = "kvm-vhost"\ntasks = { count = 2, think = "1 ms" }\n'
    found = load_scenario(written(text))
    assert found.names == ("mine",)
    assert found.groups[0].workload.tasks.count == 2


def test_a_guests_memory_is_its_own_or_its_workloads(written: Written) -> None:
    found = load_scenario(written(TWO.replace("vcpus = 2", 'memory = { size = "1 GiB", writes = "8000 / s" }')))
    web, db = (group.workload.memory for group in found.groups)
    assert web is None
    assert db is not None
    assert (db.size_bytes, db.writes_per_s) == (2.0**30, 8000.0)


BAD = {
    'colour = "red"\n' + TWO: ["host.toml.colour: 'colour'", "one of the keys"],
    TWO.replace("count = 2", "count = 0"): ["host.toml.guest.0.count: 0", "1 or more"],
    TWO.replace("vcpus = 2", "vcpus = -1"): ["host.toml.guest.1.vcpus: -1", "1 or more"],
    TWO.replace('"1 ms"', '"soon"'): ["host.toml.guest.1.start: 'soon'", "a time"],
    TWO.replace('"oltp"', '"olpt"'): ["'olpt'", "did you mean 'oltp'"],
    TWO.replace('"db"', '"web"'): ["guest.name: 'web'", "a name of its own"],
    TWO.replace('"kvm-vhost"', '"xen-pv"'): ["container and xen-pv are refused on one host", "Linux", "Xen"],
    TWO.replace("operations = 20", "operations = 0").replace("count = 2", "count = 2\noperations = 0"): [
        "guest.operations: 0",
        "waited for",
    ],
    TWO + '[[guest]]\nworkload = "oltp"\n': ["host.toml.guest.2.architecture is missing"],
    "": ["host.toml.guest is missing"],
    TWO.replace("vcpus = 2", "weight = 0"): ["host.toml.guest.1.weight: 0", "1 or more"],
    TWO.replace("vcpus = 2", "cap = 999_999"): ["host.toml.guest.1.cap", "at most 409600"],
    "cores = 4\n" + TWO.replace("vcpus = 2", "cap = 401"): ["host.toml.guest.1.cap: 401", "at most 400, all 4 cores"],
    "cores = 4\n" + TWO.replace("vcpus = 2", 'cores = "2-4"'): ["host.toml.guest.1.cores: 4", "0 to 3"],
    TWO.replace("vcpus = 2", 'cores = "2-"'): ["host.toml.guest.1.cores: '2-'", "such as '0-3,8'"],
    TWO.replace("vcpus = 2", 'period = "2 s"'): ["host.toml.guest.1.period", "at most 1"],
    "guest = []\n": ["host.toml.guest"],
    TWO.replace("vcpus = 2", 'memory = { size = "1 GiB", resident = "2 GiB" }'): [
        "host.toml.guest.1.memory.resident",
        "at most the size",
    ],
    TWO.replace("count = 2", 'count = 2\ntasks = { arrivals = "open" }'): ["guest.0.tasks.rate", "a rate such as"],
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_file_is_one_line(text: str, written: Written, vmarch: Callable[..., Result]) -> None:
    found = vmarch("run", written(text), status=2)
    (line,) = found.stderr.splitlines()
    assert all(word in line for word in BAD[text]), line


def test_options_of_one_kind_are_refused_beside_a_file(written: Written, vmarch: Callable[..., Result]) -> None:
    found = vmarch("run", written(TWO), "--guests", 2, status=2)
    assert found.stderr == "vmarch: --guests: 2 is not allowed; expected no such option beside a file\n"
    assert "--workload is missing" in vmarch("run", "-a", "native", status=2).stderr


def test_who_is_alone_suffers_from_nobody(written: Written) -> None:
    """One guest alone on the host has itself to compare with; more of them wait for each other's processors."""
    one = '[[guest]]\nworkload = "compute"\narchitecture = "kvm-vhost"\nvcpus = 1\n'
    alone = tenants(written("cores = 1\n" + one), operations=20, replications=2, jobs=1).cells[0]
    assert alone.slowdown().ratio == 1.0
    many = tenants(written("cores = 1\n" + one.replace("vcpus", "count = 4\nvcpus")), operations=80, replications=2)
    assert many.cells[0].slowdown().ratio == pytest.approx(4.0, rel=0.02)
    share = many.cells[0].runs.results[0].shares[0]
    assert share.used == pytest.approx(1.0, rel=0.05)
    assert share.steal == pytest.approx(3.0, rel=0.01)  # of four that want a core, one has it


def test_limits_are_those_of_a_guests_domain(written: Written) -> None:
    limits = 'weight = 50\ncap = 150\nperiod = "10 ms"\ncores = "0-1,3"\nvcpus = 2\n'
    for architecture in ("kvm-vhost", "xen-pv", "container"):
        text = f'cores = 4\n[[guest]]\ncount = 2\nworkload = "oltp"\narchitecture = "{architecture}"\n{limits}'
        domains = load_scenario(written(text)).model.domains
        homes = [one for one in domains if " guest " in one.name]
        assert len(homes) == 2
        for one in homes:
            assert (one.vcpus, one.weight, one.cores) == (2, 0.25, (0, 1, 3))
            assert one.quota_ticks == 1.5 * one.period_ticks == 15 * 10**9
        assert all(not (one.quota_ticks or one.cores) and one.weight == 1.0 for one in domains if one not in homes)


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("all", ["network thread of driver domain"]),
        ("processor", ["network thread 0 of driver domain", "network thread 1 of driver domain"]),
        ("guest", [f"network thread of {n}" for n in ("a guest 0", "a guest 1", "b guest 0")]),
        ("queue", [f"network queue {q} of {n}" for n in ("a guest 0", "a guest 1", "b guest 0") for q in (0, 1)]),
    ],
)
def test_threads_of_a_back_end_are_for_all_or_for_each(scope: str, names: list[str], written: Written) -> None:
    """Three guests in two kinds, a driver domain of two virtual processors."""
    text = f'cores = 8\nback_end_vcpus = 2\nnetwork_threads = "{scope}"\nback_end_lock = "all"\n'
    for name, count in (("a", 2), ("b", 1)):
        text += (
            f'[[guest]]\nname = "{name}"\ncount = {count}\nworkload = "tcp-rr"\narchitecture = "xen-pv"\nvcpus = 4\n'
        )
    found = load_scenario(written(text)).model
    assert sorted(found.threads) == sorted([*names, "lock of driver domain"])
    uses = [tasks.threads[0] for tasks in found.classes]
    if scope == "processor":
        assert [found.threads[one.first] for one in uses] == [names[0], names[1], names[0]]
    assert all(one.count == (2 if scope == "queue" else 1) for one in uses)
    assert {found.threads[tasks.shared] for tasks in found.classes} == {"lock of driver domain"}
    dom0 = [domain.name for domain in found.domains].index("driver domain")
    visits = [v for tasks in found.classes for v in tasks.program.visits]
    held = [v for v in visits if v.where == dom0 and v.kind is Kind.CPU]
    assert held
    assert all((v.thread, v.lock) == (0, Lock.SHARED) for v in held)


def test_interrupts_go_to_one_virtual_processor_or_to_all_in_turn(written: Written) -> None:
    text = '[[guest]]\nworkload = "oltp"\narchitecture = "kvm-vhost"\nvcpus = 2\ninterrupts = "{}"\n'
    threads = {}
    for where in ("any", "one", "device", "turn"):
        model = load_scenario(written(text.format(where))).model
        threads[where] = [(one.first, one.count, one.in_turn) for tasks in model.classes for one in tasks.threads][2:]
    assert threads == {
        "any": [],
        "one": [(0, 1, False)] * 2,
        "device": [(0, 1, False), (1, 1, False)],
        "turn": [(0, 2, True)] * 2,
    }
    bad = text.format("many")
    with pytest.raises(vmarch.InputError, match="interrupts: 'many' is not allowed"):
        load_scenario(written(bad))


def test_a_limit_holds_for_the_container_and_the_bare_machine_too() -> None:
    host, workload = vmarch.load_host("server"), load_workload("oltp")
    container = Scenario(workload, vmarch.load_architecture("container"), host, guests=3, vcpus=2)
    assert [domain.vcpus for domain in container.model.domains] == [2, 2, 2]
    bare = container.bare(vmarch.load_architecture("native"))
    assert [domain.vcpus for domain in bare.model.domains] == [6]
    everyone = Scenario(workload, vmarch.load_architecture("container"), host, guests=3)
    assert [domain.vcpus for domain in everyone.model.domains] == [host.cores]


def test_equal_processors_make_equal_comparisons() -> None:
    """A load that two processors cannot serve is not served by the bare machine either."""
    found = vmarch.compare("compute", ["container", "kvm-vhost"], guests=4, vcpus=2, operations=40, replications=2)
    assert all(cell.slowdown().ratio == pytest.approx(1.0, abs=0.2) for cell in found)
    assert found.table.notes[-1] == "Each guest has 2 processors, and so it has on the bare machine."


def test_a_machine_of_its_own_has_all_cores_for_one_guest() -> None:
    """By choice: then the slowdown is what sharing costs, in responses and in operations a second of as many guests."""
    own = Scenario(load_workload("oltp"), vmarch.load_architecture("kvm-vhost"), vmarch.load_host("server"), 3, 2)
    bare = dataclasses.replace(own, against="own").bare(vmarch.load_architecture("native"))
    assert (bare.guests, [domain.vcpus for domain in bare.model.domains]) == (1, [16])
    found, equal = (
        vmarch.compare("compute", "kvm-vhost", against=of, guests=4, vcpus=16, operations=160, deterministic=True)
        for of in ("own", "equal")
    )
    assert found.table.notes[-1].endswith("against a bare machine of its own, with all cores for one guest.")
    (cell,), (other,) = found.cells, equal.cells
    assert cell.slowdown("throughput_per_s").ratio == pytest.approx(cell.slowdown().ratio, rel=0.05)
    assert cell.slowdown().ratio >= other.slowdown().ratio
    with pytest.raises(vmarch.InputError, match="--against"):
        vmarch.compare("compute", "kvm-vhost", against="alone")


def test_a_cap_bounds_what_is_used_and_is_reported(written: Written) -> None:
    text = 'cores = 2\n[[guest]]\nworkload = "compute"\narchitecture = "container"\ncap = 30\ntasks = { count = 2 }\n'
    found = tenants(written(text), operations=40, replications=2, jobs=1)
    share = found.cells[0].runs.results[0].shares[0]
    assert share.used == pytest.approx(0.3, rel=0.1)
    assert share.throttled == pytest.approx(2 - 0.3, rel=0.1)
    assert "throttled" in found.table.columns


@pytest.mark.parametrize(("text", "cores"), [("0", (0,)), ("3-5", (3, 4, 5)), ("7, 1-2,2", (1, 2, 7))])
def test_cores_are_numbers_and_ranges(text: str, cores: tuple[int, ...]) -> None:
    assert cores_of(text) == cores


@pytest.mark.parametrize("text", ["", "-", "a", "1-", "3-1", "0-4096", "1;2", "--1"])
def test_what_is_no_list_of_cores_is_refused(text: str) -> None:
    with pytest.raises(vmarch.InputError, match="cores"):
        cores_of(text)


def test_who_polls_is_said_of_a_kind_and_its_polling_of_its_processors(written: Written) -> None:
    one = '[[guest]]\nname = "a"\nworkload = "tcp-rr"\narchitecture = "kvm-vhost"\nvcpus = 2\n'
    other = one.replace('"a"', '"b"') + 'polling = "guest"\n'
    found = tenants(written("cores = 8\nback_end_polls = true\n" + one + other), operations=40, replications=2, jobs=1)
    silent, polls = (cell.runs.results[0].shares[0].polling for cell in found.cells)
    assert silent == 0.0 < polls <= 2.0
    assert "polling" in found.table.columns
    assert set(found.cells[0].runs.results[0].polling) == {"b guest 0", "a I/O threads 0", "b I/O threads 0"}


def test_a_kind_that_cannot_poll_is_refused(written: Written) -> None:
    text = '[[guest]]\nworkload = "tcp-rr"\narchitecture = "container"\npolling = "host"\n'
    with pytest.raises(InputError, match="do not say how it polls"):
        load_scenario(written(text))
