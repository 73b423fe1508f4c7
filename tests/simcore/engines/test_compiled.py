"""The compiled engine is the same simulation: every visit ends at the same tick, every count is the same."""

import dataclasses
import importlib
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architectures import architecture_names, load_architecture
from simcore.checks import check
from simcore.distributions import EXPONENTIAL
from simcore.engines import AUTO, ENGINES, chosen, compiled, engine
from simcore.engines.compiled import kept
from simcore.engines.compiled.layout import Layout
from simcore.engines.compiled.primitives import bucket
from simcore.engines.records import What
from simcore.errors import CapabilityError, InputError, VmarchError
from simcore.hosts import load_host
from simcore.model import Fault, Model, Program, Serial, Step, Tail, Visit
from simcore.polling import FOREVER, Polling
from simcore.statistics.histogram import bucket_of
from simcore.totals import Settings, Window
from tests.models import A, B, Log, arriving, behind, closed, cpu, delay, model
from tests.simcore.engines.test_laws import models
from tests.simcore.engines.test_reproducible import busy_model, same
from vmarch.scenario import Scenario
from workloads import load_workload, workload_names


def outcome(name: str, made: Model, given: Settings) -> tuple[Log, list[list[int]], Window | str]:
    """Every end of a visit, all that is written down of a traced run, and the window, or why there is none."""
    log, records = Log(), list[list[int]]()
    try:
        return log, records, engine(name)(made, given, log, records.extend)
    except VmarchError as error:
        return log, records, f"{type(error).__name__}: {error}"


def limited(patch: pytest.MonkeyPatch, live: int) -> None:
    """Both engines give up sooner on arrivals that outrun service."""
    for module in ("compiled.layout", "simpy_engine.run"):
        patch.setattr(importlib.import_module(f"simcore.engines.{module}"), "MOST_LIVE", live)


@pytest.fixture(scope="module")
def each_engine() -> None:
    """Instead of the fixture beside: every test here runs both."""


def agree(made: Model, given: Settings) -> Window | str:
    """Runs a model on both engines; returns what the compiled one did, which must be what the other did."""
    (expected_log, expected_records, expected), (log, records, found) = (
        outcome(name, made, given) for name in ("simpy", "compiled")
    )
    assert log == expected_log
    assert records == expected_records
    assert log == [(at, *who) for at, what, _, _, _, *who in records if what == What.LEAVES]
    if isinstance(expected, str) or isinstance(found, str):
        assert found == expected
        return found
    assert same(found.whole, expected.whole)
    assert same(found.measured, expected.measured)
    assert found.drained == expected.drained
    assert ([s.group for s in found.series], [s.means.tolist() for s in found.series]) == (
        [s.group for s in expected.series],
        [s.means.tolist() for s in expected.series],
    )
    assert [*map(vars, found.series)] == [*map(vars, expected.series)]
    return found


def agree_to_the_end(made: Model, warmup: int, deterministic: bool) -> None:
    """Both engines agree on operations of a model with few under way, and no law is broken."""
    with pytest.MonkeyPatch.context() as patch:
        limited(patch, 50)
        window = agree(made, Settings(operations=40, warmup=warmup, deterministic=deterministic))
    if not isinstance(window, str):
        check(made, window)


def agree_cut_off(made: Model, faults: list[tuple[int, int]], horizon: int) -> None:
    """Both engines agree on a model whose domains fail, cut off at a moment, and no law is broken."""
    made = dataclasses.replace(made, faults=tuple(Fault(*fault) for fault in faults))
    window = agree(made, Settings(horizon_ticks=horizon))
    if not isinstance(window, str):
        check(made, window)


@pytest.mark.parametrize("architecture", architecture_names())
def test_every_architecture_and_workload(architecture: str) -> None:
    """Two guests, so that they meet; the counts of every engine are checked elsewhere."""
    for workload in workload_names():
        try:
            scenario = Scenario(load_workload(workload), load_architecture(architecture), load_host("server"), guests=2)
        except CapabilityError:
            continue
        agree(scenario.model, Settings(operations=40, warmup=7))


