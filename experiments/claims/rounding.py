"""What whole ticks may add to an exact equality."""

from __future__ import annotations

__all__ = ["ROUNDING"]

ROUNDING = 1e-6  # relative
