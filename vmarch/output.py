"""What is left behind: CSV, JSON, each file whole or not at all, with what made it."""

from __future__ import annotations

import csv
import functools
import io
import json
import math
import os
import platform
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from simcore.errors import InputError

__all__ = ["NEW", "Row", "csv_text", "encoded", "json_text", "manifest", "prepare", "versions", "write"]

Row = Mapping[str, object]
LIBRARIES = ("vmarch", "simpy", "numba", "numpy", "scipy", "pandas", "matplotlib", "pyarrow", "SALib")


def prepare(folder: Path) -> Path:
    """Makes the folder for results.

    Raises:
        InputError: it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("--out", str(folder), f"a folder that can be made ({error.strerror})") from None
    if not os.access(folder, os.W_OK):
        raise InputError("--out", str(folder), "a writable folder")
    return folder


def write(path: Path, content: str | bytes) -> None:
    """Writes a file in one step, and makes it durable: readers see the old one or the new one, never half of it.

    What is written first has a name of its own, that nobody else can have made.

    Raises:
        InputError: it cannot be written.
    """
    fresh: str | None = None
    try:
        data = content.encode("utf-8") if isinstance(content, str) else content
        handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", suffix=NEW, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(fresh, 0o666 & ~_umask())
        os.replace(fresh, path)
        _keep_names(path.parent)
    except (OSError, UnicodeError) as error:
        if fresh is not None:
            with suppress(OSError):
                os.unlink(fresh)
        reason = error.strerror if isinstance(error, OSError) else "its name or text is not UTF-8"
        raise InputError("--out", str(path), f"a writable file ({reason})") from None
    except BaseException:
        if fresh is not None:
            with suppress(OSError):
                os.unlink(fresh)
        raise


def encoded(text: str, where: str) -> bytes:
    """Text as UTF-8.

    Raises:
        InputError: it holds what is no character, such as part of a file's name that is not UTF-8.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError("--out", where, "names and texts in UTF-8") from None


NEW = ".new"  # the ending of what is not there yet


@functools.cache
def _umask() -> int:
    """The permissions that this process takes from new files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _keep_names(folder: Path) -> None:
    """Makes a rename durable, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def versions() -> dict[str, str]:
    """The versions that decide results: of Python, of vmarch and of the libraries it computes with."""
    found: dict[str, str] = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "not installed"
    return found


def manifest(configuration: Mapping[str, object]) -> str:
    """What made a result: configuration, versions, machine kind; nothing that changes from run to run."""
    return json_text({"configuration": configuration, "versions": versions()})


def json_text(data: object) -> str:
    """JSON with infinities and NaN as null, so that any reader takes it."""
    return json.dumps(_finite(data), indent=2, sort_keys=False, allow_nan=False, default=str) + "\n"


def _finite(data: object) -> object:
    if isinstance(data, float) and not math.isfinite(data):
        return None
    if isinstance(data, Mapping):
        return {str(key): _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    return data


def csv_text(rows: Sequence[Row]) -> str:
    """CSV with the union of the rows' keys as columns, in order of appearance; numbers at full precision."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
