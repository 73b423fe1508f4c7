"""The command line, called in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from experiments.commands.main import main
from vmarch.answers.compare import REMEMBERED

Vmarch = Callable[..., Result]


@pytest.fixture
def vmarch() -> Vmarch:
    """Runs `vmarch` with the given words; one that fails unexpectedly shows why."""

    def run(*words: object, status: int = 0) -> Result:
        REMEMBERED.clear()  # each command is a process of its own
        result = CliRunner().invoke(main, [str(word) for word in words], prog_name="vmarch")
        assert result.exit_code == status, (result.stderr, result.exception)
        return result

    return run


HEAD = 'title = "t"\nkind = "micro"\nunit = "operation"\nsource = "by definition"\n'


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    """A workload whose slowdown varies from run to run, and that is quickly run."""
    path = tmp_path / "noisy.toml"
    varied = "".join(f'{name} = {{ family = "gamma", cv = 1 }}\n' for name in ("user_cycles", "page_faults"))
    path.write_text(f'name = "noisy"\n{HEAD}[demands]\nuser_cycles = 100_000\npage_faults = 50\n[varied]\n{varied}')
    return path


@pytest.fixture
def overloaded(tmp_path: Path) -> Path:
    """A workload that asks for three times what one core can do."""
    path = tmp_path / "overloaded.toml"
    path.write_text(
        f'name = "overloaded"\n{HEAD}[demands]\nuser_cycles = "8 Mcycles"\n'
        '[tasks]\narrivals = "open"\nrate = "1000 / s"\n'
    )
    return path
