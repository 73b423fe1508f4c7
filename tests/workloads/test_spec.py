"""A workload's file becomes a workload, or one line that names the file and the field."""

import dataclasses
import tomllib
from pathlib import Path

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workloads
from simcore.demands import Demand, IoKind
from simcore.distributions import CONSTANT, EXPONENTIAL, Distribution
from simcore.errors import InputError
from simcore.schema import validated
from workloads import Guest, Workload, load_workload, workload_names

HEAD = 'name = "w"\ntitle = "t"\nkind = "macro"\nunit = "request"\nsource = "a paper, table 1"\n'
WORK = "[demands]\nsystem_calls = 3\n"


def load(folder: Path, body: str, head: str = HEAD) -> Workload:
    path = folder / "w.toml"
    path.write_text(head + body, encoding="utf-8")
    return load_workload(path)


def test_exports() -> None:
    assert workloads.__all__ == ["Guest", "Workload", "load_workload", "workload_names"]


def test_defaults(tmp_path: Path) -> None:
    found = load(tmp_path, WORK)
    assert found.guest == Guest(os="linux", isa="", modifiable=True)
    assert (found.tasks.count, found.tasks.arrivals, found.tasks.think_s, found.tasks.rate_per_s) == (1, "closed", 0, 0)
    assert (found.tasks.think_distribution, found.tasks.rate_distribution) == (CONSTANT, EXPONENTIAL)
    assert found.operations == 2000
    assert found.operation.demands == {Demand.SYSTEM_CALLS: 3.0}
    assert found.operation.io == ()


def test_units_are_parsed_and_order_is_kept(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        '[demands]\nuser_cycles = "1.2 Mcycles"\nkernel_cycles = 5\n'
        '[[io]]\nkind = "receive"\nsize = "3000 B"\n'
        '[[io]]\nkind = "disk_write"\nsize = "4 KiB"\npattern = "sequential"\nsync = false\ncount = 2.5\n'
        '[[io]]\nkind = "wait"\nwait = "10 ms"\ndistribution = { family = "exponential" }\n'
        '[tasks]\ncount = 8\nthink = "20 us"\nthink_distribution = { family = "gamma", cv = 0.5 }\n',
    )
    assert found.operation.demands == {Demand.USER_CYCLES: 1.2e6, Demand.KERNEL_CYCLES: 5.0}
    receive, write, wait = found.operation.io
    assert (receive.kind, receive.size_bytes, receive.packets, receive.sync) == (IoKind.RECEIVE, 3000.0, 0.0, True)
    assert (write.size_bytes, write.pattern, write.sync, write.count) == (4096.0, "sequential", False, 2.5)
    assert wait.wait_s == pytest.approx(0.01)
    assert wait.distribution == EXPONENTIAL
    assert found.tasks.think_s == pytest.approx(20e-6)
    assert found.tasks.think_distribution == Distribution("gamma", 0.5)


@pytest.mark.parametrize("rate", ["100 / s", "100/s", "100 Hz", "0.1 kHz", "6000 / min"])
def test_open_arrivals(tmp_path: Path, rate: str) -> None:
    tasks = load(tmp_path, f'{WORK}[tasks]\narrivals = "open"\nrate = "{rate}"\n').tasks
    assert tasks.rate_per_s == pytest.approx(100.0)
    assert tasks.rate_distribution == EXPONENTIAL


def test_varied_demands(tmp_path: Path) -> None:
    varied = load(tmp_path, f'{WORK}[varied]\nsystem_calls = {{ family = "gamma", cv = 2 }}\n').operation.varied
    assert varied == {Demand.SYSTEM_CALLS: Distribution("gamma", 2.0)}


@given(size=st.integers(1, 10**6))
def test_packets_are_full_segments_and_the_rest(size: int) -> None:
    raw = tomllib.loads(f'{HEAD}[[io]]\nkind = "send"\nsize = {size}\n')
    packets = validated(Workload, raw, "w").operation.io[0].packed(1448.0).packets
    assert (packets - 1) * 1448 < size <= packets * 1448


def test_packets_may_be_stated(tmp_path: Path) -> None:
    assert (
        load(tmp_path, '[[io]]\nkind = "send"\nsize = "64 KiB"\npackets = 1\n').operation.io[0].packed(1448.0).packets
        == 1.0
    )


