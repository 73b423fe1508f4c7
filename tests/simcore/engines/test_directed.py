"""What a director tells an engine: the same happens in both, to the last tick, and every law holds."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.engines import ENGINES
from simcore.life.rules import AT_FIRST, Command, Do, Life, Paging
from simcore.lowering import relocated
from simcore.model import Model
from simcore.totals import Settings, Totals, Window
from tests.models import at, closed, cpu, delay, model
from tests.simcore.engines.test_compiled import agree, limited
from tests.simcore.engines.test_laws import DOMAINS, models


@dataclass(frozen=True)
class Orders:
    """Commands, a set after each time that a class is done; the first at the beginning."""

    sets: tuple[tuple[Command, ...], ...]
    clock: int

    def director(self) -> "Giver":
        return Giver(list(self.sets), self.clock)


class Giver:
    """Gives a set of commands each time the clock's time is over."""

    def __init__(self, sets: list[tuple[Command, ...]], clock: int) -> None:
        self.sets, self.clock = sets, clock
        self.told: list[tuple[int, int, int]] = []

    def asked(self, of: int, now: int, seen: Callable[[], Totals]) -> Sequence[Command]:
        self.told.append((of, now, sum(domain.busy for domain in seen().domains)))
        return self.sets.pop(0) if self.sets and of in (AT_FIRST, self.clock) else ()


CLOCK, WORK = 0, 1  # of the directed classes, counted from the last of the model's own


@st.composite
def directed_models(draw: st.DrawFn) -> Model:
    made = draw(models())
    own = len(made.classes)
    clock, work = own + CLOCK, own + WORK
    group = made.groups
    more = (
        closed(delay(1), name="clock"),
        closed(cpu(7, draw(st.integers(0, DOMAINS - 1))), at(0, 9), delay(3), count=draw(st.integers(1, 3)), name="w"),
    )
    elsewhere = []
    for n, tasks in enumerate(made.classes):
        others = [d for d in range(DOMAINS) if d != tasks.domain]
        swapped = {tasks.domain: tasks.domain, others[0]: others[1], others[1]: others[0]}
        there = relocated(tasks.program, swapped, {0: 0, 1: 1}, {0: 1, 1: 0})
        elsewhere.append((n, (tasks.program, there)))
    later = tuple(n for n in range(own) if draw(st.integers(0, 5)) == 0)
    domains, which = st.integers(0, DOMAINS - 1), st.integers(0, own - 1)
    one = st.one_of(
        st.builds(lambda d: Command(Do.PAUSE, d), domains),
        st.builds(lambda d: Command(Do.RESUME, d), domains),
        st.builds(lambda d, t: Command(Do.CAP, d, t, 100), domains, st.sampled_from([0, 60, 90])),
        st.builds(lambda n, k: Command(Do.MOVE, n, k), which, st.integers(0, 1)),
        st.builds(lambda n, k: Command(Do.OWE, n, k), which, st.integers(0, 9)),
        st.just(Command(Do.MARK)),
        st.just(Command(Do.CANCEL, work)),
    )
    sets = []
    for _ in range(draw(st.integers(1, 6))):
        wait = Command(Do.START, clock, 0, draw(st.integers(0, 400)))
        sets.append((*draw(st.lists(one, max_size=4)), wait))
    begins = tuple(Command(Do.BEGIN, n) for n in later)
    units = Command(Do.START, work, draw(st.integers(0, 12)), draw(st.integers(0, 50)), draw(st.integers(0, 30)))
    sets[0] = (*begins, units, *sets[0])
    if draw(st.booleans()):
        d = draw(domains)
        place = (Command(Do.PAUSE, d), Command(Do.PLACE, d, draw(domains)), Command(Do.RESUME, d))
        sets[-1] = (*place, *sets[-1])
    resumed = tuple(Command(Do.RESUME, d) for d in range(DOMAINS))
    sets.append((*resumed, *(Command(Do.CAP, d, 0, 100) for d in range(DOMAINS)), Command(Do.FINISH)))
    cores = [draw(st.sampled_from([(), (), (0,), (made.cores - 1,)])) for _ in range(DOMAINS)]
    return dataclasses.replace(
        made,
        domains=tuple(dataclasses.replace(d, cores=c) for d, c in zip(made.domains, cores, strict=True)),
        classes=(*made.classes, *(dataclasses.replace(one, group=group) for one in more)),
        life=Life(
            Orders(tuple(sets), clock),
            directed=(clock, work),
            later=later,
            elsewhere=tuple(elsewhere),
            paging=tuple(Paging(n, draw(st.integers(0, 9)), n % 2, draw(st.integers(0, 9))) for n in range(own)),
        ),
    )


