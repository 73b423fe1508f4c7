"""Publications are found where costs name them."""

import re

from experiments.site.sources import every_cost, linked, page, publications
from simcore.hosts import host_names, load_host


def test_every_publication_is_named_by_a_cost_or_a_host_and_has_its_line() -> None:
    texts = [entry.source for table in every_cost().values() for entry in table]
    texts += [load_host(name).source for name in host_names()]
    text = "\n".join(page())
    for one in publications():
        assert any(re.search("|".join(one.cited), text) for text in texts), one.name
        assert f'<a id="{one.name}"></a>[{one.title}]({one.url})' in text
    assert len({one.name for one in publications()}) == len(publications())


def test_links_of_each_way_to_name_one() -> None:
    for words in ("Barham et al. SOSP 2003", "Barham et al. 2003", "Barham 2003"):
        assert linked(f"see {words} table 3") == f'see <a href="sources.html#barham-2003">{words}</a> table 3'
    assert linked("Dall 2017, Dall 2016", "../sources.md").count('href="../sources.html#dall-201') == 2
    assert linked("[Barham 2003](x) Smith 2003") == "[Barham 2003](x) Smith 2003"
