"""Guests as each other's clients: who is refused, by which way messages go, and what each guest's answer says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result

import vmarch
from architectures import architecture_names, load_architecture
from architectures.local import Client, is_loopback
from simcore.engines import engine
from simcore.errors import CapabilityError
from simcore.path import Role, Stage
from simcore.totals import Settings
from tests.models import Log
from tests.simcore.engines.test_reproducible import same
from vmarch.answers.tenants import tenants
from vmarch.tenancy import load_scenario

from .conftest import Written

HOST = """
cores = 8
[[guest]]
name = "web"
count = 2
workload = "web-server"
architecture = "{web}"
calls = {{ guest = "db", count = 2 }}
operations = 40
[[guest]]
name = "db"
workload = "oltp"
architecture = "{db}"
"""


def text(web: str, db: str = "") -> str:
    return HOST.format(web=web, db=db or web)


BESIDE = [(one, one) for one in architecture_names()] + [("container", "kvm-vhost"), ("kvm-vhost", "container")]


@pytest.mark.parametrize(("web", "db"), BESIDE)
def test_messages_stay_on_the_host_under_every_architecture(web: str, db: str, written: Written) -> None:
    """No packet of the database's reaches the interface, and both engines agree."""
    try:
        model = load_scenario(written(text(web, db))).model
    except CapabilityError as refusal:
        pytest.skip(str(refusal))
    assert [tasks.called for tasks in model.classes] == [False, False, True, True]
    nic = {n for n, station in enumerate(model.stations) if "NIC" in station.name}
    assert not any(visit.where in nic for visit in model.classes[2].program.visits if visit.kind.name == "STATION")
    how = Settings(operations=(10, 0))
    logs = [Log(), Log()]
    windows = [engine(name)(model, how, log) for name, log in zip(("simpy", "compiled"), logs, strict=True)]
    assert logs[0] == logs[1]
    assert same(windows[0].whole, windows[1].whole)
    caller, _, server, _ = windows[0].whole.classes
    assert server.started == 2 * caller.started
    assert caller.call_wait == server.response


def test_a_message_costs_each_side_its_own_way() -> None:
    """Of a container and a virtual machine, each has its half; in one kernel there is the loopback interface alone."""
    from architectures.compose import conversation
    from workloads import load_workload

    container, kvm = (load_architecture(name) for name in ("container", "kvm-vhost"))
    operation = load_workload("tcp-rr").operation
    path = conversation(kvm, operation, 65536.0, client=Client(container, loopback=False))
    labels = [(str(stage.role), stage.label) for stage in path if isinstance(stage, Stage)]
    assert labels[0] == ("client", "network stack: send")
    assert labels[1] == ("client", "virtual port, bridge")
    assert ("host", "back end") in labels
    assert labels[-1] == ("client", "network stack: receive")
    assert sum("bridge" in label for _, label in labels) == 2
    native = load_architecture("native")
    assert is_loopback(native, native)
    assert not is_loopback(container, container)
    path = conversation(native, operation, 65536.0, client=Client(native, loopback=True))
    stages = [stage for stage in path if isinstance(stage, Stage)]
    assert [(stage.role, stage.charges[0].cost) for stage in stages] == [
        (Role.CLIENT, "loopback_message"),
        (Role.GUEST, "loopback_message"),
    ]


def test_each_kind_has_an_answer_of_its_own(written: Written) -> None:
    found = tenants(written(text("container").replace("operations = 40", "operations = 600")), replications=2, jobs=1)
    web, db = found.cells
    (calls, response) = (c.runs.results[0] for c in (web, db))
    assert calls.waiting_s["calls"] == pytest.approx(2 * response.response_s, rel=0.1)
    assert response.operations == pytest.approx(2 * calls.operations, rel=0.2)
    assert web.slowdown().ratio > 0.9
    assert db.slowdown().ratio > 0.9


def test_alone_is_with_those_it_calls_and_draws_the_same(written: Written) -> None:
    both = load_scenario(written(text("container") + '[[guest]]\nworkload = "compute"\narchitecture = "container"\n'))
    for name in ("web", "db"):
        alone = both.alone(name)
        assert alone.names == ("web", "db")
        assert [group.guests for group in alone.groups] == [1, 1]
        streams = [(tasks.workload, tasks.guest) for tasks in alone.model.classes]
        assert streams == [("web", 0), ("db for web", 0)]
    assert both.alone("compute").names == ("compute",)


def test_guests_are_dealt_out_to_their_clients_and_may_call_further(written: Written) -> None:
    chain = text("container").replace('name = "db"\n', 'name = "db"\ncount = 2\ncalls = [{ guest = "store" }]\n')
    chain += '[[guest]]\nname = "store"\nworkload = "tcp-rr"\narchitecture = "container"\nvcpus = 1\n'
    model = load_scenario(written(chain)).model
    names = [(tasks.workload, tasks.guest) for tasks in model.classes]
    assert names == [(name, n) for name in ("web", "db for web", "store for db for web") for n in (0, 1)]
    assert [tasks.calls for tasks in model.classes] == [(2,), (3,), (4,), (5,), (), ()]


BAD = {
    ('guest = "db"', 'guest = "dv"'): ["guest.calls.guest: 'dv'", "did you mean 'db'"],
    ('guest = "db"', 'guest = "web"'): ["guest.calls.guest: 'web'", "no cycle of clients (web calls web)"],
    ('name = "db"\n', 'name = "db"\ncalls = { guest = "web" }\n'): ["no cycle of clients"],
    ('workload = "oltp"', 'workload = "compute"'): ["guest.calls.guest: 'db'", "whose workload receives and sends"],
    ('name = "db"\n', 'name = "db"\ncount = 3\n'): ["guest.count: 3", "at most 2, as many as call db"],
    ("count = 2 }", "count = 0 }"): ["count: 0", "1 or more"],
    ("count = 2 }", "many = 2 }"): ["many"],
}


@pytest.mark.parametrize("change", BAD)
def test_what_cannot_be_called_is_one_line(
    change: tuple[str, str], written: Written, vmarch: Callable[..., Result]
) -> None:
    found = vmarch("run", written(text("container").replace(*change)), status=2)
    (line,) = found.stderr.splitlines()
    assert all(words in line for words in BAD[change]), line


def test_from_a_program_too(written: Written) -> None:
    found = vmarch.tenants(written(text("xen-pv")), replications=1, operations=20, jobs=1, engine="simpy")
    assert "calls" in {row["metric"] for row in found.rows}
