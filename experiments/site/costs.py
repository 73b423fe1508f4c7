"""Every cost in one table, to be sorted by what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from experiments.page.documents import cost_columns, cost_row, table
from experiments.site.sources import every_cost, linked

__all__ = ["page"]


def page() -> Iterator[str]:
    """The page."""
    yield "# Every cost"
    yield ""
    yield "In one table, to be sorted by a press on a heading. [Costs](costs.md) says which entry answers on a host,"
    yield "and how it is carried over; a source that begins with ASSUMED gives the reason."
    yield ""
    rows = [
        (f"`{Path(file).name}`", *(linked(cell) if isinstance(cell, str) else cell for cell in cost_row(entry)))
        for file, entries in every_cost().items()
        for entry in entries
    ]
    yield from table(("table", *cost_columns()), rows)
