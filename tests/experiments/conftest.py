"""The command line, called in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from experiments.cli import main

Vmarch = Callable[..., Result]


@pytest.fixture
def vmarch() -> Vmarch:
    """Runs `vmarch` with the given words; one that fails unexpectedly shows why."""

    def run(*words: object, status: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == status, (result.stderr, result.exception)
        return result

    return run


@pytest.fixture
def overloaded(tmp_path: Path) -> Path:
    """A workload that asks for three times what one core can do."""
    path = tmp_path / "overloaded.toml"
    path.write_text(
        'name = "overloaded"\ntitle = "t"\nkind = "micro"\nunit = "request"\nsource = "by definition"\n'
        '[demands]\nuser_cycles = "8 Mcycles"\n[tasks]\narrivals = "open"\nrate = "1000 / s"\n'
    )
    return path
