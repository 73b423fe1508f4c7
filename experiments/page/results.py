"""The page of results: every figure with its paragraph, its table beside it, and the claims.

One file of HTML, its images inside, made from what lies in the folder of results; it needs no network and no code. An
experiment that was not run yet is not on it.
"""

from __future__ import annotations

import base64
import csv
import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiments.experiment import experiment_names
from simcore.errors import InputError
from simcore.reading import read_file
from vmarch.output import write

__all__ = ["page", "write_page"]

STYLE = Path(__file__).parent / "results.css"
CLAIMS = Path("claims") / "claims.csv"
SHOWN = ("id", "host", "verdict", "figure", "low", "high", "boundary")
VERDICTS = {"reproduced": "yes", "not reproduced": "no"}  # how a verdict is coloured; others in between


def write_page(out: Path) -> Path:
    """Writes OUT/index.html from the results below it.

    Raises:
        InputError: it cannot be written.
    """
    path = out / "index.html"
    write(path, page(out))
    return path


def page(out: Path) -> str:
    """The page."""
    made = [(name, _manifest(out / name / "manifest.json")) for name in _present(out)]
    claims = list(_claims(out))
    links = [f'<a href="#{name}">{html.escape(m["configuration"]["title"])}</a>' for name, m in made]
    if claims:
        links.append('<a href="#claims">The textbook\'s claims</a>')
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>vmarch: results</title>",
            f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n<main>",
            "<h1>How much slower, where the time goes, and how sure</h1>",
            '<p class="lead">Virtual-machine architectures compared by discrete-event simulation. Each figure states '
            "what it found as its title; intervals are 95 %. Tables and figures lie beside this page.</p>",
            f"<nav><ol>{''.join(f'<li>{link}</li>' for link in links)}</ol></nav>",
            *(part for name, manifest in made for part in _experiment(out, name, manifest)),
            *claims,
            _foot(made),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _text_of(path: Path) -> str:
    """A result's text.

    Raises:
        InputError: it is damaged.
    """
    try:
        return read_file(path, "result", "text").decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("result", str(path), f"UTF-8 text; {AGAIN}") from None


def _manifest(path: Path) -> dict[str, Any]:
    """What made a result.

    Raises:
        InputError: it is damaged.
    """
    try:
        found: dict[str, Any] = json.loads(_text_of(path))
        _ = found["configuration"]["title"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("result", str(path), f"a whole manifest; {AGAIN}") from None
    return found


AGAIN = "remove its folder and run the experiment again"


def _present(out: Path) -> list[str]:
    return [name for name in experiment_names() if (out / name / "manifest.json").exists()]


def _experiment(out: Path, name: str, manifest: dict[str, Any]) -> Iterator[str]:
    """One section: heading, paragraph, figures, and how it was made."""
    configuration = manifest["configuration"]
    reading = out / name / "reading.txt"
    yield f'<section id="{name}">\n<h2>{html.escape(configuration["title"])}</h2>'
    if reading.exists():
        yield f'<p class="reading">{html.escape(_text_of(reading).strip())}</p>'
    for figure in configuration.get("figures", ()):
        image = out / name / f"{figure['file']}.svg"
        if image.exists():
            data = base64.b64encode(image.read_bytes()).decode("ascii")
            alt = html.escape(f"{figure['title']}. {figure['caption']}", quote=True)
            link = f"{name}/{figure['file']}"
            yield (
                f'<figure><img src="data:image/svg+xml;base64,{data}" alt="{alt}">'
                f'<figcaption><a href="{link}.png">PNG</a> <a href="{link}.svg">SVG</a></figcaption></figure>'
            )
    tables = out / name / "tables.html"
    if tables.exists():
        inside = _text_of(tables)
        yield f'<details class="wide"><summary>The tables: what it is, and what it rests on</summary>{inside}</details>'
    settings = {k: v for k, v in configuration.items() if k not in ("experiment", "title", "figures")}
    shown = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(_text(v))}</td></tr>" for k, v in settings.items())
    yield (
        f'<p class="data"><a href="{name}/{name}.csv">The data as CSV</a> · <a href="{name}/manifest.json">what made '
        f"it</a></p>\n<details><summary>Settings</summary><table>{shown}</table></details>\n</section>"
    )


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _claims(out: Path) -> Iterator[str]:
    """The table of claims, where there is one; each is linked to its figure."""
    path = out / CLAIMS
    if not path.exists():
        return
    try:
        rows = list(csv.DictReader(_text_of(path).splitlines()))
    except csv.Error as error:
        raise InputError("result", str(path), f"a CSV file ({error}); {AGAIN}") from None
    if not rows or not {*SHOWN[:3]} <= rows[0].keys():
        return
    columns = [column for column in SHOWN if column in rows[0]]
    yield '<section id="claims">\n<h2>The textbook\'s claims, then and now</h2>'
    yield f'<div class="wide"><table class="claims"><tr>{"".join(f"<th>{html.escape(c)}</th>" for c in columns)}</tr>'
    for row in rows:
        first, *rest = columns
        name = html.escape(row[first])
        picture = next((p for p in _pictures(row, columns) if (out / p).exists()), None)
        cells = [f'<td><a href="{picture}">{name}</a></td>' if picture else f"<td>{name}</td>"]
        for column in rest:
            value = row[column] or ""
            kind = f' class="{_colour(value)}"' if column == "verdict" else ""
            cells.append(f"<td{kind}>{html.escape(_number(value))}</td>")
        yield f"<tr>{''.join(cells)}</tr>"
    yield f'</table></div>\n<p class="data"><a href="{CLAIMS.as_posix()}">The table as CSV</a></p>\n</section>'


def _pictures(row: dict[str, str], columns: list[str]) -> list[str]:
    """Where a claim's figure may be, by the ways of naming it."""
    return [f"{CLAIMS.parent}/{row[columns[0]]}-{row[columns[1]]}.svg", f"{CLAIMS.parent}/{row[columns[0]]}.svg"]


def _colour(verdict: str) -> str:
    return VERDICTS.get(verdict.strip().lower(), "partly")


def _number(text: str) -> str:
    """A number of the table, short enough to read."""
    try:
        return f"{float(text):.4g}"
    except ValueError:
        return text


def _foot(made: list[tuple[str, dict[str, Any]]]) -> str:
    versions = made[0][1]["versions"] if made else {}
    text = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"<footer>Made with {html.escape(text)}.</footer>" if text else ""
