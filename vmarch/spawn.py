"""New processes that do not run the user's program again.

Python's own `spawn` imports the main program in each new process, so a script without `if __name__ == "__main__":`
would start itself again and again. What our processes run is found by its module, so they need no main program.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

__all__ = ["SPAWN"]

# what cleans up behind a process that was killed says so on standard error, which is nobody's concern
QUIET = "ignore::UserWarning:multiprocessing.resource_tracker"
if QUIET not in sys.warnoptions:
    sys.warnoptions.append(QUIET)

_STARTING = threading.Lock()


@contextmanager
def _nameless_main() -> Iterator[None]:
    """An empty main program while a process is started."""
    with _STARTING:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


@contextmanager
def _interruptions_held() -> Iterator[None]:
    """Holds Ctrl-C back while a process is started: that one inherits it held, until it is ready to leave it to us."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Process(SpawnProcess):
    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:  # noqa: N802 -- the name that multiprocessing calls
        with _nameless_main(), _interruptions_held():
            return SpawnProcess._Popen(process_obj)


class _Context(SpawnContext):
    Process = _Process


SPAWN = _Context()
