"""Inference: synthetic jobs of known demands, whether intervals hold as often as they say, and a real job."""

import functools
from collections.abc import Callable

import numpy as np
import pytest

from architectures import Architecture, architecture_names, load_architecture
from simcore.demands import Demand
from simcore.errors import CapabilityError, InputError
from simcore.hosts import load_host
from vmarch.inference.infer import Inferred, Measured, check_known, infer
from vmarch.inference.prior import COMPONENTS, Prior, applications, job, takes
from vmarch.scenario import Scenario
from vmarch.sensitivity.ranges import Floats, Sample, seconds_of
from workloads import Workload

HOST = load_host("server")
DRAWS, KEEP = 3000, 500


@functools.cache
def architectures() -> tuple[Architecture, ...]:
    found = []
    for name in architecture_names():
        try:
            Scenario(job("user_cycles"), load_architecture(name), HOST)
        except CapabilityError:
            continue
        found.append(load_architecture(name))
    return tuple(found)


@functools.cache
def tables() -> dict[str, Floats]:
    return takes(architectures(), HOST, DRAWS)


@functools.cache
def worlds(count: int) -> dict[str, Floats]:
    """Costs as they might really be, drawn apart from those of the inference."""
    return takes(architectures(), HOST, count, seed=77)


@functools.cache
def prior() -> Prior:
    return Prior.on(HOST, applications())


def coverage(jobs: int, make: Callable[[int, np.random.Generator], tuple[Prior, Floats]], error: float) -> Floats:
    """For each job, the share of the unmeasured architectures whose true time lies in the 90 % interval."""
    random = np.random.default_rng(11)
    names = [one.name for one in architectures()]
    world = worlds(jobs)
    shares = []
    for number in range(jobs):
        known, amounts = make(number, random)
        true = {name: float(world[name][1 + number] @ amounts) for name in names}
        others = random.choice([name for name in names if name != "native"], int(random.integers(1, 4)), replace=False)
        given = [
            Measured(str(name), true[str(name)] * float(np.exp(error * random.standard_normal())), error)
            for name in ("native", *others)
        ]
        found = infer(known, tables(), given, {}, keep=KEEP, seed=number)
        held = []
        for name in names:
            if name not in ("native", *others):
                low, high = np.quantile(found.times[name], [0.05, 0.95])
                held.append(low <= true[name] <= high)
        shares.append(np.mean(held))
    return np.array(shares)


def synthetic(_: int, random: np.random.Generator) -> tuple[Prior, Floats]:
    """A job as the prior says, of any length."""
    return prior(), prior().draw(1, random)[0] * 10.0 ** random.uniform(-3.0, 3.0)


def test_intervals_hold_about_as_often_as_they_say() -> None:
    found = coverage(60, synthetic, 0.02)
    assert 0.9 - 3.0 * found.std() / 60**0.5 - 0.03 <= found.mean() <= 0.97


@pytest.mark.slow
def test_ninety_per_cent_intervals_hold_ninety_per_cent_of_400_jobs() -> None:
    found = coverage(400, synthetic, 0.02)
    assert 0.86 <= found.mean() <= 0.94


@pytest.mark.slow
def test_intervals_hold_for_applications_that_the_prior_has_never_seen() -> None:
    every = applications()
    without = [Prior.on(HOST, [one for one in every if one is not left]) for left in every]

    def left_out(number: int, _: np.random.Generator) -> tuple[Prior, Floats]:
        place = number % len(every)
        return without[place], prior().mixes[place] * 100.0

    assert coverage(200, left_out, 0.02).mean() >= 0.75  # fewer than they say: applications differ more than the prior


def true_job(**amounts: float) -> Floats:
    return np.array([amounts.get(name, 0.0) for name in COMPONENTS])


JOB = true_job(user_cycles=2e11, kernel_cycles=2e10, system_calls=2e6, page_faults=3e6, tlb_misses=2e8)


def inferred(job: Floats, names: tuple[str, ...], known: dict[str, float] | None = None, seed: int = 1) -> Inferred:
    given = [Measured(name, float(tables()[name][0] @ job), 0.005) for name in names]
    return infer(prior(), tables(), given, known or {}, keep=KEEP, seed=seed)


@pytest.mark.parametrize(
    "names",
    [
        ("native", "workstation-translation"),
        ("native", "uml", "qemu-foreign"),
        ("kvm-vhost", "xen-pv", "uml", "container"),
    ],
)
def test_a_known_job_is_found_again(names: tuple[str, ...]) -> None:
    found = inferred(JOB, names)
    for name in names:  # met, by the best amounts at nominal costs and by the draws
        assert tables()[name][0] @ found.best == pytest.approx(float(tables()[name][0] @ JOB), rel=0.02)
        assert np.median(found.times[name]) == pytest.approx(float(tables()[name][0] @ JOB), rel=0.02)
    assert np.all(found.amounts >= 0.0)
    others = [name for name in found.times if name not in names]
    ends = {name: np.quantile(found.times[name], [0.05, 0.95]) for name in others}
    world = {name: float(worlds(60)[name][0] @ JOB) for name in others}  # nominal costs: often an end of their range
    held = [ends[name][0] * 0.98 <= world[name] <= ends[name][1] * 1.02 for name in others]
    assert np.mean(held) >= 0.7


