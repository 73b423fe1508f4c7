"""Figures that are handed over and not written: on axes of the caller's, or in a figure of their own.

Such a figure is none of pyplot's, so that no window shows it by itself and nothing has to be closed.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import cast

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vmarch.figures.frame import STYLE

__all__ = ["Drawing", "drawn_on"]


class Drawing(Figure):
    """A figure that a notebook shows."""

    def _repr_png_(self) -> bytes:
        """The picture."""
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=100, bbox_inches="tight")
        return buffer.getvalue()


def drawn_on(draw: Callable[[Axes], None], axes: Axes | None) -> Figure:
    """Draws on the axes, or on those of a new figure; the figure."""
    if axes is not None:
        draw(axes)
        return cast(Figure, axes.get_figure(root=True))
    with style.context(str(STYLE)):
        figure = Drawing(figsize=(9.0, 4.5), layout="constrained")
        draw(figure.subplots())
    return figure
