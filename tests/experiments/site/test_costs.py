"""Every cost has its row."""

from experiments.site.costs import page
from experiments.site.sources import every_cost


def test_every_cost_has_its_row() -> None:
    rows = [line for line in page() if line.startswith("| `")]
    entries = [entry for table in every_cost().values() for entry in table]
    assert all(f"`{entry.name}`" in row for row, entry in zip(rows, entries, strict=True))
