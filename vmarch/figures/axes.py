"""Figures that are handed over and not written: on axes of the caller's, or in a figure of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from vmarch.figures.plots import STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["drawn_on"]


def drawn_on(draw: Callable[[Axes], None], axes: Axes | None) -> Figure:
    """Draws on the axes, or on those of a new figure; the figure, which no window shows by itself."""
    from matplotlib import pyplot as plt

    if axes is not None:
        draw(axes)
        return cast("Figure", axes.get_figure(root=True))
    with plt.style.context(str(STYLE)):
        figure, own = plt.subplots(figsize=(9.0, 4.5), layout="constrained")
        draw(own)
        plt.close(figure)
    return figure
