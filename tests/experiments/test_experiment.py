"""Each experiment's table of a small run is the recorded one, and what the user gets wrong is said in one line.

The recorded tables are in recorded/NAME.csv. After an intended change of costs or rules, `--update-fingerprints`
records them anew.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from experiments.commands.main import main
from experiments.experiment import Parameter, experiment_names, load_experiment, perform
from experiments.page.results import page
from simcore.errors import InputError
from vmarch.workers import Workers

RECORDED = Path(__file__).parent / "recorded"
TINY: dict[str, dict[str, Any]] = {
    "slowdown": {"workloads": "web-server,system-call", "architectures": "native,xen-pv,kvm-vhost", "operations": 20},
    "path_breakdown": {"architectures": "native,xen-pv,workstation-translation"},
    "four_layers": {"hosts": "pentium3-733", "workloads": "tcp-rr,hpc", "operations": 4, "warmup": 2},
    "consolidation": {
        "workloads": "disk-read-random",
        "think_us": "200",
        "architectures": "native,kvm-vhost",
        "guests": "1,4",
        "driver_vcpus": 2,
        "operations": 24,
    },
    "dom0_queues": {"guests": 3, "clients": 4, "dom0_vcpus": "1,2", "operations": 60},
    "noisy_neighbour": {
        "cores": 2,
        "vcpus": 1,
        "takes": "disk,processors",
        "isolations": "none,cap",
        "architectures": "container",
        "operations": 40,
    },
    "lock_holder": {"neighbours": "1", "cores": 2, "operations": 400},
    "halt_polling": {"gaps_us": "300,3000", "cores": 2, "operations": 400},
    "guests_fit": {
        "architectures": "container,kvm-vhost",
        "sizes_gib": "0.03125,1",
        "guests": 2,
        "more": "0.9,1.5",
        "operations": 20,
    },
    "precopy": {"dirtied_mb_s": "50,300", "gbit_s": "1"},
    "migration_neighbours": {"architectures": "kvm-vhost", "methods": "pre-copy,stop-and-copy", "guests": 2},
    "migrate_to_consolidate": {"architectures": "xen-pv", "loads": "0.2", "guests": 1},
    "tenants_per_host": {
        "architectures": "container,xen-pv",
        "cores": 1,
        "vcpus": 1,
        "limits_ms": "2",
        "operations": 20,
    },
    "micro_kernel": {"workloads": "tcp-rr", "guests": "1,3", "operations": 12},
    "exit_cost": {"hosts": "prescott,westmere", "exit_cycles": "500,4000", "workloads": "fork", "operations": 4},
    "shadow_nested": {"points": 4, "misses": "3000", "factors": "0.3,1.2", "tasks": 3, "operations": 30},
    "para_gain": {"hosts": "server", "applications": "hpc", "workloads": "fork", "shares": "0,1", "operations": 6},
    "foreign_isa": {"hosts": "server", "reuse": "1000", "shares": "0,0.5", "operations": 10},
    "dom0_compromise": {"architectures": "xen-pv,kvm-vhost", "workloads": "tcp-rr", "guests": "1", "operations": 10},
    "boot_storm": {"architectures": "container,xen-pv,hyperv", "at_once": "1,20"},
    "dom0_failure": {"architectures": "xen-pv", "horizon_ms": 4, "stop_ms": 2, "settle_ms": 0.5, "bins": 4},
    "acceptable": {"workloads": "hpc,fork", "architectures": "native,container,assist-nested", "operations": 8},
}


def small(name: str, out: Path) -> Path:
    """Runs an experiment with few points, short runs and no figures, and returns its folder."""
    with Workers() as workers:
        workers.later = lambda *_, **__: None  # type: ignore[method-assign]
        perform(load_experiment(name), out, workers, quick=True, replications=2, **TINY[name])
    return out / name


def table(path: Path) -> list[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_experiment_has_a_recorded_run() -> None:
    assert set(TINY) == set(experiment_names())


@pytest.mark.parametrize("name", sorted(TINY))
def test_the_table_of_a_small_run_is_the_recorded_one(name: str, tmp_path: Path, update_fingerprints: bool) -> None:
    folder = small(name, tmp_path)
    made, kept = folder / f"{name}.csv", RECORDED / f"{name}.csv"
    if update_fingerprints:
        kept.write_bytes(made.read_bytes())
    ours, recorded = table(made), table(kept)
    assert [list(row) for row in ours] == [list(row) for row in recorded]
    for number, (one, other) in enumerate(zip(ours, recorded, strict=True)):
        for column, text in other.items():
            assert same(one[column], text), f"row {number}, {column}: {one[column]} instead of {text}"


def same(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return float(one) == pytest.approx(float(other), rel=1e-9)
    except ValueError:
        return False


def test_an_experiment_leaves_what_made_it_and_what_it_found(tmp_path: Path) -> None:
    folder = small("path_breakdown", tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["configuration"]["seed"] == 1
    assert [figure["file"] for figure in manifest["configuration"]["figures"]] == ["disk-read-random", "tcp-rr"]
    assert "simpy" in manifest["versions"]
    assert (folder / "reading.txt").read_text(encoding="utf-8").count("\n") == 1
    assert str(tmp_path) not in (folder / "manifest.json").read_text(encoding="utf-8")


def test_finished_replications_are_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small("acceptable", tmp_path)
    first = (folder / "acceptable.csv").read_text(encoding="utf-8")
    monkeypatch.setattr(sys.modules["vmarch.filling"], "replicate", None)
    assert (small("acceptable", tmp_path) / "acceptable.csv").read_text(encoding="utf-8") == first
    assert (tmp_path / "slowdown" / "replications.jsonl").exists()


def test_the_page_holds_figures_readings_and_claims(tmp_path: Path) -> None:
    command = ["experiment", "path_breakdown", "--out", str(tmp_path), "--jobs", "1", "--set", "workloads=tcp-rr"]
    found = CliRunner().invoke(main, [*command, "--set", "architectures=native,xen-pv"])
    assert found.exit_code == 0, found.output
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "claims.csv").write_text("id,host,verdict,figure\nx<y,then,reproduced,2.000000001\n")
    text = page(tmp_path)
    assert text.count("data:image/svg+xml;base64,") == 1
    assert 'href="path_breakdown/path_breakdown.csv"' in text
    assert "x&lt;y" in text
    assert (tmp_path / "index.html").exists()
    assert "http" not in text.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "experiment: 'nothing' is not allowed"),
        (["slow_down"], "did you mean 'slowdown'?"),
        (["consolidation", "--set", "guest=4"], "did you mean 'guests'?"),
        (["consolidation", "--set", "guests=4,many"], "guests: 'many' is not allowed; expected a whole number"),
        (["consolidation", "--set", "guests=0"], "guests: '0' is not allowed; expected a whole number from 1"),
        (["consolidation", "--set", "guests"], "expected PARAM=VALUE"),
        (["consolidation", "--replications", "0"], "replications: 0 is not allowed"),
        (["consolidation", "--host", "sever"], "did you mean 'server'?"),
        (["consolidation", "--jobs", "0"], "--jobs: 0 is not allowed"),
        (["consolidation", "--set", "architectures=xen"], "did you mean 'xen-pv'?"),
        (["all", "--set", "guests=4"], "expected one experiment"),
        (["consolidation", "--parameters", "nowhere.toml"], "a readable TOML file"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(arguments: list[str], words: str, tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["experiment", *arguments, "--quick", "--out", str(tmp_path)])
    assert found.exit_code == 2
    assert words in found.stderr
    assert found.stderr.count("\n") == 1


def test_settings_come_from_a_file_and_the_command_line_wins(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('seed = 7\n[path_breakdown]\nworkloads = ["fsync"]\narchitectures = ["native", "xen-pv"]\n')
    command = ["experiment", "path-breakdown", "--parameters", str(file), "--seed", "8", "--out", str(tmp_path / "out")]
    found = CliRunner().invoke(main, [*command, "--jobs", "1"])
    assert found.exit_code == 0, found.output
    text = (tmp_path / "out" / "path_breakdown" / "manifest.json").read_text(encoding="utf-8")
    configuration = json.loads(text)["configuration"]
    assert (configuration["seed"], configuration["workloads"]) == (8, ["fsync"])


def test_a_parameter_takes_only_values_of_its_kind() -> None:
    many = Parameter("guests", (1, 2), "Guests.", low=1, high=64)
    assert many.parsed("4,8") == many.parsed([4, 8]) == (4, 8)
    assert many.parsed(4) == (4,)
    wrongs: tuple[object, ...] = ("", "1.5", "65", "4 us", "nan", True, [], {"a": 1})
    for wrong in wrongs:
        with pytest.raises(InputError):
            many.parsed(wrong)
    with pytest.raises(InputError):
        Parameter("name", "xen-pv", "A name.").parsed(3)
