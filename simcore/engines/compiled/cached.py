"""How functions are compiled."""

from __future__ import annotations

from typing import Any

import numba

__all__ = ["inlined", "once"]

njit: Any = numba.njit

# No reference counts: every array belongs to the caller. No wrappers: Python calls none of these.
OPTIONS = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
# A call passes the whole state, 230 words: what happens often is inlined.
inlined = njit(forceinline=True, **OPTIONS)
once = njit(**OPTIONS)
