"""Engines run models, and know nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from simcore.engines.compiled.kept import is_compiled
from simcore.engines.records import Recorder
from simcore.engines.stuck import HALT
from simcore.errors import unknown
from simcore.model import Model
from simcore.totals import Settings, Window

__all__ = ["ANALYTIC", "AUTO", "COMPILED", "ENGINES", "HALT", "Observer", "chosen", "engine"]

ANALYTIC = "analytic"  # answers by itself, without a window: see simcore.engines.analytic
AUTO = "auto"
COMPILED = "compiled"
SHORT = 1_000_000  # visits that the SimPy engine makes while the other is being compiled


class Observer(Protocol):
    """Is told of the end of each visit."""

    def __call__(self, now: int, tasks: int, task: int, operation: int, visit: int) -> None:
        """A visit of a class's task has ended; times are in ticks."""


def _simpy(
    model: Model, settings: Settings, observer: Observer | None = None, recorder: Recorder | None = None
) -> Window:
    from simcore.engines.simpy_engine import run

    return run(model, settings, observer, recorder)


def _compiled(
    model: Model, settings: Settings, observer: Observer | None = None, recorder: Recorder | None = None
) -> Window:
    from simcore.engines.compiled import run

    return run(model, settings, observer, recorder)


def _auto(
    model: Model, settings: Settings, observer: Observer | None = None, recorder: Recorder | None = None
) -> Window:
    traced = observer is not None or recorder is not None
    return ENGINES[chosen(model, settings, traced=traced)](model, settings, observer, recorder)


ENGINES: dict[str, Callable[..., Window]] = {AUTO: _auto, "simpy": _simpy, COMPILED: _compiled}


def chosen(model: Model, settings: Settings, *, traced: bool = False) -> str:
    """The engine that `auto` takes: the compiled one, but not to compile it for a short run.

    Both give the same window, so that what it takes makes no difference but of time.
    """
    operations = sum(warmup + measured for warmup, measured in settings.of(model.groups))
    short = settings.horizon_ticks is None and model.life is None and model.longest * operations < SHORT
    return "simpy" if short and not is_compiled(traced=traced) else COMPILED


def engine(name: str) -> Callable[..., Window]:
    """An engine by name: called with a model, settings and perhaps an observer and a recorder, it returns a window.

    Raises:
        InputError: there is none of this name.
    """
    if name not in ENGINES:
        raise unknown("--engine", name, ENGINES)
    return ENGINES[name]
