"""Cells: their keys are of contents."""

from __future__ import annotations

from pathlib import Path

import pytest

import vmarch.sweep.cells as module
from simcore.errors import InputError
from vmarch.sweep.cells import Configuration, resolve
from vmarch.sweep.spec import load_sweep

BASE = '[factors]\nworkload = "tcp-rr"\narchitecture = "kvm-vhost"\n'


def keys(path: Path, text: str) -> list[str]:
    path.write_text(text)
    return [cell.key for cell in resolve(load_sweep(path))]


@pytest.mark.parametrize(
    "same",
    [
        "guests = 1",
        "host = 'server'",
        "vcpus = 16",
        "'host.cores' = 16",
        "'host.cores' = 16.0",
        "costs.hypercall = 1",
        "'workload.tasks.count' = 1",
        "architecture.offload = true",
    ],
)
def test_what_changes_nothing_is_the_same_cell(tmp_path: Path, same: str) -> None:
    if same.startswith("costs"):  # known to another architecture of the study only
        text = BASE.replace('"kvm-vhost"', '["kvm-vhost", "xen-pv"]')
        plain = keys(tmp_path / "s.toml", text)
        given = keys(tmp_path / "s.toml", text + "costs.hypercall = 1\n")
        assert given[0] == plain[0]
        assert given[1] != plain[1]
        return
    quoted = same if same.startswith(("'", "guests", "host", "vcpus")) else "'" + same.replace(" =", "' =", 1)
    assert keys(tmp_path / "s.toml", BASE + quoted + "\n") == keys(tmp_path / "s.toml", BASE)


@pytest.mark.parametrize(
    "other",
    [
        "guests = 2",
        "vcpus = 2",
        "host = 'sandy-bridge'",
        "'host.cores' = 8",
        "'host.disk.read' = '1 ms'",
        "'workload.tasks.count' = 2",
        "'architecture.offload' = false",
        "costs.vm_exit = 100",
        "guest_os = 'windows'",
        "[run]\nseed = 2",
        "[run]\nreplications = 6",
        "[run]\noperations = 6",
        "[run]\ndeterministic = true",
        "[run]\nprecision = 0.1",
        "[run]\nlevel = 0.9",
    ],
)
def test_what_changes_the_row_is_another_cell(tmp_path: Path, other: str) -> None:
    assert keys(tmp_path / "s.toml", BASE + other + "\n") != keys(tmp_path / "s.toml", BASE)


def test_a_file_counts_by_its_content_and_is_looked_for_beside_the_study(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    head = 'name = "own"\ntitle = "t"\nkind = "micro"\nunit = "operation"\nsource = "by definition"\n[demands]\n'
    own.write_text(head + "user_cycles = 1000\n")
    text = BASE.replace("tcp-rr", "own.toml")
    first = keys(tmp_path / "s.toml", text)
    own.write_text(head + "user_cycles = 1_000.0 # the same\n")
    assert keys(tmp_path / "s.toml", text) == first
    own.write_text(head + "user_cycles = 1001\n")
    assert keys(tmp_path / "s.toml", text) != first


def test_other_rules_make_other_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = keys(tmp_path / "s.toml", BASE)
    monkeypatch.setattr(module, "rules", lambda: "other")
    assert keys(tmp_path / "s.toml", BASE) != first


def test_the_rules_cover_the_model_and_how_it_is_run() -> None:
    for pattern in (*module.RULES, *(f"vmarch/{name}" for name in module.OURS)):
        assert list(module.ROOT.glob(pattern)), pattern


def test_fields_are_set_as_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(BASE + "'host.disk.read' = '2 ms'\n'workload.io.0.size' = '2 KiB'\n'workload.tasks.count' = 3\n")
    (cell,) = resolve(load_sweep(path))
    assert isinstance(cell.what, Configuration)
    assert cell.what.host.disk.read_s == 0.002
    assert cell.what.workload.operation.io[0].size_bytes == 2048
    assert cell.what.workload.tasks.count == 3
    assert cell.what.scenario().model.classes[0].count == 3


def test_a_level_that_only_some_can_take_fails_in_those(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(BASE.replace('"tcp-rr"', '["tcp-rr", "fork"]') + "'workload.io.0.size' = ['1 KiB', '2 KiB']\n")
    cells = resolve(load_sweep(path))
    assert [isinstance(cell.what, InputError) for cell in cells] == [False, False, True, True]
    assert "the list is empty" in str(cells[2].what)
    assert len({cell.key for cell in cells}) == 4


def test_cells_that_share_their_bare_machine_say_so(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        BASE.replace('"kvm-vhost"', '["kvm-vhost", "xen-pv"]') + "guests = [1, 2]\ncosts.vm_exit = [1, 2]\n"
    )
    cells = resolve(load_sweep(path))
    assert len({cell.bare for cell in cells}) == 2  # by guests
