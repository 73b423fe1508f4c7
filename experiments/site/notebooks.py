"""Notebooks as pages: run from the first cell to the last, with what they print and draw."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["index", "render"]

TIMEOUT_S = 600


def render(path: Path, folder: Path) -> None:
    """Runs a notebook in a kernel of its own, and writes NAME.md and its pictures into a folder.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbconvert import MarkdownExporter

    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call, unused-ignore]
    work = folder / f".{path.stem}"
    work.mkdir(parents=True, exist_ok=True)
    os.environ.pop("MPLBACKEND", None)  # the kernel draws in its own way
    NotebookClient(notebook, timeout=TIMEOUT_S, resources={"metadata": {"path": str(work)}}).execute()
    exporter = MarkdownExporter()  # type: ignore[no-untyped-call, unused-ignore]
    text, resources = exporter.from_notebook_node(
        notebook, {"unique_key": path.stem, "output_files_dir": f"{path.stem}_files"}
    )
    for name, data in resources["outputs"].items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    (folder / f"{path.stem}.md").write_text(text, "utf-8")


def index(names: list[str]) -> Iterator[str]:
    """The page of all notebooks."""
    yield "# Notebooks"
    yield ""
    yield "Run when this site was built. `docs/notebooks/` has them without what they print, to be run and changed; the"
    yield "[library](../library.md) says how."
    yield ""
    yield "```{toctree}"
    yield ""
    yield from names
    yield "```"
