"""Every link of the built site leads somewhere: to a file of it, and to an id of that file.

Links to other sites are not followed here, since there may be no network; `make site-links` asks them.
"""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["broken"]

OF = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src", "iframe": "src"}


class _Page(HTMLParser):
    """The links and the ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes what a tag links to, and its ids."""
        found = dict(attrs)
        if target := found.get(OF.get(tag, "")):
            self.links.append(target)
        self.ids |= {value for key in ("id", "name") if (value := found.get(key))}


def broken(folder: Path) -> Sequence[str]:
    """What is wrong with the links of a folder of HTML, a line each."""
    pages = {
        path.resolve(): _Page(path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.html"))
        if "_static" not in path.parts
    }
    found = []
    for path, page in pages.items():
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            where = f"{path.relative_to(folder.resolve())}: {link}"
            if not target.exists():
                found.append(f"{where}: there is no such file")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                found.append(f"{where}: there is no such place in it")
    return found
