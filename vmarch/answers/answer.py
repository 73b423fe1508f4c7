"""What all answers can do: a line, a table for a notebook, a frame, a CSV file, and what made them."""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcore.errors import InputError
from vmarch.output import Row, csv_text, json_text, manifest, prepare, write
from vmarch.tables import Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Answer"]


class Answer(ABC):
    """An answer of the library: rows of full precision in SI units, and the same in words."""

    @property
    @abstractmethod
    def rows(self) -> Sequence[Row]:
        """One mapping for each row of the CSV file, the columns by name."""

    @property
    @abstractmethod
    def table(self) -> Table:
        """The answer in words, as the command line prints it."""

    @property
    def tables(self) -> Sequence[Table]:
        """All that is shown of it: the table, and what stands below it."""
        return (self.table,)

    @property
    @abstractmethod
    def asked(self) -> Mapping[str, object]:
        """What was asked: the question and its settings, the seed among them where anything was drawn."""

    @property
    @abstractmethod
    def finding(self) -> str:
        """What was found, in one line."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What its files are called, without the ending."""

    @property
    def manifest_name(self) -> str:
        """The file that says what made them."""
        return f"{self.name}.json"

    @property
    def has_figure(self) -> bool:
        """Whether there is a figure of it."""
        return type(self)._draw is not Answer._draw

    def _draw(self, axes: Axes) -> None:
        """Draws on a pair of axes; an answer that has no figure leaves this as it is."""
        raise NotImplementedError

    def draw(self, path: Path) -> None:  # noqa: B027 -- not every answer has a figure for a file
        """Writes the figure with its title and caption as PNG and SVG; nothing for an answer that has none.

        Raises:
            InputError: it cannot be written.
        """

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A tidy data frame with the columns of the CSV file."""
        import pandas as pd

        return pd.DataFrame(list(self.rows))

    @property
    def made(self) -> dict[str, Any]:
        """What made the answer: the configuration with its seed, and the versions that decide results."""
        found: dict[str, Any] = json.loads(manifest(self.asked))
        return found

    def to_csv(self, path: str | Path | None = None) -> str | None:
        """Writes the rows as CSV, or returns the text where no path is given.

        Raises:
            InputError: the file cannot be written.
        """
        text = csv_text(self.rows)
        if path is None:
            return text
        prepare(Path(path).parent)
        write(Path(path), text)
        return None

    def save(self, folder: str | Path) -> None:
        """Writes the rows as CSV, what made them as JSON, and the figure where there is one.

        Raises:
            InputError: a file cannot be written.
        """
        where = prepare(Path(folder))
        write(where / f"{self.name}.csv", csv_text(self.rows))
        write(where / self.manifest_name, json_text(self.made))
        self.draw(where / self.name)

    def plot(self, ax: Axes | None = None) -> Figure:
        """The answer as a figure, or on axes of yours.

        Args:
            ax: where to draw; a figure of its own by default.

        Raises:
            InputError: the answer has no figure.
        """
        if not self.has_figure:
            raise InputError("plot", self.name, "an answer that has a figure")
        from vmarch.figures.axes import drawn_on

        return drawn_on(self._draw, ax)

    def __repr__(self) -> str:
        """One line: what kind of answer, and what was found."""
        return f"<{type(self).__name__}: {self.finding}>"

    def _repr_html_(self) -> str:
        """The tables and the figure, for a notebook."""
        return f"{''.join(table._repr_html_() for table in self.tables)}{self._picture()}"

    def _picture(self) -> str:
        """The figure as HTML; nothing for an answer that has none."""
        if not self.has_figure:
            return ""
        buffer = BytesIO()
        self.plot().savefig(buffer, format="png", dpi=100, bbox_inches="tight")
        data = base64.b64encode(buffer.getvalue()).decode()
        return f'<img alt="{escape(self.finding)}" src="data:image/png;base64,{data}">'
