"""Pages as files, which a browser shows without Python: what is drawn is in them, and nothing can be moved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vmarch.exploring.pages import ASSETS, page
from vmarch.exploring.state import State, read
from vmarch.exploring.views import VIEWS
from vmarch.output import csv_text, prepare, write

__all__ = ["write_files"]

FIXED = ("time",)


def write_files(folder: Path, workloads: Sequence[str], architectures: Sequence[str], host: str) -> Sequence[Path]:
    """Writes the pages of each workload, their rows as CSV, and what draws them; index.html is the first.

    Raises:
        InputError: an unknown name, or a file that cannot be written.
    """
    states = {f"{view}-{name}": (view, _state(name, architectures, host)) for name in workloads for view in FIXED}
    links = {f"{name}.html": f"{VIEWS[view].title}: {state.workload}" for name, (view, state) in states.items()}
    written: list[Path] = []
    prepare(folder)
    for name, (view, state) in states.items():
        written.append(_kept(folder / f"{name}.csv", csv_text(VIEWS[view].rows(state))))
        text = page(view, VIEWS[view].data(state), links, csv=f"{name}.csv")
        written.append(_kept(folder / f"{name}.html", text))
        if len(written) == 2:
            written.append(_kept(folder / "index.html", text))
    prepare(folder / "assets")
    assets = [_kept(folder / "assets" / path.name, path.read_text("utf-8")) for path in sorted(ASSETS.iterdir())]
    return [*written, *assets]


def _state(workload: str, architectures: Sequence[str], host: str) -> State:
    pairs: list[tuple[str, str]] = [("w", workload), ("host", host), *(("a", name) for name in architectures)]
    return read(pairs)


def _kept(path: Path, text: str) -> Path:
    write(path, text)
    return path