@settings(max_examples=300)
@given(models(), st.integers(0, 5), st.booleans(), st.integers(0, 3))
def test_random_models(made: Model, warmup: int, deterministic: bool, replication: int) -> None:
    agree(made, Settings(operations=40, warmup=warmup, deterministic=deterministic, replication=replication))


@settings(max_examples=100)
@given(models(), st.integers(0, 3000), st.integers(0, 20))
def test_random_models_cut_off(made: Model, horizon: int, warmup: int) -> None:
    agree(made, Settings(operations=1, warmup=warmup, horizon_ticks=horizon))


@st.composite
def serial_models(draw: st.DrawFn) -> Model:
    """Turns taken and given back anywhere: some are never given back, and the run is stuck."""
    kinds = st.sampled_from([Serial.NO, Serial.NO, Serial.HOLDS, Serial.ENDS, Serial.ENDS])

    def changed(step: Step) -> Step:
        if isinstance(step, Tail):
            return dataclasses.replace(step, visits=tuple(changed(visit) for visit in step.visits))  # type: ignore[misc]
        assert isinstance(step, Visit)
        return dataclasses.replace(step, serial=draw(kinds))

    made = draw(models())
    programs = [Program(tuple(changed(step) for step in one.program.steps), one.program.rows) for one in made.classes]
    pairs = zip(made.classes, programs, strict=True)
    classes = tuple(dataclasses.replace(tasks, program=program) for tasks, program in pairs)
    return dataclasses.replace(made, classes=classes)


@settings(max_examples=200)
@given(serial_models())
def test_random_models_with_turns(made: Model) -> None:
    with pytest.MonkeyPatch.context() as patch:
        limited(patch, 50)
        agree(made, Settings(operations=40))


@settings(max_examples=150)
@given(models(), st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 2)), min_size=1, max_size=3))
def test_random_models_with_domains_that_stop(made: Model, faults: list[tuple[int, int]]) -> None:
    made = dataclasses.replace(made, faults=tuple(Fault(*fault) for fault in faults))
    with pytest.MonkeyPatch.context() as patch:
        limited(patch, 50)
        agree(made, Settings(operations=40))
    agree(made, Settings(horizon_ticks=2000))


def test_operations_of_no_time_at_all_come_one_after_the_other() -> None:
    """A task may begin and end many at one moment, more than are drawn at once."""
    tasks = closed(cpu(1, by=A), delay(1, by=B), varied={A: EXPONENTIAL, B: EXPONENTIAL})
    nothing = dataclasses.replace(tasks.program.rows[0], ticks=())
    empty = dataclasses.replace(tasks, program=dataclasses.replace(tasks.program, rows=(nothing, nothing)))
    assert not isinstance(agree(model(empty), Settings(operations=10_000)), str)


def test_more_tails_and_arrivals_under_way_than_there_was_room_for() -> None:
    behind_hand = arriving(behind(delay(5000)), delay(3000), every=10)
    window = agree(model(behind_hand, slots=(700,)), Settings(operations=3000))
    assert not isinstance(window, str)
    assert window.whole.classes[0].tails_started == window.whole.classes[0].started > 3000


def test_more_events_to_come_than_there_was_room_for() -> None:
    """Turns cut short leave their ends behind."""
    long = closed(cpu(10**9), count=3)
    short = closed(cpu(3, 1), delay(50, by=A), varied={A: EXPONENTIAL}, count=2)
    window = agree(model(long, short, cores=1, vcpus=(3, 2), quantum=10**7), Settings(operations=3000))
    assert not isinstance(window, str)


