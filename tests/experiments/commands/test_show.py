"""`vmarch show` prints files that can be used as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import vmarch as library
from experiments.commands.showing import KINDS
from experiments.validation.case import load_case
from vmarch.sweep.spec import load_sweep

Vmarch = Callable[..., Result]
LOADS: dict[str, Callable[[Path], object]] = {
    "workload": library.load_workload,
    "host": lambda path: library.load_host(str(path)),
    "architecture": lambda path: library.load_architecture(str(path)),
    "study": load_sweep,
    "case": load_case,
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shown_can_be_read(kind: str, vmarch: Vmarch, tmp_path: Path) -> None:
    for name, text in KINDS[kind]().items():
        assert vmarch("show", kind, name).stdout == text
        path = tmp_path / f"{name}.toml"
        path.write_text(text, "utf-8")
        if "calibration" not in text and 'host = "hosts/' not in text:  # what lies beside the case
            assert LOADS[kind](path) is not None


def test_an_unknown_name_is_one_line(vmarch: Vmarch) -> None:
    result = vmarch("show", "workload", "web-servre", status=2)
    assert "did you mean 'web-server'" in result.stderr
    assert "did you mean 'host'" in vmarch("show", "hots", "server", status=2).stderr
