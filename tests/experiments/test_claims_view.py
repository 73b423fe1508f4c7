"""The claims as the explorer shows them: what judging says, and addresses that can be opened."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from experiments.claims import claim_names, load_claim
from experiments.claims.view import CLAIMS
from simcore.errors import InputError
from vmarch.exploring.breakdown import breakdown
from vmarch.exploring.state import State, read


def seen(**more: str) -> State:
    return read(more.items(), CLAIMS.more)


def test_answers_go_on_until_every_claim_is_judged() -> None:
    data = CLAIMS.data(seen())
    while not data["complete"]:
        data = CLAIMS.data(seen())
    assert [one["name"] for one in data["claims"]] == list(claim_names())  # type: ignore[attr-defined]
    assert all(set(one["verdicts"]) == {"then", "now"} for one in data["claims"])  # type: ignore[attr-defined]
    assert len(CLAIMS.rows(seen())) == 2 * len(claim_names())


@pytest.mark.parametrize("name", claim_names())
def test_a_claim_can_be_taken_apart(name: str) -> None:
    chosen = CLAIMS.data(seen(claim=name, era="then"))["chosen"]
    assert chosen["statement"] == load_claim(name).statement  # type: ignore[index]
    assert len(CLAIMS.rows(seen(claim=name, era="then"))) == len(chosen["lines"])  # type: ignore[index]
    for one in chosen["apart"][:2]:  # type: ignore[index]
        state = read(parse_qsl(one["address"]))
        assert any("seconds" in bar for bar in breakdown(state)["bars"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(("more", "reason"), [({"claim": "dom0"}, "dom0-is-shared"), ({"era": "later"}, "now")])
def test_what_is_not_there_is_refused(more: dict[str, str], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        CLAIMS.data(seen(**more))
