"""Processes and threads that run replications and draw figures, shared by all that is done in one command."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import parent_process
from types import TracebackType
from typing import Any

from simcore.engines import HALT
from vmarch.spawn import SPAWN

__all__ = ["Workers", "process_pool"]


class Workers:
    """Some processes, or threads, started when first needed; with one job everything is done here, at once.

    Leaving the context waits for what was put off, and raises the first error that it met.
    """

    def __init__(self, jobs: int = 1) -> None:
        self.jobs = jobs
        self._pool: ProcessPoolExecutor | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._pending: list[Future[Any]] = []

    @property
    def executor(self) -> Executor | None:
        """The processes, or None where all is done in this one."""
        if self.jobs > 1 and self._pool is None:
            self._pool = process_pool(self.jobs)
        return self._pool

    @property
    def threads(self) -> Executor | None:
        """Threads of this process, for the compiled engine's long runs; None where all is done in one."""
        if self.jobs > 1 and self._threads is None:
            self._threads = ThreadPoolExecutor(self.jobs)
        return self._threads

    def later(self, function: Callable[..., object], *args: object, **options: object) -> None:
        """Calls a function, in another process if there is one; the result is not wanted."""
        executor = self.executor
        if executor is None:
            function(*args, **options)
        else:
            self._pending.append(executor.submit(function, *args, **options))

    def abandon(self) -> None:
        """Ends the processes at once, whatever they do, and the threads' runs."""
        if self._threads is not None:
            HALT.set()
            self._threads.shutdown(wait=True, cancel_futures=True)
            HALT.clear()
            self._threads = None
        if self._pool is not None:
            for child in list((self._pool._processes or {}).values()):
                child.kill()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
            self._pending = []

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
            for executor in (self._pool, self._threads):
                if executor is not None:
                    executor.shutdown(wait=True, cancel_futures=True)


def process_pool(processes: int, *, at_once: bool = False) -> ProcessPoolExecutor:
    """A pool whose processes leave interruptions to this one, and end when it does.

    Args:
        at_once: starts them now, and not each when it is needed; an interruption cannot hit one that has just begun.
    """
    pool = ProcessPoolExecutor(processes, mp_context=SPAWN, initializer=_attend)
    main = threading.current_thread() is threading.main_thread()
    if at_once:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None  # what is started inherits it
        for _ in range(processes):
            pool.submit(_nothing)
        if before is not None:
            signal.signal(signal.SIGINT, before)
    return pool


def _attend() -> None:
    """An interruption is the parent's to handle; without a parent there is nothing left to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: Any) -> None:
    """Ends this process with its parent, which may have been killed without a word to its pool."""
    parent.join()
    os._exit(1)


def _nothing() -> None:
    """Has a process started."""
