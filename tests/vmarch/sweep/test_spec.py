"""A study's file: its levels, and one clear line for whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from vmarch.sweep.spec import Sweep, load_sweep

HEAD = '[factors]\nworkload = "tcp-rr"\narchitecture = "kvm-vhost"\n'


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Sweep]:
    def load(text: str) -> Sweep:
        path = tmp_path / "study.toml"
        path.write_text(text)
        return load_sweep(path)

    return load


@pytest.mark.parametrize(
    ("given", "levels"),
    [
        ("guests = 3", (3,)),
        ("guests = [1, 4, 2]", (1, 4, 2)),
        ("guests = { start = 1, stop = 8, step = 3 }", (1, 4, 7)),
        ("guests = { start = 1, stop = 8, points = 3, scale = 'log' }", (1, 3, 8)),
        ("guests = { start = 1, stop = 3, points = 9 }", (1, 2, 3)),
        ("costs.vm_exit = { start = 0.1, stop = 0.5, step = 0.2 }", (0.1, 0.3, 0.5)),
        ("costs.vm_exit = { start = 1, stop = 1000, points = 4, scale = 'log' }", (1, 10, 100, 1000)),
        ("'costs.vm_exit' = { start = '1 us', stop = '2 us', points = 3 }", ("1 us", "1.5 us", "2 us")),
        ("costs.vm_exit = { start = '1 us', stop = '2 us', step = '500_000e-6 us' }", ("1 us", "1.5 us", "2 us")),
        ("'workload.io.0.size' = ['4 KiB', 1.0]", ("4 KiB", 1)),
        ("'architecture.offload' = [true, false]", (True, False)),
    ],
)
def test_levels(read: Callable[[str], Sweep], given: str, levels: tuple[Any, ...]) -> None:
    found = list(read(f"{HEAD}{given}\n").factors.values())[-1]
    assert found == levels
    assert [type(one) for one in found] == [type(one) for one in levels]


def test_all_factors_are_crossed_in_order(read: Callable[[str], Sweep]) -> None:
    sweep = read(HEAD + "guests = [1, 2]\nvcpus = [3, 4]\n")
    assert sweep.names == ("workload", "architecture", "guests", "vcpus")
    assert [cell[2:] for cell in sweep.cells()] == [(1, 3), (1, 4), (2, 3), (2, 4)]
    assert sweep.size == 4


LATIN = """guests = [1, 2]
[latin_hypercube]
samples = 10
seed = {seed}
[latin_hypercube.ranges]
costs.vm_exit = {{ low = "100 cycles", high = "10_000 cycles", scale = "log" }}
"host.cores" = {{ low = 1, high = 10 }}
"workload.demands.page_faults" = {{ low = 0, high = 1.0 }}
"""


def test_a_latin_hypercube_has_one_sample_in_each_part_of_each_range(read: Callable[[str], Sweep]) -> None:
    sweep = read(HEAD + LATIN.format(seed=1))
    assert sweep.size == 20
    cycles, cores, faults = zip(*sweep.samples, strict=True)
    assert sorted(cores) == list(range(1, 11))
    assert sorted(int(10 * fault) for fault in faults) == list(range(10))
    decades = sorted(float(str(one).removesuffix(" cycles")) for one in cycles)
    assert all(100 * 10 ** (0.2 * n) <= one <= 100 * 10 ** (0.2 * (n + 1)) for n, one in enumerate(decades))
    assert read(HEAD + LATIN.format(seed=1)).samples == sweep.samples != read(HEAD + LATIN.format(seed=2)).samples


BAD = {
    "no file": (None, "file", "readable TOML"),
    "no TOML": ("[factors", "valid TOML"),
    "no factors": ("title = 'x'", "study.toml.factors", "is missing"),
    "no workload": ("[factors]\narchitecture = 'native'", "factors.workload", "at least one workload"),
    "no architecture": ("[factors]\nworkload = 'fork'", "factors.architecture", "at least one architecture"),
    "unknown table": (HEAD + "[runs]\nseed = 1", "'runs'", "did you mean 'run'?"),
    "unknown key of run": (HEAD + "[run]\nreplicatons = 1", "run.replicatons", "did you mean 'replications'?"),
    "unknown factor": (HEAD + "gests = [1]", "'gests'", "did you mean 'guests'?"),
    "unknown prefix": (HEAD + "'hots.cores' = [1]", "'hots'", "did you mean 'host'?"),
    "unknown field": (HEAD + "'host.coers' = [1]", "host.coers", "did you mean 'cores'?"),
    "unknown field below": (HEAD + "'workload.tasks.cuont' = [1]", "cuont", "did you mean 'count'?"),
    "unknown demand": (HEAD + "'workload.demands.page_fault' = [1]", "page_fault'", "did you mean 'page_faults'?"),
    "unknown cost": (HEAD + "costs.vm_exits = [1]", "'vm_exits'", "did you mean 'vm_exit'?"),
    "unknown workload": (HEAD.replace("tcp-rr", "tcp-r"), "factors.workload", "did you mean 'tcp-rr'?"),
    "unknown architecture": (HEAD.replace("vhost", "vhots"), "factors.architecture", "did you mean 'kvm-vhost'?"),
    "unknown host": (HEAD + "host = ['sever']", "factors.host", "did you mean 'server'?"),
    "unknown engine": (HEAD + "[run]\nengine = 'simpi'", "run.engine", "did you mean 'simpy'?"),
    "no such file": (HEAD.replace("tcp-rr", "my/own.toml"), "own.toml", "readable TOML"),
    "a whole table": (HEAD + "'workload.tasks' = 4", "workload.tasks", "one of its fields: count"),
    "below a value": (HEAD + "'guests.x' = 4", "guests.x", "a name such as guests"),
    "below a number": (HEAD + "'host.cores.x' = 4", "host.cores.x", "one name too many"),
    "no place in a list": (HEAD + "'workload.io.first.size' = 4", "workload.io.first.size", "0 for the first"),
    "beyond a list": (HEAD + "'workload.io.9.size' = 4", "workload.io.9.size", "a place below 2"),
    "what describes": (HEAD + "'workload.name' = 'x'", "'name'", "one of"),
    "no level": (HEAD + "guests = []", "factors.guests", "at least one level"),
    "a level twice": (HEAD + "guests = [1, 2, 1.0]", "factors.guests", "each level once"),
    "a level that is a list": (HEAD + "guests = [[1]]", "factors.guests", "a number, a text"),
    "a date": (HEAD + "guests = 2001-01-01", "factors.guests", "a number, a text"),
    "not a number": (HEAD + "costs.vm_exit = [nan]", "factors.costs.vm_exit", "finite"),
    "guests out of range": (HEAD + "guests = [1, 0]", "factors.guests", "a whole number from 1 to 10000"),
    "guests by halves": (HEAD + "guests = [1.5]", "factors.guests", "a whole number from 1 to 10000"),
    "cores out of range": (HEAD + "'host.cores' = [1, 0]", "host.cores", "1 or more"),
    "text for a number": (HEAD + "'host.cores' = ['many']", "host.cores", "a whole number"),
    "a truth for a name": (HEAD + "guest_os = true", "factors.guest_os", "a name"),
    "a name for a truth": (HEAD + "modifiable = 'yes'", "factors.modifiable", "true or false"),
    "negative cost": (HEAD + "costs.vm_exit = [-1]", "costs.vm_exit", "0 or more"),
    "cost of another kind": (HEAD + "costs.vm_exit = ['1 MB']", "costs.vm_exit", "MB"),
    "unknown mechanism": (HEAD + "'architecture.io' = ['vhots']", "kvm-vhost.io", "'vhots'"),
    "no range": (
        HEAD + "guests = { start = 1, stop = 2 }",
        "factors.guests",
        "neither",
        "a step, or a number of points",
    ),
    "both": (HEAD + "guests = { start = 1, stop = 2, step = 1, points = 2 }", "both", "a step, or"),
    "misspelt range": (HEAD + "guests = { strat = 1, stop = 2, step = 1 }", "strat", "did you mean 'start'?"),
    "no stop": (HEAD + "guests = { start = 1, step = 1 }", "factors.guests.stop", "missing"),
    "backwards": (HEAD + "guests = { start = 2, stop = 1, step = 1 }", "factors.guests.stop", "above the other end"),
    "step of 0": (HEAD + "guests = { start = 1, stop = 2, step = 0 }", "factors.guests.step", "above 0"),
    "too many steps": (HEAD + "guests = { start = 0, stop = 1, step = 1e-9 }", "step", "at most 1000000 levels"),
    "log with a step": (HEAD + "guests = { start = 1, stop = 2, step = 1, scale = 'log' }", "step", "has no step"),
    "log from 0": (HEAD + "guests = { start = 0, stop = 2, points = 3, scale = 'log' }", "start", "above 0"),
    "one point": (HEAD + "guests = { start = 1, stop = 2, points = 1 }", "points", "2 or more"),
    "unknown scale": (HEAD + "guests = { start = 1, stop = 2, points = 2, scale = 'lin' }", "scale", "linear"),
    "mixed units": (HEAD + "costs.vm_exit = { start = '1 us', stop = 2, points = 2 }", "stop", "unit of the other end"),
    "range of names": (HEAD + "guest_os = { start = 1, stop = 2, points = 2 }", "guest_os", "is no number"),
    "a table": (HEAD + "guests = { from = 1 }", "factors.guests", "a range with start and stop"),
    "a name twice": (HEAD + "guests = 1\nguests = 2", "valid TOML"),
    "a million cells": (
        HEAD + "".join(f"{n} = {{ start = 1, stop = 4000, step = 1 }}\n" for n in ("guests", "vcpus")),
        "16000000 cells",
        "at most 1000000",
    ),
    "sampled twice": (
        HEAD + "guests = 1\n[latin_hypercube]\nsamples = 2\nranges.guests = { low = 1, high = 2 }",
        "latin_hypercube.ranges",
        "no factor too",
    ),
    "no samples": (HEAD + "[latin_hypercube]\nranges.guests = { low = 1, high = 2 }", "samples", "missing"),
    "samples of nothing": (HEAD + "[latin_hypercube]\nsamples = 2\nranges = {}", "ranges", "not empty"),
    "sampled names": (
        HEAD + "[latin_hypercube]\nsamples = 2\nranges.guest_os = { low = 1, high = 2 }",
        "guest_os",
        "is no number",
    ),
    "bad seed": (HEAD + "[run]\nseed = -1", "run.seed", "0 to 9223372036854775807"),
    "bad replications": (HEAD + "[run]\nreplications = 0", "run.replications", "1 to 100000"),
    "bad precision": (HEAD + "[run]\nprecision = '0%'", "run.precision", "above 0 and below 100 %"),
    "bad level": (HEAD + "[run]\nlevel = 1.0", "run.level", "above 0 and below 1"),
    "a text for the seed": (HEAD + "[run]\nseed = 'one'", "run.seed", "a whole number"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_study_is_one_line_and_leaves_nothing(
    vmarch: Callable[..., Result], threads: object, tmp_path: Path, name: str
) -> None:
    text, *says = BAD[name]
    path, out = tmp_path / "study.toml", tmp_path / "out"
    if text is not None:
        path.write_text(text)
    result = vmarch("sweep", path, "--out", out, status=2)
    assert result.stderr.startswith("vmarch: ")
    assert result.stderr.count("\n") == 1
    for part in says:
        assert part is not None
        assert part in result.stderr, result.stderr
    assert not out.exists()


OPTIONS = {
    "--workers 0": "1 to 1024",
    "--workers two": "a valid integer",
    "--workers 2 --cluster localhost:1": "the cluster decides",
    "--cluster nowhere": "such as tcp://host:8786",
    "--shard 0/2": "K from 1 to N",
    "--shard 3/2": "K from 1 to N",
    "--merge nowhere": "the folder of a study, with its parts",
    "--shard half": "K from 1 to N",
    "--retry-fialed": "did you mean '--retry-failed'?",
}


@pytest.mark.parametrize("words", OPTIONS)
def test_a_bad_option_is_one_line_and_leaves_nothing(
    vmarch: Callable[..., Result], threads: object, study: Path, tmp_path: Path, words: str
) -> None:
    result = vmarch("sweep", study, "--out", tmp_path / "out", *words.split(), status=2)
    assert OPTIONS[words] in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
