"""What commands print: tables, CSV, JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from vmarch.output import Row, csv_text, json_text
from vmarch.tables import Table as Shown

__all__ = ["print_table", "show", "table"]


def table(title: str, rows: Sequence[Sequence[str]], columns: Sequence[str], left: int = 1) -> None:
    """Prints a table to the terminal; the first `left` columns are words."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    grid = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        grid.add_column(column, justify="left" if number < left else "right", overflow="fold")
    for row in rows:
        grid.add_row(*row)
    console = Console(file=sys.stdout, highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(file=sys.stdout, highlight=False, markup=False, width=max(160, console.width))
    console.print(grid)


def show(rows: Sequence[Row], form: str) -> None:
    """Prints rows as CSV or JSON."""
    sys.stdout.write(csv_text(rows) if form == "csv" else json_text(rows))


def print_table(shown: Shown) -> None:
    """Prints a table where it has lines, and the sentences below it."""
    if shown.rows:
        table(shown.title, shown.rows, shown.columns, shown.left)
    for note in shown.notes:
        sys.stdout.write(f"{note}\n")