def test_a_workload_is_frozen_and_its_operation_is_made_once(tmp_path: Path) -> None:
    found = load(tmp_path, WORK)
    assert found.operation is found.operation
    with pytest.raises(pydantic.ValidationError):
        found.name = "other"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.operation.io = ()  # type: ignore[misc]


def test_a_name_a_text_path_and_a_path_do() -> None:
    path = Path(workloads.__file__).parent / "catalogue" / "compute.toml"
    assert load_workload("compute") == load_workload(path) == load_workload(str(path))
    assert "compute" in workload_names()


IO = '[[io]]\nkind = "{}"\n'
BAD = [
    # what is written, the field at fault, what the message says besides
    (WORK + "[tasks]\ncout = 3", "tasks.cout", "did you mean 'count'"),
    ("sise = 1\n" + WORK, "w.toml.sise", "one of the keys"),
    ("[demands]\nsytem_calls = 3", "demands.sytem_calls", "did you mean 'system_calls'"),
    ("[demands]\nsystem_calls = -1", "demands.system_calls", "0 or more"),
    ("[demands]\nsystem_calls = nan", "demands.system_calls", "finite"),
    ("[demands]\nsystem_calls = inf", "demands.system_calls", "finite"),
    ("[demands]\nuser_cycles = nan", "demands.user_cycles", "number of cycles"),
    ('[demands]\nsystem_calls = "many"', "demands.system_calls", "a number"),
    ("[demands]\nsystem_calls = true", "demands.system_calls", "a number"),
    ('[demands]\nuser_cycles = "3 ms"', "demands.user_cycles", "number of cycles"),
    ('[demands]\nuser_cycles = "-3 Mcycles"', "demands.user_cycles", "0 or more"),
    ('demands = "none"', "w.toml.demands", "a table"),
    ("", "operation", "at least one demand above 0"),
    ("[demands]\nsystem_calls = 0", "operation", "at least one demand above 0"),
    (WORK + '[varied]\nuser_cycles = { family = "exponential" }', "varied.user_cycles", "a demand that the operation"),
    (WORK + '[varied]\nuser_cycle = { family = "exponential" }', "varied.user_cycle", "did you mean 'user_cycles'"),
    (WORK + '[varied]\nsystem_calls = { family = "gama", cv = 1 }', "varied.system_calls.family", "'gamma'"),
    (WORK + '[varied]\nsystem_calls = { family = "gamma" }', "varied.system_calls.cv", "needs one"),
    (WORK + '[varied]\nsystem_calls = { family = "gamma", cv = 0 }', "varied.system_calls.cv", "above 0"),
    (WORK + '[varied]\nsystem_calls = { family = "exponential", cv = 1 }', "varied.system_calls.cv", "no cv"),
    (WORK + '[varied]\nsystem_calls = { family = "gamma", cvv = 1 }', "varied.system_calls.cvv", "did you mean 'cv'"),
    (WORK + '[basis]\nexecs = "measured somewhere"', "basis.execs", "one of"),
    (WORK + '[basis]\nsystem_calls = ""', "basis.system_calls", "assumed"),
    (WORK + "[tasks]\ncount = 0", "tasks.count", "1 or more"),
    (WORK + "[tasks]\ncount = 10001", "tasks.count", "at most 10000"),
    (WORK + "[tasks]\ncount = 1.5", "tasks.count", "a whole number"),
    (WORK + '[tasks]\narrivals = "opne"', "tasks.arrivals", "'open'"),
    (WORK + '[tasks]\narrivals = "open"', "tasks.rate", "open arrivals need one"),
    (WORK + '[tasks]\narrivals = "open"\nrate = "0 / s"', "tasks.rate", "open arrivals need one"),
    (WORK + '[tasks]\narrivals = "open"\nrate = "-5 / s"', "tasks.rate", "0 or more"),
    (WORK + '[tasks]\narrivals = "open"\nrate = "5 / s"\nthink = "1 s"', "tasks.think", "no think time"),
    (WORK + '[tasks]\nrate = "5 / s"', "tasks.rate", "no rate"),
    (WORK + '[tasks]\nrate = "5 s"', "tasks.rate", "a rate such as '100 / s'"),
    (WORK + '[tasks]\nthink = "10 kB"', "tasks.think", "a time such as '10 us'"),
    (WORK + "[run]\noperations = 0", "run.operations", "1 or more"),
    (WORK + "[run]\noperations = 1_000_000_001", "run.operations", "at most 1e+09"),
    (WORK + '[guest]\nisa = "z80"', "guest.isa", "'x86-64'"),
    (WORK + '[guest]\nmodifiable = "yes"', "guest.modifiable", "true or false"),
    (WORK + '[guest]\nos = ""', "guest.os", "small letters"),
    (IO.format("disk_raed") + 'size = "4 KiB"', "io.0.kind", "'disk_read'"),
    (IO.format("disk_read"), "io.0.size", "needs one"),
    (IO.format("disk_read") + 'size = "4 s"', "io.0.size", "a size such as '4 KiB'"),
    (IO.format("disk_read") + 'size = "0 B"', "io.0.size", "above 0"),
    (IO.format("disk_read") + 'size = "4 KiB"\npatern = "random"', "io.0.patern", "did you mean 'pattern'"),
    (IO.format("disk_read") + 'size = "4 KiB"\npackets = 2', "io.0.packets", "a disk_read has none"),
    (IO.format("disk_flush") + 'size = "4 KiB"', "io.0.size", "a disk_flush has none"),
    (IO.format("send") + 'size = "1 B"\npackets = 0', "io.0.packets", "above 0"),
    (IO.format("send") + 'size = "1 B"\ncount = 0', "io.0.count", "above 0"),
    (IO.format("send") + 'size = "1 B"\ncount = 1001', "io.0.count", "at most 1000"),
    (2 * (IO.format("send") + 'size = "1 B"\ncount = 600\n'), "operation.io", "at most 1000"),
    (IO.format("wait"), "io.0.wait", "a time such as"),
    (IO.format("wait") + 'wait = "0 s"', "io.0.wait", "above 0"),
    (IO.format("wait") + 'wait = "1 s"\nsync = true', "io.0.sync", "a wait has none"),
    ("io = 3\n", "w.toml.io", "a list of tables"),
]


