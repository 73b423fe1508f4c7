"""Titles keep a percent sign with its number, and a size holds for one figure."""

from pathlib import Path

import pytest

from vmarch.figures.frame import PAGE, SLIDE, _size, _wrapped, at_size


def test_wrapping() -> None:
    assert _wrapped("a share of 10 % and more", 13) == "a share of\n10 % and more"
    assert _wrapped("", 10) == ""


def test_the_size_is_put_back_even_after_an_error(tmp_path: Path) -> None:
    def fails() -> None:
        assert _size.get() is SLIDE
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        at_size(SLIDE, fails)
    assert _size.get() is PAGE
