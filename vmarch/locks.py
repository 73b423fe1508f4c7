"""A folder of results has one process that writes to it: the folder itself is locked, and nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path
from weakref import WeakValueDictionary

from simcore.errors import InputError

__all__ = ["Lock", "locked"]

_HELD: WeakValueDictionary[str, Lock] = WeakValueDictionary()  # of this process, by folder


class Lock:
    """Held until nobody of this process refers to it, or the process ends, however it ends."""

    def __init__(self, handle: int | None) -> None:
        self._handle = handle

    def close(self) -> None:
        """Lets go of it at once."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __del__(self) -> None:
        self.close()


BUSY = "a folder that no other command is writing to"


def locked(folder: Path, *, alone: bool = False) -> Lock:
    """Holds a folder for this process; the same lock again while it is held, unless it is to be held alone.

    Raises:
        InputError: another holds it, or the folder cannot be written.
    """
    place = str(folder.resolve())
    held = _HELD.get(place)
    if held is not None and held._handle is not None:
        if alone:
            raise InputError("--out", str(folder), BUSY)
        return held
    try:
        import fcntl
    except ImportError:  # not on Windows
        return Lock(None)
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise InputError("--out", str(folder), f"a writable folder ({error.strerror})") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise InputError("--out", str(folder), BUSY) from None
    lock = _HELD[place] = Lock(handle)
    return lock
