"""Measuring this machine: the table is what calibration reads; no compiler is one clear line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simcore.errors import InputError
from simcore.hosts import load_host
from tests.command_line import Vmarch
from vmarch.calibration import NOT_USED, OPERATIONS, read_micro
from vmarch.measuring import measure as module
from vmarch.measuring.machine import facts


def test_every_operation_of_the_program_is_known() -> None:
    source = module.SOURCE.read_text("utf-8")
    names = [line.split('"')[1] for line in source.splitlines() if line.startswith('    {"')]
    assert len(names) > 20
    assert set(names) <= {*OPERATIONS, *NOT_USED}


def test_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(InputError, match="libc6-dev"):
        module.program(tmp_path)


def test_compiler_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CC", "false")
    with pytest.raises(InputError, match="CC"):
        module.program(tmp_path)


def test_facts_are_complete() -> None:
    found = facts()
    assert found["cores"]
    assert found["kernel"]
    assert found["memory_bytes"]


@pytest.mark.slow
def test_quick_measurement_makes_a_host_and_an_architecture(vmarch: Vmarch, tmp_path: Path) -> None:
    from vmarch.measuring.environments import environment_named

    names = [name for name in ("bwrap", "unshare", "runsc", "uml", "qemu-user") if _works(name, tmp_path)]
    same = environment_named("same=env {}")
    assert not same.trouble(tmp_path)
    asked = [word for name in [*names, "same=env {}"] for word in ("--environment", name)]
    result = vmarch("measure", "--quick", "--out", tmp_path / "box", *asked)
    assert "sys_getppid" in result.stdout
    micro = read_micro(tmp_path / "box" / "micro.csv")
    assert set(micro.environments) == {*names, "same"}
    assert load_host(str(tmp_path / "box" / "this-machine.toml")).cores
    assert json.loads((tmp_path / "box" / "machine.json").read_text())["facts"]["kernel"]
    assert not (tmp_path / "box" / "work").exists()
    vmarch("explain", "fork", tmp_path / "box" / "same.toml", "--host", tmp_path / "box/this-machine.toml")


def _works(name: str, folder: Path) -> bool:
    from vmarch.measuring.environments import ENVIRONMENTS

    return not ENVIRONMENTS[name].trouble(folder)
