"""Polling by hand: who finds a processor that polls, what it saves, and who goes without a core meanwhile."""

import dataclasses

import pytest

from simcore.errors import InputError
from simcore.model import Model
from simcore.polling import FOREVER, Polling, next_window
from simcore.totals import Window
from tests.models import Log, closed, cpu, delay, model, run

Q = 100  # the quantum
FIXED = Polling(20)  # for 20 ticks, and yields


def ends(made: Model, operations: int) -> tuple[list[int], Window]:
    """When each second visit of the first class ended."""
    log = Log()
    window = run(made, operations, deterministic=True, observer=log)
    return [now for now, tasks, _, _, visit in log if (tasks, visit) == (0, 1)], window


def lone(rest: int, polling: Polling | None) -> Model:
    """A task that works for 10 after each rest: 2 more if it finds nobody at work, 9 more if asleep too."""
    return model(closed(delay(rest), cpu(10, idle=2, asleep=9)), polling=(polling,), quantum=Q)


def test_who_comes_while_it_polls_pays_no_wake_up() -> None:
    """At first it is asleep: 15 + 21. Then it is found polling: 15 + 12."""
    found, window = ends(lone(15, FIXED), 3)
    assert found == [36, 63, 90]
    totals, domain = window.whole.classes[0], window.whole.domains[0]
    assert (totals.idle, totals.polled) == ([0, 3], [0, 2])
    assert totals.rows.tolist() == [45, 9, 6, 30]
    assert (domain.busy, domain.polling) == (45, 15 + 15 + 20)  # to the end of its window, when the run ends too
    assert window.whole.now == 90 + 20


def test_who_comes_later_pays_it_all_the_same() -> None:
    found, window = ends(lone(25, FIXED), 3)
    assert found == [46, 92, 138]
    assert window.whole.classes[0].polled == [0, 0]
    assert window.whole.domains[0].polling == 3 * 20


def test_who_comes_as_polling_ends_may_be_in_time() -> None:
    """Both fall on one tick, and its coming was scheduled first."""
    assert ends(lone(20, FIXED), 2)[1].whole.classes[0].polled == [0, 1]


def test_a_window_grows_until_it_is_long_enough() -> None:
    """Asleep after 0, 10 and 20 ticks of polling; the fourth rest of 35 is within 40."""
    found, window = ends(lone(35, Polling(100, 10, 2, 2)), 6)
    assert found == [56, 112, 168, 224, 271, 318]
    assert window.whole.classes[0].polled == [0, 2]
    assert window.whole.domains[0].polling == 0 + 10 + 20 + 35 + 35 + 40


def test_a_window_shrinks_after_a_long_rest() -> None:
    how = Polling(100, 10, 2, 2)
    assert [next_window(w, i, 100, 10, 2, 2) for w, i in ((0, 35), (40, 41), (80, 90), (80, 101), (10, 101))] == [
        10,
        80,
        100,
        40,
        0,
    ]
    assert next_window(80, 101, 100, 10, 2, 0) == 0
    assert ends(lone(500, how), 4)[1].whole.domains[0].polling == 0


def test_only_the_time_asleep_may_count() -> None:
    """35 of rest are 35, 25 and 15 of sleep: the window of 20 is long enough for that, and grows no more."""
    how = Polling(100, 10, 2, 2, asleep_only=True)
    _, window = ends(lone(35, how), 6)
    assert window.whole.classes[0].polled == [0, 0]
    assert window.whole.domains[0].polling == 0 + 10 + 20 + 20 + 20 + 20


def beside(how: Polling, *, preempt: bool = True) -> Model:
    """One that polls from 30 on, and another that has work from 45 on for 50; one core."""
    return model(
        closed(delay(20), cpu(10), delay(10_000)),
        closed(delay(45), cpu(50, 1), delay(10_000), domain=1, name="other"),
        vcpus=(1, 1),
        quantum=Q,
        preempt=preempt,
        polling=(how, None),
    )


@pytest.mark.parametrize(
    ("how", "preempt", "end", "polled"),
    [
        (Polling(1000), True, 95, 15),
        (Polling(1000), False, 95, 15),
        (Polling(1000, yields=False), True, 120 + 50, 90),  # it was woken at 20, and is safe for a turn
        (Polling(1000, yields=False), False, 120 + 50, 90),  # its turn on the core ends at 120
        (Polling(40, yields=False), False, 70 + 50, 40),
    ],
)
def test_who_wants_the_core_gets_it_at_once_or_when_a_turn_ends(
    how: Polling, preempt: bool, end: int, polled: int
) -> None:
    log = Log()
    window = run(beside(how, preempt=preempt), horizon=1000, deterministic=True, observer=log)
    assert (end, 1, 0) in log.ends()
    assert window.whole.domains[0].polling == polled
    assert window.whole.domains[1].ready == end - 95


def test_who_polls_for_ever_gives_its_core_to_nobody_while_none_waits() -> None:
    window = run(lone(10_000, Polling(FOREVER, yields=False)), horizon=100_000, deterministic=True)
    totals, domain = window.whole.classes[0], window.whole.domains[0]
    assert totals.polled[1] == totals.visits[1] - 1
    assert domain.busy + domain.polling == 100_000 - 10_000


def test_polling_uses_up_a_quota() -> None:
    """30 of 100: 10 of work and 20 of polling. At 100 it may poll again, but does not, as it has slept meanwhile."""
    made = lone(20, Polling(1000, yields=False))
    made = dataclasses.replace(
        made, domains=tuple(dataclasses.replace(d, quota_ticks=41, period_ticks=1000) for d in made.domains)
    )
    window = run(made, horizon=1000, deterministic=True)
    assert window.whole.domains[0].held == 41


def test_who_polls_for_ever_has_no_quota() -> None:
    made = lone(1, Polling(FOREVER))
    with pytest.raises(InputError, match="polls for ever"):
        dataclasses.replace(made.domains[0], quota_ticks=5, period_ticks=10)


@pytest.mark.parametrize("values", [(0,), (10, 0, 2), (10, 11, 2), (10, 5, 0), (10, 5, 2, -1)])
def test_what_is_no_window_is_refused(values: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="polling"):
        Polling(*values)  # type: ignore[arg-type]


def test_a_row_that_is_always_paid_is_not_paid_asleep_only() -> None:
    row = lone(1, None).classes[0].program.rows[-1]
    with pytest.raises(InputError, match="asleep"):
        dataclasses.replace(row, asleep=True)
