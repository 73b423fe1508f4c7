"""Links from a page's first use of a term to the glossary's line for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["AMBIGUOUS", "home", "linked", "pages", "terms"]

DOCS = Path(__file__).parents[2] / "docs"
ENTRY = re.compile(r'^\| <a id="([a-z0-9-]+)"></a>([^|]+) \|', re.MULTILINE)
AMBIGUOUS = frozenset(
    {"answer", "carried", "case", "charge", "exit", "path", "run", "tso"}
)  # everyday words as well: by hand
APART = re.compile(  # what is not prose: code, headings, tables, links, HTML
    r"(^```.*?^```[^\n]*$|^    [^\n]*$|^#[^\n]*$|^\|[^\n]*$|`[^`\n]*`|!?\[[^\]]*\]\([^)]*\)|<[^>\n]*>|https?://\S+)",
    re.MULTILINE | re.DOTALL,
)
GENERATED = "<!-- Generated below this line"
README = DOCS.parent / "README.md"
WRITTEN_WHOLE = ("glossary.md", "validation.md", "closed-loop.md", "README.md")  # by programs, or lists of links


def terms() -> dict[str, str]:
    """Each term of the glossary, by its anchor."""
    return {anchor: words.strip() for anchor, words in ENTRY.findall((DOCS / "glossary.md").read_text("utf-8"))}


def pages() -> Iterator[Path]:
    """The pages whose prose is written by hand, the project's README first."""
    yield README
    yield from (path for path in sorted(DOCS.glob("*.md")) if path.name not in WRITTEN_WHOLE)


def home(page: Path) -> str:
    """Where the glossary is, seen from a page."""
    return "docs/glossary.md" if page == README else "glossary.md"


def linked(text: str, glossary: str = "glossary.md") -> str:
    """A page with a link at the first use of each term; the same again if it has them."""
    prose, mark, rest = text.partition(GENERATED)
    for anchor, words in sorted(terms().items(), key=lambda term: -len(term[1])):  # Domain 0 before domain
        if anchor in AMBIGUOUS or f"({glossary}#{anchor})" in prose:
            continue
        pattern = re.compile(
            rf"\b({'|'.join(re.escape(word.strip()) for word in words.split(','))})(s?)\b", re.IGNORECASE
        )
        parts = APART.split(prose)
        for number in range(0, len(parts), 2):  # what lies between is apart
            found, count = pattern.subn(rf"[\1\2]({glossary}#{anchor})", parts[number], count=1)
            if count:
                parts[number] = found
                break
        prose = "".join(parts)
    return prose + mark + rest
