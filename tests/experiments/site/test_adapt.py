"""Links of a document lead to the same place on the site."""

import pytest

from experiments.site.adapt import adapted, headed


@pytest.mark.parametrize(
    ("name", "text", "becomes"),
    [
        ("README.md", "[the model](docs/model.md)", "[the model](model.md)"),
        ("README.md", "[here](docs/costs.md#every-entry)", "[here](costs.md#every-entry)"),
        ("README.md", "![a](docs/images/a.png)", "![a](images/a.png)"),
        ("README.md", "[term](docs/glossary.md#cost)", '<a href="glossary.html#cost">term</a>'),
        ("README.md", "[house](CONTRIBUTING.md), [Apache](LICENSE)", "[house](contributing.md), [Apache](license.md)"),
        ("library.md", "[one](notebooks/choice.ipynb), [all](notebooks)", None),
        ("model.md", "[words](https://example.org/a.md)", "[words](https://example.org/a.md)"),
        ("model.md", "```md\n[a](docs/b.md)\n```", "```md\n[a](docs/b.md)\n```"),
        ("model.md", "Barham et al. SOSP 2003", "Barham et al. SOSP 2003"),
        ("costs.md", "Barham 2003, `Barham 2003`", '<a href="sources.html#barham-2003">Barham 2003</a>, `Barham 2003`'),
    ],
)
def test_a_link(name: str, text: str, becomes: str | None) -> None:
    expected = "[one](notebooks/choice.md), [all](notebooks/index.md)" if becomes is None else becomes
    assert adapted(name, text) == expected


def test_the_heading() -> None:
    assert headed("text\n# One\n# Two") == "One"
    assert headed("") == ""
