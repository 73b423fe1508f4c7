"""An architecture's page holds what the project's data say of it."""

import pytest

from architectures import architecture_names, load_architecture
from experiments.site.architectures import claims_of, index, page, predictions


@pytest.mark.parametrize("name", architecture_names())
def test_a_page(name: str) -> None:
    one = load_architecture(name)
    text = "\n".join(page(name, {("dom0-is-shared", "now"): "reproduced"}))
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        f"# {one.title}",
        *("## Layers", "## Where the time goes", "## Costs", "## Predicted and measured", "## Claims"),
    ]
    assert all(ring in text and what.replace("'", "&#x27;") in text for ring, what in one.capabilities.rings.items())
    assert all(f"| `{entry.name}` |" in text for entry in one.cost)


def test_the_index_has_them_all() -> None:
    text = "\n".join(index())
    assert all(f"(architectures/{name}.md)" in text for name in architecture_names())


def test_claims_are_those_whose_programs_name_it() -> None:
    assert {"dom0-is-shared", "xen-separates-mechanism", "para-virt-reduces-overhead"} <= set(claims_of("xen-pv"))
    assert "containers-near-native" in claims_of("container")
    assert "dom0-is-shared" not in claims_of("container")


def test_predictions_are_of_the_catalogue() -> None:
    found = predictions()
    assert {"xen-2003", "workstation-translation", "kvm-vhost", "container"} <= set(found)
    assert all(row.kind == "predicted" for rows in found.values() for _, row in rows)
