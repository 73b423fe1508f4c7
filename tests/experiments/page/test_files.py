"""The reference of files has a line for every key."""

from __future__ import annotations

import pytest

from experiments.page.files import KINDS, meaning_of, models_of, rows_of
from simcore.hosts import Host, Nic
from workloads.spec import IoItem, Workload


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_says_what_it_takes_and_means(kind: str) -> None:
    for place, model in models_of(*KINDS[kind]):
        for key, takes, _, _, meaning in rows_of(model):
            assert takes, (place, key)
            assert meaning, f"{model.__module__}.{model.__name__}: its docstring says nothing of {key}"


def test_models_within_models_have_their_place() -> None:
    places = {model: place for place, model in models_of(Workload)}
    assert places[Workload] == ""
    assert places[IoItem] == "io[]"


def test_a_row_by_hand() -> None:
    rows = {row[0]: row for row in rows_of(Nic)}
    assert rows["mtu"][1:4] == ("a size such as '4 KiB'", "68 or more", "required")
    assert rows["assumed"][1:4] == ("true or false", "", "false")
    assert meaning_of(Host, "nothing") == ""
