"""Operations of a task: what is drawn, what is not, and that nothing shifts anything else."""

import dataclasses
import statistics

import numpy as np
import pytest

from simcore.demands import Demand, Io, IoKind, Operation
from simcore.distributions import EXPONENTIAL, Distribution
from simcore.draws import BLOCK, Draws
from simcore.model import Kind, Program, Row, TaskClass, Visit
from simcore.path import ALWAYS, Layer

USER, CALLS = Demand.USER_CYCLES, Demand.SYSTEM_CALLS
OPERATION = Operation(
    demands={USER: 1.0, CALLS: 1.0},
    varied={USER: EXPONENTIAL, CALLS: Distribution("gamma", 2.0)},
    io=(Io(kind=IoKind.DISK_READ, count=1.3, size_bytes=4096.0), Io(kind=IoKind.WAIT, wait_s=1.0)),
)


def row(ticks: float, variable: str = ALWAYS, *, idle: bool = False) -> Row:
    return Row(Layer.USER, ((variable, ticks),), idle)


def tasks(*rows: Row, operation: Operation = OPERATION, guest: int = 0, name: str = "some") -> TaskClass:
    """One visit for each row."""
    visits = tuple(Visit(n, Kind.DELAY, 0, n, n + 1) for n in range(len(rows)))
    return TaskClass(name, guest, 0, 1, operation, Program(visits, rows), access=EXPONENTIAL)


def drawn(
    made: TaskClass, task: int = 0, seed: int = 1, replication: int = 0, *, deterministic: bool = False, blocks: int = 1
) -> list[list[int]]:
    """Ticks of each visit, operation after operation."""
    draws = Draws(made, task, seed, replication, deterministic=deterministic)
    return [operation for _ in range(blocks) for operation in draws.block().visits.tolist()]


def test_constant_rows_are_rounded_and_drawn_once() -> None:
    draws = Draws(tasks(row(10.4), row(0.6, idle=True)), 0, 1, 0, deterministic=False)
    block = draws.block()
    assert block.visits.tolist() == [[10, 0]] * BLOCK
    assert block.idle.tolist() == [[0, 1]] * BLOCK
    assert draws.block() is block


def test_deterministic_draws_are_means() -> None:
    made = tasks(row(1000, USER), row(1000, "io0.1"), row(1000, "io0.1.access"), row(1000, "io0.0.seek"))
    assert drawn(made, deterministic=True) == [[1000, 300, 300, 1000]] * BLOCK


@pytest.mark.parametrize("sizes", [(1,) * 20, (7, 13), (20,)])
def test_the_size_of_a_block_does_not_matter(sizes: tuple[int, ...]) -> None:
    made = tasks(row(10**6, USER), row(10**6, CALLS), row(10**6, "io0.1.access"), row(1e6, "io0.1.seek"))

    def rows(sizes: tuple[int, ...]) -> list[list[int]]:
        draws = Draws(made, 0, 1, 0, deterministic=False)
        return [operation for size in sizes for operation in draws.block(size).rows.tolist()]

    assert rows(sizes) == rows((128,))[:20]


def test_means_are_of_every_variable() -> None:
    found = tasks(row(1)).means
    assert found[ALWAYS] == found[USER] == found["io0.0"] == found["io0.0.access"] == found["io1.0.wait"] == 1.0
    assert found["io0.1"] == found["io0.1.rotation"] == pytest.approx(0.3)


def test_draws_have_their_means_and_spreads() -> None:
    made = tasks(row(10**6, USER), row(10**6, CALLS), row(10**6, "io0.1.access"))
    values = np.array(drawn(made, blocks=60)) / 1e6
    assert values.mean(axis=0) == pytest.approx([1.0, 1.0, 0.3], rel=0.05)
    assert values[:, 0].std() == pytest.approx(1.0, rel=0.05)
    assert values[:, 1].std() == pytest.approx(2.0, rel=0.1)


def test_what_belongs_to_an_item_happens_together_or_not_at_all() -> None:
    made = tasks(row(1000, "io0.1"), row(1e6, "io0.1.access"), row(1e6, "io0.1.seek"))
    values = drawn(made, blocks=10)
    assert {happens for happens, *_ in values} == {0, 1000}
    assert all((access > 0) == (happens > 0) == (seek > 0) for happens, access, seek in values)
    assert statistics.mean(happens > 0 for happens, *_ in values) == pytest.approx(0.3, abs=0.05)


