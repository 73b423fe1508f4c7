"""The reference engine: SimPy processes for tasks, resources for cores, locks, devices and rings."""

from __future__ import annotations

from simcore.engines.records import Recorder
from simcore.engines.simpy_engine.run import Run
from simcore.model import Model
from simcore.totals import Settings, Window

__all__ = ["run"]


def run(model: Model, settings: Settings, observer=None, recorder: Recorder | None = None) -> Window:  # type: ignore[no-untyped-def]
    """Runs a model.

    Args:
        observer: called with (ticks, class, task, operation, visit) at the end of each visit.
        recorder: is given the records of all that happens, see simcore.engines.records.

    Raises:
        StuckError: nothing can happen any more although operations are under way or wanted.
    """
    if recorder is None:
        return Run(model, settings, observer).result()
    from simcore.engines.simpy_engine.traced import TracedRun

    return TracedRun(model, settings, observer, recorder).result()
