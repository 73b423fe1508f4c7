"""Every page links a term where it first uses it, and every term is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from experiments.page.glossary import home, linked, pages, terms


@pytest.mark.parametrize("path", list(pages()), ids=lambda path: path.name)
def test_a_page_links_what_it_first_uses(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text == linked(text, home(path)), f"{path.name} lacks links to the glossary: run `make docs`"


def test_every_term_is_linked_and_every_link_leads_somewhere() -> None:
    text = "\n".join(path.read_text("utf-8") for path in pages())
    assert set(re.findall(r"glossary\.md#([a-z0-9-]+)\)", text)) == set(terms())


def test_each_term_has_one_line() -> None:
    found = terms()
    assert len(set(found.values())) == len(found)
    assert {"experiment", "study", "scenario", "run", "replication", "cell", "claim", "case"} <= set(found)


def test_only_prose_is_linked_and_only_once() -> None:
    text = "# A scenario\n\n`scenario` and [scenario](x.md).\n\n| scenario |\n\nA Scenario, a scenario.\n"
    once = linked(text)
    assert once == text.replace("A Scenario,", "A [Scenario](glossary.md#scenario),")
    assert linked(once) == once
