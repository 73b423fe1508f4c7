"""The pages' frame: everything that is shown is in the page as data, and drawn by the scripts beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

from vmarch.output import json_text

__all__ = ["ASSETS", "error_page", "page"]

ASSETS = Path(__file__).parent / "assets"
FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - vmarch</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/explore.css">
</head>
<body data-view="{view}" data-fixed="{fixed}" data-csv="{csv}">
<a class="skip" href="#main">To the content</a>
<header><a class="name" href="{home}">vmarch</a><nav aria-label="Views">{links}</nav>
<button id="theme" type="button" hidden>Light or dark</button></header>
<main id="main">{body}</main>
<p id="said" role="status" aria-live="polite"></p>
{scripts}
</body>
</html>
"""


def page(view: str, data: Mapping[str, object], links: Mapping[str, str], *, csv: str = "", current: str = "") -> str:
    """A page.

    Args:
        links: titles of the pages in the navigation, by address; the first is home.
        csv: the file of its rows, where it stands beside the page; then nothing can be asked of a server.
        current: its own address among the links; that of the view unless stated.
    """
    text = json.dumps(json.loads(json_text(data))).replace("<", "\\u003c")
    scripts = (
        f'<script type="application/json" id="data">{text}</script>\n'
        f'<script src="assets/{view}.js"></script>\n<script src="assets/explore.js"></script>'
    )
    body = f"<h1>{escape(str(data['title']))}</h1><noscript>This page is drawn by a script.</noscript>"
    return _framed(str(data["title"]), view, body, links, scripts, csv, current or view)


def error_page(reason: str, links: Mapping[str, str], title: str = "There is no such page") -> str:
    """A page that says what is wrong with an address, and where to go on."""
    others = "".join(f'<li><a href="/{escape(address)}">{escape(name)}</a></li>' for address, name in links.items())
    body = (
        f'<h1>{escape(title)}</h1><p class="wrong" role="alert">{escape(reason)}</p><p>Go on with:</p><ul>{others}</ul>'
    )
    return _framed(title, "", body, links, "", "", "")


def _framed(title: str, view: str, body: str, links: Mapping[str, str], scripts: str, csv: str, current: str) -> str:
    shown = "".join(
        f'<a href="{escape(address)}"{_current(address, current)}>{escape(name)}</a>' for address, name in links.items()
    )
    return FRAME.format(
        title=escape(title),
        view=view,
        fixed="yes" if csv else "no",
        csv=escape(csv),
        home=escape(next(iter(links), "")),
        links=shown,
        body=body,
        scripts=scripts,
    )


def _current(address: str, current: str) -> str:
    return ' aria-current="page"' if current and address.split("?")[0] == current else ""
