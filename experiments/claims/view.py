"""The claims in the explorer: each with its verdict, figure and boundary, judged while one looks, to be taken apart.

The quick setting judges most claims within a second; an answer holds what was judged by then, and the same question
asked again goes on from there, as under load.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence

from architectures import architecture_names
from experiments.claims.bench import Setting
from experiments.claims.judge import ERAS, Judged, host_of, judge
from experiments.claims.judging import REPLICATIONS
from experiments.claims.page import evidence_rows, rows
from experiments.claims.registry import claim_names, load_claim
from simcore.errors import unknown
from simcore.hosts import load_host
from vmarch.exploring.choices import choices
from vmarch.exploring.state import MOST, State
from vmarch.exploring.views import View
from vmarch.output import Row
from vmarch.store import Store
from workloads import load_workload, workload_names

__all__ = ["CLAIMS"]

MORE = {"claim": "", "era": "now"}
SETTING = Setting(quick=True, replications=REPLICATIONS[True])
BUDGET_S = 0.5  # of judging in one answer
APART = 6  # workloads of a claim that can be taken apart, at most
_judged: dict[tuple[str, str], Judged] = {}
_store, _turn = Store(), threading.Lock()


def _claims(state: State) -> Mapping[str, object]:
    """What is judged by now, and one claim closely.

    Raises:
        InputError: no such claim, or no such time.
        StuckError, CheckError: a run could not proceed, or broke a law.
    """
    name, era = _asked(state)
    complete = _go_on(name, era, time.monotonic() + BUDGET_S)
    claim, found = load_claim(name), _judged[name, era]
    return {
        "view": "claims",
        "title": "The textbook's claims",
        "claims": [_listed(one) for one in claim_names()],
        "chosen": {
            "name": name,
            "era": era,
            "statement": claim.statement,
            "host": load_host(found.host).title,
            "why_then": claim.why_then if era == "then" else "",
            **_verdict(found),
            "lines": [_line(row) for row in evidence_rows([found])],
            "apart": list(_apart(found)),
        },
        "eras": ERAS,
        "complete": complete,
        "choices": choices(),
        "state": {**state.seen, "more": {"claim": name, "era": era}},
        "address": state.address,
        "command": f"vmarch claims {name} --host {era} --quick",
        "python": (
            "from experiments.claims import Setting\nfrom experiments.claims.judge import judge\n\n"
            f"(found,) = judge([{name!r}], [{era!r}], Setting(quick=True, replications={SETTING.replications}))\n"
            "print(found.verdict.standing, found.verdict.figure)\n"
        ),
    }


def _rows(state: State) -> Sequence[Row]:
    """The verdicts on all claims or, of one that is chosen, its evidence."""
    name, era = _asked(state)
    if state.more["claim"]:
        _go_on(name, era, 0.0)
        return evidence_rows([_judged[name, era]])
    _go_on(name, era, float("inf"))
    return rows([_judged[one, when] for one in claim_names() for when in ERAS])


def _asked(state: State) -> tuple[str, str]:
    """The claim that is looked at, the first where none is named, and when."""
    name, era = load_claim(state.more["claim"] or claim_names()[0]).name, state.more["era"]
    if era not in ERAS:
        raise unknown("era", era, ERAS)
    return name, era


def _go_on(name: str, era: str, until: float) -> bool:
    """Judges the one that is looked at, and others for as long as there is time; whether all are judged."""
    everything = [(one, when) for one in claim_names() for when in ERAS]
    with _turn:
        for pair in ((name, era), *everything):
            if pair not in _judged and (pair == (name, era) or time.monotonic() < until):
                (_judged[pair],) = judge([pair[0]], [pair[1]], SETTING, store=_store)
    return all(pair in _judged for pair in everything)


def _listed(name: str) -> Mapping[str, object]:
    """One claim in the list, with what is known of it."""
    known = {era: _verdict(_judged[name, era]) for era in ERAS if (name, era) in _judged}
    return {"name": name, "statement": load_claim(name).statement, "verdicts": known}


def _verdict(one: Judged) -> Mapping[str, object]:
    found = one.verdict
    return {
        "standing": str(found.standing),
        "figure": found.figure,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "boundary": found.boundary,
        "why": found.why,
    }


def _line(row: Row) -> Row:
    """A line of evidence; None for what has no number."""
    return {name: None if value == "" and name in ("low", "high") else value for name, value in row.items()}


def _apart(one: Judged) -> Iterator[Mapping[str, object]]:
    """Addresses of where the time goes: the workloads that the claim took, those that its figure names first."""
    named = {name for name, _ in one.asked if name in one.verdict.figure}
    taken = [name for name in dict.fromkeys(name for name, _ in one.asked) if name in workload_names()]
    for workload in sorted(taken, key=lambda name: name not in named)[:APART]:
        under = [name for what, name in one.asked if what == workload and name in architecture_names()]
        shown = tuple(dict.fromkeys(("native", *under)))[:MOST]
        address = State(workload, shown, host_of(one.claim, one.era)).address
        yield {"workload": workload, "title": load_workload(workload).title, "address": address}


CLAIMS = View("The claims", _claims, _rows, MORE)
