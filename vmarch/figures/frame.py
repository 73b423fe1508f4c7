"""The frame of every figure: its size, its title above, its caption below, and its files.

A figure is made for a page, as large as it needs, or for a slide: 16:9, of 1920 x 1080 dots, its letters a half larger
than they are on a page of the same width.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from vmarch.output import write

__all__ = ["PAGE", "SLIDE", "STYLE", "Size", "at_size", "figure"]

STYLE = Path(__file__).parent / "vmarch.mplstyle"
UNBROKEN = "\N{NO-BREAK SPACE}%"


@dataclass(frozen=True)
class Size:
    """What a figure is made for.

    Attributes:
        name: in words.
        inches: width and height, of whatever is drawn; None where a figure is as large as it needs.
        dpi: dots to an inch of the PNG; 0 for the style's.
    """

    name: str
    inches: tuple[float, float] | None = None
    dpi: int = 0


PAGE = Size("page")
SLIDE = Size("slide", (9.6, 5.4), 200)
_size: ContextVar[Size] = ContextVar("size of figures", default=PAGE)


def at_size(size: Size, shape: Callable[..., None], *data: object, **options: object) -> None:
    """Draws with a shape, at a size."""
    before = _size.set(size)
    try:
        shape(*data, **options)
    finally:
        _size.reset(before)


@contextmanager
def figure(
    path: Path, title: str, caption: str, width: float, height: float, rows: int = 1, columns: int = 1
) -> Iterator[tuple[Any, Any]]:
    """A figure and its axes; on leaving, it is written as PNG and SVG, title above and caption below.

    Args:
        width, height: in inches, on a page.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    size = _size.get()
    with plt.style.context(str(STYLE)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # it is drawn as a box
        drawing, axes = plt.subplots(rows, columns, figsize=size.inches or (width, height), layout="constrained")
        try:
            write_around = _on_page if size.inches is None else _on_slide
            if size.inches is not None:
                _room(drawing, title, caption)  # before anything is placed by what it measures
            yield drawing, axes
            around = write_around(drawing, title, caption)
            for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None, "Creator": None})):
                buffer = BytesIO()
                dots = size.dpi or mpl.rcParams["savefig.dpi"]
                drawing.savefig(buffer, format=kind, metadata=metadata, bbox_inches=around, dpi=dots)
                write(path.with_suffix(f".{kind}"), buffer.getvalue())
        finally:
            plt.close(drawing)


def _on_page(drawing: Any, title: str, caption: str) -> Any:
    """Title and caption outside of what is drawn; what they and it cover."""
    import matplotlib as mpl

    width, height = drawing.get_size_inches()
    head, foot = _wrapped(title, int(width * 8.8)), _wrapped(caption, int(width * 14.0))
    drawing.text(0.0, 1.0 + 0.1 / height, head, fontsize=14, fontweight="bold", va="bottom", linespacing=1.25)
    drawing.text(0.0, -0.1 / height, foot, fontsize=9.5, color="0.3", va="top", linespacing=1.35)
    _settle(drawing)
    return drawing.get_tightbbox().padded(mpl.rcParams["savefig.pad_inches"])


HEAD, FOOT = 0.29, 0.15  # inches of a line of a slide's title, and of its caption
EDGE = 0.15  # inches


def _of_slide(drawing: Any, title: str, caption: str) -> tuple[str, str]:
    width = drawing.get_size_inches()[0]
    return _wrapped(title, int(width * 8.4)), _wrapped(caption, int(width * 16.5))


def _room(drawing: Any, title: str, caption: str) -> None:
    """Leaves room for title and caption within a slide."""
    width, height = drawing.get_size_inches()
    head, foot = (part.count("\n") + 1 if part else 0 for part in _of_slide(drawing, title, caption))
    above, below = EDGE + HEAD * head + 0.08, EDGE / 2 + FOOT * foot + 0.08
    free = (EDGE / width, below / height, 1 - 2 * EDGE / width, 1 - (above + below) / height)
    drawing.get_layout_engine().set(rect=free)


def _on_slide(drawing: Any, title: str, caption: str) -> Any:
    """Title and caption inside; the whole slide."""
    from matplotlib.transforms import Bbox

    width, height = drawing.get_size_inches()
    head, foot = _of_slide(drawing, title, caption)
    x = EDGE / width
    for text, y, style in (
        (head, 1 - EDGE / height, {"fontsize": 14, "fontweight": "bold", "va": "top", "linespacing": 1.25}),
        (foot, EDGE / 2 / height, {"fontsize": 7.5, "color": "0.3", "va": "bottom", "linespacing": 1.3}),
    ):
        drawing.text(x, y, text, in_layout=False, **style)
    _settle(drawing)
    return Bbox.from_bounds(0.0, 0.0, width, height)


def _settle(drawing: Any) -> None:
    """Lays it out, once for both files; legends beside the axes stay where that has left room for them."""
    drawing.draw_without_rendering()
    free = drawing.get_layout_engine().get()["rect"]
    drawing.set_layout_engine(None)
    for legend in drawing.legends:
        legend.set_bbox_to_anchor(free, transform=drawing.transFigure)


def _wrapped(text: str, width: int) -> str:
    """Text in lines; a percent sign stays with its number."""
    return "\n".join(textwrap.wrap(text.replace(" %", UNBROKEN), width)).replace(UNBROKEN, " %")
