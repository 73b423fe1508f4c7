"""From a document of the repository to a page of the site: its links, and the ids that they lead to."""

from __future__ import annotations

import re

from experiments.site.sources import linked

__all__ = ["adapted", "headed"]

MOVED = {  # what stands elsewhere on the site
    "README.md": "index.md",
    "../README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "../CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "../CHANGELOG.md": "changelog.md",
    "LICENSE": "license.md",
    "notebooks": "notebooks/index.md",
}
LINK = re.compile(r"(?<!\!)\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"(^```.*?^```[^\n]*$)", re.MULTILINE | re.DOTALL)
SOURCED = ("costs.md", "catalogue.md", "validation.md")  # pages whose publications are linked


def adapted(name: str, text: str) -> str:
    """A document as a page of the site.

    Args:
        name: its path in the repository, from docs/ or from the root.
    """
    parts = FENCE.split(text)
    for n in range(0, len(parts), 2):
        prose = LINK.sub(_link, parts[n])
        parts[n] = linked(prose) if name in SOURCED else prose
    return "".join(parts).replace("](docs/images/", "](images/")


def _link(found: re.Match[str]) -> str:
    words, target = found[1], found[2]
    if re.match(r"[a-z]+:", target):
        return found[0]
    path, mark, anchor = target.partition("#")
    path = MOVED.get(path, path).removeprefix("docs/").removesuffix("/")
    path = MOVED.get(path, path)
    if path.endswith(".ipynb"):
        path = f"{path.removesuffix('.ipynb')}.md"
    if path == "glossary.md" and anchor:  # its terms have ids of their own, which Sphinx does not know
        return f'<a href="glossary.html#{anchor}">{words}</a>'
    return f"[{words}]({path}{mark}{anchor})"


def headed(text: str) -> str:
    """The first heading of a page."""
    return next((line.removeprefix("# ").strip() for line in text.splitlines() if line.startswith("# ")), "")
