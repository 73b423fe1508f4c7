"""Cells to workers and rows back, in chunks of about half a second, whatever befalls a worker.

What was with a worker that died is run again, a cell at a time with nothing else beside it, so that a cell that kills
its worker is told from those that were near. After three deaths it is recorded as failed, and the rest go on.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from concurrent.futures import CancelledError as Cancelled
from contextlib import suppress

from simcore.errors import VmarchError
from vmarch.sweep.executors import Runner
from vmarch.sweep.rows import How, Job, Row, failed, run_jobs

__all__ = ["dispatch"]

CHUNK_S = 0.5
MOST = 16  # cells of a chunk: its rows fit one write to a pipe, which a dying worker cannot do by halves
TRIES = 3
IDLE_S = 0.5  # without news, after which it is a good moment to write
GRACE_S = 3.0  # for what runs, when interrupted
Answer = tuple[list[Row], float]


def dispatch(jobs: Sequence[Job], how: How, runner: Runner, finished: Callable[[Sequence[Row]], None]) -> None:
    """Runs cells; `finished` is called with their rows, in no particular order, and with none when nothing happens.

    Raises:
        VmarchError: workers die with nothing to do, or run another version.
        KeyboardInterrupt: interrupted; what had finished has been handed over.
    """
    _Dispatch(jobs, how, runner, finished).run()


class _Dispatch:
    """What waits, what flies, and what is under suspicion."""

    def __init__(
        self, jobs: Sequence[Job], how: How, runner: Runner, finished: Callable[[Sequence[Row]], None]
    ) -> None:
        self.how, self.runner, self.finished = how, runner, finished
        self.waiting, self.suspects = deque(jobs), deque[Job]()
        self.flying: dict[Future[Answer], list[Job]] = {}
        self.alone = False  # whether what flies is one suspect
        self.deaths: Counter[str] = Counter()
        self.cell_s: float | None = None  # of a cell, by what was seen lately

    def run(self) -> None:
        """All of it."""
        try:
            while self.waiting or self.suspects or self.flying:
                error = self._launch()
                lost: list[Job] = []
                if error is None:
                    done = wait(self.flying, IDLE_S, FIRST_COMPLETED).done
                    for future in done:
                        error = self._take(future, lost) or error
                    if not done:
                        self.finished([])
                if error is not None:
                    self._recover(error, lost)
        except KeyboardInterrupt:
            self._harvest()
            raise

    def _launch(self) -> BaseException | None:
        """Keeps the workers busy, or lets one suspect run by itself; the error if they take nothing."""
        try:
            if self.suspects:
                if not self.flying:
                    self.alone = True
                    self._submit([self.suspects[0]])
                    self.suspects.popleft()
                return None
            self.alone = False
            width = self.runner.width
            while self.waiting and len(self.flying) < 2 * width:
                chunk = [self.waiting[n] for n in range(self._size(width))]
                self._submit(chunk)
                for _ in chunk:
                    self.waiting.popleft()
        except BrokenExecutor as error:
            return error
        return None

    def _submit(self, chunk: list[Job]) -> None:
        self.flying[self.runner.submit(run_jobs, chunk, self.how)] = chunk

    def _size(self, width: int) -> int:
        fair = math.ceil(len(self.waiting) / (2 * width))
        return max(1, min(fair, MOST, int(CHUNK_S / self.cell_s))) if self.cell_s else 1

    def _take(self, future: Future[Answer], lost: list[Job]) -> BaseException | None:
        """Hands over what a future brings; if it brings none, adds its cells to those lost and gives the reason."""
        chunk = self.flying.pop(future)
        try:
            rows, spent_s = future.result()
        except VmarchError:
            raise
        except (Exception, Cancelled) as error:
            lost += chunk
            return error
        each = max(spent_s / len(chunk), 1e-6)
        self.cell_s = each if self.cell_s is None else 0.7 * self.cell_s + 0.3 * each
        self.finished(rows)
        return None

    def _recover(self, error: BaseException, lost: list[Job]) -> None:
        """Goes on after a worker's death."""
        if isinstance(error, BrokenExecutor):  # it ends all that flies
            for future in wait(self.flying).done:
                self._take(future, lost)
        self.runner.renew(error)
        for job in lost:
            self.deaths[job.key] += self.alone
            if self.deaths[job.key] >= TRIES:
                self._check_workers(error)
                self.finished([failed(job.key, f"its worker died {TRIES} times, perhaps out of memory")])
            else:
                self.suspects.append(job)

    def _check_workers(self, error: BaseException) -> None:
        """Raises a VmarchError if workers die with nothing to do: then it was not the cell."""
        try:
            self.runner.submit(run_jobs, [], self.how).result()
        except VmarchError:
            raise
        except Exception:
            raise VmarchError(f"workers die as they start ({error}); what had finished is kept") from None

    def _harvest(self) -> None:
        """What is finished shortly after an interruption is not lost."""
        for future in self.flying:
            future.cancel()
        for future in wait(self.flying, timeout=GRACE_S).done:
            if not future.cancelled():
                with suppress(VmarchError):
                    self._take(future, [])
