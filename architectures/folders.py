"""The files beside the architectures, by name: known without the rules about what is in them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FOLDER", "names_in"]

FOLDER = Path(__file__).parent


def names_in(kind: str) -> tuple[str, ...]:
    """The names of a folder's files, sorted."""
    return tuple(sorted(path.stem for path in (FOLDER / kind).glob("*.toml")))
