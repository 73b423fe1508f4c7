"""The compiled loop of events, and the kernel that the engine calls.

numba keeps what it compiled on disk, but notices a change only of the file that holds the kernel; so the kernel's cache
is in a folder named after the text of all its files.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import numba
from numba import njit

from simcore.engines.compiled.cores import after_slice, settle, slice_ends, stop
from simcore.engines.compiled.fields import (
    AT,
    BETWEEN,
    BOOTED,
    DEPTH,
    FAULT,
    HEAP,
    HORIZON,
    OVER,
    PENDING,
    SLICE,
    SLICED,
    SOURCES,
    STATION,
    STEP,
    T_WHERE,
    FAILED,
    State,
)
from simcore.engines.compiled.primitives import end_station, pop, schedule, settle_station
from simcore.engines.compiled.walks import go_on, push

__all__ = ["advance", "settle_all"]


def _cache() -> str:
    """Where the compiled kernel is kept: beside its text, or with the user's caches if nobody may write there."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*here.glob("*.py"), here.parents[1] / "statistics" / "histogram.py"]):
        digest.update(path.read_bytes())
    name = digest.hexdigest()[:16]
    try:
        folder = here / "__pycache__" / name
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"vmarch-{name}"
    return str(folder)


def _advance(s: State) -> int:
    """Runs until the end or until something is wanted of the caller: one of the statuses of fields."""
    while True:
        if s.now[DEPTH] > 0:
            status = go_on(s)
            if status:
                return status
        if s.now[SLICED] >= 0:
            core, s.now[SLICED], s.now[BETWEEN] = s.now[SLICED], -1, -1
            after_slice(s, core)
        if s.now[FAILED]:
            return s.now[FAILED]
        if s.now[PENDING] + 2 * len(s.cores) + 4 > len(s.heap):
            return HEAP
        if s.now[BOOTED] < s.now[SOURCES]:
            push(s, s.now[BOOTED])
            s.now[BOOTED] += 1
            continue
        if s.now[BOOTED] < s.now[SOURCES] + len(s.faults):
            fault = s.now[BOOTED] - s.now[SOURCES]
            schedule(s, s.faults[fault, 0], 4 * s.faults[fault, 1] + FAULT)
            s.now[BOOTED] += 1
            continue
        if s.now[PENDING] == 0 or (s.now[HORIZON] >= 0 and s.heap[0, AT] > s.now[HORIZON]):
            return OVER
        order, what = pop(s)
        kind, one = what & 3, what >> 2
        if kind == SLICE:
            walk = slice_ends(s, one, order)
            if walk >= 0:
                s.now[SLICED] = one
                push(s, walk)
            elif walk == -1:
                after_slice(s, one)
        elif kind == FAULT:
            stop(s, one)
        else:
            if kind == STATION:
                end_station(s, one, s.steps[s.walks[one, STEP], T_WHERE])
            push(s, one)


def _settle_all(s: State) -> None:
    """Brings all integrals up to now."""
    for d in range(len(s.domains)):
        settle(s, d)
    for station in range(len(s.stations)):
        settle_station(s, station)


_before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, _cache()
advance = njit(cache=True, _nrt=False)(_advance)
settle_all = njit(cache=True, _nrt=False)(_settle_all)
numba.config.CACHE_DIR = _before