@pytest.fixture(scope="module")
def each_engine() -> None:
    """Instead of the fixture beside: every test here runs both."""


@settings(max_examples=100)
@given(directed_models(), st.booleans())
def test_both_engines_do_what_they_are_told(made: Model, deterministic: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        limited(patch, 200)
        found = agree(made, Settings(operations=0, deterministic=deterministic))
    if isinstance(found, Window):
        other = ENGINES["simpy"](made, Settings(operations=0, deterministic=deterministic))
        assert found.told == other.told
        assert len(found.marks) == len(other.marks)
        assert [mark.now for mark in found.marks] == [mark.now for mark in other.marks]


def orders(*sets: tuple[Command, ...]) -> Orders:
    return Orders(sets, 1)


def told(made: Model, name: str) -> Window:
    return ENGINES[name](made, Settings(operations=0))


@pytest.mark.parametrize("name", ["simpy", "compiled"])
def test_a_paused_guest_does_nothing_and_goes_on_where_it_was(name: str) -> None:
    life = Life(
        orders(
            (Command(Do.START, 1, 0, 1050),),
            (Command(Do.PAUSE, 0), Command(Do.MARK), Command(Do.START, 1, 0, 500)),
            (Command(Do.RESUME, 0), Command(Do.MARK), Command(Do.START, 1, 0, 1000)),
            (Command(Do.FINISH), Command(Do.MARK)),
        ),
        directed=(1,),
    )
    made = dataclasses.replace(model(closed(cpu(100)), closed(delay(1)), vcpus=(1,)), life=life)
    window = told(made, name)
    assert [mark.now for mark in window.marks] == [1050, 1550, 2550]
    assert [mark.domains[0].busy for mark in window.marks] == [1050, 1050, 2050]
    assert window.marks[1].domains[0].throttled == 500
    assert [at for at, *_ in ((now, of) for of, now, _ in window.told)] == [0, 1050, 1550, 2550]
    assert window.told[0][0] == AT_FIRST


@pytest.mark.parametrize("name", ["simpy", "compiled"])
def test_units_of_work_are_paced_and_share_a_station_with_the_guest(name: str) -> None:
    life = Life(orders((Command(Do.START, 1, 5, 0, 100),), (Command(Do.FINISH),)), directed=(1,))
    made = model(closed(at(0, 30), delay(10)), closed(at(0, 20), name="chunks"), vcpus=(1,), servers=(1,))
    window = told(dataclasses.replace(made, life=life), name)
    assert window.whole.classes[1].completed == 5
    assert 400 + 20 <= window.told[-1][1] <= 400 + 20 + 30  # the last begins after 4 times 100, and may have to wait
    assert window.whole.stations[0].service == 5 * 20 + 30 * window.whole.classes[0].completed


@pytest.mark.parametrize("name", ["simpy", "compiled"])
def test_pages_that_are_owed_are_fetched_once(name: str) -> None:
    life = Life(
        orders((Command(Do.OWE, 0, 3), Command(Do.START, 1, 0, 1000)), (Command(Do.FINISH),)),
        directed=(1,),
        paging=(Paging(0, 40, 0, 10),),
    )
    made = dataclasses.replace(model(closed(cpu(100)), closed(delay(1)), servers=(1,)), life=life)
    window = told(made, name)
    assert window.whole.stations[0].service == 3 * 10
    assert window.whole.classes[0].waits[0] == 3 * 50
