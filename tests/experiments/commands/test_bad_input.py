"""Whatever is wrong with the input: one line that names the field, the value and what is allowed, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import Result

import architectures
from simcore import hosts

Vmarch = Callable[..., Result]
RUN = ("run", "-w", "compute", "-a", "kvm-vhost")
COMPARE = ("compare", *RUN[1:])


class Bad(NamedTuple):
    """What is given, and what the line must say: the field, the value, what is allowed."""

    words: tuple[str, ...]
    says: tuple[str, ...]


def bad(words: tuple[str, ...], *says: str) -> Bad:
    return Bad(words, says)


NAMES = {
    "command": bad(("comapre",), "command", "comapre", "did you mean 'compare'?"),
    "option": bad((*RUN, "--sed", "1"), "option", "--sed", "did you mean '--seed'?"),
    "option before a command": bad(("--verison", *RUN), "option", "--verison", "did you mean '--version'?"),
    "option of another command": bad(("costs", "native", "--guests", "1"), "option", "--guests", "one of --format"),
    "workload": bad(("run", "-w", "web-sever", "-a", "native"), "--workload", "web-sever", "mean 'web-server'?"),
    "no workload": bad(("run", "-w", "", "-a", "native"), "--workload", "''", "one of compute"),
    "architecture": bad(("run", "-w", "compute", "-a", "xen"), "--architecture", "'xen'", "did you mean 'xen-pv'?"),
    "architecture of costs": bad(("costs", "kvm-vhots"), "--architecture", "kvm-vhots", "mean 'kvm-vhost'?"),
    "workload of explain": bad(("explain", "forks", "native"), "--workload", "'forks'", "did you mean 'fork'?"),
    "host": bad((*RUN, "--host", "sever"), "--host", "'sever'", "did you mean 'server'?"),
    "engine": bad((*RUN, "--engine", "simpi"), "--engine", "simpi", "did you mean 'simpy'?"),
    "format": bad((*RUN, "--format", "jason"), "--format", "jason", "did you mean 'json'?"),
    "kind of list": bad(("list", "workload"), "kind", "'workload'", "did you mean 'workloads'?"),
    "instruction set": bad((*RUN, "--guest-isa", "arch64"), "--guest-isa", "arch64", "did you mean 'aarch64'?"),
    "argument left out": bad(("explain", "compute"), "Missing argument", "ARCHITECTURE"),
    "workload left out": bad(("run", "-a", "native"), "--workload", "is missing"),
    "argument too many": bad(("costs", "native", "xen-pv"), "unexpected extra argument", "xen-pv"),
    "policy": bad(("reach", "--policy", "stub-domain"), "--policy", "stub-domain", "did you mean 'stub-domains'?"),
    "policy that does not fit": bad(
        ("reach", "-a", "kvm-qemu", "--policy", "stub-domains"), "--policy for kvm-qemu", "confined-process"
    ),
    "policies that fit nothing together": bad(
        ("reach", "--policy", "stub-domains", "--policy", "encrypted-guests"), "--policy", "one and the same"
    ),
    "option without value": bad((*RUN, "--seed"), "--seed", "requires an argument"),
}

NUMBERS = {
    f"{words[0]} {words[1]}": bad((*COMPARE, *words), words[0], says, allowed)
    for *words, says, allowed in [
        ("--guests", "0", "0", "1 to 10000"),
        ("--guests", "-1", "-1", "1 to 10000"),
        ("--guests", "1000000000", "1000000000", "1 to 10000"),
        ("--guests", "two", "'two'", "integer"),
        ("--guests", "1.5", "'1.5'", "integer"),
        ("--vcpus", "0", "0", "1 to 4096"),
        ("--vcpus", "5000", "5000", "1 to 4096"),
        ("--seed", "-1", "-1", "0 to 9223372036854775807"),
        ("--seed", "9223372036854775808", "9223372036854775808", "0 to 9223372036854775807"),
        ("--replications", "0", "0", "1 to 100000"),
        ("--operations", "0", "0", "1 to 1000000000"),
        ("--operations", "1e3", "'1e3'", "integer"),
        ("--warmup", "-1", "-1", "0 to 1000000000"),
        ("--jobs", "0", "0", "1 to 1024"),
        ("--jobs", "-2", "-2", "1 to 1024"),
        ("--precision", "0", "'0'", "above 0 and below 100 %"),
        ("--precision", "200%", "'200%'", "above 0 and below 100 %"),
        ("--precision", "-1%", "'-1%'", "above 0 and below 100 %"),
        ("--precision", "1%%", "'1%%'", "above 0 and below 100 %"),
        ("--precision", "fine", "'fine'", "above 0 and below 100 %"),
        ("--precision", "nan", "'nan'", "above 0 and below 100 %"),
        ("--precision", "", "''", "above 0 and below 100 %"),
        ("--level", "0", "0.0", "above 0 and below 1"),
        ("--level", "1", "1.0", "above 0 and below 1"),
        ("--level", "2", "2.0", "above 0 and below 1"),
        ("--level", "nan", "nan", "above 0 and below 1"),
        ("--level", "high", "'high'", "float"),
    ]
}

COSTS = {
    f"--set {given}": bad(("compare", "-w", "fsync", "-a", "kvm-vhost", "--set", given), *says)
    for given, *says in [
        ("vm_exit", "--set", "'vm_exit'", "COST=VALUE"),
        ("=5 us", "--set", "'=5 us'", "COST=VALUE"),
        ("vm_exit=", "--set", "'vm_exit='", "COST=VALUE"),
        ("vm_exits=5 us", "--set", "'vm_exits'", "did you mean 'vm_exit'?"),
        ("vm_exit=-5 us", "costs.vm_exit", "-5", "0 or more"),
        ("vm_exit=nan", "costs.vm_exit", "nan", "finite"),
        ("vm_exit=inf", "costs.vm_exit", "inf", "finite"),
        ("vm_exit=5 MB", "costs.vm_exit.unit", "MB", "a time such as"),
        ("vm_exit=5 us/byte", "costs.vm_exit", "5 us/byte", "amount in cycles"),
        ("vm_exit=5 furlong", "costs.vm_exit", "furlong", "a time such as '10 us'"),
        ("vm_exit=much", "costs.vm_exit", "'much'", "a number, or a text such as '5 us'"),
        ("vm_exit=1e9 s", "an operation", "4e+09 s", "at most 2.31e+06 s in a run of fsync under kvm-vhost"),
    ]
}

REFUSED = {
    " ".join((command, architecture, *words)): bad(
        (command, "-w", "compute", "-a", architecture, *words), f"{architecture} is refused: ", *says.split("; ")
    )
    for command in ("run", "compare")
    for architecture, words, says in [
        ("container", ("--guest-os", "windows"), "the host's linux kernel; a guest of the windows family"),
        ("xen-pv", ("--unmodifiable-guest",), "kernels must be modified; this guest's cannot be"),
        ("kvm-vhost", ("--host", "pentium3-733"), "not for a x86 host"),
        ("assist-shadow", ("--host", "pentium3-733"), "pentium3-733 has no hardware assist"),
        ("kvm-vhost", ("--guest-isa", "aarch64"), "x86-64 does not execute aarch64"),
        ("trap-and-emulate", (), "17 sensitive instructions do not trap"),
    ]
}


@pytest.fixture
def fails(vmarch: Vmarch, tmp_path: Path) -> Callable[..., None]:
    """Runs a command that must fail, into a folder that must stay empty."""

    def check(words: tuple[object, ...], says: tuple[str, ...], *, into: bool = True) -> None:
        out = tmp_path / "out"
        more = ("--out", out) if into else ()
        result = vmarch(*words, *more, status=2)
        assert result.stdout == ""
        lines = result.stderr.splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("vmarch: ")
        assert [part for part in says if part not in lines[0]] == []
        assert list(tmp_path.rglob("*.new")) == []
        assert not out.exists() or list(out.iterdir()) == []

    return check


@pytest.mark.parametrize("kind", [*NAMES, *NUMBERS, *COSTS, *REFUSED])
def test_words(fails: Callable[..., None], kind: str) -> None:
    words, says = {**NAMES, **NUMBERS, **COSTS, **REFUSED}[kind]
    fails(words, says, into=words[0] in ("run", "compare") and kind != "option without value")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("reproduce", "--jobs", "0"), ("--jobs", "0", "1 to 1024")),
        (("reproduce", "--host", "sever"), ("--host", "'sever'", "did you mean 'server'?")),
        (("explain", "compute", "native", "--guests", "0"), ("--guests", "0", "1 to 10000")),
        (("explain", "compute", "native", "--set", "cycle=0"), ("an operation", "'0 s'", "costs nothing at all")),
        (("explain", "compute", "xen-pv", "--unmodifiable-guest"), ("xen-pv is refused", "must be modified")),
        (("costs", "native", "--host", "x.toml"), ("file", "x.toml", "a readable TOML file")),
    ],
    ids=lambda value: " ".join(value[:4]),
)
def test_words_of_other_commands(fails: Callable[..., None], words: tuple[str, ...], says: tuple[str, ...]) -> None:
    fails(words, says, into=words[0] != "costs")


HOST = (Path(hosts.__file__).parent / "hosts" / "server.toml").read_text()
ARCHITECTURE = (Path(architectures.__file__).parent / "catalogue" / "kvm-vhost.toml").read_text()
WORKLOAD = """
name = "mine"
title = "Mine"
kind = "micro"
unit = "operation"
source = "by definition"
[tasks]
count = 1
[demands]
user_cycles = "1 Mcycles"
[[io]]
kind = "disk_read"
size = "4 KiB"
"""
COST = '\n[[cost]]\nname = "vm_exit"\nvalue = 5\nunit = "us"\nsource = "by definition"\n'
EDITS = {
    # what is changed in a good file of a kind, and what the line says
    "unknown key of a workload": (WORKLOAD, "count = 1", "cuont = 1", "tasks.cuont", "did you mean 'count'?"),
    "unknown demand": (WORKLOAD, "user_cycles", "usr_cycles", "demands.usr_cycles", "did you mean 'user_cycles'?"),
    "wrong unit in a workload": (WORKLOAD, "4 KiB", "4 ms", "io.0.size", "'4 ms'", "a size such as '4 KiB'"),
    "truncated workload": (WORKLOAD, '"disk_read"\nsize = "4 KiB"\n', '"disk_re', "w.toml", "valid TOML"),
    "an operation of nothing": (WORKLOAD, WORKLOAD[WORKLOAD.index("[demands") :], "", "operation", "at least one"),
    "zero tasks": (WORKLOAD, "count = 1", "count = 0", "tasks.count", "0 is not", "1 or more"),
    "open without rate": (WORKLOAD, "count = 1", 'arrivals = "open"', "tasks.rate", "a rate such as '100 / s'"),
    "unknown kind of io": (WORKLOAD, "disk_read", "disk_raed", "io.0.kind", "'disk_raed'", "'disk_read'"),
    "negative demand": (WORKLOAD, '"1 Mcycles"', "-1", "demands.user_cycles", "-1", "0 or more"),
    "zero cores": (HOST, "cores = 16", "cores = 0", "h.toml.cores", "0 is not", "1 or more"),
    "negative frequency": (HOST, '"2.7 GHz"', '"-2.7 GHz"', "frequency", "1000 or more"),
    "wrong unit in a host": (HOST, '"2.7 GHz"', '"2.7 GB"', "frequency", "'2.7 GB'", "a frequency such as"),
    "missing disk": (HOST, "[disk]", "[nid]", "h.toml", "dis"),
    "missing key of a host": (HOST, 'isa = "x86-64"\n', "", "h.toml.isa is missing", "one of"),
    "unknown key of a host": (HOST, "cores = 16", "cors = 16", "h.toml.cors", "did you mean 'cores'?"),
    "unknown key of a disk": (HOST, "channels = 80", "chanels = 80", "disk.chanels", "did you mean 'channels'?"),
    "unknown mechanism": (ARCHITECTURE, 'mmu = "nested"', 'mmu = "nestd"', "mmu", "'nestd'", "mean 'nested'?"),
    "unknown placement": (ARCHITECTURE, '"host-os"', '"host-so"', "placement", "'host-so'", "mean 'host-os'?"),
    "unknown cost table": (ARCHITECTURE, '["kvm"', '["kvn"', "costs", "'kvn'", "did you mean 'kvm'?"),
    "unknown key of an architecture": (ARCHITECTURE, "mmu =", "mnu =", "mnu", "did you mean 'mmu'?"),
    "unknown feature": (ARCHITECTURE, '"nested-paging"', '"nesting"', "capabilities.needs.1", "'nesting'"),
    "negative cost": (ARCHITECTURE + COST, "value = 5", "value = -5", "cost.0.value", "-5", "0 or more"),
    "cost without source": (ARCHITECTURE + COST, 'source = "by definition"', "", "cost.0.source is missing", "a text"),
    "assumed without range": (ARCHITECTURE + COST, "value = 5", "value = 5\nassumed = true", "cost.0.low", "a range"),
    "cost in a wrong unit": (ARCHITECTURE + COST, '"us"', '"kg"', "cost.0.unit", "kg", "a time such as"),
    "cost of no machine": (
        ARCHITECTURE + COST,
        "value = 5",
        'value = 5\nmeasured_on = "moon"',
        "measured_on",
        "'moon'",
        "a known host",
    ),
    "costs left out": (ARCHITECTURE, 'costs = ["kvm", "vhost"]', "costs = []", "cost", "vm_exit", "one of address"),
    "placement without a back end": (
        ARCHITECTURE,
        '"host-os"',
        '"hypervisor"',
        "placement",
        "'hypervisor'",
        "one with",
    ),
}


def _given(text: str, path: Path) -> tuple[str, ...]:
    """A command that reads this file in place of a preset of its kind."""
    if "[disk]" in text or "[nid]" in text or "memory =" in text:
        return ("compare", "-w", "compute", "-a", "kvm-vhost", "--host", f"{path}/h.toml")
    if "drivers_in" in text:
        return ("compare", "-w", "disk-read-random", "-a", f"{path}/a.toml")
    return ("compare", "-w", f"{path}/w.toml", "-a", "kvm-vhost")


@pytest.mark.parametrize("kind", EDITS)
def test_a_file(fails: Callable[..., None], tmp_path: Path, kind: str) -> None:
    good, old, new, *says = EDITS[kind]
    assert old in good
    text = good.replace(old, new)
    for name in "hwa":
        (tmp_path / f"{name}.toml").write_text(text)
    fails(_given(text, tmp_path), tuple(says))


@pytest.mark.parametrize("text", [WORKLOAD, HOST, ARCHITECTURE, ARCHITECTURE + COST], ids=["w", "h", "a", "cost"])
def test_the_files_are_good_without_the_fault(vmarch: Vmarch, tmp_path: Path, text: str) -> None:
    for name in "hwa":
        (tmp_path / f"{name}.toml").write_text(text)
    vmarch(*_given(text, tmp_path), "--operations", 5, "--replications", 2, "--jobs", 1)


@pytest.mark.parametrize("option", ["-w", "-a", "--host"])
@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", ("f.toml.", " is missing; expected ")),
        (b"\xff\xfe\x00", ("file", "f.toml", "UTF-8 text")),
        (b"name = 'a'\nname = 'b'\n", ("file", "f.toml", "valid TOML")),
        (b"[" * 5000, ("file", "f.toml", "valid TOML")),
        (b"#" * (4 * 2**20 + 1), ("file", "f.toml", "at most 4 MiB")),
        (None, ("file", "f.toml", "a readable TOML file")),
    ],
    ids=["empty", "not text", "twice", "deep", "large", "missing"],
)
def test_no_file(
    fails: Callable[..., None], tmp_path: Path, option: str, raw: bytes | None, says: tuple[str, ...]
) -> None:
    if raw is not None:
        (tmp_path / "f.toml").write_bytes(raw)
    good = {"-w": "compute", "-a": "kvm-vhost", "--host": "server", option: str(tmp_path / "f.toml")}
    fails(("compare", *(word for pair in good.items() for word in pair)), says)


@pytest.mark.parametrize("option", ["-w", "-a", "--host"])
def test_a_folder_is_no_file(fails: Callable[..., None], tmp_path: Path, option: str) -> None:
    good = {"-w": "compute", "-a": "kvm-vhost", "--host": "server", option: f"{tmp_path}/"}
    fails(
        ("compare", *(word for pair in good.items() for word in pair)), ("file", str(tmp_path), "a readable TOML file")
    )


@pytest.mark.parametrize("words", [RUN, COMPARE, ("explain", "compute", "native"), ("reproduce",)], ids=lambda w: w[0])
@pytest.mark.parametrize("place", ["way", "way/below"])
def test_out_cannot_be_made(fails: Callable[..., None], tmp_path: Path, words: tuple[str, ...], place: str) -> None:
    (tmp_path / "way").write_text("mine")
    fails((*words, "--out", tmp_path / place), ("--out", str(tmp_path / place), "a folder"), into=False)
    assert (tmp_path / "way").read_text() == "mine"


@pytest.mark.parametrize("name", ["compare.csv", "manifest.json", "replications.jsonl"])
def test_a_folder_in_the_way_of_a_file(vmarch: Vmarch, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    result = vmarch(*COMPARE, "--operations", 5, "--replications", 2, "--jobs", 1, "--out", tmp_path, status=2)
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"vmarch: --out: {str(tmp_path / name)!r} is not allowed; expected a ")
    assert list(tmp_path.glob("*.new")) == []


@pytest.mark.parametrize(
    "raw", [b"my shopping list\n", b"\xff\xfe\n", b"{}\n", b"[]\n", b"[" * 5000 + b"\n", b"\n"], ids=repr
)
def test_a_corrupt_store_is_left_alone(vmarch: Vmarch, tmp_path: Path, raw: bytes) -> None:
    store = tmp_path / "replications.jsonl"
    store.write_bytes(raw)
    result = vmarch(*COMPARE, "--out", tmp_path, status=2)
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    for part in (f"{store} line 1: ", "is not allowed", "a stored result; remove the file"):
        assert part in result.stderr
    assert store.read_bytes() == raw
    assert list(tmp_path.iterdir()) == [store]


def test_a_cost_that_is_not_charged_is_refused_with_the_nearest_first(vmarch: Vmarch) -> None:
    said = vmarch("compare", "-w", "tcp-rr", "-a", "container", "--set", "vm_exit=3us", status=2).stderr
    assert "--set: 'vm_exit' is not allowed; expected a cost that container may charge: " in said
    said = vmarch("compare", "-w", "tcp-rr", "-a", "container", "--set", "nat_packe=3us", status=2).stderr
    assert "may charge: nat_packet, " in said
    assert "did you mean 'nat_packet'?" in said
    vmarch("explain", "compute", "kvm-vhost", "--set", "vm_exit=3us")  # another workload under it is charged this


def test_a_job_of_too_many_items_says_what_to_do(vmarch: Vmarch, tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_text(WORKLOAD.replace('size = "4 KiB"', 'size = "4 KiB"\ncount = 5000'), "utf-8")
    said = vmarch("compare", "-w", path, "-a", "container", status=2).stderr
    assert "io.0.count: 5000.0 is not allowed; expected at most 1000 items in all; describe a part of the job" in said
