"""What is cited is what is installed."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_citation_agrees_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (ROOT / "CITATION.cff").read_text("utf-8").splitlines()
    top = dict(line.split(": ", 1) for line in lines if ": " in line and not line.startswith(" "))
    assert {key: top[key] for key in ("version", "license")} == {key: project[key] for key in ("version", "license")}
    assert project["description"] in (line.strip().removesuffix(".") for line in lines)
