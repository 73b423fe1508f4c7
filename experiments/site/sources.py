"""Publications that costs rest on: a page of them with links, and links to it wherever one is named."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from architectures import architecture_names, load_architecture
from architectures.spec import FOLDER
from simcore.costs import CostEntry, CostTable, native_costs
from simcore.hosts import host_names, load_host
from simcore.schema import read_toml

__all__ = ["Publication", "every_cost", "linked", "page", "publications"]

FILE = Path(__file__).parent / "sources.toml"
APART = re.compile(r"(`[^`\n]*`|!?\[[^\]]*\]\([^)]*\)|<[^>\n]*>|https?://\S+)")  # what is no prose


class Publication(BaseModel):
    """One publication.

    Attributes:
        name: its anchor.
        title: authors, title, where and when.
        url: where it can be read or found.
        cited: regular expressions of the ways in which it is named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[a-z0-9-]+$")
    title: str = Field(min_length=10)
    url: str = Field(pattern="^https://")
    cited: tuple[str, ...] = Field(min_length=1)


@functools.cache
def publications() -> tuple[Publication, ...]:
    """All of them, the oldest first."""
    found = [Publication.model_validate(one) for one in read_toml(FILE)["publication"]]
    return tuple(sorted(found, key=lambda one: (one.name[-4:], one.name)))


@functools.cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<p{n}>{'|'.join(one.cited)})" for n, one in enumerate(publications())))


def linked(text: str, page: str = "sources.md") -> str:
    """Text in Markdown, each publication that it names linked to its line on the page of sources."""

    def link(found: re.Match[str]) -> str:
        name = publications()[int((found.lastgroup or "p0")[1:])].name
        return f'<a href="{page.removesuffix(".md")}.html#{name}">{found[0]}</a>'

    parts = APART.split(text)
    return "".join(_pattern().sub(link, part) if n % 2 == 0 else part for n, part in enumerate(parts))


def every_cost() -> Mapping[str, Sequence[CostEntry]]:
    """Every entry by its file."""
    tables = {f"architectures/costs/{path.name}": CostTable.load(path).cost for path in sorted(FOLDER.glob("costs/*"))}
    own = {
        f"architectures/catalogue/{name}.toml": load_architecture(name).cost
        for name in architecture_names()
        if load_architecture(name).cost
    }
    return {"simcore/native.toml": native_costs(), **tables, **own}


def page() -> Iterator[str]:
    """The page: each publication, how many costs name it, and what else rests on it."""
    texts = [entry.source for table in every_cost().values() for entry in table]
    hosts = {name: load_host(name) for name in host_names()}
    yield "# Sources"
    yield ""
    yield "The publications that costs and hosts name; a cost's own line says which table or section. Costs of a second"
    yield "publication, of patches and reports, or measured in this repository, say so in their line on the page of"
    yield "[costs](costs.md)."
    yield ""
    yield "| publication | costs that name it | hosts |"
    yield "|---|---|---|"
    for one in publications():
        named = re.compile("|".join(one.cited))
        count = sum(bool(named.search(text)) for text in texts)
        of = ", ".join(f"`{name}`" for name, host in hosts.items() if named.search(host.source))
        yield f'| <a id="{one.name}"></a>[{one.title}]({one.url}) | {count} | {of} |'
    yield ""