def width(found: Inferred, name: str) -> float:
    low, high = np.quantile(found.times[name], [0.05, 0.95])
    return float(np.log(high / low))


def test_more_times_and_counted_demands_narrow_the_intervals() -> None:
    few = inferred(JOB, ("native", "workstation-translation"))
    more = inferred(JOB, ("native", "workstation-translation", "uml", "assist-shadow"))
    counted = {"user_cycles": 2e11, "page_faults": 3e6, "system_calls": 2e6, "send": 0.0, "receive": 0.0}
    known = inferred(JOB, ("native", "workstation-translation"), counted)
    for name in ("xen-pv", "pvm"):
        assert width(more, name) < width(few, name)
        assert width(known, name) < width(few, name)
    place = COMPONENTS.index("page_faults")
    assert known.best[place] == pytest.approx(3e6, rel=1e-3)
    assert np.all(known.amounts[:, COMPONENTS.index("send")] == 0.0)


def test_a_demand_of_no_known_application_can_be_counted() -> None:
    job = JOB + true_job(ipis=1e7)
    found = inferred(job, ("native", "kvm-vhost"), {"ipis": 1e7})
    assert found.best[COMPONENTS.index("ipis")] == pytest.approx(1e7, rel=1e-3)
    assert inferred(job, ("native", "kvm-vhost")).best[COMPONENTS.index("ipis")] == 0.0


def test_same_seed_same_draws() -> None:
    one, again, other = (inferred(JOB, ("native", "uml"), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.amounts, again.amounts)
    assert not np.array_equal(one.amounts, other.amounts)


def test_counts_that_take_longer_than_the_job_are_refused() -> None:
    given = [Measured("native", 10.0, 0.02), Measured("uml", 20.0, 0.02)]
    check_known({"user_cycles": 1e9}, COMPONENTS, tables(), given)
    with pytest.raises(InputError, match=r"user_cycles.*10 s measured under native"):
        check_known({"user_cycles": 1e12}, COMPONENTS, tables(), given)


def test_the_kernel_build_of_2003_under_xen_from_its_other_times() -> None:
    host = load_host("xeon-2003")
    chosen = [load_architecture(name) for name in ("native", "workstation-translation", "xen-pv")]
    table = takes(chosen, host, DRAWS)
    given = [Measured("native", 263.0, 0.02), Measured("workstation-translation", 334.0, 0.02)]
    known = Prior.on(host, applications())
    found = infer(known, table, given, {}, keep=KEEP, seed=1)
    low, high = np.quantile(found.times["xen-pv"], [0.05, 0.95])
    assert low <= 271.0 <= high < 334.0  # Barham et al. 2003, figure 3


BARHAM = {  # Barham et al. 2003, figure 3: native, Xen, VMware Workstation, UML; times are their inverses
    "SPEC INT": (567.0, 567.0, 554.0, 550.0),
    "build": (1 / 263, 1 / 271, 1 / 334, None),
    "OSDB-IR": (172.0, 158.0, 80.0, 65.0),
    "OSDB-OLTP": (1714.0, 1633.0, 199.0, 306.0),
    "dbench": (418.0, 400.0, 310.0, 111.0),
}


def test_five_applications_of_2003_from_two_of_their_times_each() -> None:
    host = load_host("xeon-2003")
    names = ("native", "xen-pv", "workstation-translation", "uml")
    table = takes([load_architecture(name) for name in names], host, DRAWS)
    known = Prior.on(host, applications())
    held = []
    for rates in BARHAM.values():
        times = {name: 1.0 / rate for name, rate in zip(names, rates, strict=True) if rate}
        for other in list(times)[1:]:
            given = [Measured(name, times[name], 0.02) for name in ("native", other)]
            found = infer(known, table, given, {}, keep=KEEP, seed=1)
            for name in times.keys() - {"native", other}:
                low, high = np.quantile(found.times[name], [0.05, 0.95])
                held.append(low <= times[name] <= high)
    assert len(held) == 26
    assert sum(held) >= 14  # the misses are OSDB, whose switches and disk writes are beyond the prior and the model


def test_the_prior_is_of_the_catalogue_and_takes_a_second() -> None:
    every = applications()
    assert {one.name for one in every} >= {"oltp", "kernel-build", "web-server"}
    one = takes([load_architecture("native")], HOST, 0)["native"][0]
    assert prior().mixes @ one == pytest.approx(1.0)
    place = prior().workloads.index("oltp")
    flushes, calls = (prior().mixes[place][COMPONENTS.index(name)] for name in ("disk_flush", "system_calls"))
    assert calls / flushes == pytest.approx(26.3)


def test_a_time_is_linear_in_its_components() -> None:
    amounts = {"user_cycles": 1e6, "page_faults": 30.0, "forks": 2.0}
    demands = {Demand(name): amount for name, amount in amounts.items()}
    whole = Workload(name="whole", title="t", kind="macro", unit="job", source="for a test", demands=demands)
    for one in architectures():
        sample = Sample(one.book(HOST), DRAWS)
        assert seconds_of(Scenario(whole, one, HOST), sample) == pytest.approx(
            tables()[one.name] @ true_job(**amounts), rel=1e-9
        )
