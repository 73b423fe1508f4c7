"""Regions: points inside and outside, and the line between them."""

from pathlib import Path

from vmarch.figures.plots import Line
from vmarch.figures.regions import Point, Region, region_map


def test_a_map_of_two_regions_is_written(tmp_path: Path) -> None:
    points = [Point(1.0, 1.0, "9 ms", True), Point(100.0, 1.0, "2 s", False)]
    regions = [Region(name, points, Line("formula", [10.0, 100.0], [1.0, 10.0])) for name in ("one", "other")]
    names = {"x_label": "written", "y_label": "sent", "inside": "converged", "outside": "did not"}
    region_map(tmp_path / "map", regions, title="A line", caption="", **names)
    svg = (tmp_path / "map.svg").read_text(encoding="utf-8")
    assert (tmp_path / "map.png").stat().st_size > 1000
    for word in ("converged", "did not", "other"):
        assert f"<!-- {word} -->" in svg or word in svg
