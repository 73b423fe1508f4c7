"""What a command loads before it has anything to do: the libraries that take long are read when they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = """
import sys
from contextlib import suppress
from experiments.commands.main import main
with suppress(SystemExit):
    main({arguments!r})
sys.stderr.write(" ".join(sorted(set({slow!r}) & set(sys.modules))))
"""


@pytest.mark.parametrize(
    ("arguments", "slow"),
    [
        (["--help"], ["matplotlib", "numba", "numpy", "pandas", "pint", "pydantic", "scipy"]),
        (["list", "hosts"], ["matplotlib", "numba", "pandas"]),
        (["explain", "tcp-rr", "xen-pv"], ["matplotlib", "numba", "pandas"]),
        (
            ["run", "-w", "tcp-rr", "-a", "xen-pv", "--engine", "simpy", "--jobs", "1"],
            [
                "architectures.protection",
                "matplotlib",
                "numba",
                "pandas",
                "rich.progress",
                "scipy",
                "vmarch.answers.live",
            ],
        ),
    ],
)
def test_a_command_that_only_shows_loads_no_library_that_it_does_not_use(arguments: list[str], slow: list[str]) -> None:
    source = LOADED.format(arguments=arguments, slow=slow)
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout, "the command showed nothing"
    assert done.stderr == ""


def test_simcore_finds_all_that_it_exports() -> None:
    import simcore

    assert set(simcore.HOMES) == set(simcore.__all__)
    assert all(hasattr(simcore, name) for name in simcore.__all__)
