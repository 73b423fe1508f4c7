"""One request's way: its steps add up to what `explain` and the engine say, and waiting is told."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vmarch
from simcore.errors import CapabilityError, InputError
from vmarch.walking import walked

PAIRS = st.tuples(st.sampled_from(vmarch.workloads()), st.sampled_from(vmarch.architectures()))


@settings(max_examples=25)
@given(PAIRS)
def test_alone_it_takes_what_explain_says(pair: tuple[str, str]) -> None:
    try:
        explained = vmarch.explain(*pair)
    except CapabilityError:
        return
    found = walked(*pair)
    own = [step for step in found.steps if not step.tail and step.label != "page-table lock and processors"]
    assert found.response_s == pytest.approx(sum(step.seconds for step in own), rel=1e-9)
    assert sum(s.seconds for s in own if not s.is_wait) == pytest.approx(explained.seconds, rel=1e-6)


def test_steps_follow_on_each_other() -> None:
    found = walked("web-server", "xen-pv", clients=6, cores=2)
    own = [step for step in found.steps if not step.tail]
    for step, following in itertools.pairwise(own):
        assert following.began_s == pytest.approx(step.began_s + step.seconds, abs=1e-12)
    assert own[-1].began_s + own[-1].seconds == pytest.approx(found.response_s)


def test_among_others_it_waits() -> None:
    alone, among = walked("tcp-rr", "xen-pv"), walked("tcp-rr", "xen-pv", clients=8, follow="slowest")
    assert not any(step.is_wait for step in alone.steps)
    waits = [step for step in among.steps if step.is_wait]
    assert any(step.label == "back end's processors" for step in waits)
    assert among.response_s > alone.response_s


def test_the_mean_is_the_engines() -> None:
    found = walked("tcp-rr", "native", clients=4, cores=1)
    tasks = {"count": 4}
    workload = vmarch.load_workload("tcp-rr").with_(tasks=tasks)
    host = vmarch.load_host("server").with_(cores=1)
    (cell,) = vmarch.run(workload, "native", host=host, deterministic=True, operations=16, warmup=0).cells
    assert found.mean_s == pytest.approx(cell.estimate("response_s").value, rel=0.2)


def test_who_is_followed_is_one_of_those_there_are() -> None:
    with pytest.raises(InputError, match="slowest"):
        walked("tcp-rr", "native", follow="slow")


@pytest.mark.parametrize("clients", [0, 257])
def test_too_many_are_refused(clients: int) -> None:
    with pytest.raises(InputError, match="clients"):
        walked("tcp-rr", "native", clients=clients)
