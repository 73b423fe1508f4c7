"""What a figure of a case says of a run."""

from __future__ import annotations

from typing import Literal

__all__ = ["PERCENTILES", "Quantity"]

Quantity = Literal[
    "time",
    "rate",
    "percent of native",
    "ratio to native",
    "time beyond native",
    "cycles",
    "cycles to native",
    "percent idle",
    "percent used",
    "rate to native",
    "p50",
    "p95",
    "p99",
    "p99.9",
    "memory",
    "memory beside it",
    "downtime",
    "sent",
]
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
