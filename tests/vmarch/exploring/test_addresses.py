"""Whatever stands in an address, a view answers it or says in one line what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.claims.view import CLAIMS
from simcore.errors import VmarchError
from vmarch.exploring.state import read
from vmarch.exploring.views import VIEWS

ALL = {**VIEWS, "claims": CLAIMS}
NAMES = sorted({name for view in ALL.values() for name in view.more} - {"claim", "runs"})
COSTS = ("cost.hypercall", "cost.vm_exit", "cost.nothing", "demand.system_calls", "demand.user_cycles", "demand.none")
VALUES = ("", "0", "1", "2", "-1", "1e308", "1e-300", "nan", "inf", "999999999", "1 ms", "5 us", "-1 s", "\u00b2")
WORDS = ("guests", "clients", "rate", "then", "typical", "xen-pv", "kvm-vhost", "trap-and-emulate", "2000 cycles")
FIELDS = st.sampled_from((*NAMES, *COSTS, "at", "a", "host"))
PAIRS = st.lists(st.tuples(FIELDS, st.sampled_from((*VALUES, *WORDS)) | st.text(max_size=9)), max_size=4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
@settings(max_examples=25, deadline=None)
@given(pairs=PAIRS)
def test_an_address_is_answered_or_refused(name: str, pairs: list[tuple[str, str]]) -> None:
    view = ALL[name]
    few = [("runs", "2")] if "runs" in view.more else []
    try:
        data = view.data(read([("w", "tcp-rr"), ("a", "xen-pv"), *few, *pairs], view.more))
    except VmarchError:
        return
    assert data["view"] == name
    assert {"title", "state", "address", "command", "python"} <= data.keys()
