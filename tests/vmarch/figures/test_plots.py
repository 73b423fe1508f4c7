"""Every shape of figure: both files, with title, caption and names in them, and the same bytes each time."""

import html
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matplotlib import pyplot as plt

from simcore.path import Layer
from vmarch.figures import intervals, maps, plots
from vmarch.figures.frame import SLIDE, at_size
from vmarch.figures.intervals import interval_bars, spreads
from vmarch.figures.maps import class_map, field_map, heat_map
from vmarch.figures.plots import Line, Panel, agreement, line_plot, stacked_bars

TITLE, CAPTION = "The finding < 10 % & so on", "What it was made from."
CURVE = Line("curve", [1.0, 2.0, 4.0], [1.0, 3.0, 9.0], [0.9, 2.0, 8.0], [1.1, 4.0, 10.0])
SHAPES: dict[str, tuple[Callable[..., None], tuple[Any, ...], dict[str, Any], tuple[str, ...]]] = {
    # the shape, its data, its options, what must be readable in it
    "heat_map": (
        heat_map,
        ([[1.0, 2.5], ["refused", 250.0]], ["fast", "slow"], ["here", "there"]),
        {"label": "slowdown", "hatched": {(0, 0)}, "marked": {(0, 1)}},
        ("fast", "slow", "here", "there", "1.00", "2.50†", "250", "refused", "slowdown"),
    ),
    "class_map": (
        class_map,
        ([[(0, "A"), (1, "B")], [None, (1, "C")]], ["fast", "slow"], ["here", "there"], ["near", "far"]),
        {},
        ("fast", "there", "A", "B", "C", "refused", "near", "far"),
    ),
    "field_map": (
        field_map,
        ([1.0, 10.0], [1.0, 10.0, 100.0], [[0.1, 1.0], [1.0, 2.0], [3.0, 9.0]]),
        {"x_label": "exits", "y_label": "walks", "label": "ratio", "lines": [CURVE], "points": {"oltp": (2.0, 3.0)}},
        ("exits", "walks", "ratio", "curve"),
    ),
    "interval_bars": (
        interval_bars,
        ({"oltp": {"xen": (1.2, 1.1, 1.3), "kvm": (1.0, 1.0, 1.0)}, "hpc": {"kvm": (1.1, 0.0, math.inf)}},),
        {"label": "slowdown"},
        ("oltp", "hpc", "xen", "kvm", "slowdown"),
    ),
    "spreads": (
        spreads,
        ({"xen": {"oltp": (1.2, 1.1, 1.3), "hpc": (1.0, 1.0, 1.0)}, "kvm": {"oltp": (2.0, 2.0, 2.0)}, "none": {}},),
        {"label": "slowdown", "of": ["para", "assisted", "assisted"]},
        ("xen", "kvm", "none", "oltp 1.2", "oltp 2", "slowdown", "para", "assisted"),
    ),
    "stacked_bars": (
        stacked_bars,
        ({"native": {Layer.USER: 1e-6}, "xen": {**dict.fromkeys(Layer, 1e-6), "waiting": 2e-6}},),
        {"label": "time (us)", "scale": 1e6},
        ("native", "xen", "waiting", "time (us)", "10", *Layer),
    ),
    "line_plot": (
        line_plot,
        (Panel([CURVE], "x axis", "y axis", marks={"break even": 2.0}, levels={"capacity": 5.0}),),
        {},
        ("x axis", "y axis", "break even", "capacity"),
    ),
    "line_plot of two panels": (
        line_plot,
        ([Panel([CURVE, Line("other", [1, 2], [2, 1])], "x", "y", title=t, x_log=True, y_log=True) for t in "PQ"],),
        {},
        ("curve", "other", "P", "Q"),
    ),
    "agreement": (
        agreement,
        ({"Barham 2003": [(1.0, 1.1, 1.0, 1.2), (200.0, 150.0, 100.0, 180.0)]},),
        {},
        ("Barham 2003", "predicted"),
    ),
}


def draw(shape: str, path: Path) -> tuple[bytes, bytes]:
    function, data, options, _ = SHAPES[shape]
    function(path, *data, title=TITLE, caption=CAPTION, **options)
    return path.with_suffix(".png").read_bytes(), path.with_suffix(".svg").read_bytes()


def words(svg: bytes) -> list[str]:
    """All texts of a figure; the style leaves them as text, or as a comment before their outlines."""
    text = svg.decode("utf-8")
    found = re.findall(r"<text\b[^>]*>(.*?)</text>", text, re.DOTALL) + re.findall(r"<!-- (.*?) -->", text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]*>", "", one)).strip() for one in found]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_figure(tmp_path: Path, shape: str) -> None:
    png, svg = draw(shape, tmp_path / "figure")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(png) > 5000
    shown = words(svg)
    assert [word for word in (TITLE, CAPTION, *SHAPES[shape][3]) if word not in shown] == []
    assert [word for word in shown if "\\mathdefault" in word] == []  # the style reads no TeX
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figure.png", "figure.svg"]
    assert plt.get_fignums() == []
    other = tmp_path / "elsewhere"
    other.mkdir()
    assert draw(shape, other / "again") == (png, svg)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_slide(tmp_path: Path, shape: str) -> None:
    function, data, options, names = SHAPES[shape]
    at_size(SLIDE, function, tmp_path / "figure", *data, title=TITLE, caption=CAPTION, **options)
    png = (tmp_path / "figure.png").read_bytes()
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (1920, 1080)
    shown = words((tmp_path / "figure.svg").read_bytes())
    assert [word for word in (TITLE, CAPTION, *names) if word not in shown] == []
    function(tmp_path / "page", *data, title=TITLE, caption=CAPTION, **options)
    assert (tmp_path / "page.png").read_bytes()[16:24] != png[16:24]  # the size holds for one figure


def test_no_shape_is_forgotten() -> None:
    drawn = {*plots.__all__, *maps.__all__, *intervals.__all__}
    on_axes = {"mark_intervals", "mark_lines", "plain_ticks", "stack"}  # which those that make files draw with
    others = {"Line", "Panel", "Groups", "CLASS_COLOURS", "short", "widest_first"}
    assert drawn - on_axes - others == {function.__name__ for function, *_ in SHAPES.values()}


def test_the_users_own_settings_do_not_matter(tmp_path: Path) -> None:
    before = draw("stacked_bars", tmp_path / "a")
    with plt.rc_context({"svg.hashsalt": None}):
        assert draw("stacked_bars", tmp_path / "b") == before


def test_a_failed_figure_leaves_nothing(tmp_path: Path) -> None:
    wrong = Panel([Line("curve", [1.0, 2.0], [1.0])], "x", "y")
    with pytest.raises(ValueError, match="same first dimension"):
        line_plot(tmp_path / "figure", wrong, title=TITLE, caption=CAPTION)
    assert list(tmp_path.iterdir()) == []
    assert plt.get_fignums() == []


@pytest.mark.parametrize("title", ["$\\foo$ costs $5", "虚拟机 的 开销", "a rocket \N{ROCKET}", "50 % _of_ {it} \\"])
def test_a_title_is_the_users(tmp_path: Path, title: str) -> None:
    interval_bars(tmp_path / "a", {title: {title: (1.2, 1.1, 1.3)}}, title=title, caption=title, label=title)
    assert (tmp_path / "a.png").stat().st_size > 5000
