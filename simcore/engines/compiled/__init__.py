"""The compiled engine: the rules of the SimPy engine over arrays, in one loop that numba compiles."""

from __future__ import annotations

from simcore.engines.records import Recorder
from simcore.model import Model
from simcore.totals import Settings, Window

__all__ = ["run"]


def run(model: Model, settings: Settings, observer=None, recorder: Recorder | None = None) -> Window:  # type: ignore[no-untyped-def]
    """Runs a model: the same simulation as the SimPy engine's, to the last tick and count.

    Args:
        observer: called with (ticks, class, task, operation, visit) for the end of each visit, in order.
        recorder: is given the records of all that happens, see simcore.engines.records.

    Raises:
        StuckError: nothing can happen any more although operations are under way or wanted.
    """
    from simcore.engines.compiled.driver import Run  # NumPy and LLVM take a while to load

    return Run(model, settings, observer, recorder).result()
