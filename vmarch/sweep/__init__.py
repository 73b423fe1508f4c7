"""Parametric sweeps: a study as a TOML file, its cells run by any executor, its rows kept in a columnar store.

STUDY.toml ──spec──> levels ──cells──> configurations with keys ──dispatch──> rows ──parts──> results.parquet, .csv
"""

from __future__ import annotations

__all__: list[str] = []
