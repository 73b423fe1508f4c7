"""Where what numba compiled is kept: this module knows no numba, so that it can be asked at no cost.

The folder is named after the text of all files that are compiled, so that a change of any is noticed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

__all__ = ["TRACED", "UNTRACED", "folder", "is_compiled"]

TRACED, UNTRACED = "traced", "loop"  # files of the loop that writes down what happens, and of that which does not


@cache
def folder() -> Path | None:
    """Beside the text, or in the user's own folder for caches; None if neither is this user's alone to write.

    What is found there is run, so a folder that somebody else owns or may write to is never read.
    """
    here = Path(__file__).parent
    digest = hashlib.sha256()
    others = (
        *("model.py", "program.py", "polling.py", "spinning.py", "life/rules.py"),
        *("statistics/histogram.py", "counting.py", "distributions.py", "streams.py"),
    )
    for path in sorted([*here.glob("*.py"), *(here.parents[1] / name for name in others)]):
        digest.update(path.read_bytes())
    name = digest.hexdigest()[:16]
    places = (here / "__pycache__" / name, *(user / "vmarch" / name for user in _caches()))
    return next((place for place in places if _is_own(place)), None)


def _caches() -> Iterator[Path]:
    """The user's folder for caches, by the XDG base directory specification."""
    told = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(told):
        yield Path(told)
    else:
        with suppress(RuntimeError):  # a user without a home
            yield Path.home() / ".cache"


def _is_own(place: Path) -> bool:
    """Whether a folder, made if it is not there, belongs to this user, and nobody else may write to it."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = place.lstat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return os.access(place, os.W_OK)
    own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022
    return own and os.access(place, os.W_OK | os.X_OK)


def is_compiled(*, traced: bool = False) -> bool:
    """Whether the loop has been compiled on this machine: that of runs that are traced, or of those that are not."""
    place = folder()
    return place is not None and any(place.glob(f"{TRACED if traced else UNTRACED}-*.o"))
