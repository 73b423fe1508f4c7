"""What tests of hosts that guests share have in common."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

Written: TypeAlias = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes a scenario file."""

    def write(text: str) -> Path:
        path = tmp_path / "host.toml"
        path.write_text(text, "utf-8")
        return path

    return write
