"""Pages larger than 4 KiB: walks end earlier, and misses are rarer."""

from __future__ import annotations

from typing import Any

import pytest

import vmarch
from simcore.demands import Demand
from simcore.engines import engine
from simcore.errors import InputError
from simcore.memory import Memory
from simcore.path import flat
from simcore.schema import validated
from simcore.totals import Settings
from tests.models import Log
from vmarch.pages import misses
from vmarch.scenario import Scenario

GIB = 2.0**30
SETS: dict[str, Any] = {"size": 64 * GIB, "resident": 60 * GIB, "written": GIB, "hot": 0.9}


def scenario(architecture: str, **pages: Any) -> Scenario:
    workload = vmarch.load_workload("oltp").model_copy(update={"memory": Memory(**SETS, **pages)})
    return Scenario(workload, vmarch.load_architecture(architecture), vmarch.load_host("server"))


def counts(one: Scenario, cost: str) -> float:
    stages = flat(one.path)
    return sum(charge.count for stage in stages for charge in stage.charges if charge.cost == cost)


@pytest.mark.parametrize(
    ("page", "backing", "reads"),
    [
        ("4 KiB", "4 KiB", 24),
        ("2 MiB", "4 KiB", 19),
        ("4 KiB", "2 MiB", 19),
        ("2 MiB", "2 MiB", 15),
        ("1 GiB", "1 GiB", 8),
    ],
)
def test_a_walk_reads_what_the_tables_levels_say(page: str, backing: str, reads: int) -> None:
    """(g + 1)(h + 1) - 1 entries in two dimensions: 4 of the native walk, 20 beyond it, each in its proportion."""
    small, large = scenario("kvm-vhost"), scenario("kvm-vhost", page=page, backing=backing)
    missed = misses(Memory(**{**SETS, "page": page, "backing": backing}), nested=True)
    native = counts(large, "tlb_miss") / counts(small, "tlb_miss") * 4.0
    beyond = counts(large, "nested_walk") / counts(small, "nested_walk") * 20.0
    assert native + beyond == pytest.approx(reads * missed)


def test_a_tlb_entry_covers_the_smaller_of_both_pages() -> None:
    guests = Memory(**SETS, page="2 MiB")
    assert misses(guests, nested=True) == pytest.approx(1.0)
    assert misses(guests, nested=False) < 0.5
    assert misses(Memory(**SETS, page="2 MiB", backing="2 MiB"), nested=True) == misses(guests, nested=False)


def test_a_set_that_the_tlb_covers_does_not_miss() -> None:
    memory = Memory(size=4 * GIB, resident=2 * GIB, page="2 MiB", backing="2 MiB")
    assert misses(memory, nested=True) == 0.0  # 1536 entries of 2 MiB are 3 GiB


def test_small_pages_leave_everything_as_it_is() -> None:
    plain = Scenario(vmarch.load_workload("oltp"), vmarch.load_architecture("kvm-vhost"), vmarch.load_host("server"))
    assert scenario("kvm-vhost").model == plain.model
    large = scenario("kvm-vhost", page="2 MiB", backing="2 MiB")
    assert large.workload.operation.demands[Demand.TLB_MISSES] > large.operation.demands[Demand.TLB_MISSES]


def test_both_engines_agree() -> None:
    model = scenario("kvm-vhost", page="2 MiB", backing="1 GiB").model
    logs = [Log(), Log()]
    for log, name in zip(logs, ("simpy", "compiled"), strict=True):
        engine(name)(model, Settings(operations=40), log)
    assert logs[0] == logs[1]


def test_other_pages_are_refused() -> None:
    with pytest.raises(InputError, match=r"memory\.page: '64 KiB' .* '4 KiB'"):
        validated(Memory, {"size": "1 GiB", "page": "64 KiB"}, "memory")
