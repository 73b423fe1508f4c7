"""Pages as files, which a browser shows without Python: what is drawn is in them, and nothing can be moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from vmarch.asking import scenarios
from vmarch.exploring.pages import ASSETS, page
from vmarch.exploring.state import State, read
from vmarch.exploring.views import VIEWS
from vmarch.output import csv_text, prepare, write
from vmarch.scenario import Scenario

__all__ = ["write_files"]

Page = tuple[str, State, str]  # view, what is seen in it, its title in the navigation


def write_files(folder: Path, workloads: Sequence[str], architectures: Sequence[str], host: str) -> Sequence[Path]:
    """Writes where the time goes for each workload and the path of each pair, their rows as CSV, and what draws them.

    The first page is also index.html. Pairs that are refused have no path.

    Raises:
        InputError: an unknown name, or a file that cannot be written.
    """
    pages = {name: one for workload in workloads for name, one in _pages(workload, architectures, host)}
    links = {f"{name}.html": title for name, (_, _, title) in pages.items()}
    written: list[Path] = []
    prepare(folder)
    for name, (view, state, _) in pages.items():
        written.append(_kept(folder / f"{name}.csv", csv_text(VIEWS[view].rows(state))))
        text = page(view, VIEWS[view].data(state), links, csv=f"{name}.csv", current=f"{name}.html")
        written.append(_kept(folder / f"{name}.html", text))
        if len(written) == 2:
            written.append(_kept(folder / "index.html", text))
    prepare(folder / "assets")
    assets = [_kept(folder / "assets" / path.name, path.read_text("utf-8")) for path in sorted(ASSETS.iterdir())]
    return [*written, *assets]


def _pages(workload: str, architectures: Sequence[str], host: str) -> Iterator[tuple[str, Page]]:
    pairs: list[tuple[str, str]] = [("w", workload), ("host", host), *(("a", name) for name in architectures)]
    state = read(pairs)
    yield f"time-{workload}", ("time", state, f"{VIEWS['time'].title}: {workload}")
    for _, name, scenario in scenarios([workload], state.architectures, host=host):
        if isinstance(scenario, Scenario):
            seen = read([*pairs, ("under", name)], VIEWS["path"].more)
            yield f"path-{workload}-{name}", ("path", seen, f"{VIEWS['path'].title}: {workload}, {name}")


def _kept(path: Path, text: str) -> Path:
    write(path, text)
    return path
