"""What is read acts: each field of a host and a workload moves some model, or something is refused because of it.

Fields that describe (names, sources) act on tables and pages; they are listed, and so is a host's memory, which acts on
guests that state theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from architectures import Architecture, load_architecture
from simcore.errors import VmarchError
from simcore.hosts import Disk, Host, Nic, load_host
from simcore.memory import Memory
from simcore.schema import validated
from vmarch.scenario import Scenario
from workloads import Workload, load_workload
from workloads.spec import IoItem, Tasks

DESCRIBE = {
    "name",
    "title",
    "source",
    "kind",
    "unit",
    "basis",
    "family",
    "cost",
    "disk",
    "nic",
    "assumed",
    "memory_bytes",
}
UNDER = ("native", "container", "kvm-vhost", "xen-pv", "xen-hvm", "qemu-foreign", "qemu-user", "firecracker")
ASKED = (
    "oltp",
    "web-server",
    "tcp-rr",
    "disk-read-random",
    "disk-write-random-depth32",
    "fork",
    "fsync",
    "kernel-build",
)
OTHERS: dict[str, list[Any]] = {  # values to move a field to, beside twice and half of a number
    "isa": ["aarch64"],
    "os": ["windows"],
    "year": [2003],
    "mitigations": ["2018"],
    "kind": ["rotating"],
    "request_bandwidth": ["100 MB/s"],
    "write_bandwidth": ["100 MB/s"],
    "cv": [0.5],
    "pattern": ["sequential", "random"],
    "sync": [False, True],
    "packets": [7.0],
    "think_distribution": [{"family": "exponential"}],
    "rate_distribution": [{"family": "gamma", "cv": 0.5}],
    "distribution": [{"family": "exponential"}],
    "page_table_lock": ["address space", "vm"],
    "network_threads": ["all", "processor", "guest", "queue"],
    "disk_threads": ["all", "processor", "guest", "queue"],
    "queues": [1, 3],
    "back_end_lock": ["guest", "all"],
    "interrupts": ["one", "device", "turn"],
    "polling": ["host", "guest"],
    "lock_waits": ["exit", "halt"],
    "header": ["200 B"],
    "segment": ["1448 B", "64 KiB"],
    "page": ["2 MiB"],
    "backing": ["2 MiB"],
}


def seen(host: Host, workload: Workload, architecture: Architecture) -> object:
    """What a combination comes to: its model, or why it is refused."""
    try:
        scenario = Scenario(workload, architecture, host, guests=2)
        return scenario.model
    except VmarchError as refusal:
        return str(refusal)


def moved(model: BaseModel, name: str) -> Iterator[Any]:
    value = getattr(model, name)
    alias = type(model).model_fields[name].alias or name
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield from (value * 2, max(value // 2, 1) if isinstance(value, int) else value / 2)
    yield from OTHERS.get(alias, [])


def changed(data: dict[str, Any], kind: type[BaseModel], name: str, value: Any) -> dict[str, Any]:
    return {**data, kind.model_fields[name].alias or name: value}


HOST = load_host("server")
ROTATING = load_host("xeon-2003")


def fields(kind: type[BaseModel]) -> list[str]:
    return [name for name in kind.model_fields if name not in DESCRIBE]


@pytest.mark.parametrize("name", fields(Host))
def test_of_a_host(name: str) -> None:
    data = HOST.model_dump(by_alias=True)
    assert any(
        seen(HOST, load_workload(w), load_architecture(a)) != seen(other, load_workload(w), load_architecture(a))
        for value in moved(HOST, name)
        if (other := made(Host, changed(data, Host, name, value))) is not None
        for w in ASKED
        for a in UNDER
    )


@pytest.mark.parametrize(
    ("kind", "part", "name"), [(k, p, n) for k, p in ((Disk, "disk"), (Nic, "nic")) for n in fields(k)]
)
def test_of_a_device(kind: type[BaseModel], part: str, name: str) -> None:
    for host in (HOST, ROTATING):
        data = host.model_dump(by_alias=True)
        for value in moved(getattr(host, part), name):
            other = made(Host, {**data, part: changed(data[part], kind, name, value)})
            if other is not None and any(
                seen(host, load_workload(w), load_architecture(a))
                != seen(other, load_workload(w), load_architecture(a))
                for w in ASKED
                for a in UNDER
            ):
                return
    raise AssertionError(name)


def made(kind: type[Any], data: dict[str, Any]) -> Any:
    try:
        return validated(kind, data, "test")
    except VmarchError:
        return None


@pytest.mark.parametrize("name", [name for name in fields(Tasks) if name != "arrivals"])
def test_of_the_tasks_of_a_workload(name: str) -> None:
    for start in ("oltp", "tcp-rr", "web-server"):
        workload = load_workload(start)
        for arrivals in (
            {"arrivals": "closed"},
            {"arrivals": "open", "rate": 10.0},
            {"arrivals": "closed", "think": 0.1},
        ):
            data = {**workload.model_dump(by_alias=True, exclude_unset=True), "tasks": {"count": 4, **arrivals}}
            before = made(Workload, data)
            if before is None:
                continue
            for value in moved(before.tasks, name):
                after = made(Workload, {**data, "tasks": changed(data["tasks"], Tasks, name, value)})
                if after is not None and seen(HOST, before, load_architecture("xen-pv")) != seen(
                    HOST, after, load_architecture("xen-pv")
                ):
                    return
    raise AssertionError(name)


def test_of_the_memory_of_a_host_and_of_a_guest() -> None:
    data = load_workload("oltp").model_dump(by_alias=True, exclude_unset=True)
    asking = made(Workload, {**data, "memory": {"size": "100 GiB"}})
    less = HOST.model_copy(update={"memory_bytes": 100 * 2.0**30})
    for architecture in map(load_architecture, ("container", "kvm-vhost", "xen-pv")):
        assert not isinstance(seen(HOST, asking, architecture), str)
        assert "guest.memory" in str(seen(less, asking, architecture))


CROWDED: dict[str, Any] = {
    "size": 200 * 2.0**30,
    "resident": 180 * 2.0**30,
    "written": 20 * 2.0**30,
    "writes": 100.0,
    "hot": 0.5,
    "touches": 40.0,
    "stores": 0.25,
    "shared": 0.125,
}


@pytest.mark.parametrize("name", fields(Memory))
def test_of_overcommitted_memory(name: str) -> None:
    """Two guests of 200 GiB on a host of 256: each key moves the model, or what a second dirties."""

    def found(memory: Memory) -> object:
        workload = load_workload("oltp").model_copy(update={"memory": memory})
        how = ("share", "swap")
        return Scenario(workload, load_architecture("kvm-vhost"), HOST, guests=2, overcommit=how).model, memory.dirtied(
            1
        )

    before = Memory(**CROWDED)
    others = [made(Memory, changed(CROWDED, Memory, name, value)) for value in moved(before, name)]
    assert any(found(other) != found(before) for other in others if other is not None)


@pytest.mark.parametrize("name", [*fields(IoItem), "kind"])
def test_of_an_input_or_output(name: str) -> None:
    starts: list[dict[str, Any]] = [
        {"kind": "disk_read", "size": "8 KiB"},
        {"kind": "send", "size": "8 KiB"},
        {"kind": "wait", "wait": "1 ms"},
    ]
    for start in starts:
        data = {"name": "a", "title": "a", "kind": "micro", "unit": "a", "source": "by definition", "io": [start]}
        before = made(Workload, data)
        values = ["disk_write"] if name == "kind" else moved(before.io[0], name)
        for value in values:
            after = made(Workload, {**data, "io": [changed(start, IoItem, name, value)]})
            if after is not None and seen(HOST, before, load_architecture("xen-pv")) != seen(
                HOST, after, load_architecture("xen-pv")
            ):
                return
    raise AssertionError(name)


def test_of_how_operations_arrive() -> None:
    data = load_workload("oltp").model_dump(by_alias=True, exclude_unset=True)
    ways: list[dict[str, Any]] = [{"arrivals": "closed"}, {"arrivals": "open", "rate": 10.0}]
    first, second = (made(Workload, {**data, "tasks": {"count": 4, **way}}) for way in ways)
    assert seen(HOST, first, load_architecture("xen-pv")) != seen(HOST, second, load_architecture("xen-pv"))


BACK_ENDS = ["network_threads", "disk_threads", "queues", "back_end_lock", "interrupts"]


@pytest.mark.parametrize(
    "name", ["page_table_lock", "offload", "back_end_vcpus", "polling", "back_end_polls", *BACK_ENDS]
)
def test_of_an_architecture(name: str) -> None:
    for under in UNDER:
        architecture = load_architecture(under)
        if name == "queues":
            architecture = architecture.with_(network_threads="queue", back_end_vcpus=8)
        for value in moved(architecture, name):
            try:
                other = architecture.variant({name: value}, "test")
            except VmarchError:  # one that has no back end, or knows no polling
                continue
            if any(seen(HOST, load_workload(w), architecture) != seen(HOST, load_workload(w), other) for w in ASKED):
                return
    raise AssertionError(name)
