"""Where cells are run: processes of this machine, or a cluster; each an executor of `concurrent.futures` at heart."""

from __future__ import annotations

import importlib
import multiprocessing
import re
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any, Protocol, TypeVar

from simcore.errors import InputError, VmarchError
from vmarch.workers import process_pool

__all__ = ["Cluster", "Processes", "Runner"]

T = TypeVar("T")
CONNECT_S = 10
ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss|ucx)://)?[^\s/]+:\d{1,5}")
EXPECTED = "the address of a running Dask scheduler, such as tcp://host:8786"


class Runner(Protocol):
    """An executor that can be made anew."""

    @property
    def width(self) -> int:
        """How many calls it runs at once."""

    def submit(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """As an executor's."""

    def renew(self, error: BaseException | None) -> None:
        """Makes it fit to go on after an error that was not the call's."""

    def close(self, *, now: bool = False) -> None:
        """Ends it; `now` without waiting for what runs."""


class Processes:
    """So many processes of this machine."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._others = set(multiprocessing.active_children())
        self._pool: Executor = process_pool(width, at_once=True)

    def submit(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """Runs a call in one of them."""
        return self._pool.submit(function, *args)

    def renew(self, error: BaseException | None) -> None:
        """Starts all of them anew if one has died: the pool is of no use then."""
        if isinstance(error, BrokenExecutor):
            self.close(now=True)
            self._pool = process_pool(self.width, at_once=True)

    def close(self, *, now: bool = False) -> None:
        """Ends them."""
        if now:
            for child in set(multiprocessing.active_children()) - self._others:
                child.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


class Cluster:
    """The workers of a Dask scheduler.

    Raises:
        InputError: the extra is not installed, or nothing answers at the address.
    """

    def __init__(self, address: str) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError:
            allowed = "no cluster, as the extra for it is not installed: pip install 'vmarch[cluster]'"
            raise InputError("--cluster", address, allowed) from None
        self._address = address
        if not ADDRESS.fullmatch(address):  # a client that was never made takes 20 seconds to be closed
            raise InputError("--cluster", address, EXPECTED)
        try:
            self._client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
        except Exception as error:  # of many kinds: no such host, nobody there, no scheduler, one of another version
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise InputError("--cluster", address, f"{EXPECTED} ({reason})") from None
        self._executor: Executor = self._client.get_executor(pure=False)

    @property
    def width(self) -> int:
        """Threads of all its workers at this moment.

        Raises:
            VmarchError: the scheduler is gone.
        """
        try:
            threads: dict[str, int] = self._client.nthreads()
        except OSError:  # it went while it was asked
            raise self._gone() from None
        return max(1, sum(threads.values()))

    def _gone(self) -> VmarchError:
        return VmarchError(f"the cluster at {self._address} is gone; what had finished is kept")

    def submit(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """Runs a call on one of them.

        Raises:
            VmarchError: the scheduler is gone.
        """
        self.renew(None)
        return self._executor.submit(function, *args)

    def renew(self, error: BaseException | None) -> None:
        """The scheduler replaces its workers, whatever the error; without it there is no going on.

        Raises:
            VmarchError: the scheduler is gone.
        """
        del error
        if self._client.status != "running":
            raise self._gone()

    def close(self, *, now: bool = False) -> None:
        """Lets go of the cluster, which goes on without this client."""
        self._executor.shutdown(wait=not now)
        self._client.close()
