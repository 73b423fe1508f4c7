"""Broken links are found, and whole ones are not."""

from pathlib import Path

from experiments.site.links import broken


def test_links(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text(
        '<a href="sub/">a</a><a href="#here">b</a><p id="here"></p><a href="https://example.org/x">c</a>'
        '<a href="gone.html">d</a><img src="no.png"><a href="sub/index.html#nowhere">e</a>'
        '<a href="sub/index.html#z">f</a><a href="sub/a%20b.txt">g</a>',
        "utf-8",
    )
    (tmp_path / "sub" / "index.html").write_text('<a name="z" href="../index.html#here">up</a>', "utf-8")
    (tmp_path / "sub" / "a b.txt").write_text("", "utf-8")
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "part.html").write_text('<a href="gone">a theme\'s own</a>', "utf-8")
    assert broken(tmp_path) == [
        "index.html: gone.html: there is no such file",
        "index.html: no.png: there is no such file",
        "index.html: sub/index.html#nowhere: there is no such place in it",
    ]
