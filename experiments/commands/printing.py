"""What commands print: tables, CSV, JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vmarch.output import Row, csv_text, json_text
from vmarch.tables import Table as Shown

if TYPE_CHECKING:
    from vmarch.answers.answer import Answer

__all__ = ["print_answer", "print_table", "show", "table"]


LONGEST = 42  # characters of a cell that is not broken over lines
LEAST = 20  # characters for longer ones
GAP = 3  # characters between columns


def table(title: str, rows: Sequence[Sequence[str]], columns: Sequence[str], left: int = 1) -> None:
    """Prints a table to the terminal; the first `left` columns are words.

    What is short is not broken: where the terminal is narrower than that, lines are longer than it.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False, markup=False)
    wide = console.width if console.is_terminal else max(160, console.width)
    cells = [max((len(row[number]) for row in rows), default=0) for number in range(len(columns))]
    heads = [max(map(len, (*column.split(), ""))) for column in columns]  # of a heading over several lines
    if sum(map(max, cells, map(len, columns))) + GAP * len(columns) <= wide:
        heads = list(map(len, columns))
    widths = [max(cell, head) if cell <= LONGEST else None for cell, head in zip(cells, heads, strict=True)]
    grid = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, 2, 0, 0))
    for number, (column, width) in enumerate(zip(columns, widths, strict=True)):
        grid.add_column(column, justify="left" if number < left else "right", overflow="fold", width=width)
    for row in rows:
        grid.add_row(*row)
    least = sum(GAP + (LEAST if width is None else width) for width in widths)
    Console(file=sys.stdout, highlight=False, markup=False, width=max(wide, least)).print(grid)
    sys.stdout.write("\n")


def show(rows: Sequence[Row], form: str) -> None:
    """Prints rows as CSV or JSON."""
    sys.stdout.write(csv_text(rows) if form == "csv" else json_text(rows))


def print_answer(found: Answer, form: str) -> None:
    """Prints an answer: its tables in words, or its rows as CSV or JSON."""
    if form == "table":
        for shown in found.tables:
            print_table(shown)
    else:
        show(found.rows, form)


def print_table(shown: Shown) -> None:
    """Prints a table where it has lines, and the sentences below it."""
    if shown.rows:
        table(shown.title, shown.rows, shown.columns, shown.left)
    for note in shown.notes:
        sys.stdout.write(f"{note}\n")
