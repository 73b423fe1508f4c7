"""How functions are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from simcore.engines.compiled.kept import folder

__all__ = ["inlined", "kept", "once"]

njit: Any = numba.njit
config: Any = numba.config

# No reference counts: every array belongs to the caller.
inlined = njit(forceinline=True, _nrt=False)
once = njit(_nrt=False)


def kept(function: Callable[..., Any], within: str = "") -> Callable[..., Any]:
    """A function that Python calls, and that leaves Python to other threads meanwhile.

    It is compiled at its first call on a machine, or in a process that may keep nothing.

    Args:
        within: a folder of its own.
    """
    place = folder()
    if place is None:
        return njit(_nrt=False, nogil=True)(function)  # type: ignore[no-any-return]
    before, config.CACHE_DIR = config.CACHE_DIR, str(place / within)
    try:
        return njit(cache=True, _nrt=False, nogil=True)(function)  # type: ignore[no-any-return]
    finally:
        config.CACHE_DIR = before
