"""Open stations against their closed forms: M/M/1, M/M/c, M/D/1, M/G/1, processor sharing, tandems."""

import math

import pytest

from simcore.distributions import CONSTANT, EXPONENTIAL, Distribution
from simcore.model import Lock, Model
from simcore.statistics import quantiles
from simcore.totals import Window
from tests.models import US, A, B, C, arriving, at, cpu, delay, model
from tests.theory.agreement import agrees, estimate, estimates
from tests.theory.closed_forms import mmc_response, pollaczek_khinchine

GAMMA = Distribution("gamma", 3.0)

PLACES = {
    "processor": cpu(US, by=A),
    "processors of another domain": cpu(US, 1, by=A),
    "address-space lock": cpu(US, by=A, lock=Lock.ADDRESS_SPACE),
    "lock of the VM": cpu(US, by=A, lock=Lock.VM),
    "station": at(0, US, by=A),
}


def single(place: str, load: float, service: Distribution = EXPONENTIAL) -> Model:
    """One server at a place; behind a lock there are processors to spare."""
    many = 8 if "lock" in place else 1
    visit = PLACES[place]
    return model(
        arriving(visit, every=round(US / load), varied={A: service}), cores=many, vcpus=(many, 1), servers=(1,)
    )


@pytest.mark.parametrize("place", PLACES)
def test_mm1(place: str) -> None:
    agrees(estimate(single(place, 0.5)), 2.0 * US, within=0.08)


@pytest.mark.slow
@pytest.mark.parametrize("load", [0.3, 0.7])
@pytest.mark.parametrize("place", ["processor", "lock of the VM", "station"])
def test_mm1_longer(place: str, load: float) -> None:
    agrees(estimate(single(place, load), operations=20_000, warmup=2000, replications=20), US / (1.0 - load), 0.05)


@pytest.mark.parametrize("place", ["processor", "station"])
def test_mm1_has_as_many_present_and_as_much_to_do_as_it_should(place: str) -> None:
    def present(window: Window) -> float:
        totals = [*window.measured.domains, *window.measured.stations]
        return sum(t.population for t in totals) / window.measured.now

    def busy(window: Window) -> float:
        totals = [*window.measured.domains, *window.measured.stations]
        return sum(t.busy for t in totals) / window.measured.now

    found = estimates(single(place, 0.5), present, busy)
    agrees(found[0], 1.0, within=0.1)
    agrees(found[1], 0.5, within=0.05)


def test_mm1_responses_are_exponential() -> None:
    def median(window: Window) -> float:
        return float(quantiles(window.measured.histograms[0], [0.5])[0])

    def p95(window: Window) -> float:
        return float(quantiles(window.measured.histograms[0], [0.95])[0])

    found = estimates(single("processor", 0.5), median, p95)
    agrees(found[0], 2.0 * US * math.log(2.0), within=0.1)
    agrees(found[1], 2.0 * US * math.log(20.0), within=0.1)


@pytest.mark.parametrize("place", ["cores", "virtual processors", "station"])
def test_mmc(place: str) -> None:
    """Three servers at load 0.7: queueing for a core, for a virtual processor, or at a device."""
    visit = at(0, US, by=A) if place == "station" else cpu(US, by=A)
    tasks = arriving(visit, every=round(US / 2.1), varied={A: EXPONENTIAL})
    cores, vcpus = {"cores": (3, 12), "virtual processors": (5, 3), "station": (1, 1)}[place]
    made = model(tasks, cores=cores, vcpus=(vcpus,), servers=(3,))
    agrees(estimate(made, operations=8000), mmc_response(3, 2.1) * US, within=0.08)


@pytest.mark.parametrize("place", ["processor", "station", "lock of the VM"])
def test_md1(place: str) -> None:
    agrees(estimate(single(place, 0.6, CONSTANT)), pollaczek_khinchine(0.6, 0.0) * US, within=0.05)


@pytest.mark.parametrize("place", ["processor", "station"])
def test_mg1(place: str) -> None:
    found = estimate(single(place, 0.4, GAMMA), operations=8000, warmup=800)
    agrees(found, pollaczek_khinchine(0.4, 3.0) * US, within=0.25)


@pytest.mark.slow
def test_mg1_longer() -> None:
    found = estimate(single("processor", 0.4, GAMMA), operations=30_000, warmup=3000, replications=20)
    agrees(found, pollaczek_khinchine(0.4, 3.0) * US, within=0.12)


@pytest.mark.parametrize("sharing", ["tasks of a domain", "virtual processors of a host"])
def test_round_robin_with_a_small_quantum_shares_the_processor(sharing: str) -> None:
    """M/G/1-PS: the mean does not depend on the distribution (first come first served would be 3.5)."""
    tasks = arriving(cpu(US, by=A), every=2 * US, varied={A: Distribution("gamma", 2.0)})
    vcpus = 1 if sharing == "tasks of a domain" else 40
    made = model(tasks, vcpus=(vcpus,), quantum=US // 20, preempt=False)
    agrees(estimate(made, operations=2500, warmup=250), 2.0 * US, within=0.25)


@pytest.mark.slow
def test_round_robin_longer() -> None:
    tasks = arriving(cpu(US, by=A), every=2 * US, varied={A: Distribution("gamma", 2.0)})
    made = model(tasks, quantum=US // 40)
    agrees(estimate(made, operations=10_000, warmup=1000, replications=16), 2.0 * US, within=0.08)


def test_a_tandem_is_jacksons() -> None:
    """Processors (one), a disk with two channels, a link, and the wire: each as if alone."""
    tasks = arriving(
        cpu(US, by=A),
        at(0, 3 * US, by=B),
        at(1, US, by=C),
        delay(5 * US),
        every=2 * US,
        varied=dict.fromkeys((A, B, C), EXPONENTIAL),
    )
    made = model(tasks, servers=(2, 1))
    truth = 2.0 + 3.0 * mmc_response(2, 1.5) + 2.0 + 5.0
    agrees(estimate(made), truth * US, within=0.08)