STUCK = {
    "nothing can happen after": model(closed(cpu(10), cpu(5, 1)), vcpus=(1, 1), faults=((12, 1),)),
    "more than 18 ticks of switching": model(closed(cpu(30), count=2), quantum=10, task_switch=9),
    "and 480 more": model(arriving(cpu(1000), every=10)),
}


@pytest.mark.parametrize("words", STUCK)
def test_what_cannot_go_on_says_the_same(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, 500)
    found = agree(STUCK[words], Settings(operations=2000))
    assert isinstance(found, str)
    assert words in found


def test_counts_larger_than_a_word() -> None:
    """The integral of many waiting for long is more than 2**63."""
    window = agree(model(closed(delay(1), cpu(3 * 10**13), count=400)), Settings(operations=2000))
    assert not isinstance(window, str)
    assert window.whole.domains[0].population > 2**63


def test_response_times_are_counted_in_the_same_buckets() -> None:
    ticks = [n + d for n in (0, *(2**k for k in range(63))) for d in (-1, 0, 1) if n + d >= 0]
    found = numba.njit(lambda ticks: bucket(ticks))
    assert [found(t) for t in ticks] == [bucket_of(t) for t in ticks]


def test_long_series_are_merged_alike() -> None:
    window = agree(model(closed(delay(1, by=A), varied={A: EXPONENTIAL}, count=3)), Settings(operations=5000))
    assert not isinstance(window, str)
    assert window.series[0].group == 8


def test_auto_is_either_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = Settings(operations=10), Settings(operations=10**8)
    for ready, names in ((True, ("compiled", "compiled")), (False, ("simpy", "compiled"))):
        monkeypatch.setattr("simcore.engines.is_compiled", lambda ready=ready, traced=False: ready)
        assert (chosen(busy_model(), short), chosen(busy_model(), long)) == names
    assert same(ENGINES[AUTO](busy_model(), short).whole, engine("simpy")(busy_model(), short).whole)


def test_what_was_compiled_is_found_again() -> None:
    compiled.run(busy_model(), Settings(operations=1))
    assert kept.is_compiled()


def test_a_run_that_is_not_traced_has_a_loop_of_its_own() -> None:
    """Its state has no room for records, so that numba has left out what writes them."""
    from simcore.engines.compiled import native

    compiled.run(busy_model(), Settings(operations=1))
    compiled.run(busy_model(), Settings(operations=1), recorder=[].extend)
    assert len(set(native._addresses.values())) == 2


