"""Processes that run replications and draw figures, shared by all that is done in one command."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Any

__all__ = ["Workers"]


class Workers:
    """Some processes, started when first needed; with one job everything is done here, at once.

    Leaving the context waits for what was put off, and raises the first error that it met.
    """

    def __init__(self, jobs: int = 1) -> None:
        self.jobs = jobs
        self._pool: ProcessPoolExecutor | None = None
        self._pending: list[Future[Any]] = []

    @property
    def executor(self) -> Executor | None:
        """The processes, or None where all is done in this one."""
        if self.jobs > 1 and self._pool is None:
            self._pool = ProcessPoolExecutor(self.jobs, mp_context=get_context("spawn"), initializer=_quiet)
        return self._pool

    def later(self, function: Callable[..., object], *args: object, **options: object) -> None:
        """Calls a function, in another process if there is one; the result is not wanted."""
        executor = self.executor
        if executor is None:
            function(*args, **options)
        else:
            self._pending.append(executor.submit(function, *args, **options))

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None:
                for future in self._pending:
                    future.result()
        finally:
            if self._pool is not None:
                self._pool.shutdown(wait=True, cancel_futures=True)


def _quiet() -> None:
    """An interruption is the parent's to handle: it lets each process finish what it is doing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