def test_a_visit_is_the_sum_of_its_rounded_rows() -> None:
    rows = (row(1000, USER), row(500.4), row(77, idle=True), row(300, USER))
    made = dataclasses.replace(tasks(*rows), program=Program((Visit(0, Kind.CPU, 0, 0, 4),), rows))
    block = Draws(made, 0, 1, 0, deterministic=False).block()
    assert [sum(visit) for visit in block.visits] == (block.rows[:, 0] + block.rows[:, 1] + block.rows[:, 3]).tolist()
    assert block.idle.tolist() == [[77]] * BLOCK


def test_what_lasts_at_all_lasts_a_tick() -> None:
    """Else a service that happens to be tiny would not wait for those before it."""
    tiny = dataclasses.replace(OPERATION, varied={USER: Distribution("gamma", 3.0)})
    values = drawn(tasks(row(10**6, USER), row(0.001), operation=tiny), blocks=10)
    assert min(values) == [1, 1]
    assert sum(value == 1 for value, _ in values) > 100


def test_architectures_see_the_same_operations() -> None:
    """Two programs use the same variables at other costs, elsewhere: the ratio of their times is that of costs."""
    light = drawn(tasks(row(10**6, USER), row(10**6, "io0.0.seek")), blocks=3)
    heavy = drawn(tasks(row(5), row(3 * 10**6, "io0.0.seek"), row(10**6, CALLS), row(2 * 10**6, USER)), blocks=3)
    for (user, seek), (_, heavy_seek, _, heavy_user) in zip(light, heavy, strict=True):
        assert abs(heavy_user - 2 * user) <= 1
        assert abs(heavy_seek - 3 * seek) <= 2


def test_a_gate_is_the_same_whoever_looks() -> None:
    some = drawn(tasks(row(1000, "io0.1")))
    other = drawn(tasks(row(10**6, "io0.1.seek"), row(1, USER)))
    assert [happens > 0 for (happens,) in some] == [seek > 0 for seek, _ in other]


@pytest.mark.parametrize(("task", "seed", "replication"), [(1, 1, 0), (0, 2, 0), (0, 1, 1)])
def test_task_seed_and_replication_change_every_draw(task: int, seed: int, replication: int) -> None:
    made = tasks(row(10**9, USER))
    assert not {v for (v,) in drawn(made)} & {v for (v,) in drawn(made, task, seed, replication)}


@pytest.mark.parametrize("other", [tasks(row(10**9, USER), guest=1), tasks(row(10**9, USER), name="other")])
def test_guest_and_workload_change_every_draw(other: TaskClass) -> None:
    assert not {v for (v,) in drawn(tasks(row(10**9, USER)))} & {v for (v,) in drawn(other)}


def test_blocks_follow_one_another() -> None:
    made = tasks(row(10**9, USER))
    two = drawn(made, blocks=2)
    assert two[:BLOCK] == drawn(made)
    assert two[BLOCK:] != two[:BLOCK]


def pauses(made: TaskClass, *, deterministic: bool = False, many: int = 2000) -> list[int]:
    draws = Draws(made, 0, 1, 0, deterministic=deterministic)
    return [draws.thinks.next() for _ in range(many)]


def test_pauses_are_drawn_thought_or_constant() -> None:
    made = dataclasses.replace(tasks(row(1)), think_ticks=10**6, think=EXPONENTIAL)
    assert statistics.mean(pauses(made)) == pytest.approx(1e6, rel=0.1)
    assert statistics.stdev(pauses(made)) == pytest.approx(1e6, rel=0.1)
    assert pauses(made, deterministic=True, many=3) == [10**6] * 3
    assert pauses(tasks(row(1)), many=3) == [0] * 3


def test_arrivals_do_not_shift_pauses() -> None:
    made = dataclasses.replace(
        tasks(row(1)), think_ticks=10**6, think=EXPONENTIAL, interarrival_ticks=10**6, interarrival=EXPONENTIAL
    )
    draws = Draws(made, 0, 1, 0, deterministic=False)
    mixed = [(draws.arrivals.next(), draws.thinks.next())[1] for _ in range(300)]
    assert mixed == pauses(made, many=300)
