"""Where what numba compiled is kept: this module knows no numba, so that it can be asked at no cost.

numba keeps it on disk, but notices a change only of the file of the function that is kept, not of those it calls; so
the folder is named after the text of all files.
"""

from __future__ import annotations

import hashlib
import tempfile
from functools import cache
from pathlib import Path

__all__ = ["folder", "is_compiled"]


@cache
def folder() -> Path:
    """Beside the text, or with temporary files if nobody may write there."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*here.glob("*.py"), here.parents[1] / "model.py", here.parents[1] / "statistics/histogram.py"]):
        digest.update(path.read_bytes())
    name = digest.hexdigest()[:16]
    try:
        kept = here / "__pycache__" / name
        kept.mkdir(parents=True, exist_ok=True)
    except OSError:
        kept = Path(tempfile.gettempdir()) / f"vmarch-{name}"
    return kept


def is_compiled() -> bool:
    """Whether the loop has been compiled on this machine."""
    return any(folder().glob("**/loop.*.nbi"))
