"""The pages of the site in Markdown, in a folder for Sphinx, from what the repository and a folder of results hold."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from architectures import architecture_names
from experiments.catalogue.shown import EIGHT
from experiments.site import api, architectures, costs, figures, notebooks, sources
from experiments.site.adapt import adapted
from vmarch.exploring.files import write_files

__all__ = ["SECTIONS", "stage"]

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SECTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {  # a page of the top, its heading, and what is below it
    "use": (
        "Use",
        (
            "tutorial",
            "explore",
            "trace",
            "library",
            "notebooks/index",
            "studies",
            "tenants",
            "life",
            "migration",
            "memory",
            "uncertainty",
            "jobs",
            "calibrate",
        ),
    ),
    "results": ("Results", ("figures", "claims/index", "reach", "validation", "closed-loop", "trust")),
    "model": ("Model", ("model", "design", "reliability", "speed")),
    "reference": (
        "Reference",
        ("architectures", "catalogue", "costs", "every-cost", "sources", "files", "api", "glossary"),
    ),
    "project": ("Project", ("cite", "contributing", "release", "changelog", "license")),
}

EXPLORED = ("tcp-rr", "disk-read-random", "web-server")  # workloads
SEE = """
On this site, without installing anything: <a href="explorer/index.html">where the time goes and the path of one
request</a>, to be clicked through.
"""


def stage(folder: Path, results: Path, *, run_notebooks: bool = True) -> None:
    """Writes the pages, with what Sphinx needs, into a folder that is emptied first.

    Args:
        results: as `make reproduce` leaves them; what is not there is not shown.
        run_notebooks: else they are left out.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "static", folder / "_static")
    shutil.copy(HERE / "conf.py", folder / "conf.py")
    _written_by_hand(folder)
    _write(folder / "sources.md", sources.page())
    _write(folder / "every-cost.md", costs.page())
    _write(folder / "api.md", api.page())
    write_files(folder / "extra" / "explorer", EXPLORED, ("native", *EIGHT), "server")
    _architectures(folder, results)
    figures.copied(results, folder)
    _write(folder / "figures.md", figures.page(results))
    _write(folder / "claims" / "index.md", figures.claims(results))
    names = []
    for path in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")) if run_notebooks else ():
        notebooks.render(path, folder / "notebooks")
        names.append(path.stem)
    _write(folder / "notebooks" / "index.md", notebooks.index(names))
    for name, (heading, below) in SECTIONS.items():
        _write(folder / f"{name}-section.md", _section(heading, below))


def _write(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines).rstrip() + "\n", "utf-8")


def _written_by_hand(folder: Path) -> None:
    """The documents, the first page of them the project's README."""
    shutil.copytree(ROOT / "docs" / "images", folder / "images")
    for path in sorted((ROOT / "docs").glob("*.md")):
        if path.name != "README.md":
            _write(folder / path.name, [adapted(path.name, path.read_text("utf-8"))])
    for name, page in (("CONTRIBUTING.md", "contributing.md"), ("CHANGELOG.md", "changelog.md")):
        _write(folder / page, [adapted(name, (ROOT / name).read_text("utf-8"))])
    _write(folder / "license.md", ["# License", "", "```text", (ROOT / "LICENSE").read_text("utf-8").rstrip(), "```"])
    tree = ["", "```{toctree}", ":hidden:", "", *(f"{name}-section" for name in SECTIONS), "```"]
    _write(folder / "index.md", [_first(adapted("README.md", (ROOT / "README.md").read_text("utf-8"))), *tree])


def _first(text: str) -> str:
    """The first page, with what only the site has before its second heading."""
    head, mark, rest = text.partition("\n## ")
    return f"{head}{SEE}{mark}{rest}"


def _section(heading: str, below: tuple[str, ...]) -> list[str]:
    return [f"# {heading}", "", "```{toctree}", ":maxdepth: 1", "", *below, "```"]


def _architectures(folder: Path, results: Path) -> None:
    _write(folder / "architectures.md", architectures.index())
    verdicts = figures.verdicts(results)
    for name in architecture_names():
        _write(folder / "architectures" / f"{name}.md", architectures.page(name, verdicts))
        architectures.draw(name, folder / "architectures")
