"""Files of the user's are read whole, and only where they are files of a size that makes sense."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from simcore.errors import InputError

__all__ = ["read_file"]


def read_file(path: Path, field: str, kind: str, most: int | None = None) -> bytes:
    """The bytes of a regular file; a device or a pipe, which may never end, is not opened to be read.

    Args:
        field: by which the user knows it, for the error.
        kind: what it should be, such as "TOML file".
        most: bytes it may have; any number for None.

    Raises:
        InputError: not there, not readable, no regular file, or too large.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise InputError(field, str(path), f"a readable {kind} (it is no regular file)")
            data = file.read(-1 if most is None else most + 1)
    except InputError:
        raise
    except IsADirectoryError:
        raise InputError(field, str(path), f"a readable {kind} (Is a directory)") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(field, str(path), f"a readable {kind} ({reason})") from None
    if most is not None and len(data) > most:
        size = f"{most // 2**20} MiB" if most >= 2**20 else f"{most} bytes"
        raise InputError(field, str(path), f"a {kind} of at most {size}")
    return data
