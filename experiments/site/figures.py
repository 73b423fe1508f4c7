"""The results of `make reproduce` as pages: every experiment with its figures, and the claims."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from experiments.experiment import experiment_names
from simcore.hosts import load_host

__all__ = ["claims", "copied", "page", "verdicts"]


def _made(results: Path) -> Mapping[str, Mapping[str, Any]]:
    """What made each experiment that was run."""
    paths = {name: results / name / "manifest.json" for name in experiment_names()}
    return {
        name: json.loads(path.read_text("utf-8"))["configuration"] for name, path in paths.items() if path.is_file()
    }


def copied(results: Path, folder: Path) -> None:
    """Copies to where the pages look for them: figures of experiments and of claims, and tables."""
    for name in _made(results):
        _copy(results / name, "*.svg", folder / "results" / name)
        _copy(results / name, "*.csv", folder / "_static" / "results" / name)
    _copy(results / "claims", "*.png", folder / "claims")
    _copy(results / "claims", "*.csv", folder / "_static" / "results" / "claims")


def _copy(here: Path, pattern: str, there: Path) -> None:
    for path in sorted(here.glob(pattern)):
        there.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, there / path.name)


def page(results: Path) -> Iterator[str]:
    """The page of figures; its setting is said once for each experiment."""
    yield "# Figures"
    yield ""
    made = _made(results)
    if not made:
        yield "None were made when this site was built: `make reproduce` makes them."
        return
    yield "What `make reproduce` draws, with short runs unless it says otherwise; `make figures` takes long ones, and"
    yield "`--slides` draws for a slide."
    for name, settings in made.items():
        host = load_host(settings["host"])
        yield ""
        yield f"## {settings['title']}"
        yield ""
        yield (results / name / "reading.txt").read_text("utf-8").strip()
        yield ""
        for one in settings.get("figures", ()):
            if (results / name / f"{one['file']}.svg").is_file():
                alt = f"{one['title']}".replace("[", "(").replace("]", ")")
                yield f"![{alt}](results/{name}/{one['file']}.svg)"
                yield ""
        quick = "short runs" if settings.get("quick") else "long runs"
        sample = f"seed {settings['seed']}, {settings['replications']} replications, {quick}"
        yield f"On `{host.name}` ({host.title}); {sample}."
        yield f'<a href="_static/results/{name}/{name}.csv">The data as CSV</a>;'
        yield f"`vmarch experiment {name}` runs it."


def verdicts(results: Path) -> Mapping[tuple[str, str], str]:
    """How each claim stands, by its id and then or now; empty where none was judged."""
    path = results / "claims" / "claims.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["id"], row["host"]): row["verdict"] for row in csv.DictReader(file)}


def claims(results: Path) -> Iterator[str]:
    """The page of claims, with their figures."""
    path = results / "claims" / "claims.md"
    if not path.is_file():
        yield "# The textbook's claims"
        yield ""
        yield "None were judged when this site was built: `make reproduce` judges them."
        return
    yield path.read_text("utf-8")
