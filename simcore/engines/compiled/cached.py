"""How functions are compiled."""

from __future__ import annotations

from typing import Any

import numba

__all__ = ["inlined", "once"]

njit: Any = numba.njit

# No reference counts: every array belongs to the caller.
inlined = njit(forceinline=True, _nrt=False)
once = njit(_nrt=False)
