"""What the compiled loop writes down of a traced run; nothing, and at no cost, of one that is not.

Whether a run is traced is a matter of the type of its state: `trace` has two dimensions then, and one else. numba makes
a loop for each type, and in that of runs that are not traced these functions are empty.
"""

from __future__ import annotations

from typing import Any

from numba import extending

from simcore.engines.compiled.fields import ROOM
from simcore.engines.compiled.primitives import at

__all__ = ["is_full", "note"]

overload: Any = extending.overload
OPTIONS = {"forceinline": True, "_nrt": False}


def _is_traced(s: Any) -> bool:
    return bool(dict(zip(s.fields, s.types, strict=True))["trace"].ndim == 2)


def note(s, what, where, more, paid, walk, visit):
    """Writes down a record of simcore.engines.records; `walk` is -1 where it is nobody's."""
    raise NotImplementedError("only compiled")


def is_full(s):
    """Whether there is no room for the records of another step."""
    raise NotImplementedError("only compiled")


@overload(note, jit_options=OPTIONS)
def _note(s, what, where, more, paid, walk, visit):  # noqa: ARG001 -- numba asks by the arguments' types
    def noted(s, what, where, more, paid, walk, visit):
        record = s.trace[s.now.traced]
        record[0], record[1], record[2], record[3], record[4] = s.now.time, what, where, more, paid
        if walk < 0:
            record[5] = record[6] = record[7] = record[8] = -1
        else:
            w = at(s.walks, walk)
            record[5], record[6], record[7] = w.tasks, at(s.sources, w.source).number, w.number
            record[8] = visit
        s.now.traced += 1

    def nothing(s, what, where, more, paid, walk, visit):
        pass

    return noted if _is_traced(s) else nothing


@overload(is_full, jit_options=OPTIONS)
def _is_full(s):
    def full(s):
        return s.now.traced + ROOM + 4 * len(s.cores) + 2 * len(s.vcpus) > len(s.trace)

    def never(s):  # noqa: ARG001
        return False

    return full if _is_traced(s) else never
