"""A wheel holds all that the checkout has for use: the same files, and the same answers from elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("simcore", "architectures", "workloads", "vmarch", "experiments")
ASKED = ("explain", "web-server", "xen-pv", "--format", "csv")


def files(root: Path) -> dict[str, bytes]:
    """The contents of the packages' files, by path."""
    found = (path for package in PACKAGES for path in (root / package).rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in found if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a wheel that was built from a copy of the packages and installed without its dependencies."""
    source, wheels, target = (tmp_path_factory.mktemp(name) for name in ("source", "wheels", "installed"))
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-deps", "--no-index"]
    build = [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(wheels), str(source)]
    subprocess.run(build, check=True, cwd=source)
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "install", *offline, "--target", str(target), str(wheel)], check=True, cwd=wheels)
    return target


def answered(packages: Path, elsewhere: Path) -> list[str]:
    """Where the packages are, and what they answer, asked from an empty folder."""
    program = (
        "import sys, vmarch, experiments.commands.main as command\n"
        f"print(vmarch.__file__, command.__file__, flush=True)\ncommand.main({list(ASKED)!r})"
    )
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=elsewhere, env=environment
    )
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_wheel_holds_every_file(installed: Path) -> None:
    assert files(installed) == files(ROOT)


@pytest.mark.slow
def test_a_wheel_answers_as_the_checkout_does(installed: Path, tmp_path: Path) -> None:
    where, *answer = answered(installed, tmp_path)
    assert where.split() == [str(installed / "vmarch/__init__.py"), str(installed / "experiments/commands/main.py")]
    assert answer == answered(ROOT, tmp_path)[1:]
    assert len(answer) > 10
