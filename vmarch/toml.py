"""Writes what the files of hosts, architectures and workloads hold: values, tables, and arrays of tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["toml_text"]


def toml_text(data: Mapping[str, Any]) -> str:
    """TOML with plain values first, then tables, then arrays of tables."""
    return "\n".join(_lines(data, "")).strip() + "\n"


def _lines(data: Mapping[str, Any], prefix: str) -> Iterator[str]:
    later: list[tuple[str, Any]] = []
    for key, value in data.items():
        if isinstance(value, Mapping) or (isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping)):
            later.append((f"{prefix}{_key(key)}", value))
        else:
            yield f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}"
    for name, value in later:
        for table in [value] if isinstance(value, Mapping) else value:
            yield ""
            yield f"[{name}]" if isinstance(value, Mapping) else f"[[{name}]]"
            yield from _lines(table, f"{name}.")


def _key(key: str) -> str:
    return key if key.replace("-", "").replace("_", "").isalnum() else json.dumps(key)