def test_a_kept_loop_runs_without_numba() -> None:
    compiled.run(busy_model(), Settings(operations=1))
    code = """if True:
        import sys
        from experiments.theory.models import closed, cpu, model
        from simcore.engines import compiled
        from simcore.totals import Settings

        compiled.run(model(closed(cpu(100))), Settings(operations=9))
        print("numba" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_what_is_kept_and_broken_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from simcore.engines.compiled import making, native

    good = next(kept.folder().glob("loop-*.o")).read_bytes()  # type: ignore[union-attr]
    monkeypatch.setattr(native, "folder", lambda: tmp_path)
    monkeypatch.setattr(making, "machine_code", lambda _: good[native.DIGEST :])
    path = tmp_path / f"loop-{native._machine()}.o"
    for broken in (b"", b"nothing", good[:-100_000], good.replace(b"ELF", b"FLE")):
        path.write_bytes(broken)
        assert native._loaded(False, None)  # type: ignore[arg-type]
        assert path.read_bytes() == good


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(InputError, match="compiled"):
        engine("compield")


def test_memory_does_not_grow_with_operations() -> None:
    def size(operations: int) -> int:
        state = Layout(busy_model(), Settings(operations=operations), traced=False).state
        return sum(np.asarray(part).nbytes for part in state)

    assert size(10**5) == size(10**9) < 2**27


@st.composite
def grouped_models(draw: st.DrawFn) -> Model:
    """Classes that are counted apart, and that begin at different times."""
    made = draw(models())
    classes = tuple(
        dataclasses.replace(tasks, group=n, start_ticks=draw(st.sampled_from([0, 0, 1, 700])))
        for n, tasks in enumerate(made.classes)
    )
    return dataclasses.replace(made, classes=classes)


@settings(max_examples=150)
@given(grouped_models(), st.data())
def test_random_models_of_several_groups(made: Model, data: st.DataObject) -> None:
    """Every group has its own warm-up and number of operations; some are waited for no more than once."""
    counts = st.tuples(*[st.integers(0, 20)] * made.groups)
    operations = data.draw(counts.filter(any))
    given = Settings(operations=operations, warmup=data.draw(counts))
    window = agree(made, given)
    assert not isinstance(window, str)
    done = [totals.completed for totals in window.measured.classes]
    assert all(n >= wanted for n, wanted in zip(done, operations, strict=True))
    assert window.measured.histograms.sum(axis=1).tolist() == done


@st.composite
def shared_models(draw: st.DrawFn) -> Model:
    """Domains with quotas, with cores of their own, or with both."""
    made = draw(models())
    domains = []
    for domain in made.domains:
        period = draw(st.integers(40, 400))
        quota = draw(st.sampled_from([0, 0, 1, 2])) and draw(st.integers(31, 2 * period + 31))
        cores = tuple(draw(st.sets(st.integers(0, made.cores - 1))))
        domains.append(dataclasses.replace(domain, quota_ticks=quota, period_ticks=period, cores=cores))
    return dataclasses.replace(made, domains=tuple(domains))


@settings(max_examples=150)
@given(shared_models(), st.integers(0, 5), st.booleans())
def test_random_models_with_quotas_and_pinning(made: Model, warmup: int, deterministic: bool) -> None:
    agree_to_the_end(made, warmup, deterministic)


@st.composite
def polling(draw: st.DrawFn) -> Polling | None:
    """Ways to poll: never, for a fixed time, for ever, and by a window that grows and shrinks."""
    yields, asleep_only = draw(st.booleans()), draw(st.booleans())
    most = draw(st.sampled_from([1, 10, 60, 500, FOREVER]))
    match draw(st.integers(0, 3)):
        case 0:
            return None
        case 1:
            return Polling(most, yields=yields, asleep_only=asleep_only)
    most = min(most, 500)
    start, grow, shrink = draw(st.integers(1, most)), draw(st.integers(2, 3)), draw(st.integers(0, 2))
    return Polling(most, start, grow, shrink, yields, asleep_only)


@st.composite
def polling_models(draw: st.DrawFn) -> Model:
    """Domains that poll, some of them with quotas and cores of their own."""
    made = draw(models() | shared_models())
    domains = []
    for domain in made.domains:
        how = draw(polling())
        quota = 0 if how and how.most_ticks == FOREVER else domain.quota_ticks
        domains.append(dataclasses.replace(domain, polling=how, quota_ticks=quota))
    return dataclasses.replace(made, domains=tuple(domains))


@settings(max_examples=300)
@given(polling_models(), st.integers(0, 5), st.booleans())
def test_random_models_that_poll(made: Model, warmup: int, deterministic: bool) -> None:
    agree_to_the_end(made, warmup, deterministic)


@settings(max_examples=150)
@given(polling_models(), st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 2)), max_size=3), st.integers(0, 3000))
def test_random_models_that_poll_cut_off(made: Model, faults: list[tuple[int, int]], horizon: int) -> None:
    agree_cut_off(made, faults, horizon)


@settings(max_examples=100)
@given(shared_models(), st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 2)), max_size=3), st.integers(0, 3000))
def test_random_models_with_quotas_cut_off(made: Model, faults: list[tuple[int, int]], horizon: int) -> None:
    agree(dataclasses.replace(made, faults=tuple(Fault(*fault) for fault in faults)), Settings(horizon_ticks=horizon))