@pytest.mark.parametrize(("body", "field", "says"), BAD, ids=[f"{n}-{field}" for n, (_, field, _) in enumerate(BAD)])
def test_a_bad_file_is_one_line_that_names_the_field(tmp_path: Path, body: str, field: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, body)
    text = str(caught.value)
    assert text.startswith("w.toml")
    assert caught.value.field.endswith(field)
    assert says in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("name", 'name = "No Such"'),
        ("title", 'title = ""'),
        ("kind", 'kind = "mega"'),
        ("unit", "unit = 3"),
        ("source", 'source = "?"'),
        ("source", ""),
    ],
)
def test_a_bad_head_is_refused(tmp_path: Path, key: str, line: str) -> None:
    lines = [line if one.startswith(key) else one for one in HEAD.splitlines()]
    with pytest.raises(InputError) as caught:
        load(tmp_path, WORK, head="\n".join(lines) + "\n")
    assert caught.value.field == f"w.toml.{key}"


@pytest.mark.parametrize("raw", [b"name = ", b"[demands", b'name = "a"\nname = "b"\n', b"\xff\xfe\x00", b""])
def test_a_file_that_is_not_a_workload_at_all(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "w.toml"
    path.write_bytes(raw)
    with pytest.raises(InputError, match=r"w\.toml"):
        load_workload(path)


def test_no_file_and_a_directory(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.toml", tmp_path):
        with pytest.raises(InputError, match="a readable TOML file"):
            load_workload(path)
    with pytest.raises(InputError, match="a readable TOML file"):
        load_workload(f"{tmp_path}/")


@pytest.mark.parametrize(("name", "near"), [("web-sever", "web-server"), ("kernel_build", "kernel-build")])
def test_an_unknown_name_suggests_the_nearest(name: str, near: str) -> None:
    with pytest.raises(InputError, match=near) as caught:
        load_workload(name)
    assert (caught.value.field, caught.value.suggestion) == ("--workload", near)


def test_an_empty_name() -> None:
    with pytest.raises(InputError, match="--workload"):
        load_workload("")


def test_a_copy_with_other_demands_has_an_operation_of_its_own() -> None:
    fork = load_workload("fork")
    _ = fork.operation  # kept once known
    assert dict(fork.model_copy(update={"demands": {Demand.EXECS: 2.0}}).operation.demands) == {Demand.EXECS: 2.0}
