"""Load on a host: what grows, what is refused, and the knee beside what the bounds say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vmarch
from simcore.engines.analytic import bounds
from vmarch.loading import Load

FEW: Any = {"operations": 400, "replications": 2, "jobs": 1}


def test_a_point_is_what_run_says() -> None:
    found = vmarch.under_load("tcp-rr", "xen-pv", to=4, cores=2, **FEW)
    (curve,) = found.curves.values()
    assert list(curve.loads) == [1, 2, 3, 4]
    host = vmarch.load_host("server").with_(cores=2)
    (cell,) = vmarch.run("tcp-rr", "xen-pv", host=host, guests=4, **FEW).cells
    assert cell.runs == curve.cells[-1].runs


def test_the_knee_is_where_the_bounds_meet() -> None:
    found = vmarch.under_load("compute", "native", over="clients", to=64, cores=4, think="10 ms", **FEW)
    (curve,) = found.curves.values()
    most = bounds(curve.cells[-1].scenario.model).throughput_per_s  # type: ignore[union-attr]
    alone = curve.metric("throughput_per_s")[0].value
    assert curve.bottleneck == "cores"
    assert curve.knee == pytest.approx(most / alone, rel=0.1)


def test_more_arrivals_than_can_be_served_have_no_response() -> None:
    found = vmarch.under_load("tcp-rr", ["native", "xen-pv"], over="rate", **FEW)
    last = [row for row in found.rows if row["load"] == found.curves["xen-pv"].loads[-1]]
    assert {row["status"] for row in last} == {"overloaded"}
    assert all(row["value"] is None for row in last if str(row["metric"]).startswith("response"))
    assert all(row["value"] is not None for row in found.rows if row["metric"] == "throughput_per_s")


def test_processors_of_domain_0_move_the_knee() -> None:
    one, four = (vmarch.under_load("tcp-rr", "xen-pv", to=32, back_end_vcpus=n, **FEW).curves["xen-pv"] for n in (1, 4))
    assert one.bottleneck == "driver domain"
    assert four.knee > 1.5 * one.knee


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"over": "guest"}, "--over"),
        ({"to": 0}, "--to"),
        ({"to": 1e9}, "--to"),
        ({"clients": 0}, "--clients"),
        ({"cores": 0}, "--cores"),
        ({"back_end_vcpus": 0}, "--back-end-vcpus"),
        ({"think": "5 apples"}, "--think"),
        ({"think": -1.0}, "--think"),
        ({"over": "rate", "think": "1 ms"}, "--think"),
        ({"over": "clients", "rate": 10.0}, "--rate"),
    ],
)
def test_a_load_refuses(given: dict[str, Any], field: str) -> None:
    with pytest.raises(vmarch.InputError, match=field):
        Load(**given)


@given(st.sampled_from(["guests", "clients"]), st.integers(1, 1000))
def test_loads_grow_from_one_to_the_end(over: str, to: int) -> None:
    loads = Load(over, to).loads(vmarch.load_workload("tcp-rr"), [])
    assert loads[0] == 1
    assert loads[-1] == to
    assert list(loads) == sorted(set(loads))
    assert len(loads) <= 10


def test_a_refused_architecture_is_told() -> None:
    found = vmarch.under_load("tcp-rr", ["native", "trap-and-emulate"], to=2, **FEW)
    assert list(found.curves) == ["native"]
    assert len(found.refused) == 1
