"""How functions are compiled."""

from __future__ import annotations

from typing import Any

import numba

__all__ = ["inlined", "once"]

njit: Any = numba.njit

# No reference counts: every array belongs to the caller. No wrappers: Python calls none of these. And no division by
# zero, so that numba need not ask.
OPTIONS = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}
inlined = njit(forceinline=True, **OPTIONS)
once = njit(**OPTIONS)
