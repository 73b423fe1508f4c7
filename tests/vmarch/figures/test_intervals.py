"""Which rows are drawn of many, and in which order."""

from pathlib import Path

from vmarch.figures.intervals import interval_bars, widest_first


def point(value: float) -> dict[str, tuple[float, float, float]]:
    return {"xen": (value, value, value)}


def test_the_widest_comes_first_and_what_lacks_the_first_series_last() -> None:
    groups = {"a": point(1.0), "none": {"kvm": (9.0, 9.0, 9.0)}, "b": point(3.0), "c": point(2.0)}
    assert list(widest_first(groups)) == ["b", "c", "a", "none"]
    assert widest_first({}) == {}


def test_of_many_rows_those_near_the_reference_are_told_in_the_caption(tmp_path: Path) -> None:
    groups = {f"row{n}": point(value) for n, value in enumerate([0.5, 3.0, *[1.01] * 8])}
    interval_bars(tmp_path / "a", groups, title="t", caption="c.", label="l")
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert "<!-- row1 -->" in text
    assert "<!-- row5 -->" not in text
    assert "c. Not drawn: 8 more, 1.01 to 1.01." in text


def test_few_rows_are_all_drawn(tmp_path: Path) -> None:
    groups = {f"row{n}": point(1.0) for n in range(8)}
    interval_bars(tmp_path / "a", groups, title="t", caption="c.", label="l")
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert all(f"<!-- row{n} -->" in text for n in range(8))


def test_of_very_many_rows_sixteen_at_most_are_drawn(tmp_path: Path) -> None:
    groups = {f"row{n}": point(1.1 + n) for n in range(30)}
    interval_bars(tmp_path / "a", groups, title="t", caption="c.", label="l")
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert sum(f"<!-- row{n} -->" in text for n in range(30)) == 15
    assert "Not drawn: 15 more, 1.10 to 15.10." in text
